"""CSV and TSV files: types, names, encodings and sizes."""

from __future__ import annotations

import csv
import gzip
import random
import sys
from pathlib import Path
from typing import Any

import pytest

from reference_client import limits
from reference_client.datasets import separated
from reference_client.datasets.errors import DatasetError
from reference_client.datasets.rows import read_rows


def _rows(folder: Path, text: str | bytes, name: str = "a.csv") -> list[dict[str, Any]]:
    data = text.encode() if isinstance(text, str) else text
    (folder / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return list(read_rows(folder / name, name))


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1", "-2", "+3"], [1, -2, 3]),
        (["1", "", "NA"], [1, None, None]),
        ([" 1", "2 "], [1, 2]),
        (["9223372036854775808", "-9223372036854775809"], [2**63, -(2**63) - 1]),
        (["9" * 100], [10**100 - 1]),
        (["9" * 4001], ["9" * 4001]),
        (["1", "2.5", "1e3"], [1.0, 2.5, 1000.0]),
        (["true", "False"], [True, False]),
        (["true", "TRUE", "null"], [True, True, None]),
        (["true", "1"], ["true", "1"]),
        (["0", "false"], ["0", "false"]),
        (["true ", "false"], ["true ", "false"]),
        (["1", "None", "<NA>"], [1, None, None]),
        (["1", " NA"], ["1", " NA"]),
        (["1.5", "inf", "-Infinity"], [1.5, float("inf"), float("-inf")]),
        (["true", "2"], ["true", "2"]),
        (["1", "x"], ["1", "x"]),
        (["x", "NA", "null"], ["x", "NA", "null"]),
        (["NA", "null"], [None, None]),
        (["2024-01-02", "2024-01-03"], ["2024-01-02", "2024-01-03"]),
        (["12:30:00"], ["12:30:00"]),
        (["2024-01-02 10:11:12"], ["2024-01-02 10:11:12"]),
        (["1_000"], ["1_000"]),
        (["\N{ARABIC-INDIC DIGIT ONE}"], ["\N{ARABIC-INDIC DIGIT ONE}"]),
        (["0x10"], ["0x10"]),
    ],
)
def test_types(tmp_path: Path, cells: list[str], values: list[Any]) -> None:
    """Of a column, by all of its values."""
    found = _rows(tmp_path, "a,b\n" + "".join(f"{cell},z\n" for cell in cells))
    assert [(type(row["a"]), row["a"]) for row in found] == [(type(value), value) for value in values]


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
@pytest.mark.parametrize("size", [1 << 20, 2 << 20, 5 << 20])
def test_long_rows(tmp_path: Path, name: str, size: int) -> None:
    assert _rows(tmp_path, "a,b\n1,x\n2," + "y" * size + "\n", name) == [{"a": 1, "b": "x"}, {"a": 2, "b": "y" * size}]


@pytest.mark.parametrize("count", [2_000, 600_000])
def test_types_do_not_depend_on_the_size(tmp_path: Path, count: int) -> None:
    found = _rows(tmp_path, "a\n" + "1\n" * count + "x\n")
    assert len(found) == count + 1
    assert found[0] == {"a": "1"}
    assert found[-1] == {"a": "x"}


@pytest.mark.parametrize(
    ("head", "names"),
    [
        ("a,a", ["a", "a.1"]),
        ("a,a,a", ["a", "a.1", "a.2"]),
        ("a,a,a.1", ["a", "a.2", "a.1"]),
        ("a.1,a,a", ["a.1", "a", "a.2"]),
        ("\ufeffa,b", ["a", "b"]),
        (",a", ["Unnamed: 0", "a"]),
        ("a,,", ["a", "Unnamed: 1", "Unnamed: 2"]),
    ],
)
def test_names(tmp_path: Path, head: str, names: list[str]) -> None:
    values = list(range(len(names)))
    assert _rows(tmp_path, f"{head}\n" + ",".join(map(str, values)) + "\n") == [dict(zip(names, values, strict=True))]


@pytest.mark.parametrize("data", [b"a,b\nx,caf\xe9\n", b"caf\xe9,b\nx,y\n", "a,b\nx,y\n".encode("utf-16")])
def test_other_encodings(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(DatasetError, match=r"^a.csv is not UTF-8") as caught:
        _rows(tmp_path, data)
    assert "again" not in str(caught.value)


@pytest.mark.parametrize(("row", "count"), [("3", 1), ("3,4,5", 3)])
def test_rows_of_another_length(tmp_path: Path, row: str, count: int) -> None:
    """The file is whole, so nobody is told to download it again."""
    with pytest.raises(DatasetError, match=rf"^a.csv, row 1 has {count} values, and there are 2 columns\.$"):
        _rows(tmp_path, f"a,b\n1,2\n{row}\n")


@pytest.mark.parametrize("row", ["3,4,", "3,4,,", '3,4,""'])
def test_a_separator_at_the_end_of_a_row(tmp_path: Path, row: str) -> None:
    """It begins another value (RFC 4180, 2.4). datasets takes the first one for an index, and moves the rest."""
    with pytest.raises(DatasetError, match=r"^a.csv, row 1 has [34] values.* begins another value\.$"):
        _rows(tmp_path, f"a,b\n1,2\n{row}\n")


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('a,b\n"x,y","p\nq"\n', [{"a": "x,y", "b": "p\nq"}]),
        ('a,b\n"x""y",5"\n', [{"a": 'x"y', "b": '5"'}]),
        ("a,b\r\n1,2\r\n\r\n3,4", [{"a": 1, "b": 2}, {"a": 3, "b": 4}]),
        ("a,b\n", []),
        ("a,b\n1,2\n  \n \t\n3,4\n", [{"a": 1, "b": 2}, {"a": 3, "b": 4}]),
        ('a\n1\n" "\n', [{"a": "1"}, {"a": " "}]),
    ],
)
def test_forms(tmp_path: Path, text: str, rows: list[Any]) -> None:
    assert _rows(tmp_path, text) == rows


@pytest.mark.parametrize("text", ["", "\n\n", 'a,b\n1,"2\n3,4\n'])
def test_what_is_no_table(tmp_path: Path, text: str) -> None:
    with pytest.raises(DatasetError, match=r"^a.csv"):
        _rows(tmp_path, text)


def test_a_line_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reference_client.datasets.separated.LINE_BYTES", 100)
    monkeypatch.setattr(sys.modules["reference_client.limits"], "LINE_BYTES", 100)
    assert len(_rows(tmp_path, "a\n" + "x" * 99 + "\n")) == 1
    for text in ("a\n" + "x" * 100 + "\n", 'a\n"' + "x\n" * 60 + '"\n'):
        with pytest.raises(DatasetError, match=r"^a.csv, row 0 "):
            _rows(tmp_path, text)


@pytest.mark.parametrize("rest", [[], [f"c.{number}" for number in range(1, 25_000)]])
def test_many_columns_of_one_name(tmp_path: Path, rest: list[str]) -> None:
    """Their names take no time that grows with the square of their number."""
    names = ["c"] * 25_000 + rest
    (row,) = _rows(tmp_path, ",".join(names) + "\n" + ",".join(["1"] * len(names)) + "\n")
    assert len(row) == len(names)
    assert list(row)[:2] == ["c", f"c.{len(rest) + 1}"]


@pytest.mark.parametrize("sign", ["\x0b", "\x0c", "\x1c", "\x85", "\xa0", "\u2028", "\u3000"])
def test_a_line_of_other_white_space_is_a_row(tmp_path: Path, sign: str) -> None:
    """Only lines of blanks and tabs are skipped, as in datasets."""
    assert _rows(tmp_path, f"a\n1\n{sign}\n \n\t\n2\n") == [{"a": "1"}, {"a": sign}, {"a": "2"}]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('a,b\n1,"' + "," * 30 + '"\n', 1),
        ('a,b\n1,"' + ",\n" * 30 + '"\n', 1),
        ('a,b\n"1\n",2\n' * 1 + '"3\n","4\n\n"\n', 2),
        ("," * 9 + "\n" + "," * 9 + "\n", 1),
        ("," * 10 + "\n", None),
        ("a,b\n" + "," * 10 + "\n", None),
        ('a,b\n"x"' + "," * 10 + "\n", None),
        ('a,b\n"' + '\n",,,,,,,"' * 3 + "\n", None),
        ('a"b\n' + "," * 10 + "\n", None),
    ],
)
def test_the_number_of_columns_has_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, rows: int | None
) -> None:
    """All cells of a row are made at once, also of one that has more of them than there are columns."""
    monkeypatch.setattr(limits, "CSV_COLUMNS", 10)
    monkeypatch.setattr(separated, "CSV_COLUMNS", 10)
    if rows is None:
        with pytest.raises(DatasetError, match="CSV_COLUMNS = 10 "):
            _rows(tmp_path, text)
    else:
        assert len(_rows(tmp_path, text)) == rows


def test_a_row_of_many_lines_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them alone may be short."""
    monkeypatch.setattr(limits, "LINE_BYTES", 100)
    monkeypatch.setattr(separated, "LINE_BYTES", 100)
    assert len(_rows(tmp_path, "a,b\n" + '"1\n",2\n' * 50)) == 50
    assert len(_rows(tmp_path, "a\n" + 'x"y\n' * 51)) == 51  # read again, for a quotation that has no end
    with pytest.raises(DatasetError, match="LINE_BYTES = 100 "):
        _rows(tmp_path, "a,b\n" + '"1' + '\n","2' * 50 + '"\n')


def test_cells_are_counted_as_the_reader_makes_them() -> None:
    draw = random.Random(1)
    for _ in range(2000):
        line = "".join(draw.choice('",,a') for _ in range(draw.randrange(1, 9))) + "\n"
        (cells,) = csv.reader([line])
        assert separated._cells(line, ",", inside=False) == len(cells), line
        (cells,) = csv.reader(['"', line])
        assert separated._cells(line, ",", inside=True) == len(cells), line
