"""What a glob means."""

from __future__ import annotations

from fnmatch import fnmatchcase


def matches(pattern: str, path: str) -> bool:
    """Whether a glob means a path; both are relative and have forward slashes.

    `*`, `?` and sets (`[0-9]`, `[!a-z]`) stop at a slash, and match dots at the beginning of a name, too. `**` as a
    whole part of the glob is any number of folders, also none: `**/*.parquet` means `a.parquet` and `b/c/a.parquet`.
    Where it comes last it is everything: `data/**`.
    """
    *folders, last = pattern.split("/")
    parts = path.split("/")
    ends = {0}  # how many parts of the path the glob may match, as far as it has been looked at
    for folder in folders:
        if folder == "**":
            ends = set(range(min(ends), len(parts)))
        else:
            ends = {end + 1 for end in ends if end < len(parts) and fnmatchcase(parts[end], folder)}
        if not ends:
            return False
    if last == "**":
        return min(ends) < len(parts)
    return len(parts) - 1 in ends and fnmatchcase(parts[-1], last)
