"""Rows of Parquet files, a few at a time.

How a file is cut into row groups is its writer's choice, and one group may hold everything. So rows are decoded in
batches whose size follows from the footer, and memory stays bounded by the batch, or by one value of `CELL_BYTES`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from reference_client.datasets.columns import Columns, Row, check_columns
from reference_client.datasets.errors import DatasetError, shown
from reference_client.datasets.parquet_footer import read_footer, rows_of
from reference_client.limits import CELL_BYTES, LimitError
from reference_client.urls import printable

BATCH_BYTES = 2**23
"""About how much of a file, uncompressed, is decoded at a time."""
BATCH_ROWS = 64
"""How many rows at most: more make neither the whole faster nor the first row sooner."""
_REPEATED_BYTES = 2**25
"""Most bytes of a batch where values that the file holds once are repeated row by row."""
_POINTER = 8
"""Bytes that each value of a list takes in Python at least."""
_NAMES_AT_ONCE = 4096
"""Names are short: many of them make a small batch."""
_LISTS = {
    pa.types.is_list: pa.list_,
    pa.types.is_large_list: pa.large_list,
    pa.types.is_list_view: pa.list_,  # Arrow turns a view into a list, but not into another view
    pa.types.is_large_list_view: pa.large_list,
}
_BUFFER_BYTES = 2**20
"""How much of a column's bytes is read at a time. Arrow's defaults, and mapping the file, hold far more of it."""


def count_rows(file: Path, path: str) -> int:
    """How many rows a file has, from its footer alone.

    Args:
        path: what errors call the file; so in all functions here.

    Raises:
        DatasetError: the file is missing, isn't Parquet, or its footer contradicts itself.
    """
    with _errors(path):
        return rows_of(pq.read_metadata(file))


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
            if batch.nbytes <= BATCH_BYTES * 4:
                yield from _rows(batch, path, first)
            else:  # the footer did not show it: some values are large
                for number in range(batch.num_rows):
                    yield from _rows(batch.slice(number, 1), path, first + number)
            first += batch.num_rows
        if first < opened.metadata.num_rows:
            raise DatasetError(f"{path} ends after {first} rows; its footer says {opened.metadata.num_rows}.")


def read_row(file: Path, path: str, index: int, columns: Columns | None = None) -> Row:
    """One row; no row group but its own is read.

    Raises:
        IndexError: no row has this index.
        DatasetError: as `read_rows`.
    """
    with _opened(file, path, columns) as opened:
        first = 0
        for group in range(opened.num_row_groups):
            rows = opened.metadata.row_group(group).num_rows
            if first <= index < first + rows:
                return _row_of_group(opened, path, group, index - first, index)
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


def _row_of_group(opened: pq.ParquetFile, path: str, group: int, index: int, number: int) -> Row:
    for batch in _batches(opened, path, [group]):
        if index < batch.num_rows:
            return _rows(batch.slice(index, 1), path, number)[0]
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
        rows or _rows_at_once(opened.metadata, groups, path),
        row_groups=list(groups),
        columns=columns,
        use_threads=False,
    )
    first = 0
    while True:
        with _errors(f"{path}, from row {first} of its row groups {groups[0]} to {groups[-1]}" if groups else path):
            batch = next(batches, None)
        if batch is None:
            return
        yield batch
        first += batch.num_rows


def _rows(batch: pa.RecordBatch, path: str, first: int) -> list[Row]:
    """The rows of a batch, whose first has this number in the file."""
    columns = {name: _plain(column) for name, column in zip(batch.schema.names, batch.columns, strict=True)}
    for name, column in columns.items():
        large = max(batch.nbytes, _POINTER * _values(column)) > CELL_BYTES
        for number in range(batch.num_rows if large else 0):
            if _size(column.slice(number, 1)) > CELL_BYTES:
                place = f"{path}, row {first + number}: column {shown(name)}"
                raise DatasetError(str(LimitError(place, "CELL_BYTES")))
    try:
        values = [column.to_pylist() for column in columns.values()]
    except (pa.ArrowException, ValueError, ArithmeticError, TypeError, LookupError, MemoryError):
        raise _culprit(columns, path, first) from None
    return [dict(zip(columns, row, strict=True)) for row in zip(*values, strict=True)] or [{}] * batch.num_rows


def _size(column: pa.Array) -> int:
    """Bytes of the values of a column: of a dictionary, those that it takes from there; of nulls, Python's pointers."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    parts = _parts(column)
    return max(_POINTER * len(column), int(column.nbytes) if parts is None else sum(map(_size, parts)))


def _values(column: pa.Array) -> int:
    """About how many values a column has, those in lists too."""
    parts = _parts(column)
    return max(len(column), sum(map(_values, parts or ())))


def _parts(column: pa.Array) -> list[pa.Array] | None:
    """What the structs or lists of a column hold; None for other columns."""
    if pa.types.is_struct(column.type):
        return list(column.flatten())
    if any(is_one(column.type) for is_one in (*_LISTS, pa.types.is_fixed_size_list)):
        return [column.flatten()]
    return None


def _culprit(columns: Mapping[str, pa.Array], path: str, first: int) -> DatasetError:
    """The error of a value that Python can't hold, such as a year beyond 9999."""
    for name, column in columns.items():
        for number in range(len(column)):
            try:
                column[number].as_py()
            except (pa.ArrowException, ValueError, ArithmeticError, TypeError, LookupError, MemoryError) as error:
                said = printable(str(error)) or type(error).__name__
                return DatasetError(f"{path}, row {first + number}: column {shown(name)} can't be read: {said}")
    return DatasetError(f"{path}, from row {first}: there is not enough memory.")


def _plain(column: pa.Array) -> pa.Array:
    """A column with times in microseconds: those in nanoseconds have no form in Python, or pandas' if it is there."""
    wanted = _in_microseconds(column.type)
    try:
        return column if wanted == column.type else column.cast(wanted, safe=False)
    except pa.ArrowException:  # an Arrow that cannot: the values show whether Python can hold them
        return column


def _in_microseconds(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return pa.timestamp("us", kind.tz)
    if pa.types.is_duration(kind) and kind.unit == "ns":
        return pa.duration("us")
    if pa.types.is_time64(kind) and kind.unit == "ns":
        return pa.time64("us")
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_in_microseconds(field.type)) for field in kind])
    if pa.types.is_map(kind):
        keys, items = kind.key_field, kind.item_field
        changed = (field.with_type(_in_microseconds(field.type)) for field in (keys, items))
        return pa.map_(*changed, keys_sorted=kind.keys_sorted)
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(kind.value_field.with_type(_in_microseconds(kind.value_type)), kind.list_size)
    for is_one, make in _LISTS.items():
        if is_one(kind) and _in_microseconds(kind.value_type) != kind.value_type:
            return make(kind.value_field.with_type(_in_microseconds(kind.value_type)))
    return kind


def _rows_at_once(metadata: pq.FileMetaData, groups: Sequence[int], path: str) -> int:
    """Rows per batch, so that an average batch of the widest row group has `BATCH_BYTES`. With repeated values it has
    `_REPEATED_BYTES`, as with lists of many values, which may take no bytes in the file.

    Raises:
        DatasetError: even an average row has a value larger than `CELL_BYTES`.
    """
    found = [metadata.row_group(group) for group in groups]
    most = max(
        (chunk.num_values / group.num_rows for group in found if group.num_rows for chunk in _chunks(group)), default=1
    )
    if most * _POINTER > CELL_BYTES:
        raise DatasetError(str(LimitError(f"{path}: a value of an average row", "CELL_BYTES")))
    widest = max((group.total_byte_size / group.num_rows for group in found if group.num_rows), default=1)
    repeated = max((sum(map(_repeated, _chunks(group))) for group in found), default=1)
    repeated = max(repeated, int(most) * _POINTER)
    return max(1, min(BATCH_ROWS, int(BATCH_BYTES / max(widest, 1)), _REPEATED_BYTES // max(repeated, 1)))


def _large_dictionaries(metadata: pq.FileMetaData) -> list[str]:
    """The columns of text or bytes whose large values the file holds once; they are kept once in memory."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    chunks = [chunk for group in groups for chunk in _chunks(group)]
    found = {
        chunk.path_in_schema
        for chunk in chunks
        if _repeated(chunk) > BATCH_BYTES and "DELTA" not in str(chunk.encodings)
    }
    return sorted(found - {chunk.path_in_schema for chunk in chunks if chunk.physical_type != "BYTE_ARRAY"})


def _chunks(group: pq.RowGroupMetaData) -> Iterator[pq.ColumnChunkMetaData]:
    return (group.column(number) for number in range(group.num_columns))


def _repeated(chunk: pq.ColumnChunkMetaData) -> int:
    """About how large a value may be that the file holds once and many rows repeat."""
    size, packed = chunk.total_uncompressed_size, max(chunk.total_compressed_size, 1)
    if "DELTA_BYTE_ARRAY" in chunk.encodings:
        return int(size)
    if not chunk.has_dictionary_page or chunk.dictionary_page_offset is None:
        return 0
    return max(0, int((chunk.data_page_offset - chunk.dictionary_page_offset) * size // packed))


@contextmanager
def _opened(file: Path, path: str, columns: Columns | None) -> Iterator[pq.ParquetFile]:
    with _errors(path):
        metadata = read_footer(file)
        once = _large_dictionaries(metadata)
        opened = pq.ParquetFile(
            file, metadata=metadata, buffer_size=_BUFFER_BYTES, pre_buffer=False, read_dictionary=once
        )
    with opened:
        names = Counter(opened.schema_arrow.names)
        twice = [name for name, count in names.items() if count > 1]
        if twice:
            raise DatasetError(f"{path} has several columns {shown(twice[0])}.")
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
    except (pa.ArrowException, OSError, ValueError, ArithmeticError) as error:
        raise DatasetError(f"{place} can't be read, download it again: {error}") from error
    except MemoryError:
        raise DatasetError(f"{place} can't be read: there is not enough memory.") from None
