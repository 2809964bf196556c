"""What a glob means."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase


def matches(pattern: str, path: str) -> bool:
    """Whether a glob means a path; both are relative and have forward slashes.

    `*`, `?` and sets (`[0-9]`, `[!a-z]`) stop at a slash, and match dots at the beginning of a name, too. `**` as a
    whole part of the glob is any number of folders, also none: `**/*.parquet` means `a.parquet` and `b/c/a.parquet`.
    Where it comes last it is everything: `data/**`.
    """
    return _match(pattern.split("/"), path.split("/"))


def _match(pattern: Sequence[str], path: Sequence[str]) -> bool:
    if not pattern:
        return not path
    first, *rest = pattern
    if first != "**":
        return bool(path) and fnmatchcase(path[0], first) and _match(rest, path[1:])
    if not rest:
        return bool(path)
    return any(_match(rest, path[skipped:]) for skipped in range(len(path)))
