"""Looking at what a port has left on disk: whatever is there, or is not, it ends in a finding."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path
from typing import Final

from conformance.ports.description import CacheKind
from conformance.verdict.require import control, require, require_equal

LARGEST: Final = 256 << 20
"""Bytes of a file that is read. No recording has one as large; a sparse file of a port's may be larger than memory."""


def read(path: Path, code: str = "no-file") -> bytes:
    """The content of a file that must be there."""
    try:
        return bounded(path)
    except (OSError, ValueError) as error:
        require(False, code, "a file that must be there cannot be read", expected=path.name, seen=_reason(error))
        raise AssertionError("unreachable") from error


def bounded(path: Path) -> bytes:
    """The content of a regular file. Opening a pipe would wait for its writer, and reading a device has no end.

    Raises:
        OSError: it cannot be read, is not a regular file, or has more than `LARGEST` bytes.
        ValueError: the path cannot be one, as with a null character.
    """
    with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb") as file:  # noqa: PTH123
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise OSError("it is not a regular file")
        data = file.read(LARGEST + 1) if found.st_size <= LARGEST else b""
        if found.st_size > LARGEST or len(data) > LARGEST:  # files of /proc report 0 bytes and may be endless
            raise OSError(f"it has more than {LARGEST >> 20} MiB")
        if data is None:  # as /proc/kmsg, whose next line is waited for
            raise OSError("reading it would block")
        return data


def require_finite(path: Path, code: str = "no-file") -> None:
    """A file may be read whole: it has the reported size, and no more than `LARGEST` bytes.

    Files below /proc report 0 bytes, are endless or wait for more.
    """
    size = path.stat().st_size
    is_small = size <= LARGEST and (size > 0 or read(path, code) == b"")
    require(is_small, code, "the returned file was larger than any file of the Hub", seen=f"{size} bytes")


def text(path: Path, code: str = "no-file") -> str:
    """The content of a file that must be there and hold text."""
    data = read(path, code)
    try:
        return data.decode()
    except UnicodeDecodeError:
        require(False, code, "a file that must hold text does not", expected=path.name, seen=repr(data[:80]))
        raise AssertionError("unreachable") from None


def text_or_none(path: Path) -> str | None:
    """The text of a file, such as a ref, or None where the file does not exist."""
    return text(path) if path.is_file() else None


def named_by(ref: Path) -> str | None:
    """The commit that a ref names, or None without the file. How its text ends is a matter of one check alone."""
    found = text_or_none(ref)
    return found and found.strip()


def children(folder: Path, code: str = "no-folder") -> list[Path]:
    """What lies directly in a folder that must be there."""
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        require(False, code, "a folder that must be there cannot be read", expected=folder.name, seen=_reason(error))
        raise AssertionError("unreachable") from error


def require_name(path: Path, name: str, kind: CacheKind) -> None:
    """The file lies under its path in the repository.

    In a cache with its own layout (`kind` is "own") it may lie under any, as that of a digest.
    """
    ending = "/".join(path.parts[-name.count("/") - 1 :])
    if kind != "own":
        require_equal(ending, name, "wrong-name", "the file is not stored under its own path")


def holds(path: Path, content: bytes) -> bool:
    """Whether a path is a file with this content."""
    return path.is_file() and path.stat().st_size == len(content) and read(path) == content


def is_same(path: Path, other: Path) -> bool:
    """Whether two paths name one file or folder. False if one is missing."""
    try:
        return path.samefile(other)
    except (OSError, ValueError):
        return False


def damage(path: Path, content: bytes) -> None:
    """Write over a file that the port has made, wherever that is kept; inconclusive if this cannot be done."""
    try:
        control(not path.exists() or path.is_file(), "what the port made is not a file", seen=path.name)
        path.resolve().write_bytes(content)
    except OSError as error:
        control(False, "what the port made could not be changed", seen=_reason(error))


def remove(path: Path) -> None:
    """Remove a file that the port has made, and leave a link to it; inconclusive if this cannot be done."""
    try:
        path.resolve().unlink()
    except OSError as error:
        control(False, "what the port made could not be removed", seen=_reason(error))


def remove_folder(path: Path) -> None:
    """Remove a folder that the port has made, with all in it; inconclusive if this cannot be done."""
    try:
        shutil.rmtree(path)
    except OSError as error:
        control(
            False, f"the folder {path.name}, which the port should have made, could not be removed", seen=_reason(error)
        )


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
