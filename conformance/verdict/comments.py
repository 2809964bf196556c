"""The comments of an expectations file, by the entry that each is about: the YAML library drops them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import yaml


@dataclass(frozen=True, slots=True)
class Comments:
    """Comments without their indentation, `# …`.

    Attributes:
        head: those that begin the file, up to the first line that is none.
        above: line of an entry, from 1, to those before it.
        inside: line of an entry to those within it: beside its values, or in lines of their own.
        tail: those after the last entry.
    """

    head: list[str] = field(default_factory=list)
    above: dict[int, list[str]] = field(default_factory=dict)
    inside: dict[int, list[str]] = field(default_factory=dict)
    tail: list[str] = field(default_factory=list)


def of(text: str, entries: Collection[int]) -> Comments:
    """The comments of a file whose entries begin in these lines, counted from 1.

    A comment that is indented deeper than its entry, or stands beside a value, belongs to that entry; any other to the
    next one.
    """
    lines = text.splitlines()
    found = Comments()
    for line in lines:
        if not line.startswith("#"):
            break
        found.head.append(line)
    entry = 0
    pending: list[str] = []
    comments = {number: (column, comment) for number, column, comment in _scanned(text)}
    for number in range(len(found.head) + 1, len(lines) + 1):
        if number in entries:
            found.above[number], pending = pending, []
            entry = number
        if number not in comments:
            continue
        column, comment = comments[number]
        is_alone = not lines[number - 1][:column].strip()
        if entry and not (is_alone and column <= _indentation(lines[entry - 1])):
            found.inside.setdefault(entry, []).append(comment)
        else:
            pending.append(comment)
    found.tail.extend(pending)
    return found


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


def _scanned(text: str) -> Iterator[tuple[int, int, str]]:
    """Line from 1, column from 0, and text of each comment: what begins with `#` between two tokens."""
    end = 0
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        yield from _between(text, end, token.start_mark.index)
        end = max(end, token.end_mark.index)
    yield from _between(text, end, len(text))


def _between(text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    while start < end and (at := text.find("#", start, end)) >= 0:
        stop = text.find("\n", at)
        stop = len(text) if stop < 0 else stop
        begin = text.rfind("\n", 0, at) + 1
        yield text.count("\n", 0, at) + 1, at - begin, text[at:stop].rstrip()
        start = stop
