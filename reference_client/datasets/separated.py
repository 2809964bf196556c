"""Rows of CSV and TSV files.

A column's type follows from all of its values, so a file is read twice, and a row at a time: how large the file is
changes nothing. https://www.rfc-editor.org/rfc/rfc4180
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from reference_client import limits
from reference_client.datasets.columns import Row
from reference_client.datasets.compressed import opened
from reference_client.datasets.errors import DatasetError
from reference_client.limits import CSV_COLUMNS, LINE_BYTES

_NULLS = frozenset(
    ("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA")
) | frozenset(("NULL", "NaN", "None", "n/a", "nan", "null"))
"""Texts that mean null in a column that is not text, as in pandas: https://pandas.pydata.org/docs/user_guide/io.html"""
_BOOLEANS = {"true": True, "false": False}
"""In any letter case. 1 and 0 are numbers, also beside them."""
_INTEGER = re.compile(r"[ \t]*[+-]?[0-9]{1,4000}[ \t]*")
_NUMBER = re.compile(
    r"[ \t]*[+-]?(?:(?:[0-9]{1,4000}(?:\.[0-9]{0,4000})?|\.[0-9]{1,4000})(?:[eE][+-]?[0-9]{1,9})?|inf(?:inity)?)[ \t]*",
    re.IGNORECASE,
)
_KINDS: list[tuple[Callable[[str], object], Callable[[str], Any]]] = [
    (lambda cell: False, str),  # nothing but nulls: whatever has a value is another kind
    (_INTEGER.fullmatch, int),
    (lambda cell: cell.lower() in _BOOLEANS, lambda cell: _BOOLEANS[cell.lower()]),
    (_NUMBER.fullmatch, float),
]
"""Whether a cell can be of a kind, and its value then. The first kind that all cells of a column can be is its own."""


def read_rows(file: Path, path: str, separator: str) -> Iterator[Row]:
    """The rows of a file in their order. Numbers and truth values have their own types, all else is text.

    Args:
        path: what errors call the file, its ending shows whether it is compressed.

    Raises:
        DatasetError: the file is missing or damaged, not UTF-8, or a row has more or fewer values than the header.
    """
    kinds: list[list[bool]] = []
    names: list[str] = []
    for row in _rows(file, path, separator):
        if not names:
            names = _distinct(row)
            kinds = [[True] * len(_KINDS) for _ in names]
            continue
        for possible, cell in zip(kinds, row, strict=True):
            if any(possible) and cell not in _NULLS:
                for number, (fits, _) in enumerate(_KINDS):
                    possible[number] = bool(possible[number] and fits(cell))
    if not names:
        raise DatasetError(f"{path} has no line with the names of its columns.")
    makes = [next((make for ok, (_, make) in zip(possible, _KINDS, strict=True) if ok), None) for possible in kinds]
    rows = _rows(file, path, separator)
    next(rows)
    for row in rows:
        yield {name: _value(make, cell) for name, make, cell in zip(names, makes, row, strict=True)}


def _value(make: Callable[[str], Any] | None, cell: str) -> Any:
    if make is None:
        return cell
    return None if cell in _NULLS else make(cell)


def _rows(file: Path, path: str, separator: str) -> Iterator[list[str]]:
    """The names, then the rows, each with as many cells. Empty lines, and those of blanks, are skipped."""
    csv.field_size_limit(LINE_BYTES)
    number, width, quotes, last, begun = -1, 0, 0, "", False
    length = count = 0  # characters and lines of the row, and of what is empty before it

    def lines(text: io.TextIOWrapper) -> Iterator[str]:
        nonlocal quotes, last, begun, length, count
        cells = 0  # of the row, which goes on in the next line if none has come since
        for line in iter(lambda: text.readline(LINE_BYTES + 1), ""):
            length, count, marks = length + len(line), count + 1, line.count('"')
            if begun or marks % 2 or line.count(separator) >= CSV_COLUMNS:
                cells = (cells - 1) * begun + _cells(line, separator, begun)
            else:
                cells = 1
            for size, limit in ((length, "LINE_BYTES"), (cells, "CSV_COLUMNS"), (count, "ROW_LINES")):
                if size > getattr(limits, limit):
                    raise DatasetError(str(limits.LimitError(f"{path}, row {max(number, 0)}", limit)))
            quotes, last, begun = quotes + marks, line, True
            yield line

    try:
        with opened(file, path) as stream, io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
            for row in csv.reader(lines(text), delimiter=separator):
                begun = False
                if not row:
                    continue
                if len(row) == 1 and not last.strip(" \t\r\n"):  # other white space, such as U+2028, is a value
                    continue  # blanks without quotation marks
                width = width or len(row)
                if len(row) != width:
                    more = " A separator at the end of a line begins another value." if row[-1:] == [""] else ""
                    what = f"has {len(row)} values, and there are {width} columns"
                    raise DatasetError(f"{path}, row {number} {what}.{more}")
                length = count = 0
                yield row
                number += 1
        if quotes % 2:  # a file that ends within quotation marks, unless a value without marks has one
            with opened(file, path) as stream, io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
                begun, length, count = False, 0, 0
                for _ in csv.reader(lines(text), delimiter=separator, strict=True):
                    begun, length, count = False, 0, 0
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path} is not UTF-8: {error}.") from error
    except csv.Error as error:
        raise DatasetError(f"{path}, row {max(number, 0)} can't be read: {error}.") from error


def _cells(line: str, separator: str, inside: bool) -> int:
    """How many cells a line begins or goes on with, counted up to `CSV_COLUMNS` + 1: the reader makes all at once.

    Args:
        inside: whether the line begins within the quotation marks of a cell.
    """
    at = -1
    for count in range(1, CSV_COLUMNS + 1):
        if inside or line.startswith('"', at + 1):
            at += not inside
            while (at := line.find('"', at + 1)) >= 0 and line.startswith('"', at + 1):
                at += 1  # two of them are one within the text
            if at < 0:
                return count
            inside = False
        at = line.find(separator, at + 1)
        if at < 0:
            return count
    return CSV_COLUMNS + 1


def _distinct(names: list[str]) -> list[str]:
    """Names of which each occurs once, as in pandas: of those that were the same the second gets `.1` appended, and a
    column without a name is called by its place, counted from 0."""
    names = [name or f"Unnamed: {place}" for place, name in enumerate(names)]
    taken, found, last = set(names), dict[str, None](), dict[str, int]()
    for name in names:
        free, number = name, last.get(name, 0)
        while free in found or (number and free in taken):
            number += 1
            free = f"{name}.{number}"
        found[free], last[name] = None, number
    return list(found)
