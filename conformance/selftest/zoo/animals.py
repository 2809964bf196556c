"""The zoo: whole clients, each with one deliberate peculiarity, as adapters of Python ports."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Final

from conformance.catalogue.operations import SAMPLES
from conformance.ports.description import CacheKind
from conformance.protocol.messages import (
    Answer,
    Call,
    Error,
    Page,
    PortInfo,
    Result,
    Unsupported,
)
from conformance.selftest.zoo.client import Client, Corrupt, HubError, Offline, __version__, write

ALL: Final = tuple(SAMPLES)
"""Every operation of the protocol."""

_KINDS: Final[Mapping[type[Exception], str]] = {
    Offline: "offline",
    Corrupt: "corrupt",
    json.JSONDecodeError: "invalid_response",
    TimeoutError: "timeout",
    ConnectionError: "connection",
    ValueError: "invalid_argument",
    OSError: "filesystem",
    NotImplementedError: "other",
    Exception: "invalid_response",
}
_CODES: Final = {
    "RepoNotFound": "repository_not_found",
    "GatedRepo": "gated_repo",
    "RevisionNotFound": "revision_not_found",
    "EntryNotFound": "entry_not_found",
}
_STATUSES: Final = {400: "bad_request", 401: "unauthorized", 403: "forbidden", 429: "rate_limited"}


class Animal:
    """An adapter of a client: its operations are the methods of `Calls` of the same name."""

    operations: ClassVar[tuple[str, ...]] = (
        *("hf_hub_download", "snapshot_download", "dataset_info"),
        *("list_repo_files", "list_repo_tree"),
    )
    cache: ClassVar[CacheKind] = "own"
    knows_codes: ClassVar[bool] = True
    """Whether its errors tell more than the status."""

    def __init__(self, module: str, name: str) -> None:
        self.info = PortInfo(name, __version__, "python", operations=self.operations)

    def answer(self, call: Call, send: Callable[[Page], None], /) -> Answer:
        function: Callable[..., Any]
        try:
            function = getattr(self, call.operation)
        except AttributeError:
            return Unsupported(call.id, f"there is no {call.operation}")
        lacking = call.arguments.keys() - inspect.signature(function).parameters.keys() - {"token", "cache_dir"}
        if lacking:
            return Unsupported(call.id, f"{call.operation} has no parameter {', '.join(sorted(lacking))}")
        given = {key: value for key, value in call.arguments.items() if key not in ("token", "cache_dir")}
        try:
            return Result(call.id, function(self.client(call), **given))
        except Exception as error:
            return self.error(call, error)

    def client(self, call: Call) -> Client:
        context, token = call.context, call.arguments.get("token")
        return self.library(
            endpoint=context.endpoint or "http://127.0.0.1:9",
            root=Path(call.arguments.get("cache_dir") or context.cache_dir or "/nonexistent"),
            token=context.token if token is None or token is True else token or None,
            offline=context.offline,
            ca_file=context.ca_file,
        )

    def error(self, call: Call, error: Exception) -> Error:
        kind = next(kind for known, kind in _KINDS.items() if isinstance(error, known))
        status = None
        if isinstance(error, HubError):
            status = error.status
            said = _CODES.get(error.code or "") if self.knows_codes else None
            kind = said or _STATUSES.get(status or 0) or ("server_error" if status and status >= 500 else "http_error")
            kind = "redirect" if status is None or status < 400 else kind
        return Error(call.id, kind, f"zoo.{type(error).__name__}", str(error), status)

    library: ClassVar[type[Client]]

    def returned(self, path: Path) -> Path:
        """The path that is told to the caller."""
        return path

    # Operations.

    def hf_hub_download(
        self, client: Client, repo_id: str, filename: str, repo_type: str = "model", revision: str | None = None
    ) -> Any:
        return {"path": str(self.returned(client.download(repo_type or "model", repo_id, filename, revision)))}

    def snapshot_download(
        self, client: Client, repo_id: str, repo_type: str = "model", revision: str | None = None
    ) -> Any:
        commit = client.info(repo_type, repo_id, revision)["sha"]
        for entry in client.tree(repo_type, repo_id, commit, "", recursive=True):
            if entry["type"] == "file":
                client.download(repo_type, repo_id, entry["path"], commit)
        return {"path": str(self.returned(client.folder(repo_type, repo_id, commit)))}

    def dataset_info(self, client: Client, repo_id: str, revision: str | None = None) -> Any:
        said = client.info("dataset", repo_id, revision)
        siblings = [
            {"rfilename": one["rfilename"], "size": None, "blob_id": None, "lfs": None} for one in said["siblings"]
        ]
        names = {"card_data": "cardData", "used_storage": "usedStorage", "downloads_all_time": "downloadsAllTime"}
        plain = ("id", "author", "sha", "private", "gated", "disabled", "downloads", "likes", "tags", "description")
        return {
            **{name: said.get(name) for name in (*plain, "citation", "paperswithcode_id")},
            **{name: said.get(told) for name, told in names.items()},
            "created_at": _time(said.get("createdAt")),
            "last_modified": _time(said.get("lastModified")),
            "siblings": siblings,
        }

    def list_repo_files(
        self, client: Client, repo_id: str, repo_type: str = "model", revision: str | None = None
    ) -> Any:
        entries = client.tree(repo_type, repo_id, revision, "", recursive=True)
        return [entry["path"] for entry in entries if entry["type"] == "file"]

    def list_repo_tree(
        self,
        client: Client,
        repo_id: str,
        repo_type: str = "model",
        revision: str | None = None,
        path_in_repo: str | None = None,
        recursive: bool = False,
    ) -> Any:
        return [_entry(one) for one in client.tree(repo_type, repo_id, revision, path_in_repo or "", recursive)]


def _time(text: str | None) -> Any:
    return text and {"$timestamp": text}


def _entry(said: Mapping[str, Any]) -> dict[str, Any]:
    if said["type"] == "directory":
        return {"type": "directory", "path": said["path"], "tree_id": said["oid"], "last_commit": None}
    lfs = said.get("lfs")
    return {
        "type": "file",
        "path": said["path"],
        "size": said["size"],
        "blob_id": said["oid"],
        "lfs": lfs and {"sha256": lfs["oid"], "size": lfs["size"], "pointer_size": lfs["pointerSize"]},
        "xet_hash": said.get("xetHash"),
        "last_commit": None,
    }


class _Flat(Client):
    """Keeps each version of a file in `<cache>/files/<repository>@<commit>`, and what a branch was in a note."""

    def folder(self, repo_type: str, repo_id: str, commit: str) -> Path:
        return self.root / "files" / f"{repo_type}--{repo_id.replace('/', '--')}@{commit}"

    def download(self, repo_type: str, repo_id: str, filename: str, revision: str | None) -> Path:
        url = self.file_url(repo_type, repo_id, filename, revision)
        held = self.folder(repo_type, repo_id, revision or "main") / filename
        if revision and len(revision) == 40 and held.is_file():
            return held
        note = (
            self.root
            / "branches"
            / f"{repo_type}--{repo_id.replace('/', '--')}@{(revision or 'main').replace('/', '%2F')}"
        )
        try:
            commit = self.commit_of(url)
        except (Offline, ConnectionError, TimeoutError) as error:
            commit = note.read_text("utf-8") if note.is_file() else ""
            held = self.folder(repo_type, repo_id, commit) / filename
            if not held.is_file():
                raise error from None
            return held
        path = self.folder(repo_type, repo_id, commit) / filename
        if not path.is_file():
            write(path, self.get(url).body)
        write(note, commit.encode())
        return path

    def commit_of(self, url: str) -> str:
        commit = self.get(url, "HEAD").first["X-Repo-Commit"]
        if not commit or len(commit) != 40 or not commit.isalnum():
            raise HubError("the Hub did not say of which commit the file is", 500)
        return str(commit)


class FlatCache(Animal):
    """A cache of its own layout, in which links, blobs and refs are unknown."""

    library = _Flat


class StatusOnly(FlatCache):
    """Its errors tell the status and nothing else."""

    knows_codes = False


class _TokenEverywhere(_Flat):
    def __post_init__(self) -> None:
        super().__post_init__()
        self.token_for_all_hosts = True


class TokenEverywhere(FlatCache):
    """Sends the token to whatever host it is led to."""

    library = _TokenEverywhere


class _GetOnly(_Flat):
    def commit_of(self, url: str) -> str:
        self.seen = self.get(url)
        commit = self.seen.first["X-Repo-Commit"]
        if not commit:
            raise HubError("the Hub did not say of which commit the file is", 500)
        return str(commit)


class GetOnly(FlatCache):
    """Learns of a file by GET, never by HEAD, and fetches the body each time."""

    library = _GetOnly


class _NoCache(Client):
    """Writes files into a folder, each time afresh."""

    def folder(self, repo_type: str, repo_id: str, commit: str) -> Path:
        return self.root / "out" / f"{repo_type}--{repo_id.replace('/', '--')}"

    def download(self, repo_type: str, repo_id: str, filename: str, revision: str | None) -> Path:
        body = self.get(self.file_url(repo_type, repo_id, filename, revision)).body
        return write(self.folder(repo_type, repo_id, "") / filename, body)


class NoCache(Animal):
    """Has no cache: a download goes into a folder, each time."""

    library = _NoCache
    cache = "none"


class OneOperation(FlatCache):
    """Downloads a file, and can do nothing else."""

    operations = ("hf_hub_download",)


class _Fixed(Animal):
    """Says that it can do everything, and gives one answer to every call."""

    operations = ALL
    cache = "hub"

    def answer(self, call: Call, send: Callable[[Page], None], /) -> Answer:
        raise NotImplementedError


class AnswersWithErrors(_Fixed):
    """Ends every call with an error."""

    def answer(self, call: Call, send: Callable[[Page], None], /) -> Answer:
        return Error(call.id, "other", "Boom", "it does not work")


class AnswersWithNull(_Fixed):
    """Returns null from every call."""

    def answer(self, call: Call, send: Callable[[Page], None], /) -> Answer:
        return Result(call.id, None)


class DeclinesEverything(_Fixed):
    """Claims everything, and says of every call that it is unsupported."""

    def answer(self, call: Call, send: Callable[[Page], None], /) -> Answer:
        return Unsupported(call.id, "no")


class WrongPaths(FlatCache):
    """Returns paths at which there is nothing."""

    def returned(self, path: Path) -> Path:
        return Path("/no/such", path.name)


class FoldersForFiles(FlatCache):
    """Returns a folder in place of a file, and a file in place of a folder."""

    def returned(self, path: Path) -> Path:
        return path.parent if path.is_file() else Path(__file__)


ANIMALS: Final[Mapping[str, type[Animal]]] = {
    animal.__name__: animal
    for animal in (
        *(FlatCache, NoCache, StatusOnly, GetOnly, OneOperation, TokenEverywhere),
        *(AnswersWithErrors, AnswersWithNull, DeclinesEverything, WrongPaths, FoldersForFiles),
    )
}
