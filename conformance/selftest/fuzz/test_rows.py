"""Files of rows, cards and patterns: rows or a DatasetError, in bounded time."""

from __future__ import annotations

import base64
import contextlib
import fnmatch
import gzip
import io
import pickle
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.selftest.fuzz import draw
from conformance.selftest.fuzz.conftest import Server
from conformance.selftest.reference_client.raw_server import Bytes, answer
from reference_client.datasets import (
    DataFilesNotFoundError,
    DatasetCardError,
    DatasetError,
    DatasetScriptError,
    get_data_files,
    get_dataset_config_names,
    get_dataset_split_names,
    json_lines,
    load_rows,
    parquet,
    programs,
)
from reference_client.datasets.adapters.livecodebench import private_tests
from reference_client.datasets.card import read_configs
from reference_client.datasets.globs import matches
from reference_client.datasets.rows import read_rows


def _parquet(compression: str) -> bytes:
    table = pa.table(
        {
            "a": ["x", None, "y" * 50],
            "b": pa.array([1, 2, None], pa.timestamp("ns")),
            "c": [[1], [], None],
            "d": [{"e": 1}, None, {"e": 2}],
        }
    )
    written = io.BytesIO()
    pq.write_table(table, written, compression=compression, row_group_size=2)
    return written.getvalue()


PARQUET = [_parquet("none"), _parquet("zstd"), _parquet("snappy")]
LINES = b'{"a": "x", "b": [1, 2]}\n\n{"a": null}\r\n{"a": "\xc3\xa9", "c": {"d": 1e400}}'
TABLE = b'a,b,a\n1,"x\ny",2024-01-02\n,,\n99999999999999999999,\xc3\xa9\n'


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """A file with some bytes changed, taken out or put in, or cut."""
    content = bytearray(whole)
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, max(0, len(content) - 1)))
        match draw(st.integers(0, 3)):
            case 0:
                content[place : place + 1] = bytes([draw(st.integers(0, 255))])
            case 1:
                content[place:place] = draw(st.binary(max_size=8))
            case 2:
                del content[place : place + draw(st.integers(1, 20))]
            case 3:
                del content[place:]
    return bytes(content)


FILES = {
    "a.parquet": st.sampled_from(PARQUET).flatmap(damaged),
    "a.jsonl": damaged(LINES),
    "a.json": st.one_of(damaged(b'[{"a": 1}, {"a": [2]}]'), draw.values.map(draw.encoded)),
    "a.csv": damaged(TABLE),
    "a.tsv": damaged(TABLE.replace(b",", b"\t")),
    "a.jsonl.gz": damaged(gzip.compress(LINES, mtime=0)),
    "a.csv.gz": damaged(gzip.compress(TABLE, mtime=0)),
}


@pytest.mark.parametrize("name", FILES)
@given(data=st.data())
def test_files(folder: Callable[[], Path], name: str, data: st.DataObject) -> None:
    file = folder() / name
    file.write_bytes(data.draw(FILES[name]))
    began = time.monotonic()
    with contextlib.suppress(DatasetError):
        for row in read_rows(file, name):
            assert isinstance(row, dict)
    reader: Any = {"parquet": parquet, "jsonl": json_lines}.get(name.split(".")[1])
    if reader is not None:
        with contextlib.suppress(DatasetError):
            reader.count_rows(file, name)
        for index in (0, 2, 10**9):
            with contextlib.suppress(DatasetError, IndexError):
                reader.read_row(file, name, index)
    assert time.monotonic() - began < 10


DOCUMENTED = (DatasetError, DatasetCardError, DatasetScriptError, DataFilesNotFoundError, OSError)

CARD = """---
license: mit
configs:
- config_name: a
  data_files:
  - split: train
    path: "data/*.csv"
  default: true
dataset_info:
  config_name: a
  features: []
---
# A
"""


@st.composite
def cards(draw: st.DrawFn) -> bytes:
    lines = CARD.splitlines()
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(lines) - 1))
        odd = draw(
            st.sampled_from(
                [
                    "- &a [*a]",
                    "x: &a 1",
                    "y: *a",
                    "<<: *a",
                    "? [a]",
                    "!!python/object/apply:os.system [x]",
                    "---",
                    "...",
                    "a: 2024-01-02",
                    "b: .nan",
                    "\t",
                    "configs: 5",
                    "- 5",
                    "[" * 500,
                    "{" * 500,
                    "a: !!binary x",
                    "%YAML 9.9",
                    "config_name: [a]",
                    "data_files: {train: [a, {}]}",
                    "path: 5",
                    "split: ''",
                    "- config_name: a",
                    "a: 1:2:3:4",
                    "default: true",
                    "data_files: '**/**/**/**/x'",
                    "  path: ../x",
                    "  path: '[!'",
                    '"\\ud800"',
                    "\x00",
                    "\ufeff",
                ]
            )
        )
        lines[place : place + draw(st.integers(0, 2))] = [draw(st.sampled_from(["", "  ", "    "])) + odd]
    return "\n".join(lines).encode("utf-8", "surrogatepass")


@given(
    card=st.one_of(
        cards(), st.binary(max_size=60), draw.texts.map(lambda text: f"---\n{text}\n---\n".encode("utf-8", "replace"))
    )
)
def test_cards(server: Server, folder: Callable[[], Path], monkeypatch: pytest.MonkeyPatch, card: bytes) -> None:
    """Configs, splits, files and rows of a repository with any card."""
    monkeypatch.setenv("HF_HOME", str(folder()))
    began = time.monotonic()
    with contextlib.suppress(DatasetCardError):
        read_configs(card.decode("utf-8", "replace"))
    paths = {"README.md": card, "data/a.csv": TABLE, "a.py": b"", "test/b.jsonl": LINES}

    def hub(head: str) -> Bytes:
        path = head.split()[1].partition("?")[0]
        if "/resolve/" in path:
            content = paths.get(path.partition("/resolve/")[2].partition("/")[2], b"")
            said = (f"X-Repo-Commit: {draw.COMMIT}", 'ETag: "x1"', f"X-Linked-Size: {len(content)}")
            return answer(content, *said) if head.startswith("GET") else answer(b"", *said)
        tree = [
            {"type": "file", "oid": draw.ETAG, "size": len(content), "path": name} for name, content in paths.items()
        ]
        info = {**draw.INFO, "siblings": [{"rfilename": name} for name in paths]}
        return answer(draw.encoded(tree if "/tree/" in path else info))

    server.answer = hub
    options: dict[str, Any] = {"endpoint": server.url, "token": False}
    for ask in (get_dataset_config_names, get_dataset_split_names, get_data_files):
        with contextlib.suppress(*DOCUMENTED):
            ask("o/n", **options)
    with contextlib.suppress(*DOCUMENTED):
        list(load_rows("o/n", **options))
    assert time.monotonic() - began < 10


@given(
    value=st.one_of(st.text(max_size=40), draw.values.map(lambda value: draw.encoded(value).decode("utf-8", "replace")))
)
def test_tests_of_programs(value: str) -> None:
    """Tests in a cell: a list of tests, or a ValueError."""
    with contextlib.suppress(ValueError):
        found = programs.parse(value)
        programs.listed_tests(found)
    with contextlib.suppress(ValueError):
        found = programs.parse(value)
        if isinstance(found, dict):
            programs.paired_tests(found)
    packed = base64.b64encode(zlib.compress(pickle.dumps(value))).decode()
    for text in (value, packed, packed[:-5], base64.b64encode(value.encode("utf-8", "replace")).decode()):
        with contextlib.suppress(ValueError):
            private_tests(text)


pieces = st.lists(st.sampled_from(["*", "**", "/", "a", "b.c", "?", "[", "]", "!", "{a,b}", "\\", "é"]), max_size=12)


@given(pattern=pieces.map("".join), path=pieces.map("".join))
def test_globs(pattern: str, path: str) -> None:
    """Matching ends soon, whatever the pattern; one without wildcards of its own is as fnmatch has it."""
    began = time.monotonic()
    found = matches(pattern, path)
    assert time.monotonic() - began < 1
    if not set(pattern) & set("*?[]{}\\/!"):
        assert found == fnmatch.fnmatchcase(path, pattern) or pattern == ""
