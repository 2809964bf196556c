"""Temporary folders that a port writes into: removed whatever it has left there."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
import uuid
import weakref
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final

_LONGEST: Final = 30.0
"""Seconds for what `shutil.rmtree` has left: a process that lives on may make folders as fast as they are removed."""


class Scratch:
    """A temporary folder, which is removed at the latest when this process ends.

    Unlike `tempfile.TemporaryDirectory`, to remove it raises nothing: what a port has left there costs no verdict.

    Attributes:
        name: its path.
    """

    def __init__(self, prefix: str) -> None:
        self.name = tempfile.mkdtemp(prefix=prefix)
        self._end = weakref.finalize(self, remove, Path(self.name))

    def cleanup(self) -> None:
        """Remove it with all that lies in it. May be called twice."""
        self._end()

    def __enter__(self) -> str:
        return self.name

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cleanup()


def remove(folder: Path) -> None:
    """Remove a folder, as far as it can be, and raise nothing.

    `shutil.rmtree` calls itself for each level, so that folders that lie a thousand deep in each other end it; and it
    stops at a folder without permissions.
    """
    with contextlib.suppress(OSError, RecursionError):
        shutil.rmtree(folder)
    until = time.monotonic() + _LONGEST
    while folder.is_dir() and _raised(folder) and time.monotonic() < until:
        pass
    with contextlib.suppress(OSError):
        folder.rmdir()


def _raised(folder: Path) -> bool:
    """Remove the files of a folder and its first level, and bring the second level up; whether there was one.

    So no path grows long, and nothing calls itself.
    """
    found_more = False
    for place in _entries(folder):
        if not place.is_dir(follow_symlinks=False):
            _quietly(os.unlink, place.path)
            continue
        for inner in _entries(place.path):
            if inner.is_dir(follow_symlinks=False):
                found_more = _quietly(os.rename, inner.path, folder / uuid.uuid4().hex) or found_more
            else:
                _quietly(os.unlink, inner.path)
        _quietly(os.rmdir, place.path)
    return found_more


def _entries(folder: str | Path) -> list[os.DirEntry[str]]:
    try:
        os.chmod(folder, 0o700)  # noqa: PTH101
        with os.scandir(folder) as found:
            return list(found)
    except OSError:
        return []


def _quietly(do: Callable[..., object], *arguments: object) -> bool:
    try:
        do(*arguments)
    except OSError:
        return False
    return True
