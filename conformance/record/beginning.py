"""The beginning of a large file elsewhere, as a file that can be read: rows of Parquet, lines of JSON, or bytes."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

ROWS: Final = 100
"""Rows or lines that are kept at most."""
BYTES: Final = 1 << 16
"""Bytes that are kept of a file of another format."""
_GROUP: Final = 10
"""Rows of a row group of a thinned file: more than one group is what readers get wrong."""
_LINES: Final = 1 << 18
"""Bytes in which lines are looked for."""
_BLOCK: Final = 1 << 18
_MOST_BLOCKS: Final = 16

Read = Callable[[int, int], bytes]
"""Reads the bytes of a file from a first to a last offset, both included."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """The kept content, and how many `rows`, `lines` or `bytes` of the file it is."""

    content: bytes
    units: int
    unit: str


def beginning_of(path: str, size: int, read: Read, *, most: int) -> Beginning:
    """The beginning of a file.

    Args:
        path: by whose ending the format is known.
        size: of the whole file, in bytes.
        read: is asked for parts of it; the whole is never read.
        most: bytes; the beginning has no more, except for one row or line.
    """
    if path.endswith(".parquet"):
        try:
            return _rows(size, read, most)
        except (pa.ArrowException, ValueError, OSError):
            pass  # not Parquet after all
    elif path.endswith((".jsonl", ".ndjson", ".csv", ".tsv", ".txt")):
        lines = _lines(read(0, min(size, _LINES) - 1), most)
        if lines is not None:
            return lines
    content = read(0, min(size, BYTES) - 1)
    return Beginning(content, len(content), "bytes")


def _rows(size: int, read: Read, most: int) -> Beginning:
    file = pq.ParquetFile(pa.PythonFile(_Remote(size, read), "r"), pre_buffer=False, buffer_size=_BLOCK)
    schema = file.schema_arrow
    batch = next(file.iter_batches(batch_size=ROWS), None)
    rows = pa.Table.from_batches([] if batch is None else [batch.slice(0, ROWS)], schema)
    # Only now: pyarrow ends the process when it is asked for a column whose metadata no reader has found right.
    has_chunks = file.metadata.num_row_groups and file.metadata.num_columns
    compression = file.metadata.row_group(0).column(0).compression if has_chunks else "NONE"
    while True:
        content = _written(rows, "none" if compression == "UNCOMPRESSED" else compression)
        if len(content) <= most or rows.num_rows <= 1:
            return Beginning(content, rows.num_rows, "rows")
        rows = rows.slice(0, rows.num_rows // 2)


def _written(rows: pa.Table, compression: str) -> bytes:
    held = io.BytesIO()
    pq.write_table(rows, held, row_group_size=_GROUP, compression=compression.lower())
    return held.getvalue()


def _lines(start: bytes, most: int) -> Beginning | None:
    lines = start[: max(most, 1)].split(b"\n")[:-1][:ROWS] or start.split(b"\n")[:-1][:1]
    return Beginning(b"".join(line + b"\n" for line in lines), len(lines), "lines") if lines else None


class _Remote(io.RawIOBase):
    """A file elsewhere, read by blocks of which the last few are kept."""

    def __init__(self, size: int, read: Read) -> None:
        self._size, self._read, self._place = size, read, 0
        self._blocks: dict[int, bytes] = {}

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = 0) -> int:
        self._place = offset + (0, self._place, self._size)[whence]
        return self._place

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        content = self.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def read(self, size: int = -1) -> bytes:
        stop = self._size if size is None or size < 0 else min(self._place + size, self._size)
        found = bytearray()
        while self._place < stop:
            number, offset = divmod(self._place, _BLOCK)
            part = self._block(number)[offset : offset + stop - self._place]
            if not part:
                raise ValueError("the file is shorter than it was said to be")
            found += part
            self._place += len(part)
        return bytes(found)

    def _block(self, number: int) -> bytes:
        if number not in self._blocks:
            if len(self._blocks) >= _MOST_BLOCKS:
                self._blocks.pop(next(iter(self._blocks)))
            first = number * _BLOCK
            self._blocks[number] = self._read(first, min(first + _BLOCK, self._size) - 1)
        return self._blocks[number]
