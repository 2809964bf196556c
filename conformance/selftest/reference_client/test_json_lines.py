"""JSON values and the lines that they are on: what datasets reads is read, with the same rows."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path
from typing import Any

import pytest

from reference_client.datasets import json_lines
from reference_client.datasets.errors import DatasetError
from reference_client.datasets.rows import read_rows

ONE, TWO, THREE = {"a": 1}, {"a": 2}, {"a": 3}


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.jsonl.gz"])
@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('{"a":1}\r{"a":2}\r', [ONE, TWO]),
        ('{"a":1}\r{"a":2}\n{"a":3}\r\n', [ONE, TWO, THREE]),
        ('{"a":1}\r\r\r{"a":2}', [ONE, TWO]),
        ('{"a":1} {"a":2}\n{"a":3}\n', [ONE, TWO, THREE]),
        ('{"a":1}{"a":2}\n', [ONE, TWO]),
        ('{"a":\n1}\n{"a":2}\n', [ONE, TWO]),
        ('{"a":1}{"a":\r2} {\n"a"\n:3}', [ONE, TWO, THREE]),
        ('{\n  "a": 1\n}\n{\n  "a": 2\n}\n', [ONE, TWO]),
        ('{"a": "}{][\\"{"}\n{"a": ["{",\n"\\\\"]}\n', [{"a": '}{]["{'}, {"a": ["{", "\\"]}]),
        ('\ufeff{"a":1}\r{"a":2}', [ONE, TWO]),
        ('\ufeff{"a":1} {"a":2}', [ONE, TWO]),
        ('{"a": "x\\ry"} {"a": "\u2028\x85"}', [{"a": "x\ry"}, {"a": "\u2028\x85"}]),
    ],
)
def test_lines_are_white_space(tmp_path: Path, name: str, text: str, rows: list[Any]) -> None:
    """Any line end, several values on a line, and a value on several lines."""
    (tmp_path / name).write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
    assert list(read_rows(tmp_path / name, name)) == rows


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ('{"a":1}\n{"a":\n', 1),
        ('{"a":1},\n{"a":2}\n', 0),
        ('{"a":1},{"a":2}\n', 0),
        ('{"a":1}}\n{"a":2}\n', 0),
        ('{"a":1} {"a":2} x\n', 0),
        ('{"a":1} 2\n', 1),
        ('{"a": "x\n"}\n', 0),
        ('{"a":1}\n// 2\n', 1),
        ('{"a":1}\n"', 1),
    ],
)
def test_what_is_no_json_stays_an_error(tmp_path: Path, text: str, row: int) -> None:
    """With the row that it is found in."""
    file = tmp_path / "a.jsonl"
    file.write_text(text, newline="")
    with pytest.raises(DatasetError, match=rf"^a.jsonl, row {row}\b"):
        list(read_rows(file, "a.jsonl"))


def test_a_line_of_a_known_dataset_is_a_row(tmp_path: Path) -> None:
    """They are counted without being read, so that one line with two values is damage. Any line end counts."""
    file = tmp_path / "a.jsonl"
    file.write_bytes(b'{"a":1}\r{"a":2}\r\n\n{"a":3}')
    assert json_lines.count_rows(file, "a.jsonl") == 3
    assert list(json_lines.read_rows(file, "a.jsonl")) == [ONE, TWO, THREE]
    assert json_lines.read_row(file, "a.jsonl", 1) == TWO
    file.write_bytes(b'{"a":1} {"a":2}\n')
    with pytest.raises(DatasetError, match="row 0 is not JSON"):
        list(json_lines.read_rows(file, "a.jsonl"))


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_a_value_is_bounded_whatever_ends_its_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: bytes
) -> None:
    """Many short lines are no long one, but a value that never ends is."""
    monkeypatch.setattr(json_lines, "LINE_BYTES", 1000)
    file = tmp_path / "a.jsonl"
    file.write_bytes((b'{"a":1}' + end) * 5000)
    assert sum(1 for _ in read_rows(file, "a.jsonl")) == 5000
    file.write_bytes(b'{"a":1}' + end + b'{"a":[' + (b"1," + end) * 500)
    with pytest.raises(DatasetError, match="row 1 goes over the limit LINE_BYTES"):
        list(read_rows(file, "a.jsonl"))


def test_long_integers_beside_other_values(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"a":' + "1" * 5001 + '} {"a":2}\n')
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        expected = int("1" * 5001)
    finally:
        sys.set_int_max_str_digits(limit)
    assert list(read_rows(file, "a.jsonl")) == [{"a": expected}, TWO]


@pytest.mark.parametrize("text", ['{"a":1,"a":2}', '{"a":1} {"b":{"a":1,"a":1}}', '{"c":[{"a":1,"b":2,"a":3}]}'])
@pytest.mark.parametrize("whole", [False, True])
def test_two_fields_of_one_name(tmp_path: Path, text: str, whole: bool) -> None:
    """One would be lost. datasets refuses them, too."""
    name = "a.json" if whole else "a.jsonl"
    (tmp_path / name).write_text(f"[{text.replace('} {', '},{')}]" if whole else text)
    with pytest.raises(DatasetError, match="it has the field 'a' twice"):
        list(read_rows(tmp_path / name, name))
    if not whole and " " not in text:
        with pytest.raises(DatasetError, match="row 0 is not JSON: it has the field 'a' twice"):
            list(json_lines.read_rows(tmp_path / name, name))
