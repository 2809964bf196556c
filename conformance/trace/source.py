"""The source files below a path: read within bounds, and never followed out of it."""

from __future__ import annotations

import io
import os
import re
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from conformance.trace.needs import TraceError

MAX_BYTES: Final = 4 * 1024 * 1024
MAX_FILES: Final = 50_000
_SKIPPED: Final = {"node_modules", "__pycache__", "_build", "deps", "venv", "site-packages", "build", "dist"}
_TEST: Final = re.compile(
    r"(^|/)(tests?|test-support|spec)/|(^|/)(test_[^/]*|[^/]*_test|conftest)\.\w+$|\.(test|spec)\.\w+$"
)


@dataclass(frozen=True, slots=True)
class Source:
    """Files by their path relative to the root, with `/`; `unread` are those that could not be read, and why."""

    files: Mapping[str, str]
    unread: Mapping[str, str] = field(default_factory=dict)


def is_test(path: str) -> bool:
    """Whether a file holds tests, by its name or its folder."""
    return bool(_TEST.search(path))


def read(root: Path, suffixes: tuple[str, ...]) -> Source:
    """Read the files below `root`, or the file `root` itself, whose names end so.

    Links are not followed: what lies outside of the root is not the consumer's. Hidden folders, built code and
    installed packages are left out.

    Raises:
        TraceError: there is no such path, or more than 50,000 files.
    """
    if not root.exists():
        raise TraceError(f"{root} does not exist", "name a file or a folder of source")
    files: dict[str, str] = {}
    unread: dict[str, str] = {}
    for path in _paths(root, suffixes):
        name = path.name if path == root else path.relative_to(root).as_posix()
        if len(files) >= MAX_FILES:
            raise TraceError(f"{root} holds more than {MAX_FILES:,} files", "name the folder of the source")
        try:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
            if len(data) > MAX_BYTES:
                unread[name] = f"larger than {MAX_BYTES:,} bytes"
            else:
                files[name] = _text(path, data)
        except (OSError, UnicodeDecodeError, SyntaxError) as error:
            unread[name] = error.strerror if isinstance(error, OSError) and error.strerror else "not UTF-8"
    return Source(files, unread)


def _text(path: Path, data: bytes) -> str:
    """The text of a file: UTF-8, or what a file of Python declares (PEP 263)."""
    declared = tokenize.detect_encoding(io.BytesIO(data).readline)[0] if path.suffix == ".py" else "utf-8-sig"
    return data.decode(declared)


def _paths(root: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    if root.is_file():
        if root.name.endswith(suffixes):
            yield root
        return
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(one for one in folders if not one.startswith(".") and one not in _SKIPPED)
        for name in sorted(names):
            path = Path(folder) / name
            if name.endswith(suffixes) and not path.is_symlink() and path.is_file():
                yield path
