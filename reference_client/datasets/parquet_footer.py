"""The footer of a Parquet file: read, and checked where pyarrow does not.

pyarrow ends the process when it is asked for the metadata of a damaged column (`RowGroupMetaData.column` of 26.0.1 lets
a C++ exception through). Reading raises the same damage as an error. So a reader goes over the columns first.
"""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


class _DataAsked(Exception):
    """All columns of a row group were looked at, and the reader goes on to their data."""


class _WithoutData(io.RawIOBase):
    """A file of which only the size is known."""

    def __init__(self, size: int) -> None:
        self._size, self._at = size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        raise _DataAsked


def rows_of(metadata: pq.FileMetaData) -> int:
    """How many rows a file has. Raises ValueError if its footer and its row groups do not agree: some would be lost."""
    counts = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
    if sum(counts) != metadata.num_rows or min(counts, default=0) < 0:
        raise ValueError(f"its footer has {metadata.num_rows} rows, and its row groups have {sum(counts)}")
    return sum(counts)


def read_footer(file: Path) -> pq.FileMetaData:
    """The metadata of a file, all of whose row groups and columns can be asked for.

    Raises:
        OSError, ValueError, pyarrow.ArrowException: the file isn't there, isn't Parquet, or its footer is damaged.
    """
    metadata = pq.read_metadata(file)
    rows_of(metadata)
    source = pa.PythonFile(_WithoutData(file.stat().st_size), mode="r")
    with pq.ParquetFile(source, metadata=metadata, buffer_size=1, pre_buffer=False) as opened:
        for group in range(metadata.num_row_groups):
            if metadata.row_group(group).num_columns != metadata.num_columns:
                raise ValueError(f"row group {group} has other columns than the schema")
            with contextlib.suppress(_DataAsked):
                next(opened.iter_batches(1, row_groups=[group], use_threads=False), None)
    return metadata
