"""Files of rows that are compressed."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from reference_client.datasets import json_lines
from reference_client.datasets.errors import DatasetError
from reference_client.datasets.rows import read_rows

_LINES = b"".join(b'{"a": %d}\n' % number for number in range(9_000))


def _arrow(codec: str) -> Callable[[bytes], bytes]:
    def compress(data: bytes) -> bytes:
        sink = pa.BufferOutputStream()
        with pa.CompressedOutputStream(sink, codec) as stream:
            stream.write(data)
        return bytes(sink.getvalue())

    return compress


_CODECS = [
    ("gz", gzip.compress),
    ("bz2", bz2.compress),
    ("xz", lzma.compress),
    ("zst", _arrow("zstd")),
    ("lz4", _arrow("lz4")),
]


@pytest.mark.parametrize(("ending", "compress"), _CODECS)
def test_rows_of_compressed_files(tmp_path: Path, ending: str, compress: Callable[[bytes], bytes]) -> None:
    """One stream after the other is one text. The ending may have any letter case, as that of the format may."""
    file = tmp_path / "file"
    file.write_bytes(compress(_LINES) + compress(b'{"a": -1}\n'))
    for path in (f"a.jsonl.{ending}", f"A.JSONL.{ending.upper()}"):
        rows = list(read_rows(file, path))
        assert (len(rows), rows[0], rows[-1]) == (9_001, {"a": 0}, {"a": -1})
        assert json_lines.count_rows(file, path) == 9_001
    file.write_bytes(compress(b"a;b\n1;x\n"))
    assert list(read_rows(file, f"a.csv.{ending}")) == [{"a;b": "1;x"}]
    file.write_bytes(compress(b'[{"a": 1}, {"a": 2}]'))
    assert list(read_rows(file, f"a.json.{ending}")) == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(("ending", "compress"), _CODECS)
@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-5],
        lambda data: data[: len(data) // 2],
        lambda data: data[:20],
        lambda data: data + b"and more",
        lambda data: b"plain" + data,
        lambda data: data[:200] + b"damaged!" + data[208:],
    ],
)
def test_damaged_compressed_files(
    tmp_path: Path, ending: str, compress: Callable[[bytes], bytes], damage: Callable[[bytes], bytes]
) -> None:
    file, path = tmp_path / "file", f"a.jsonl.{ending}"
    file.write_bytes(damage(compress(_LINES)))
    with pytest.raises(DatasetError, match=r"^a\.jsonl\."):
        list(read_rows(file, path))


def test_xz_that_asks_for_much_memory(tmp_path: Path) -> None:
    """The size of the window is what the header says, and all of it would be allocated."""
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 192 << 20, "mode": lzma.MODE_FAST, "mf": lzma.MF_HC3}]
    filters[0]["preset"] = 0
    file = tmp_path / "file"
    file.write_bytes(lzma.compress(b'{"a": 1}\n', filters=filters))
    with pytest.raises(DatasetError, match=r"^a\.jsonl\.xz goes over the limit XZ_BYTES"):
        list(read_rows(file, "a.jsonl.xz"))
    file.write_bytes(lzma.compress(b'{"a": 1}\n', preset=9))
    assert list(read_rows(file, "a.jsonl.xz")) == [{"a": 1}]
