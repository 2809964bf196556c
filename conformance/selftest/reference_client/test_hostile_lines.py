"""Rows of many lines, and what is between two rows."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from conformance.selftest.reference_client.small_limits import small
from reference_client.datasets import json_lines
from reference_client.datasets.errors import DatasetError
from reference_client.datasets.rows import read_rows


@pytest.mark.parametrize("blank", [b"\n", b"\r\n", b" " * 1023 + b"\n", b" \t" * 512])
def test_what_is_between_rows_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blank: bytes) -> None:
    """A file of 32 kB held a gigabyte of line feeds, and took minutes."""
    small(monkeypatch, "LINE_BYTES", 1 << 20)
    small(monkeypatch, "ROW_LINES", 300_000)
    jsonl, csv = tmp_path / "a.jsonl.gz", tmp_path / "a.csv.gz"
    for size, fits in ((1 << 18, True), (1 << 21, False)):
        blanks = blank * (size // len(blank))
        jsonl.write_bytes(gzip.compress(b"{}\n" + blanks + b"\n{}\n"))
        csv.write_bytes(gzip.compress(b"a\n" + blanks + b"\n1\n"))
        if fits:
            assert json_lines.count_rows(jsonl, "a.jsonl.gz") == 2
            assert list(read_rows(jsonl, "a.jsonl.gz")) == [{}, {}]
            assert list(read_rows(csv, "a.csv.gz")) == [{"a": 1}]
            continue
        for read in (
            lambda: json_lines.count_rows(jsonl, "a.jsonl.gz"),
            lambda: list(read_rows(jsonl, "a.jsonl.gz")),
            lambda: list(read_rows(csv, "a.csv.gz")),
        ):
            with pytest.raises(
                DatasetError, match=r"^a\.\w+\.gz, row \d goes over the limit (LINE_BYTES|ROW_LINES) = "
            ):
                read()


def test_a_row_of_many_lines_has_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """100 MB of one byte a line took 4.5 GB."""
    small(monkeypatch, "ROW_LINES", 100)
    small(monkeypatch, "JSON_DEPTH", 50)
    file = tmp_path / "a"
    for lines, fits in ((98, True), (99, False)):
        for path, text in (
            ("a.jsonl", '{"a": [\n' + "1,\n" * (lines - 1) + "1\n]}\n"),
            ("a.csv", 'a\n"' + "x\n" * (lines + 1) + '"\n'),
        ):
            file.write_text(text)
            if fits:
                assert len(list(read_rows(file, path))) == 1
            else:
                with pytest.raises(DatasetError, match=rf"^{path}, row 0 goes over the limit ROW_LINES = 100 "):
                    list(read_rows(file, path))
    for depth, fits in ((49, True), (50, False)):
        file.write_text('{"a":\n' + "[\n" * depth + "1" + "]" * depth + "\n}")
        if fits:
            assert len(list(read_rows(file, "a.json"))) == 1
        else:
            with pytest.raises(DatasetError, match=r"^a.json, row 0 goes over the limit JSON_DEPTH = 50 "):
                list(read_rows(file, "a.json"))
