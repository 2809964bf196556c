"""Fetching a body: resumed when it is cut, verified before it gets its name."""

from __future__ import annotations

import hashlib
import io
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from reference_client.errors import HfHubHTTPError, without_query
from reference_client.metadata import HfFileMetadata
from reference_client.session import MAX_RETRIES, Session, backoff
from reference_client.validate import is_digest

if TYPE_CHECKING:
    import requests

CHUNK = 1 << 20
_CONTENT_RANGE = re.compile(r"bytes (\d+)-")


class ConsistencyError(OSError):
    """What was received isn't the file that the Hub describes."""


def fetch(
    session: Session,
    file: HfFileMetadata,
    incomplete: Path,
    destination: Path,
    *,
    resume: bool = False,
    received: Callable[[int], None] | None = None,
) -> None:
    """Fetch a file's body to `destination`, which is replaced at once, or not at all.

    Args:
        session: whose token may be needed.
        file: where the body is, and what it must be.
        incomplete: where the body grows meanwhile: on the same file system, and nobody else's.
        destination: final path.
        resume: continue what an earlier call left at `incomplete`, and leave what came for the next one if the body
            can't be completed now. Otherwise `incomplete` must not exist, and never stays.
        received: called with the number of bytes that `incomplete` has after each piece. What it raises breaks off.

    Raises:
        HfHubHTTPError: the Hub answered with an error.
        requests.RequestException: it didn't answer.
        ConsistencyError: the body isn't the one that `file` describes; `incomplete` is removed.
        OSError: the connection kept breaking.
    """
    try:
        with _Body(incomplete, "a+" if resume else "x+", received) as body:
            if not file.size or body.tell() < file.size:
                _receive(session, file, body)
            _verify(file, body)
        incomplete.replace(destination)
    except ConsistencyError:
        incomplete.unlink(missing_ok=True)
        raise
    finally:
        if not resume:
            incomplete.unlink(missing_ok=True)


class _Body(io.BufferedRandom):
    """A file that tells how long it is, each time that something is written at its end."""

    def __init__(self, path: Path, mode: str, received: Callable[[int], None] | None) -> None:
        super().__init__(io.FileIO(path, mode))
        self._received = received

    def write(self, data: Any, /) -> int:
        written = super().write(data)
        if self._received:
            self._received(self.tell())
        return written


def _receive(session: Session, file: HfFileMetadata, body: BinaryIO) -> None:
    """Write the whole body, in as many requests as it takes, as long as they bring it further than before."""
    longest = failures = 0
    while True:
        cut = _continue(session, file, body)
        length = body.tell()
        if file.size is not None and length > file.size:
            raise _inconsistent(file, f"more than {file.size} bytes")
        if length == file.size or (file.size is None and cut is None):
            return
        failures = 0 if length > longest else failures + 1
        longest = max(length, longest)
        if failures > MAX_RETRIES:
            url = without_query(file.location)
            raise OSError(
                f"Consistency check failed: got {length} of {file.size} bytes from {url}, and the connection keeps "
                "breaking. Try again."
            ) from cut
        if failures:
            time.sleep(backoff(failures - 1))


def _continue(session: Session, file: HfFileMetadata, body: BinaryIO) -> Exception | None:
    """Ask for what is missing and write what comes. Returns what broke the answer off, if anything did."""
    from urllib3.exceptions import HTTPError

    offset = body.tell()
    # Ranges and lengths count the bytes of the body as sent: it must be sent as it is.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={offset}-"} if offset else {})
    try:
        response = session.request("GET", file.location, headers=headers, stream=True)
    except HfHubHTTPError as error:
        if not offset or error.response.status_code != 416:
            raise
        _rewind(body)
        return error
    with response:
        if response.status_code == 200:  # a server may ignore a range and send everything (RFC 9110, 14.2)
            _rewind(body)
        elif not _begins_at(offset, response):
            raise _inconsistent(file, f"another part than bytes {offset}-")
        try:
            while chunk := response.raw.read1(CHUNK, decode_content=True):
                body.write(chunk)
        except HTTPError as error:
            return error
    return None


def _begins_at(offset: int, response: requests.Response) -> bool:
    first = _CONTENT_RANGE.match(response.headers.get("Content-Range", ""))
    return response.status_code == 206 and first is not None and int(first[1]) == offset


def _rewind(body: BinaryIO) -> None:
    body.seek(0)
    body.truncate()


def _verify(file: HfFileMetadata, body: BinaryIO) -> None:
    """Compare the body with its etag: the sha256 of an LFS file, the git blob id of any other."""
    if not is_digest(file.etag):
        return  # not from the Hub itself: a mirror may name its contents as it likes
    if len(file.etag) == 64:
        digest = hashlib.sha256()
    else:
        digest = hashlib.sha1(b"blob %d\0" % body.tell(), usedforsecurity=False)
    body.seek(0)
    while chunk := body.read(CHUNK):
        digest.update(chunk)
    if digest.hexdigest() != file.etag:
        raise _inconsistent(file, f"content {digest.hexdigest()} instead of {file.etag}")


def _inconsistent(file: HfFileMetadata, got: str) -> ConsistencyError:
    return ConsistencyError(
        f"Consistency check failed: got {got} from {without_query(file.location)}. "
        "Nothing was kept; try again, with force_download=True if this repeats."
    )
