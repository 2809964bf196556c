"""The folder that a recording goes to: one recorder at a time, and no files of others are lost."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import filelock

from conformance.errors import ConformanceError
from conformance.record import recipe
from conformance.traffic.manifest import MANIFEST

_OWN: Final = re.compile(rf"{re.escape(MANIFEST)}|{re.escape(recipe.FILE)}|blobs|[A-Za-z0-9_][A-Za-z0-9._-]*\.yaml")
"""What a recording consists of."""


class PlaceError(ConformanceError):
    """A recording cannot be written to a folder. The message says why and what to do."""


def place_of(folder: Path) -> Path:
    """The folder that a path leads to by its links: it is replaced as a whole, and the links stay.

    Raises:
        PlaceError: its links lead in a circle.
    """
    try:
        return folder.resolve()
    except (OSError, RuntimeError):  # the latter before Python 3.13
        raise PlaceError(f"{folder}: its links lead in a circle", "give another folder") from None


@contextmanager
def taken(target: Path) -> Iterator[None]:
    """Keep other recorders, of this process and of others, from writing to a folder.

    Args:
        target: the folder; it need not exist.

    Raises:
        PlaceError: another one records there, the folder is not a recording, or it cannot be written.
    """
    # Beside the folder, which is replaced as a whole. A lock of a process that was killed is free again.
    path = target.absolute().parent.resolve() / f".{target.name}.lock"
    lock = filelock.FileLock(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(blocking=False)
    except filelock.Timeout:
        if not path.exists():  # a place without files, such as /proc
            raise PlaceError(f"{target}: cannot be written", "give another folder") from None
        raise PlaceError(
            f"{target}: another `hub-conformance record` writes there",
            "wait until it has ended, or give another folder",
        ) from None
    except NotImplementedError:  # a file system without locks
        pass
    except OSError as error:
        raise PlaceError(f"{target}: cannot be written ({error.strerror})", "give another folder") from None
    try:
        _require_free(target)
        yield
    finally:
        if lock.is_locked:
            path.unlink(missing_ok=True)
            lock.release()


def _require_free(target: Path) -> None:
    """Refuse a folder with files that no recorder has written: it is replaced as a whole."""
    try:
        names = {path.name for path in target.iterdir()}
    except FileNotFoundError:
        return
    except OSError as error:
        raise PlaceError(f"{target}: not a folder that can be read ({error.strerror})", "give another") from None
    if names and not names & {MANIFEST, recipe.FILE}:
        raise PlaceError(f"{target}: holds other files and no recording", "give a new folder, or an empty one")


def keep_others(old: Path, fresh: Path) -> None:
    """Copy what somebody has put into a recording's folder, such as a README, into the one that replaces it."""
    for path in old.iterdir() if old.is_dir() else ():
        if _OWN.fullmatch(path.name):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.copytree(path, fresh / path.name, symlinks=True)
        else:
            shutil.copy2(path, fresh / path.name, follow_symlinks=False)
