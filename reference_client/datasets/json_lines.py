"""Rows of JSON lines files, a line at a time."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

from reference_client.datasets.columns import Columns, check_values
from reference_client.datasets.errors import DatasetError


def count_rows(file: Path, path: str) -> int:
    """How many lines hold a row; none is parsed.

    Args:
        path: what errors call the file, and what tells whether it is compressed (`.gz`); so in all functions here.

    Raises:
        DatasetError: the file is missing, or its compressed data are damaged.
    """
    return sum(1 for _ in _lines(file, path))


def read_rows(file: Path, path: str, columns: Columns | None = None) -> Iterator[Any]:
    """The rows of a file in their order; empty lines are none.

    Args:
        columns: what every row must hold; None for no check.

    Raises:
        DatasetError: the file is missing, or a line is no JSON or lacks a column; raised when the line is reached.
    """
    for number, line in enumerate(_lines(file, path)):
        yield _row(line, f"{path}, row {number}", columns)


def read_row(file: Path, path: str, index: int, columns: Columns | None = None) -> Any:
    """One row; no other line is parsed.

    Raises:
        IndexError: there is no such row.
        DatasetError: as `read_rows`.
    """
    number = -1
    for number, line in enumerate(_lines(file, path)):
        if number == index:
            return _row(line, f"{path}, row {number}", columns)
    raise IndexError(f"{path} has {number + 1} rows; there is no row {index}.")


def _lines(file: Path, path: str) -> Iterator[bytes]:
    opens = gzip.open if path.endswith(".gz") else open
    try:
        with cast("IO[bytes]", opens(file, "rb")) as lines:
            for line in lines:
                if not line.isspace():
                    yield line
    except FileNotFoundError:
        raise DatasetError(f"{path} isn't there; download it again.") from None
    except (OSError, EOFError, zlib.error) as error:
        raise DatasetError(f"{path} can't be read, download it again: {error}") from error


def _row(line: bytes, place: str, columns: Columns | None) -> Any:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{place} is no JSON: {error}") from error
    if columns is not None:
        check_values(place, row, columns)
    return row
