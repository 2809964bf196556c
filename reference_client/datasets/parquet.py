"""Rows of Parquet files, a few at a time.

How a file is cut into row groups is its writer's choice, and one group may hold everything. So rows are decoded in
batches whose size follows from the footer, and memory stays bounded by the batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from reference_client.datasets.columns import Columns, Row, check_columns
from reference_client.datasets.errors import DatasetError

BATCH_BYTES = 2**23
"""About how much of a file, uncompressed, is decoded at a time."""
BATCH_ROWS = 64
"""How many rows at most: more make neither the whole faster nor the first row sooner."""
_NAMES_AT_ONCE = 4096
"""Names are short: many of them make a small batch."""
_BUFFER_BYTES = 2**20
"""How much of a column's bytes is read at a time. Arrow's defaults, and mapping the file, hold far more of it."""


def count_rows(file: Path, path: str) -> int:
    """How many rows a file has, from its footer alone.

    Args:
        path: what errors call the file; so in all functions here.

    Raises:
        DatasetError: the file is missing or isn't Parquet.
    """
    with _errors(path):
        rows: int = pq.read_metadata(file).num_rows
        return rows


def read_rows(file: Path, path: str, columns: Columns | None = None) -> Iterator[Row]:
    """The rows of a file in their order, with all their columns.

    Args:
        columns: what the columns must hold; None for no check.

    Raises:
        DatasetError: the file is missing, damaged, or has other columns; raised when the damage is reached.
    """
    first = 0
    with _opened(file, path, columns) as opened:
        for batch in _batches(opened, path, range(opened.num_row_groups)):
            yield from _rows(batch, f"{path}, rows {first} to {first + batch.num_rows - 1}")
            first += batch.num_rows


def read_row(file: Path, path: str, index: int, columns: Columns | None = None) -> Row:
    """One row; no row group but its own is read.

    Raises:
        IndexError: there is no such row.
        DatasetError: as `read_rows`.
    """
    with _opened(file, path, columns) as opened:
        first = 0
        for group in range(opened.num_row_groups):
            rows = opened.metadata.row_group(group).num_rows
            if first <= index < first + rows:
                return _row_of_group(opened, path, group, index - first)
            first += rows
    raise IndexError(f"{path} has {first} rows; there is no row {index}.")


def first_rows(file: Path, path: str, wanted: str, columns: Sequence[str]) -> dict[str, int]:
    """Where each column has a value first: column to row, without those that never have it.

    Only these columns are read, and only until the first of them has it.
    """
    found: dict[str, int] = {}
    first = 0
    with _opened(file, path, dict.fromkeys(columns, "string")) as opened:
        for batch in _batches(opened, path, range(opened.num_row_groups), list(columns), rows=_NAMES_AT_ONCE):
            for name in columns:
                position = pc.index(batch.column(name).cast(pa.large_string()), wanted).as_py()
                if position >= 0:
                    found.setdefault(name, first + position)
            if columns[0] in found:
                break
            first += batch.num_rows
    return found


def _row_of_group(opened: pq.ParquetFile, path: str, group: int, index: int) -> Row:
    for batch in _batches(opened, path, [group]):
        if index < batch.num_rows:
            return _rows(batch.slice(index, 1), path)[0]
        index -= batch.num_rows
    raise DatasetError(f"{path}: row group {group} has fewer rows than the file's footer says.")


def _batches(
    opened: pq.ParquetFile,
    path: str,
    groups: Sequence[int],
    columns: list[str] | None = None,
    *,
    rows: int | None = None,
) -> Iterator[pa.RecordBatch]:
    batches = opened.iter_batches(
        rows or _rows_at_once(opened.metadata, groups), row_groups=list(groups), columns=columns, use_threads=False
    )
    first = 0
    while True:
        with _errors(f"{path}, from row {first} of its row groups {groups[0]} to {groups[-1]}" if groups else path):
            batch = next(batches, None)
        if batch is None:
            return
        yield batch
        first += batch.num_rows


def _rows(batch: pa.RecordBatch, place: str) -> list[Row]:
    with _errors(place):
        rows: list[Row] = batch.to_pylist()
        return rows


def _rows_at_once(metadata: pq.FileMetaData, groups: Sequence[int]) -> int:
    """So many rows that the widest group's are `BATCH_BYTES` on average."""
    sizes = (metadata.row_group(group) for group in groups)
    widest = max((size.total_byte_size / size.num_rows for size in sizes if size.num_rows), default=1)
    return max(1, min(BATCH_ROWS, int(BATCH_BYTES / max(widest, 1))))


@contextmanager
def _opened(file: Path, path: str, columns: Columns | None) -> Iterator[pq.ParquetFile]:
    with _errors(path):
        opened = pq.ParquetFile(file, buffer_size=_BUFFER_BYTES, pre_buffer=False)
    with opened:
        if columns is not None:
            check_columns(path, opened.schema_arrow, columns)
        yield opened


@contextmanager
def _errors(place: str) -> Iterator[None]:
    """Arrow raises its own errors, OSError and UnicodeDecodeError for what is wrong with a file's bytes."""
    try:
        yield
    except FileNotFoundError:
        raise DatasetError(f"{place} isn't there; download it again.") from None
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DatasetError(f"{place} can't be read, download it again: {error}") from error
