"""Rows of JSON lines files, a line at a time; `LINE_BYTES` and `CELL_VALUES` bound the memory that it takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reference_client.datasets.columns import Columns, check_values
from reference_client.datasets.compressed import opened
from reference_client.datasets.errors import DatasetError
from reference_client.datasets.programs import depth, parse_row, parse_rows
from reference_client.limits import JSON_DEPTH, LINE_BYTES, ROW_LINES, LimitError

_BLOCK = 1 << 18


def count_rows(file: Path, path: str) -> int:
    """How many lines hold a row; they are not parsed.

    Args:
        path: what errors call the file, its ending shows whether it is compressed; so in all functions here.

    Raises:
        DatasetError: the file is missing, or its compressed data are damaged.
    """
    count, begun, blanks = 0, False, _Blanks(path)
    with opened(file, path) as stream:
        for block in iter(lambda: stream.read(_BLOCK), b""):  # a line may be longer than memory
            if not begun and blanks.fill(block, count):
                continue
            *ended, last = block.replace(b"\r", b"\n").split(b"\n")
            for part in ended:
                count += begun or bool(part.strip())
                begun = False
            begun = begun or bool(last.strip())
    return count + begun


def read_rows(file: Path, path: str, columns: Columns | None = None) -> Iterator[Any]:
    """The rows of a file in their order, one a line; empty lines are skipped.

    Args:
        columns: what every row must hold; None for no check.

    Raises:
        DatasetError: the file is missing, or a line is not JSON or lacks a column; raised when the line is reached.
    """
    for number, line in enumerate(_lines(file, path)):
        yield _row(line, f"{path}, row {number}", columns)


def read_values(file: Path, path: str) -> Iterator[Any]:
    """The rows of a file of JSON objects one after the other, as datasets reads it.

    Lines usually hold one each, and may hold several, or a part of one.

    Raises:
        DatasetError: as `read_rows`.
    """
    number = 0
    lines = _lines(file, path)
    for line in lines:
        for row in _values(line, lines, f"{path}, row {number}"):
            check_values(f"{path}, row {number}", row, {})
            yield row
            number += 1


def read_row(file: Path, path: str, index: int, columns: Columns | None = None) -> Any:
    """One row; no other line is parsed.

    Raises:
        IndexError: no row has this index.
        DatasetError: as `read_rows`.
    """
    number = -1
    for number, line in enumerate(_lines(file, path)):
        if number == index:
            return _row(line, f"{path}, row {number}", columns)
    raise IndexError(f"{path} has {number + 1} rows; there is no row {index}.")


def _lines(file: Path, path: str) -> Iterator[bytes]:
    number = 0
    with opened(file, path) as lines:
        begun: list[bytes] = []
        length, blanks = 0, _Blanks(path)
        for block in iter(lambda: lines.read(_BLOCK), b""):
            if not length and blanks.fill(block, number):
                continue
            # A text in JSON holds neither sign (RFC 8259, section 7), so each is the end of a line.
            *ended, last = block.replace(b"\r", b"\n").split(b"\n")
            for part in ended:
                if length + len(part) >= LINE_BYTES:
                    raise _too_long(path, number)
                line = b"".join([*begun, part])
                begun, length = [], 0
                if line.strip():
                    yield line
                    number += 1
            if begun or last.strip():
                begun.append(last)
                length += len(last)
            if length > LINE_BYTES:
                raise _too_long(path, number)
        if line := b"".join(begun).strip():
            yield line


class _Blanks:
    """What is between two rows. It has limits, too: a small compressed file may hold gigabytes of it.

    Args:
        path: what errors call the file.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._bytes = self._lines = 0

    def fill(self, block: bytes, number: int) -> bool:
        """Whether a block holds nothing else; `number` is that of the next row."""
        if block.strip():
            self._bytes = self._lines = 0
            return False
        self._bytes += len(block)
        self._lines += block.count(b"\n") + block.count(b"\r")
        if self._bytes > LINE_BYTES:
            raise _too_long(self._path, number)
        if self._lines > ROW_LINES:
            raise _too_long(self._path, number, "ROW_LINES")
        return True


def _too_long(path: str, number: int, limit: str = "LINE_BYTES") -> DatasetError:
    return DatasetError(str(LimitError(f"{path}, row {number}", limit)))


def _values(line: bytes, lines: Iterator[bytes], place: str) -> list[Any]:
    """What a line holds. One that ends inside of a value goes on with the next ones."""
    try:
        return [parse_row(line)]
    except ValueError:
        whole, open_, count = bytearray(line), depth(line), 1
    while open_ > 0 and (line := next(lines, b"")):
        whole += b"\n" + line
        open_, count = open_ + depth(line), count + 1
        over = {"LINE_BYTES": len(whole) > LINE_BYTES, "ROW_LINES": count > ROW_LINES, "JSON_DEPTH": open_ > JSON_DEPTH}
        for limit in (limit for limit, is_over in over.items() if is_over):
            raise DatasetError(str(LimitError(place, limit)))
    try:
        return parse_rows(bytes(whole))
    except ValueError as error:
        raise DatasetError(f"{place} is not JSON: {error}") from error


def _row(line: bytes, place: str, columns: Columns | None) -> Any:
    try:
        row = parse_row(line)
    except ValueError as error:
        raise DatasetError(f"{place} is not JSON: {error}") from error
    if columns is not None:
        check_values(place, row, columns)
    return row
