"""Fetching a body: resumed when it is cut, verified before it gets its name."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from reference_client.cache import move
from reference_client.errors import HfHubHTTPError
from reference_client.limits import MAX_RETRIES, PARTS, UNTOLD_BYTES, LimitError, TooSlowError
from reference_client.metadata import HfFileMetadata
from reference_client.session import Session, backoff
from reference_client.urls import without_query
from reference_client.validate import is_digest, new_digest, read_into

if TYPE_CHECKING:
    import hashlib
    from concurrent.futures import Future, ThreadPoolExecutor

    from reference_client.transport import Response

Received: TypeAlias = Callable[[int], None]

_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-", re.IGNORECASE)
BLOCK = 1 << 20
_BUFFER = 8 << 10  # bytes that may wait to be written: more would be lost with the process
_LARGE = 4 << 20  # bytes of a body from which on a thread for hashing pays
_WAITING = 4  # blocks that may wait to be hashed, so that a fast server doesn't fill the memory


class ConsistencyError(OSError):
    """What was received isn't the file that the Hub describes."""


def fetch(
    session: Session,
    file: HfFileMetadata,
    incomplete: Path,
    destination: Path,
    *,
    resume: bool = False,
    received: Received | None = None,
) -> None:
    """Fetch a file's body to `destination`, which is replaced at once, or not at all.

    Args:
        file: where the body is, and what it must be.
        incomplete: where the body grows meanwhile, and nobody else's.
        resume: continue what an earlier call left at `incomplete`, and leave what came for the next one if the body
            can't be completed now, unless it is wrong. Otherwise `incomplete` must not exist, and never stays.
        received: called with the number of bytes that `incomplete` has after each piece. What it raises breaks off.

    Raises HfHubHTTPError for an error of the Hub, ConsistencyError if the body isn't the one that `file` describes,
    and OSError if the Hub didn't answer or the connection kept breaking.
    """
    options = (file.etag, file.size, received)
    try:
        with incomplete.open("a+b" if resume else "x+b", _BUFFER) as content, Body(content, *options) as body:
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
        cut = ask_for_rest(session, file, body)
        length = body.tell()
        if length == file.size or (file.size is None and cut is None):
            return
        failures = 0 if length > longest else failures + 1
        longest = max(length, longest)
        if failures > MAX_RETRIES:
            got = f"Consistency check failed: got {length} of {file.size} bytes from {without_query(file.location)}"
            raise OSError(f"{got}, and the connection keeps breaking. Try again.") from cut
        if failures:
            session.pause(backoff(failures - 1))
    raise LimitError(f"The number of requests for {without_query(file.location)}", "PARTS")


def ask_for_rest(session: Session, file: HfFileMetadata, body: Body) -> Exception | None:
    """Ask for what is missing and write what comes. Returns what broke the answer off, if anything did."""
    from ssl import SSLError  # takes long to import, and a warm cache doesn't need it

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
    with closing(response):
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
                if file.size is None and length > UNTOLD_BYTES:
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
    """Compare the body with its etag, unless that is not a digest: a mirror may name its contents as it likes."""
    if is_digest(file.etag) and (digest := body.hexdigest()) != file.etag:
        raise _inconsistent(file, f"content {digest} instead of {file.etag}")


def _inconsistent(file: HfFileMetadata, got: str) -> ConsistencyError:
    return ConsistencyError(
        f"Consistency check failed: got {got} from {without_query(file.location)}. "
        "Nothing was kept; try again, with force_download=True if this repeats."
    )


class Body(AbstractContextManager["Body"]):
    """A body that grows in a file, and its digest. Use as a context manager.

    A large one is hashed in a thread beside, since hashing takes as long as receiving: hashlib lets other threads
    run meanwhile. The file is open for reading and writing, empty or at the end of the body's beginning. `etag` (which
    decides what digest is computed) and `size` (in bytes, or None) are those of the whole body; `received` is called
    with the number of bytes there are, after each block.
    """

    def __init__(self, file: BinaryIO, etag: str, size: int | None, received: Received | None = None) -> None:
        self.file, self._etag, self._size, self._received = file, etag, size, received
        self._length = file.tell()
        self._thread: ThreadPoolExecutor | None = None
        if size is not None and size >= _LARGE:
            from concurrent.futures import ThreadPoolExecutor  # small files do without it

            self._thread = ThreadPoolExecutor(1)
        self._waiting: deque[Future[None]] = deque()
        self._digest = self._begin()
        if self._digest is not None and self.tell():
            self._hash_file(self._digest)

    def __exit__(self, *details: object) -> None:
        if self._thread:
            self._thread.shutdown(cancel_futures=True)

    def tell(self) -> int:
        """How many bytes there are."""
        return self._length

    def write(self, block: bytes) -> None:
        """Append bytes."""
        self.file.write(block)
        self._length += len(block)
        if self._received:
            self._received(self.tell())
        if self._digest is None:
            return
        if self._thread is None:
            self._digest.update(block)
            return
        if len(self._waiting) == _WAITING:
            self._waiting.popleft().result()
        self._waiting.append(self._thread.submit(self._digest.update, block))

    def rewind(self) -> None:
        """Begin again with nothing."""
        self.file.seek(0)
        self.file.truncate()
        self._length, self._digest = 0, self._begin()

    def hexdigest(self) -> str:
        """The sha256 of the bytes if that is what the etag is, else the name that git has for them (a sha1)."""
        if self._digest is None:  # git hashes the length before the content
            self._digest = new_digest(self._etag, self.tell())
            self._hash_file(self._digest)
        for hashed in self._waiting:
            hashed.result()
        return self._digest.hexdigest()

    def _hash_file(self, digest: hashlib._Hash) -> None:
        self.file.seek(0)
        read_into(digest, self.file)

    def _begin(self) -> hashlib._Hash | None:
        return None if self._size is None else new_digest(self._etag, self._size)
