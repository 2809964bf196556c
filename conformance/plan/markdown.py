"""Write Markdown in which text from outside cannot become markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from conformance.report.markdown import code as as_code
from conformance.report.markdown import prose
from conformance.report.text import printable

_MANY: Final = 6


def plain(text: object) -> str:
    """Text from outside, in one line, shown as it is; what is between backticks in it is code."""
    return prose(str(text))


def code(text: object) -> str:
    """Text from outside as code."""
    return as_code(str(text))


def codes(texts: Iterable[str], many: int = _MANY) -> str:
    """Several, with how many more there are."""
    found = list(texts)
    more = f" and {len(found) - many} more" if len(found) > many else ""
    return ", ".join(map(code, found[:many])) + more


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table; 'none' without rows."""
    found = [f"| {' | '.join(one or '-' for one in row)} |" for row in rows]
    if not found:
        return ["None.", ""]
    return [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}", *found, ""]


def fence(language: str, text: str) -> list[str]:
    """Code in a fence that its own text cannot end."""
    longest = max((len(one) for one in re.findall(r"`+", text)), default=0)
    marks = "`" * max(3, longest + 1)
    return [f"{marks}{language}", text.rstrip("\n"), marks, ""]


def count(number: int, noun: str) -> str:
    """A number with its noun: `1 check`, `2 checks`."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def document(title: str, lines: Iterable[str]) -> str:
    """A whole document; it ends with a line feed and has no two blank lines together, and no control characters."""
    text = printable("\n".join([f"# {plain(title)}", "", *lines]))  # a name in source may hold escapes of a terminal
    return re.sub(r"\n{3,}", "\n\n", text).rstrip("\n") + "\n"
