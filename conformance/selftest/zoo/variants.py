"""Correct clients that are unusual: the reference client with one habit of other libraries, which no check may refuse.

They are made as mutants are, by patches. What a habit cannot touch is not measured: each names the areas that it can.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

import pytest

from conformance.mutants.mutant import wrap
from reference_client import cache, download, session, settings, transfer, transport
from reference_client.api import HfApi
from reference_client.errors import HfHubHTTPError
from reference_client.metadata import HfFileMetadata
from reference_client.models import RepoFile, RepoFolder
from reference_client.session import Session

Apply = Callable[[pytest.MonkeyPatch], None]

FILES: Final = ("cache", "download")
"""The areas that a habit of downloads can touch first; each names more where it matters."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A habit, the areas that it can touch, and the checks that fail it for a good reason, with that reason."""

    name: str
    habit: str
    apply: Apply
    areas: tuple[str, ...]
    fair: dict[str, str] = field(default_factory=dict)


ONE_QUESTION: Final = ("cache/second-call-asks-one-question[gsm8k]", "cache/large-file-asks-one-question[gsm8k]")

VARIANTS: Final[dict[str, Variant]] = {}


def variant(*areas: str, **fair: str) -> Callable[[Apply], Apply]:
    """Make a function that patches the reference client a variant. `fair` is added by `fails`."""

    def declare(apply: Apply) -> Apply:
        name = apply.__name__.replace("_", "-")
        VARIANTS[name] = Variant(name, apply.__doc__ or "", apply, areas, getattr(apply, "fair", {}))
        return apply

    return declare


def fails(reason: str, *ids: str) -> Callable[[Apply], Apply]:
    """Say which checks fail a variant rightly, and why."""

    def declare(apply: Apply) -> Apply:
        apply.fair = {**getattr(apply, "fair", {}), **dict.fromkeys(ids, reason)}  # type: ignore[attr-defined]
        return apply

    return declare


def sending(
    patch: pytest.MonkeyPatch, change: Callable[[str, str, dict[str, str]], tuple[str, dict[str, str]]]
) -> None:
    """Let every request be sent with the URL and headers that `change` makes of its method, URL and headers."""

    def send(original: Any, method: str, url: str, headers: Any, *rest: Any) -> Any:
        url, headers = change(method, url, dict(headers))
        return original(method, url, headers, *rest)

    wrap(patch, session, "send", send)


def is_file(url: str) -> bool:
    """Whether a URL on the Hub is that of a file."""
    return "/resolve/" in urlsplit(url).path


# How it asks the API.


@variant("info", "names", "auth")
def info_of_the_default_branch_by_name(patch: pytest.MonkeyPatch) -> None:
    """Asks for the info of the default branch as `/revision/main`."""
    plain = re.compile(r"(/api/(?:datasets|models|spaces)/[^/?]+(?:/[^/?]+)?)(\?.*)?$")

    def change(method: str, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        found = plain.search(url)
        if method == "GET" and found and not headers.get("x"):
            url = f"{url[: found.end(1)]}/revision/main{found[2] or ''}"
        return url, headers

    sending(patch, change)


@variant("tree", "snapshot", "errors")
@fails("economy is what the check is about", "tree/one-request-for-a-small-tree[gsm8k]")
@fails("no folder has so many entries that its listing has pages", "tree/cursor-is-opaque[contract]")
def walks_folders(patch: pytest.MonkeyPatch) -> None:
    """Lists a tree folder by folder."""

    def walk(original: Any, self: HfApi, repo_id: str, path_in_repo: str | None = None, **options: Any) -> Any:
        if not options.pop("recursive", False):
            return original(self, repo_id, path_in_repo, **options)
        first = list(original(self, repo_id, path_in_repo, **options))
        return _walked(lambda folder: original(self, repo_id, folder, **options), first)

    wrap(patch, HfApi, "list_repo_tree", walk)


def _walked(level: Callable[[str], Any], entries: list[RepoFile | RepoFolder]) -> Iterator[RepoFile | RepoFolder]:
    for entry in entries:
        yield entry
        if isinstance(entry, RepoFolder):
            yield from _walked(level, list(level(entry.path)))


@variant("tree", "auth")
def names_the_page_length(patch: pytest.MonkeyPatch) -> None:
    """Asks for pages of the Hub's own length: `limit=1000`, or 50 with `expand`."""

    def change(method: str, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        if method == "GET" and "/tree/" in url and "limit=" not in url:
            url += ("&" if "?" in url else "?") + ("limit=50" if "expand=true" in url.lower() else "limit=1000")
        return url, headers

    sending(patch, change)


@variant("tree", "errors")
def leaves_out_what_is_false(patch: pytest.MonkeyPatch) -> None:
    """Sends `recursive` and `expand` only where they are true."""

    def change(method: str, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        base, mark, query = url.partition("?")
        kept = [pair for pair in query.split("&") if pair.lower() not in ("recursive=false", "expand=false")]
        return (f"{base}?{'&'.join(kept)}" if mark and kept != [""] and kept else base), headers

    sending(patch, change)


@variant("tree", "redirects", "errors")
def slashes_of_a_folder_are_not_encoded(patch: pytest.MonkeyPatch) -> None:
    """Asks for the tree of a folder by its path with slashes."""

    def change(method: str, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        base, tree, rest = url.partition("/tree/")
        revision, slash, folder = rest.partition("/")
        return f"{base}{tree}{revision}{slash}{folder.replace('%2F', '/')}", headers

    sending(patch, change)


@variant("tree")
def hexadecimal_digits_in_small_letters(patch: pytest.MonkeyPatch) -> None:
    """Writes `%2f` for `%2F`."""

    def change(method: str, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        base, mark, query = url.partition("?")
        return re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), base) + mark + query, headers

    sending(patch, change)


@variant("tree")
def paths_info_as_json(patch: pytest.MonkeyPatch) -> None:
    """Sends the body of paths-info as JSON."""

    def encoded(form: list[tuple[str, str]]) -> str:
        paths = [value for name, value in form if name == "paths"]
        return json.dumps({"paths": paths, "expand": ("expand", "true") in [(n, v.lower()) for n, v in form]})

    def change(method: str, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        return url, {**headers, "content-type": "application/json"} if method == "POST" else headers

    patch.setattr(transport, "urlencode", encoded)
    sending(patch, change)


@variant("tree", "snapshot")
def files_by_siblings(patch: pytest.MonkeyPatch) -> None:
    """Takes the list of files from the info."""

    def listed(original: Any, self: HfApi, repo_id: str, **options: Any) -> list[str]:
        return [sibling.rfilename for sibling in self.repo_info(repo_id, **options).siblings or []]

    wrap(patch, HfApi, "list_repo_files", listed)


@variant("snapshot")
def commit_by_one_field(patch: pytest.MonkeyPatch) -> None:
    """Asks for the commit of a snapshot with `expand=sha` alone."""

    def change(method: str, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        is_info = re.search(r"/api/datasets/[^/?]+/[^/?]+/revision/[^/?]+$", url)
        return (f"{url}?expand=sha" if is_info else url), headers

    sending(patch, change)


# How it learns of a file.


def _asked(url: str) -> tuple[str, str, str, str]:
    """Type, id, revision and name of the file at a URL of `hf_hub_url`."""
    place, _, rest = urlsplit(url).path.partition("/resolve/")
    parts = place.strip("/").split("/")
    kind = {"datasets": "dataset", "spaces": "space"}.get(parts[0], "model")
    revision, _, name = rest.partition("/")
    return kind, "/".join(parts if kind == "model" else parts[1:]), unquote(revision), unquote(name)


@variant(*FILES)
@fails(
    "economy is what the check is about",
    "cache/second-call-asks-one-question[gsm8k]",
    "cache/large-file-asks-one-question[gsm8k]",
)
def asks_twice_about_a_file(patch: pytest.MonkeyPatch) -> None:
    """Sends two HEADs for a file."""

    def twice(original: Any, *args: Any, **options: Any) -> Any:
        original(*args, **options)
        return original(*args, **options)

    wrap(patch, download, "read_metadata", twice)


@variant(*FILES, "environment")
def learns_by_the_first_byte(patch: pytest.MonkeyPatch) -> None:
    """Asks for a file's first byte where others send HEAD."""

    asking = threading.local()  # a snapshot asks for several files at once

    def by_get(send: Any, method: str, target: str, headers: Any, *rest: Any) -> Any:
        if method != "HEAD" or not getattr(asking, "metadata", False):
            return send(method, target, headers, *rest)
        answer = send("GET", target, {**headers, "Range": "bytes=0-0"}, *rest)
        whole = re.search(r"/(\d+)$", answer.headers.get("Content-Range", ""))
        if answer.status_code == 206 and whole:
            answer.status_code = 200
            answer.headers = answer.headers.copy()
            answer.headers["Content-Length"] = whole[1]
        elif answer.status_code == 416:  # an empty file
            answer.status_code = 200
            answer.headers = answer.headers.copy()
            answer.headers["Content-Length"] = "0"
        return answer

    def first_byte(original: Any, caller: Session, url: str, *, timeout: float | None, retry: bool) -> HfFileMetadata:
        asking.metadata = True
        try:
            found: HfFileMetadata = original(caller, url, timeout=timeout, retry=retry)
            return found
        finally:
            asking.metadata = False

    wrap(patch, session, "send", by_get)
    wrap(patch, download, "read_metadata", first_byte)


@variant(*FILES, "environment")
@fails(
    "economy is what the check is about",
    "cache/second-call-asks-one-question[gsm8k]",
    "cache/large-file-asks-one-question[gsm8k]",
)
def learns_by_the_api(patch: pytest.MonkeyPatch) -> None:
    """Takes commit, etag and size of a file from the info and from paths-info."""

    def by_api(original: Any, caller: Session, url: str, *, timeout: float | None, retry: bool) -> HfFileMetadata:
        kind, repo_id, revision, name = _asked(url)
        base = f"{caller.endpoint}/api/{kind}s/{repo_id}"
        seconds = timeout or settings.etag_timeout()
        try:
            info = caller.request("GET", f"{base}/revision/{session_quote(revision)}", timeout=seconds, retry=retry)
            commit = info.json()["sha"]
            form = [("paths", name), ("expand", "False")]
            found = caller.request("POST", f"{base}/paths-info/{commit}", form=form, timeout=seconds, retry=retry)
            entries = [entry for entry in found.json() if entry["path"] == name and entry["type"] == "file"]
        except HfHubHTTPError:
            entries = []
        if not entries:  # the error about a file is the one of the file's own URL
            answer: HfFileMetadata = original(caller, url, timeout=timeout, retry=retry)
            return answer
        entry = entries[0]
        etag = entry["lfs"]["oid"] if entry.get("lfs") else entry["oid"]
        at = url.replace(f"/resolve/{session_quote(revision)}/", f"/resolve/{commit}/")
        return HfFileMetadata(commit, etag, at, entry["size"])

    wrap(patch, download, "read_metadata", by_api)


def session_quote(revision: str) -> str:
    """A revision as one segment of a path."""
    return quote(revision, safe="")


@variant("cache", "offline")
def asks_whether_it_has_changed(patch: pytest.MonkeyPatch) -> None:
    """Sends `If-None-Match` for a file in the cache, and takes 304 for an answer."""
    known = threading.local()

    def look_up(original: Any, file: Any, present: Path | None) -> Any:
        known.etag = present.resolve().name if present and present.is_symlink() else None
        try:
            return original(file, present)
        finally:
            known.etag = None

    def change(method: str, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        etag = getattr(known, "etag", None)
        return url, {**headers, "If-None-Match": f'"{etag}"'} if method == "HEAD" and etag else headers

    wrap(patch, download, "look_up", look_up)
    sending(patch, change)


# How it fetches a body.


@variant("download", "snapshot")
def first_request_with_a_range(patch: pytest.MonkeyPatch) -> None:
    """Asks for a whole body with `Range: bytes=0-`."""
    with_ranges(patch, lambda offset: f"bytes={offset}-")


@variant("snapshot")
def bodies_in_pieces(patch: pytest.MonkeyPatch) -> None:
    """Fetches a body in pieces of 64 KiB."""
    with_ranges(patch, lambda offset: f"bytes={offset}-{offset + (1 << 16) - 1}")


def with_ranges(patch: pytest.MonkeyPatch, ranged: Callable[[int], str]) -> None:
    def request(original: Any, self: Session, method: str, url: str, **options: Any) -> Any:
        if method != "GET" or not options.get("stream"):
            return original(self, method, url, **options)
        headers = dict(options.pop("headers") or {})
        offset = int(re.sub(r"\D", "", headers.get("Range", "0")) or 0)
        try:
            return original(self, method, url, headers={**headers, "Range": ranged(offset)}, **options)
        except HfHubHTTPError as error:
            if (
                error.response.status_code != 416
                or offset
                or error.response.headers.get("Content-Range") != "bytes */0"
            ):
                raise
            return original(self, method, url, headers=headers, **options)

    wrap(patch, Session, "request", request)


@variant("auth", "download")
def body_from_where_the_head_led(patch: pytest.MonkeyPatch) -> None:
    """Fetches an LFS file from the `Location` that the HEAD told, without asking the Hub again."""
    where = threading.local()

    def follow(original: Any, *args: Any, **options: Any) -> Any:
        answer = original(*args, **options)
        where.url = answer.redirect_url if answer.is_redirect else None
        return answer

    def read(original: Any, *args: Any, **options: Any) -> HfFileMetadata:
        found: HfFileMetadata = original(*args, **options)
        return replace(found, location=where.url) if getattr(where, "url", None) else found

    wrap(patch, Session, "_follow", follow)
    wrap(patch, download, "read_metadata", read)


@variant("download", "redirects")
def names_a_download_as_one(patch: pytest.MonkeyPatch) -> None:
    """Adds `?download=true` to the URL of a file."""

    def change(method: str, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        return (f"{url}{'&' if '?' in url else '?'}download=true" if is_file(url) else url), headers

    sending(patch, change)


@variant("cache")
def digest_after_the_body(patch: pytest.MonkeyPatch) -> None:
    """Computes the digest of a file when it is whole."""
    patch.setattr(transfer.Body, "_begin", lambda self: None)


@variant("cache", "offline")
def ref_before_the_body(patch: pytest.MonkeyPatch) -> None:
    """Writes the ref before the body is fetched."""

    def look_up(original: Any, file: Any, present: Path | None) -> Any:
        found = original(file, present)
        if isinstance(found, HfFileMetadata) and file.local_dir is None:
            with contextlib.suppress(OSError):
                file.cache.remember_commit(file.revision, found.commit_hash)
        return found

    wrap(patch, download, "look_up", look_up)


@variant("cache")
def locks_are_removed(patch: pytest.MonkeyPatch) -> None:
    """Removes the file of a lock when it is no longer held."""

    @contextlib.contextmanager
    def lock(original: Any, self: cache.RepoCache, etag: str) -> Iterator[None]:
        with original(self, etag):
            yield
        locks = self.folder.parent / ".locks" / self.folder.name
        (locks / f"{etag}.lock").unlink(missing_ok=True)

    wrap(patch, cache.RepoCache, "lock", lock)


# How it speaks HTTP.


@variant("wire")
def a_short_name(patch: pytest.MonkeyPatch) -> None:
    """Calls itself `my-client/1.0`."""
    patch.setitem(transport._HEADERS, "user-agent", "my-client/1.0")


@variant("info", "tree", "wire")
def encodings_with_weights(patch: pytest.MonkeyPatch) -> None:
    """Accepts gzip, with weights."""
    patch.setitem(transport._HEADERS, "accept-encoding", "gzip;q=1.0, identity;q=0.5")


@variant("wire")
def two_retries(patch: pytest.MonkeyPatch) -> None:
    """Tries again twice."""
    patch.setattr(session, "MAX_RETRIES", 2)


@variant("wire")
def eight_retries(patch: pytest.MonkeyPatch) -> None:
    """Tries again eight times."""
    patch.setattr(session, "MAX_RETRIES", 8)


@variant("auth", "wire")
def names_of_headers_in_capitals(patch: pytest.MonkeyPatch) -> None:
    """Writes the names of headers in capitals, in another order."""
    sending(patch, lambda method, url, headers: (url, {n.upper(): v for n, v in reversed(headers.items())}))


@variant("wire", "redirects")
def a_connection_for_each_request(patch: pytest.MonkeyPatch) -> None:
    """Sends `Connection: close`."""
    sending(patch, lambda method, url, headers: (url, {**headers, "Connection": "close"}))


@variant("tree", "wire")
def more_headers(patch: pytest.MonkeyPatch) -> None:
    """Sends `Accept: application/json` to the API, and `Cache-Control: no-cache`."""

    def change(method: str, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        accept = {"Accept": "application/json"} if "/api/" in url else {}
        return url, {**headers, **accept, "Cache-Control": "no-cache"}

    sending(patch, change)
