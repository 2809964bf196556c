"""Patterns of check ids, as expectations use them: `*` stands for any characters, everything else for itself.

The brackets of an id, `cache/moved-branch-is-seen[gsm8k]`, are no character class here.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)


def is_pattern(text: str) -> bool:
    """Whether a text may stand for more than one id."""
    return "*" in text


def matches(pattern: str, id: str) -> bool:
    """Whether a pattern, or an id, stands for this id."""
    return _compiled(pattern).fullmatch(id) is not None


def expanded(pattern: str, known: Collection[str]) -> list[str]:
    """The known ids that a pattern stands for, sorted."""
    return sorted(id for id in known if matches(pattern, id))


def shortened(ids: Collection[str], known: Collection[str], *, least: int = 3) -> list[str]:
    """The ids, with a pattern in place of `least` or more where it stands for exactly those and no other known id.

    A pattern is an area, `cache/*`, or ids that begin with the same words, `names/id-with-*`.
    """
    left, found = set(ids), []
    prefixes = {
        id[: cut + 1] for id in ids for cut, character in enumerate(id) if character in "/-" and "[" not in id[:cut]
    }
    for prefix in sorted(prefixes, key=lambda text: (len(text), text)):
        meant = {id for id in known if id.startswith(prefix)}
        if len(meant) >= least and meant <= left:
            found.append(f"{prefix}*")
            left -= meant
    return sorted([*found, *left])
