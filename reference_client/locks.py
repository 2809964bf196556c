"""Lock files, which hold off other threads and processes, `huggingface_hub`'s among them.

`huggingface_hub` takes them by filelock, which on POSIX means flock on the lock file. A snapshot takes one for each of
its files, so there it is taken here, at a quarter of the time.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold a lock file, which is made if need be, and its folder, too. It stays there afterwards."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if sys.platform == "win32":
        from filelock import FileLock

        with FileLock(path):
            yield
    else:
        descriptor = _locked(path)
        try:
            yield
        finally:
            os.close(descriptor)  # which ends the lock


def _locked(path: Path) -> int:
    """A descriptor of the file at `path`, with the lock on it.

    filelock removes the file when it ends a lock. Whoever waited for that one then has a lock on no name, and must
    begin anew.
    """
    from fcntl import LOCK_EX, flock

    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        try:
            flock(descriptor, LOCK_EX)
            if os.fstat(descriptor).st_nlink:
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
