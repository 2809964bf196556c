"""Lock files, which hold off other threads and processes, `huggingface_hub`'s among them.

`huggingface_hub` takes them by filelock, which on POSIX means flock on the lock file. A snapshot takes one for each of
its files, so there it is taken here: 200 locks took 43 ms, and 81 ms by filelock.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

POLL = 0.05  # seconds between two attempts to get a lock that another has
REPORT_EVERY = 10.0  # seconds of waiting after which it is logged, again and again
_NO_LOCKS = {errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK}  # flock's errors where it isn't possible


@contextlib.contextmanager
def lock(path: Path, check: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold a lock file, which is made if need be, and its folder, too. It stays there afterwards.

    Its mode is 0664 without what the umask takes away: others who may write to the cache may lock it. Where the file
    system has no locks, the lock is a file `….soft` beside it that exists as long as it is held. `check` is called
    before each attempt; what it raises ends the waiting. Raises OSError if the file can be neither made nor opened.
    """
    attempts = _waiting(path, check)
    end = _by_flock(path, attempts) or _by_filelock(path, attempts)
    try:
        yield
    finally:
        end()


def _by_flock(path: Path, attempts: Iterator[None]) -> Callable[[], None] | None:
    """Lock the file, and return what ends the lock; None where there is no flock.

    filelock may remove the file when it ends a lock. A waiter then holds a lock on a file without a name, and must open
    the path again.
    """
    if sys.platform == "win32":
        return None
    from fcntl import LOCK_EX, LOCK_NB, flock

    for _ in attempts:
        descriptor = _opened(path)
        try:
            flock(descriptor, LOCK_EX | LOCK_NB)
            if os.fstat(descriptor).st_nlink:
                return partial(os.close, descriptor)
        except BlockingIOError:
            time.sleep(POLL)
        except BaseException as error:
            os.close(descriptor)
            if isinstance(error, OSError) and error.errno in _NO_LOCKS:
                return None
            raise
        os.close(descriptor)
    return None  # never: waiting has no end


def _opened(path: Path) -> int:
    flags = os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        return os.open(path, flags | os.O_RDWR | os.O_CREAT, 0o664)
    except PermissionError:  # another user's, made with a stricter umask: reading is enough to lock it
        if path.exists():
            return os.open(path, flags | os.O_RDONLY)
        raise


def _by_filelock(path: Path, attempts: Iterator[None]) -> Callable[[], None]:
    """Lock the file where there is no flock, and return what ends the lock."""
    from filelock import FileLock, SoftFileLock, Timeout

    soft = path.with_suffix(".soft")
    held = FileLock(path, mode=0o664) if sys.platform == "win32" else SoftFileLock(soft, mode=0o664)
    for _ in attempts:
        with contextlib.suppress(Timeout):
            held.acquire(timeout=POLL)
            break
    return held.release


def _waiting(path: Path, check: Callable[[], None]) -> Iterator[None]:
    """One attempt after the other, without end, each with a folder for the lock. What lasts is logged."""
    began = reported = time.monotonic()
    while True:
        check()
        path.parent.mkdir(parents=True, exist_ok=True)
        now = time.monotonic()
        if now - reported >= REPORT_EVERY:
            reported = now
            logging.getLogger(__name__).warning("Waiting for %s for %.0f s; another process has it.", path, now - began)
        yield
