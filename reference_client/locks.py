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
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filelock import BaseFileLock

POLL = 0.05
"""Seconds between two attempts to get a lock that another has."""
REPORT_EVERY = 10.0
"""Seconds of waiting after which it is logged, again and again."""
_NO_LOCKS = (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK)
"""flock says so where the file system has no locks."""


@contextlib.contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold a lock file, which is made if need be, and its folder, too. It stays there afterwards.

    Its mode is 0664 without what the umask takes away: others who may write to the cache may lock it. Where the file
    system has no locks, the lock is a file `….soft` beside it that exists as long as it is held.

    Raises:
        OSError: the file can be neither made nor opened.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if sys.platform == "win32":
        from filelock import FileLock

        with _held(FileLock(path, mode=0o664), path):
            yield
        return
    try:
        descriptor = _locked(path)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
    else:
        try:
            yield
        finally:
            os.close(descriptor)  # which ends the lock
        return
    from filelock import SoftFileLock

    with _held(SoftFileLock(path.with_suffix(".soft"), mode=0o664), path):
        yield


def _locked(path: Path) -> int:
    """A descriptor of the file at `path`, with the lock on it.

    filelock may remove the file when it ends a lock. A waiter then holds a lock on a file without a name, and must open
    the path again.
    """
    from fcntl import LOCK_EX, LOCK_NB, flock

    waiting = _waiting(path)
    while True:
        next(waiting)
        descriptor = _opened(path)
        try:
            flock(descriptor, LOCK_EX | LOCK_NB)
            if os.fstat(descriptor).st_nlink:
                return descriptor
        except BlockingIOError:
            time.sleep(POLL)
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _opened(path: Path) -> int:
    flags = os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        return os.open(path, flags | os.O_RDWR | os.O_CREAT, 0o664)
    except PermissionError:  # another user's, made with a stricter umask: reading is enough to lock it
        return os.open(path, flags | os.O_RDONLY)


@contextlib.contextmanager
def _held(held: BaseFileLock, path: Path) -> Iterator[None]:
    from filelock import Timeout

    for _ in _waiting(path):
        try:
            held.acquire(timeout=POLL)
            break
        except Timeout:
            continue
    try:
        yield
    finally:
        held.release()


def _waiting(path: Path) -> Iterator[float]:
    """Seconds waited, without end. What lasts is logged."""
    began = reported = time.monotonic()
    while True:
        now = time.monotonic()
        if now - reported >= REPORT_EVERY:
            reported = now
            logging.getLogger(__name__).warning("Waiting for %s for %.0f s; another process has it.", path, now - began)
        yield now - began
