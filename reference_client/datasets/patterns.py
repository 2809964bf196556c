"""Which paths a pattern means, and which split a path's own name has."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from reference_client.datasets.globs import matches
from reference_client.urls import printable

_KEYWORDS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "dev", "val"),
    "test": ("test", "testing", "eval", "evaluation"),
}
"""Split to the words that mean it. Files come in the order of the words, under each in that of the forms of names that
have it, and under each of these by their paths: the order of the patterns in datasets, data_files.py."""
_BORDER = r"[-._ 0-9]"
_FILE_FORMS = ("{word}{border}.*", ".*{border}{word}{border}.*")
_FOLDER_FORMS = ("{word}", "{word}{border}.*", ".*{border}{word}", ".*{border}{word}{border}.*")
_SHARD = re.compile(r"data/(?P<split>[^/]+)-[0-9]{5}-of-[0-9]{5}[^/]*\.[^/]*")
_SPLIT_NAME = re.compile(r"\w+(\.\w+)*")


def has_wildcard(pattern: str) -> bool:
    return any(sign in pattern for sign in "*?[")


def matching(pattern: str, paths: Iterable[str]) -> list[str]:
    """The paths that a pattern means, sorted.

    `*` and `?` stop at a slash; `**` as a whole part of the pattern is any number of folders. Names that begin with
    a dot, and folders that begin with two underscores, must be asked for by such a part.
    """
    hidden, special = _unlisted(pattern)
    return sorted(path for path in paths if matches(pattern, path) and _unlisted(path) == (hidden, special))


def by_name(paths: Iterable[str]) -> dict[str, list[str]]:
    """Paths by the split in their names: train, validation and test first, then the others by name.

    The first rule that finds anything decides: shards in `data/`, folders named as a split, files named so. Without a
    split in any name, all is `train`. https://huggingface.co/docs/datasets/repository_structure

    Raises:
        ValueError: a shard in `data/` has a name that no split can have.
    """
    seen = sorted(path for path in paths if _unlisted(path) == (0, 0))
    shards: dict[str, list[str]] = {}
    for path in seen:
        if match := _SHARD.fullmatch(path):
            split = match["split"]  # up to the last numbers, as in datasets
            if not _SPLIT_NAME.fullmatch(split):
                raise ValueError(
                    f"{printable(path)} is not a shard of a split: a split cannot be called '{printable(split)}'."
                )
            shards.setdefault(split, []).append(path)
    if shards:
        first = [split for split in _KEYWORDS if split in shards]
        return {split: shards[split] for split in [*first, *sorted(shards.keys() - set(first))]}
    for names, forms in _RULES:
        found = {
            split: list(
                dict.fromkeys(path for word in words for form in forms for path in _told(seen, names, form, word))
            )
            for split, words in _KEYWORDS.items()
        }
        if any(found.values()):
            return {split: named for split, named in found.items() if named}
    return {"train": seen} if seen else {}


def _told(paths: Iterable[str], names: Callable[[str], list[str]], form: str, word: str) -> Iterator[str]:
    """The paths of which a name has this form."""
    matches = re.compile(form.format(word=word, border=_BORDER), re.DOTALL).fullmatch
    return (path for path in paths if word in path and any(map(matches, names(path))))


def _folders(path: str) -> list[str]:
    return path.split("/")[:-1]


def _file(path: str) -> list[str]:
    return path.split("/")[-1:]


_RULES = ((_folders, _FOLDER_FORMS), (_file, _FILE_FORMS))
"""Which names of a path tell its split, and by what forms. The first rule that finds anything decides."""


def _unlisted(path: str) -> tuple[int, int]:
    """How many parts of a path are hidden, and how many of its folders are special."""
    parts = path.split("/")
    hidden = [part for part in parts if part.startswith(".") and part.strip(".")]
    special = [part for part in parts[:-1] if part.startswith("__")]
    return len(hidden), len(special)
