"""Files of gigabytes that are nowhere: their bytes are made when they are asked for."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

from conformance.hub.repository import StoredFile
from conformance.traffic import git


class Virtual(Sequence[int]):
    """Bytes with a beginning, a filling that is repeated, and an end. A slice of it is made of real bytes."""

    def __init__(self, start: bytes, filling: bytes, size: int, end: bytes = b"") -> None:
        self._start, self._filling, self._size, self._end = start, filling, size, end

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, place: Any) -> Any:
        if not isinstance(place, slice):
            return self[place : place + 1][0]
        start, stop, _ = place.indices(self._size)
        return self if (start, stop) == (0, self._size) else self._bytes(start, stop)

    def _bytes(self, start: int, stop: int) -> bytes:
        last = self._size - len(self._end)
        found = bytearray(self._start[start:stop])
        place = max(start, len(self._start))
        if place < min(stop, last):
            count = min(stop, last) - place
            offset = (place - len(self._start)) % len(self._filling)
            repeated = self._filling[offset:] + self._filling * (count // len(self._filling) + 1)
            found += repeated[:count]
        if stop > last:
            found += self._end[max(start - last, 0) : stop - last]
        return bytes(found)


def stored(name: str, content: Virtual) -> StoredFile:
    """A virtual file as LFS keeps it. Its sha256 is that of its name: nobody reads it whole."""
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    pointer = git.object_name("blob", git.pointer(sha256, len(content)))
    return StoredFile(cast(bytes, content), pointer, sha256, hashlib.sha256(b"xet " + name.encode()).hexdigest())


def parquet(size: int, rows: int = 500) -> Virtual:
    """A Parquet file: a row group that can be read, then a hole of zeros, then the footer."""
    held = io.BytesIO()
    texts = [f"What is {number} and {number}? " * 20 for number in range(rows)]
    table = pa.table({"id": list(range(rows)), "question": texts})
    pq.write_table(table, held, compression="none", use_dictionary=False, row_group_size=rows)
    content = held.getvalue()
    length = int.from_bytes(content[-8:-4], "little") + 8
    return Virtual(content[:-length], b"\0" * (1 << 20), size, content[-length:])


def json_lines(size: int) -> Virtual:
    """Lines of JSON, all alike but the first."""
    line = json.dumps({"question": "How many?" * 20, "answer": 4}).encode() + b"\n"
    return Virtual(json.dumps({"question": "first", "answer": 0}).encode() + b"\n", line, size)
