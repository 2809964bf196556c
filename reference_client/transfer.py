"""Fetching a body: resumed when it is cut, verified before it gets its name."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from reference_client.body import BLOCK, Body
from reference_client.errors import HfHubHTTPError, without_query
from reference_client.metadata import HfFileMetadata
from reference_client.session import MAX_RETRIES, Session, backoff
from reference_client.validate import is_digest

if TYPE_CHECKING:
    from reference_client.transport import Response

_CONTENT_RANGE = re.compile(r"bytes (\d+)-")


def fetch(session: Session, file: HfFileMetadata, incomplete: Path, destination: Path) -> None:
    """Fetch a file's body to `destination`, which is replaced at once, or not at all.

    Args:
        session: whose token may be needed.
        file: where the body is, and what it must be.
        incomplete: where the body grows meanwhile: on the same file system, nobody else's, and not for long.
        destination: final path.

    Raises:
        HfHubHTTPError: the Hub answered with an error.
        OSError: it didn't answer, the connection kept breaking, or the body isn't the one that `file` describes.
    """
    try:
        with incomplete.open("x+b") as content, Body(content, file.etag, file.size) as body:
            _receive(session, file, body)
            _verify(file, body)
        incomplete.replace(destination)
    except BaseException:
        incomplete.unlink(missing_ok=True)
        raise


def _receive(session: Session, file: HfFileMetadata, body: Body) -> None:
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
            raise _inconsistent(file, f"{length} of {file.size} bytes") from cut
        if failures:
            time.sleep(backoff(failures - 1))


def _continue(session: Session, file: HfFileMetadata, body: Body) -> Exception | None:
    """Ask for what is missing and write what comes. Returns what broke the answer off, if anything did."""
    from ssl import SSLError

    offset = body.tell()
    # Ranges and lengths count the bytes of the body as sent: it must be sent as it is.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={offset}-"} if offset else {})
    try:
        response = session.request("GET", file.location, headers=headers, stream=True)
    except HfHubHTTPError as error:
        if not offset or error.response.status_code != 416:
            raise
        body.rewind()
        return error
    with response:
        if response.status_code == 200:
            if offset:  # a server may ignore a range and send everything (RFC 9110, 14.2)
                body.rewind()
        elif not _begins_at(offset, response):
            raise _inconsistent(file, f"another part than bytes {offset}-")
        try:
            while block := response.read1(BLOCK):
                body.write(block)
        except (ConnectionAbortedError, TimeoutError, SSLError) as error:
            return error
    return None


def _begins_at(offset: int, response: Response) -> bool:
    first = _CONTENT_RANGE.match(response.headers.get("Content-Range", ""))
    return response.status_code == 206 and first is not None and int(first[1]) == offset


def _verify(file: HfFileMetadata, body: Body) -> None:
    """Compare the body with its etag: the sha256 of an LFS file, the git blob id of any other."""
    if not is_digest(file.etag):
        return  # not from the Hub itself: a mirror may name its contents as it likes
    digest = body.hexdigest()
    if digest != file.etag:
        raise _inconsistent(file, f"content {digest} instead of {file.etag}")


def _inconsistent(file: HfFileMetadata, got: str) -> OSError:
    return OSError(
        f"Consistency check failed: got {got} from {without_query(file.location)}. "
        "Nothing was kept; try again, with force_download=True if this repeats."
    )
