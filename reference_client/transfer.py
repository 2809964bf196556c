"""Fetching a body: resumed when it is cut, verified before it gets its name."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from reference_client.body import BLOCK, Body
from reference_client.cache import move
from reference_client.errors import HfHubHTTPError
from reference_client.limits import MAX_RETRIES, PARTS, UNTOLD_BYTES, LimitError, TooSlowError
from reference_client.metadata import HfFileMetadata
from reference_client.session import Session, backoff
from reference_client.urls import without_query
from reference_client.validate import is_digest

if TYPE_CHECKING:
    from reference_client.transport import Response

_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-")


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
        incomplete: where the body grows meanwhile, and nobody else's.
        destination: final path.
        resume: continue what an earlier call left at `incomplete`, and leave what came for the next one if the body
            can't be completed now. Otherwise `incomplete` must not exist, and never stays.
        received: called with the number of bytes that `incomplete` has after each piece. What it raises breaks off.

    Raises:
        HfHubHTTPError: the Hub answered with an error.
        ConsistencyError: the body isn't the one that `file` describes; `incomplete` is removed.
        OSError: the Hub didn't answer, or the connection kept breaking.
    """
    try:
        with (
            incomplete.open("a+b" if resume else "x+b") as content,
            Body(content, file.etag, file.size, received) as body,
        ):
            if not file.size or body.tell() < file.size:
                receive(session, file, body)
            verify(file, body)
        move(incomplete, destination)
    except BaseException as failure:
        if not resume or isinstance(failure, ConsistencyError):
            incomplete.unlink(missing_ok=True)
        raise


def receive(session: Session, file: HfFileMetadata, body: Body) -> None:
    """Write the whole body, in as many requests as it takes, as long as they bring it further than before."""
    longest = failures = 0
    for _ in range(PARTS):
        cut = receive_rest(session, file, body)
        length = body.tell()
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
            session.pause(backoff(failures - 1))
    raise LimitError(f"The number of requests for {without_query(file.location)}", "PARTS")


def receive_rest(session: Session, file: HfFileMetadata, body: Body) -> Exception | None:
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
    except ConnectionRefusedError as error:
        if not offset:
            raise
        return error  # it was there a moment ago
    with response:
        if response.status_code == 200:
            if offset:  # a server may ignore a range and send everything (RFC 9110, 14.2)
                body.rewind()
        elif not begins_at(offset, response):
            raise _inconsistent(file, f"another part than bytes {offset}-")
        try:
            while block := response.read1(BLOCK):
                session.require_not_cancelled()
                length = body.tell() + len(block)
                if file.size is not None and length > file.size:
                    raise _inconsistent(file, f"more than {file.size} bytes")
                if length > UNTOLD_BYTES and file.size is None:
                    raise LimitError(f"The body of {without_query(file.location)}", "UNTOLD_BYTES")
                body.write(block)
        except TooSlowError:
            raise
        except (ConnectionAbortedError, TimeoutError, SSLError) as error:
            return error
    return None


def begins_at(offset: int, response: Response) -> bool:
    """Whether an answer is the part of the body from `offset` (bytes) on: 206 with that Content-Range."""
    first = _CONTENT_RANGE.match(response.headers.get("Content-Range", ""))
    return response.status_code == 206 and first is not None and int(first[1]) == offset


def verify(file: HfFileMetadata, body: Body) -> None:
    """Compare the body with its etag: the sha256 of an LFS file, the git blob id of any other."""
    if not is_digest(file.etag):
        return  # not from the Hub itself: a mirror may name its contents as it likes
    digest = body.hexdigest()
    if digest != file.etag:
        raise _inconsistent(file, f"content {digest} instead of {file.etag}")


def _inconsistent(file: HfFileMetadata, got: str) -> ConsistencyError:
    return ConsistencyError(
        f"Consistency check failed: got {got} from {without_query(file.location)}. "
        "Nothing was kept; try again, with force_download=True if this repeats."
    )
