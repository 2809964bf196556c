"""A body while it comes: written to a file, and hashed on the way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

from reference_client.digest import new_digest, read_into

if TYPE_CHECKING:
    import hashlib
    from concurrent.futures import Future, ThreadPoolExecutor

BLOCK = 1 << 20
_LARGE = 4 << 20
"""Bytes from which on a thread for hashing pays."""
_WAITING = 4
"""Blocks that may wait to be hashed, so that a fast server doesn't fill the memory."""


class Body:
    """A body that grows in a file, and its digest.

    A large one is hashed in a thread beside, since hashing takes as long as receiving: hashlib lets other threads
    run meanwhile. Use as a context manager.

    Args:
        file: open for reading and writing, empty or at the end of the body's beginning.
        etag: of the whole body; decides what digest is computed.
        size: of the whole body in bytes, or None if nobody knows.
        received: called with the number of bytes there are, after each block.
    """

    def __init__(
        self, file: BinaryIO, etag: str, size: int | None, received: Callable[[int], None] | None = None
    ) -> None:
        self.file = file
        self._etag = etag
        self._size = size
        self._thread = _thread() if size is not None and size >= _LARGE else None
        self._waiting: deque[Future[None]] = deque()
        self._received = received
        self._digest = self._begin()
        if self._digest is not None and self.tell():
            self._hash_file(self._digest)

    def __enter__(self) -> Body:
        return self

    def __exit__(self, *details: object) -> None:
        if self._thread:
            self._thread.shutdown(cancel_futures=True)

    def tell(self) -> int:
        """How many bytes there are."""
        return self.file.tell()

    def write(self, block: bytes) -> None:
        """Append bytes."""
        self.file.write(block)
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
        """Begin anew."""
        self.file.seek(0)
        self.file.truncate()
        self._digest = self._begin()

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


def _thread() -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor  # small files do without it

    return ThreadPoolExecutor(1)
