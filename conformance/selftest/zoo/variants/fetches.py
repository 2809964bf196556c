"""How a client fetches a body, and what it keeps."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.mutants.mutant import wrap
from conformance.selftest.zoo.variants.variant import (
    is_file,
    sending,
    variant,
)
from reference_client import cache, download, transfer
from reference_client.errors import HfHubHTTPError
from reference_client.metadata import HfFileMetadata
from reference_client.session import Session


@variant("download", "snapshot")
def first_request_with_a_range(patch: pytest.MonkeyPatch) -> None:
    """Asks for a whole body with `Range: bytes=0-`."""
    _with_ranges(patch, lambda offset: f"bytes={offset}-")


@variant("snapshot")
def bodies_in_pieces(patch: pytest.MonkeyPatch) -> None:
    """Fetches a body in pieces of 64 KiB."""
    _with_ranges(patch, lambda offset: f"bytes={offset}-{offset + (1 << 16) - 1}")


def _with_ranges(patch: pytest.MonkeyPatch, ranged: Callable[[int], str]) -> None:
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
    def lock(original: Any, self: cache.RepoCache, etag: str, check: Any) -> Iterator[None]:
        with original(self, etag, check):
            yield
        locks = self.folder.parent / ".locks" / self.folder.name
        (locks / f"{etag}.lock").unlink(missing_ok=True)

    wrap(patch, cache.RepoCache, "lock", lock)


@variant("download", "resilience")
def parts_side_by_side(patch: pytest.MonkeyPatch) -> None:
    """Fetches a large body in four parts at once, each of them resumed when it is cut."""

    def part(caller: Session, file: HfFileMetadata, first: int, last: int) -> bytes:
        content = b""
        for _ in range(6):
            sent = {"Accept-Encoding": "identity", "Range": f"bytes={first + len(content)}-{last}"}
            answer = caller.request("GET", file.location, headers=sent, stream=True)
            if answer.status_code == 200:
                raise NotImplementedError("the server knows no ranges")
            if not transfer.begins_at(first + len(content), answer):
                raise transfer.ConsistencyError("this is another part")
            with contextlib.suppress(ConnectionAbortedError):
                while block := answer.read1(1 << 20):
                    content += block
            if len(content) == last - first + 1:
                return content
        raise transfer.ConsistencyError("this part does not come whole")

    def receive(original: Any, caller: Session, file: HfFileMetadata, body: transfer.Body) -> None:
        if file.size is None or file.size < 1 << 20:
            original(caller, file, body)
            return
        length = -(-file.size // 4)
        ends = [(first, min(first + length, file.size) - 1) for first in range(0, file.size, length)]
        try:
            with ThreadPoolExecutor(4) as pool:
                contents = list(pool.map(lambda end: part(caller, file, *end), ends))
        except NotImplementedError:
            original(caller, file, body)
        else:
            for content in contents:
                body.write(content)

    wrap(patch, transfer, "receive", receive)
