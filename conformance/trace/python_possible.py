"""What an expression can be: a set of values, whether these are all, and how such sets are put together."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from conformance.trace.needs import Scalar

_MANY: Final = 400  # values; what can be more than that is not resolved


@dataclass(frozen=True, slots=True)
class Possible:
    """What an expression can be. `complete`: `values` are all it can be; `literal`: it is written right there."""

    values: tuple[Scalar, ...] = ()
    complete: bool = False
    literal: bool = False


UNKNOWN: Final = Possible()


def written(node: ast.expr) -> str:
    """An expression in one line; one that is nested too deeply to be written is cut."""
    try:
        return " ".join(ast.unparse(node).split())[:200]
    except RecursionError:
        return "…"


def union(parts: Iterable[Possible]) -> Possible:
    """What any of several can be."""
    found = list(parts)
    values = tuple(dict.fromkeys(value for one in found for value in one.values))
    if len(values) > _MANY:
        return Possible(values[:_MANY])
    return Possible(values, bool(found) and all(one.complete for one in found), len(found) == 1 and found[0].literal)


def joined(parts: list[Possible], *, plus: bool = False) -> Possible:
    """Strings put together; a part that is not known leaves `{…}`."""
    choices = [one.values if one.complete else ("{…}",) for one in parts]
    if plus and not all(isinstance(value, str) for one in choices for value in one):
        return UNKNOWN
    count = 1
    for one in choices:
        count *= max(len(one), 1)
    if count > _MANY:
        return UNKNOWN
    values = tuple(dict.fromkeys("".join(map(str, one)) for one in itertools.product(*choices)))
    if values == ("{…}",) * len(values):
        return UNKNOWN
    return Possible(values, all(one.complete for one in parts), all(one.literal for one in parts))
