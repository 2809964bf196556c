"""Looking at what a port has left on disk: whatever is there, or is not, it ends in a finding."""

from __future__ import annotations

import shutil
from pathlib import Path

from conformance.verdict.require import control, require


def read(path: Path, code: str = "no-file") -> bytes:
    """The content of a file that must be there."""
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        require(False, code, "a file that must be there cannot be read", expected=path.name, seen=_reason(error))
        raise AssertionError("unreachable") from error


def text(path: Path, code: str = "no-file") -> str:
    """The content of a file that must be there and hold text."""
    data = read(path, code)
    try:
        return data.decode()
    except UnicodeDecodeError:
        require(False, code, "a file that must hold text does not", expected=path.name, seen=repr(data[:80]))
        raise AssertionError("unreachable") from None


def text_or_none(path: Path) -> str | None:
    """The text of a file, such as a ref, or None where there is no such file."""
    return text(path) if path.is_file() else None


def children(folder: Path, code: str = "no-folder") -> list[Path]:
    """What lies directly in a folder that must be there."""
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        require(False, code, "a folder that must be there cannot be read", expected=folder.name, seen=_reason(error))
        raise AssertionError("unreachable") from error


def holds(path: Path, content: bytes) -> bool:
    """Whether a path is a file with this content."""
    return path.is_file() and read(path) == content


def is_same(path: Path, other: Path) -> bool:
    """Whether two paths name one file or folder. One that is not there is no other."""
    try:
        return path.samefile(other)
    except (OSError, ValueError):
        return False


def damage(path: Path, content: bytes) -> None:
    """Write over a file that the port has made, wherever that is kept; inconclusive if this cannot be done."""
    try:
        path.resolve().write_bytes(content)
    except OSError as error:
        control(False, "what the port has made could not be changed", seen=_reason(error))


def remove(path: Path) -> None:
    """Remove a file that the port has made, and leave a link to it; inconclusive if this cannot be done."""
    try:
        path.resolve().unlink()
    except OSError as error:
        control(False, "what the port has made could not be removed", seen=_reason(error))


def remove_folder(path: Path) -> None:
    """Remove a folder that the port has made, with all in it; inconclusive if this cannot be done."""
    try:
        shutil.rmtree(path)
    except OSError as error:
        control(
            False, f"the folder {path.name}, which the port should have made, could not be removed", seen=_reason(error)
        )


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
