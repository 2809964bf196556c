"""The `port` and `disk` fixtures' types: a library under test, and a fresh place on disk."""

from __future__ import annotations

import atexit
import functools
import hashlib
import itertools
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from conformance.checks.support_disk import bounded, require_finite
from conformance.ports import Context, Driver, PortError, PortTimedOut, Unsupported, find, start
from conformance.ports.description import CacheKind
from conformance.ports.drivers.patience import Patience
from conformance.ports.environment import at_home
from conformance.replay import ReplayHub, Truth
from conformance.traffic.exchange import OriginName, Request
from conformance.verdict.require import control, require, require_equal


@dataclass(slots=True)
class Dealings:
    """What passed between a check and its port: how many calls were answered, and what the check read of the output."""

    answered: int = 0
    output: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Port:
    """The library under test: an attribute for each operation, named after the `huggingface_hub` function.

    An operation returns a JSON value in the shape of the protocol's table, and raises `PortError` where the library
    reports an error. Arguments have the names of `huggingface_hub`. Without `token` no token is sent.
    """

    driver: Driver
    context: Context
    asks_by: str = "hf_hub_download"
    """The operation that `ask` calls: the first of the check's operations that the library offers."""
    repo_id: str = ""
    """The repository that the recording is about."""
    filename: str = "README.md"
    """A small file of that repository."""
    repo_type: str = "dataset"
    """Its type, where the check holds for any; a check of one of the suite's own recordings asks for a dataset."""
    dealings: Dealings = field(default_factory=Dealings)
    patience: Patience = field(default_factory=Patience)

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            deadline = self.patience.of(operation)
            try:
                value = self.driver.call(operation, arguments, self.context, deadline)
            except PortTimedOut:
                self.patience.lost(operation)
                raise
            except PortError:
                self.dealings.answered += 1
                raise
            self.dealings.answered += 1
            return value

        return call

    @property
    def name(self) -> str:
        """The port's name."""
        return self.driver.hello().name

    def offers(self, operation: str) -> bool:
        """Whether the library has an operation."""
        return operation in self.driver.hello().operations

    def ask(self, repo_id: str, repo_type: str | None = None, *, revision: str | None = None, **arguments: Any) -> Any:
        """Ask for a repository in the plainest way, by whichever of the check's operations the library offers.

        For a check whose requirement any operation can show: about the token, the endpoint, redirects, errors.

        Args:
            repo_id: the repository that the recording is about, or one that has a file `README.md`.
            repo_type: its type; that of the repository that the recording is about unless given.
            revision: left out where None.
            arguments: further arguments, such as a token.
        """
        plain = {"repo_id": repo_id, "revision": revision, **PLAIN_CALLS[self.asks_by](repo_type or self.repo_type)}
        if "filename" in plain and repo_id == self.repo_id:
            plain["filename"] = self.filename
        given = {name: value for name, value in plain.items() if value is not None}
        return getattr(self, self.asks_by)(**given, **arguments)

    def ask_error(self, repo_id: str, repo_type: str | None = None, **arguments: Any) -> PortError:
        """The error with which `ask` ends; a check in which it succeeds fails."""
        try:
            value = self.ask(repo_id, repo_type, **arguments)
        except PortError as error:
            return error
        message = f"{self.asks_by} succeeded where it must report an error"
        require(False, "no-error", message, expected="an error", seen=value)
        raise AssertionError("unreachable")

    def logged_in(self, token: str) -> Port:
        """The same library on a machine whose user has logged in with a token."""
        return replace(self, context=replace(self.context, token=token))

    def with_environment(self, **env: str | None) -> Port:
        """The same library in an environment with these variables; None is one that is not set.

        A library that reads its environment once is started afresh.
        """
        return replace(self, context=replace(self.context, env={**self.context.env, **env}))

    def left_to_itself(self, *, endpoint: bool = False, cache: bool = False) -> Port:
        """The same library without a given endpoint or cache folder: it looks at its environment.

        Without a cache it gets a home folder of the check's own: what it keeps there meets no other check.
        """
        context = self.context
        if endpoint:
            context = replace(context, endpoint=None)
        if cache:
            home = at_home(Path(context.cache_dir).with_name("home")) if context.cache_dir else {}
            context = replace(context, cache_dir=None, env={**home, **context.env})
        return replace(self, context=context)

    def with_cache(self, folder: Path) -> Port:
        """The same library with another cache directory."""
        return replace(self, context=replace(self.context, cache_dir=str(folder)))

    def another_client(self) -> Port:
        """Another library with the same Hub and cache, in a separate process: the official one.

        For the official one itself, and where that is not installed, it is the reference client.
        """
        official = find("huggingface_hub")
        same = self.driver.hello().name.startswith("huggingface_hub")
        return replace(self, driver=_running("reference" if same or official.missing() else "huggingface_hub"))

    def at_once(self, *operations: tuple[str, Mapping[str, Any]]) -> list[Any]:
        """Several operations, each a name and arguments, at the same time: their values or `PortError`s, in order.

        A library in a separate process gets one more process for each.
        """
        values = self.driver.at_once(operations, self.context, self.patience.deadline)
        self.dealings.answered += len(values)
        return values

    def output(self) -> str:
        """What the library has written to standard error, standard output and its log since this was last asked."""
        text = self.driver.take_output()
        self.dealings.output.append(text)
        return text

    def download(self, repo: Truth, filename: str, **arguments: Any) -> Path:
        """`hf_hub_download` of a file of `repo`: where it lies now."""
        result = self.hf_hub_download(repo_id=repo.id, repo_type=repo.type, filename=filename, **arguments)
        path = Path(result["path"])
        require(path.is_file(), "no-file", "the returned path is not a file", seen=path.name)
        require_finite(path)
        return path

    def error(self, operation: str, **arguments: Any) -> PortError:
        """The error with which an operation ends; a check in which it succeeds fails."""
        try:
            value = getattr(self, operation)(**arguments)
        except PortError as error:
            return error
        require(
            False, "no-error", f"{operation} succeeded where it must report an error", expected="an error", seen=value
        )
        raise AssertionError("unreachable")


PLAIN_CALLS: Final[Mapping[str, Callable[[str], dict[str, str]]]] = {
    "dataset_info": lambda repo_type: {},
    "model_info": lambda repo_type: {},
    "repo_info": lambda repo_type: {"repo_type": repo_type},
    "list_repo_tree": lambda repo_type: {"repo_type": repo_type},
    "list_repo_files": lambda repo_type: {"repo_type": repo_type},
    "list_repo_commits": lambda repo_type: {"repo_type": repo_type},
    "snapshot_download": lambda repo_type: {"repo_type": repo_type},
    "read_file": lambda repo_type: {"repo_type": repo_type, "filename": "README.md"},
    "hf_hub_download": lambda repo_type: {"repo_type": repo_type, "filename": "README.md"},
}
"""The operations that `Port.ask` knows, with what they need besides the repository's id."""


ASKS: Final = ("dataset_info", "hf_hub_download", "list_repo_tree", "list_repo_files", "snapshot_download", "read_file")
"""The operations that ask the Hub about a dataset. Any of them shows a requirement that holds for every request."""


@functools.cache
def _running(name: str) -> Driver:
    """A bundled port in a separate process, for as long as this process lives."""
    driver = start(find(name), in_child=True)
    atexit.register(driver.close)
    return driver


@dataclass(frozen=True, slots=True)
class Disk:
    """A fresh place on disk, removed after the check."""

    root: Path
    kind: CacheKind = "hub"
    """What cache the library has. A check that looks at the official layout is unsupported with any other."""
    repo_id: str = ""
    """The repository that the recording is about."""

    @property
    def cache(self) -> Path:
        """The cache directory, what `HF_HUB_CACHE` names. It does not exist until the port makes it."""
        return self.root / "hub"

    def folder(self, repo: Truth, asked_as: str | None = None) -> Path:
        """The repository's folder in the cache: `datasets--openai--gsm8k`."""
        if self.kind != "hub":
            cause = "has no cache" if self.kind == "none" else "has a cache with its own layout"
            raise Unsupported(f"the library {cause}", declared=True)
        return self.cache / "--".join([f"{repo.type}s", *(asked_as or repo.id).split("/")])

    def blob(self, repo: Truth, etag: str) -> Path:
        return self.folder(repo) / "blobs" / etag

    def snapshot(self, repo: Truth, commit_hash: str) -> Path:
        return self.folder(repo) / "snapshots" / commit_hash

    def ref(self, repo: Truth, revision: str) -> Path:
        return self.folder(repo) / "refs" / revision

    def named(self, name: str) -> list[str]:
        """The files below the cache directory that have the name of a repository's file.

        A note in `.no_exist` that the Hub does not have the file has its name as well; it is left out.
        """
        found = self.files(self.cache)
        return [path for path in found if path.endswith(f"/{name}") and ".no_exist" not in path.split("/")]

    def files(self, folder: Path) -> dict[str, str]:
        """What lies below a folder: relative path to `link → target`, or to `file <size> <first 12 of its sha256>`."""
        found = {}
        for parent, directories, names in os.walk(folder):
            for name in sorted([*names, *(d for d in directories if (Path(parent) / d).is_symlink())]):
                path = Path(parent) / name
                found[path.relative_to(folder).as_posix()] = describe(path)
        return dict(sorted(found.items()))


def describe(path: Path) -> str:
    """A file or link in one line."""
    if path.is_symlink():
        return f"link → {path.readlink().as_posix()}"
    try:
        data = bounded(path)
    except OSError as error:
        return f"unreadable: {error.strerror or error}"
    return f"file {len(data)} {hashlib.sha256(data).hexdigest()[:12]}"


def bodies(hub: ReplayHub) -> list[str]:
    """The requests for a file's content. One that was answered by a redirect alone has fetched none."""
    asked = [entry for entry in hub.wire if entry.method == "GET" and not 300 <= (entry.status or 0) < 400]
    return [str(entry) for entry in asked if not is_api(entry.request) and not is_probe(entry.request)]


def fetched(hub: ReplayHub) -> dict[str, list[range]]:
    """The parts of bodies that were sent: path of the URL that answered, to ranges in the order of the requests.

    A client may fetch a body whole or by ranges, and ask for its first byte to learn what a file is.
    """
    found: dict[str, list[range]] = {}
    for entry in hub.wire:
        is_content = entry.method == "GET" and entry.status in (200, 206) and not is_api(entry.request)
        if is_content and not is_probe(entry.request):
            told = re.match(r"bytes (\d+)-", entry.response_headers.get("Content-Range", ""))
            begin = int(told[1]) if told and entry.status == 206 else 0
            found.setdefault(entry.path, []).append(range(begin, begin + entry.sent))
    return found


def twice(parts: list[range]) -> bool:
    """Whether any byte is in two of the parts."""
    ordered = sorted((part for part in parts if part), key=lambda part: part.start)
    return any(after.start < before.stop for before, after in itertools.pairwise(ordered))


def sent_again(hub: ReplayHub) -> list[str]:
    """Paths of the URLs whose body was sent twice over or more, whole or in parts. A part that two ranges share is no
    body: who reads a file by ranges may ask for its end more than once."""
    sizes = {path: (sum(map(len, parts)), max(part.stop for part in parts)) for path, parts in fetched(hub).items()}
    return [path for path, (sent, size) in sizes.items() if size and sent >= 2 * size]


def is_api(request: Request) -> bool:
    """Whether a request is for JSON, not for a file."""
    return request.path.startswith("/api/") and "/resolve-cache/" not in request.path


def is_probe(request: Request) -> bool:
    """Whether a request asks for the first byte only: another way than HEAD to learn what a file is."""
    return request.headers.get("Range") == "bytes=0-0"


def authorizations(hub: ReplayHub, origin: OriginName) -> list[str | None]:
    """The Authorization header of each request to an origin, in order, as `authorization` spells it."""
    return [authorization(entry.request) for entry in hub.wire if entry.origin == origin]


def authorization(request: Request) -> str | None:
    """The Authorization header with its scheme spelled `Bearer`, which may be in any letter case (RFC 9110 §11.1)."""
    said = request.headers.get("authorization")
    scheme, blank, token = (said or "").partition(" ")
    return f"Bearer {token}" if blank and scheme.lower() == "bearer" else said


def works(what: str, call: Callable[[], Any]) -> Any:
    """A control step: the same call succeeds without the obstacle that the check is about. Its value."""
    try:
        return call()
    except PortError as error:
        control(False, f"{what} did not succeed", seen=str(error))
        raise AssertionError("unreachable") from error


def require_kind(error: PortError, kind: str) -> None:
    """The error is of the kind that it must be: the caller can distinguish it from every other."""
    require_equal(error.kind, kind, "wrong-error", f"the library reported {error.native}: {error.message}")


# The repositories of the recordings, by what they are for.
AWKWARD_NAMES = "conformance/awkward-names"
GATED = "conformance/gated"
PRIVATE = "conformance/private"
MANY_FILES = "conformance/many-files"
OLD_FORM = "conformance/old-form"
NO_CARD = "conformance/no-card"
TINY_MODEL = "conformance/tiny-model"
MISSING = "conformance/missing"
"""No repository has this name."""
