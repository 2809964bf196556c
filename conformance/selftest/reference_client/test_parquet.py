"""Rows of Parquet files, however these are cut, and what is said of files that are broken."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reference_client.datasets import parquet
from reference_client.datasets.columns import Columns
from reference_client.datasets.errors import DatasetError

ROWS = [{"number": number, "text": f"row {number}"} for number in range(200)]
NAME = "data/train-00000-of-00001.parquet"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "rows.parquet"


def written(file: Path, rows: list[dict[str, Any]], schema: pa.Schema | None = None, **options: Any) -> Path:
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), file, **options)
    return file


@pytest.mark.parametrize("rows_in_a_group", [1, 7, 64, 1000])
def test_rows_are_the_same_in_every_layout(file: Path, rows_in_a_group: int) -> None:
    """All of them in order, each by its number, and their count."""
    written(file, ROWS, row_group_size=rows_in_a_group)
    assert list(parquet.read_rows(file, NAME)) == ROWS
    assert parquet.count_rows(file, NAME) == len(ROWS)
    assert [parquet.read_row(file, NAME, index) for index in (0, 63, 64, 199)] == [ROWS[i] for i in (0, 63, 64, 199)]


@pytest.mark.parametrize("index", [-1, 200])
def test_a_row_that_is_not_there(file: Path, index: int) -> None:
    written(file, ROWS)
    with pytest.raises(IndexError, match=f"has 200 rows; there is no row {index}"):
        parquet.read_row(file, NAME, index)


def test_a_file_without_rows(file: Path) -> None:
    """It has none, rather than being an error."""
    written(file, [], pa.schema([("text", pa.string())]))
    assert list(parquet.read_rows(file, NAME, {"text": "string"})) == []
    assert parquet.count_rows(file, NAME) == 0
    assert parquet.first_rows(file, NAME, "a", ["text"]) == {}


def test_wide_rows_come_in_small_batches(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many rows are decoded at a time as have the bytes of a batch, by the footer."""
    sizes: list[int] = []
    original = pq.ParquetFile.iter_batches

    def seen(opened: Any, size: int, **options: Any) -> Any:
        sizes.append(size)
        return original(opened, size, **options)

    monkeypatch.setattr(pq.ParquetFile, "iter_batches", seen)
    monkeypatch.setattr(parquet, "read_footer", pq.read_metadata)
    narrow = [{"text": f"{number}"} for number in range(8)]
    wide = [{"text": f"{number}" * 2**20} for number in range(8)]
    enormous = [{"text": f"{number}" * 2**24} for number in range(2)]
    for rows in (narrow, wide, enormous):
        assert list(parquet.read_rows(written(file, rows), NAME)) == rows
    assert sizes[0] == parquet.BATCH_ROWS
    assert 4 <= sizes[1] <= 8
    assert sizes[2] == 1


def test_one_row_reads_one_row_group(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that holds it, so a file whose other groups are damaged still gives the row."""
    written(file, ROWS, row_group_size=50)
    groups: list[list[int]] = []
    original = pq.ParquetFile.iter_batches

    def seen(opened: Any, size: int, row_groups: list[int], **options: Any) -> Any:
        groups.append(row_groups)
        return original(opened, size, row_groups=row_groups, **options)

    monkeypatch.setattr(pq.ParquetFile, "iter_batches", seen)
    monkeypatch.setattr(parquet, "read_footer", pq.read_metadata)
    assert parquet.read_row(file, NAME, 120) == ROWS[120]
    assert groups == [[2]]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_the_first_row_with_a_name(file: Path, kind: pa.DataType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each column, in whichever batch it is, also when a later one has the name again."""
    monkeypatch.setattr(parquet, "_NAMES_AT_ONCE", 2)
    rows = [{"id": f"run-{number // 50}", "name": f"trial-{number // 3}"} for number in range(200)]
    written(file, rows, pa.schema([("id", kind), ("name", kind)]), row_group_size=30)
    assert parquet.first_rows(file, NAME, "run-2", ["id", "name"]) == {"id": 100}
    assert parquet.first_rows(file, NAME, "trial-20", ["id", "name"]) == {"name": 60}
    assert parquet.first_rows(file, NAME, "run-9", ["id", "name"]) == {}


def test_a_column_without_a_value_has_no_name(file: Path) -> None:
    """Its type is null, which is no error."""
    written(file, [{"id": None, "name": "a"}])
    assert parquet.first_rows(file, NAME, "a", ["id", "name"]) == {"name": 0}


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"question": "string"}, "there is no column 'question'; its columns are: number, text"),
        ({"number": "string"}, "column 'number' should hold string, and holds int64"),
        ({"text": "integer"}, "column 'text' should hold integer, and holds string"),
        ({"text": ["string"]}, "column 'text' should hold a list of string, and holds string"),
        ({"text": [{"role": "string"}]}, "column 'text' should hold a list of {role: string}, and holds string"),
    ],
)
def test_columns_of_another_type(file: Path, columns: Columns, says: str) -> None:
    """The error names the file, the column, what it should hold and what it holds; for one row as for all."""
    written(file, ROWS)
    for read in (
        lambda: list(parquet.read_rows(file, NAME, columns)),
        lambda: parquet.read_row(file, NAME, 0, columns),
    ):
        with pytest.raises(DatasetError, match=f"^{NAME}: {re.escape(says)}"):
            read()


def test_columns_that_will_do(file: Path) -> None:
    """Structs may have more fields and another order; strings may be large ones; a timestamp is a time."""
    inner = pa.struct([("tokens", pa.int32()), ("role", pa.large_string()), ("content", pa.string())])
    schema = pa.schema([("messages", pa.large_list(inner)), ("date", pa.timestamp("us")), ("level", pa.int8())])
    written(file, [], schema)
    shape: Columns = {"messages": [{"content": "string", "role": "string"}], "date": "time", "level": "integer"}
    assert list(parquet.read_rows(file, NAME, shape)) == []


def test_a_file_that_is_cut_short(file: Path) -> None:
    """Wherever it is cut, reading, counting and searching say that it can't be read."""
    whole = written(file, ROWS, row_group_size=50).read_bytes()
    for length in (0, 3, 100, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:length])
        for read in (
            lambda: list(parquet.read_rows(file, NAME)),
            lambda: parquet.read_row(file, NAME, 0),
            lambda: parquet.count_rows(file, NAME),
            lambda: parquet.first_rows(file, NAME, "a", ["text"]),
        ):
            with pytest.raises(DatasetError, match=rf"^{NAME} can't be read, download it again: "):
                read()


def test_damage_is_an_error_or_the_rows(file: Path) -> None:
    """With any one byte inverted, a file gives rows or a DatasetError, never another error."""
    whole = bytearray(written(file, ROWS[:20], row_group_size=5, compression="snappy").read_bytes())
    errors = 0
    for position in range(0, len(whole), 5):
        damaged = whole.copy()
        damaged[position] ^= 0xFF
        file.write_bytes(damaged)
        try:
            list(parquet.read_rows(file, NAME, {"number": "integer", "text": "string"}))
        except DatasetError:
            errors += 1
    assert errors


@pytest.mark.parametrize("bit", range(8))
def test_damage_of_the_footer_never_ends_the_process(file: Path, bit: int) -> None:
    """With any one bit of it flipped, each way to read gives an answer or an error. pyarrow's own metadata aborts."""
    table = pa.table({"text": ["x", None, "y" * 50], "list": [[1], [], None], "inner": [{"a": 1}, None, {"a": 2}]})
    pq.write_table(table, file, row_group_size=2, compression="none")
    whole = file.read_bytes()
    begin = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    errors = 0
    for position in range(begin, len(whole) - 8, 5):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << bit
        file.write_bytes(damaged)
        for read in (lambda: list(parquet.read_rows(file, NAME)), lambda: parquet.read_row(file, NAME, 1)):
            try:
                read()
            except (DatasetError, IndexError):
                errors += 1
    assert errors


def test_text_that_is_no_text(file: Path) -> None:
    """Bytes of a string column that aren't UTF-8: the error names row and column."""
    text = pa.array([b"a", b"\xff\xfe"]).cast(pa.binary()).view(pa.string())
    pq.write_table(pa.table({"text": text}), file)
    with pytest.raises(DatasetError, match=f"^{NAME}, row 1: column 'text' can't be read"):
        list(parquet.read_rows(file, NAME))


def test_a_file_that_is_not_there(file: Path) -> None:
    for read in (parquet.count_rows, lambda *given: list(parquet.read_rows(*given))):
        with pytest.raises(DatasetError, match=f"^{NAME} isn't there; download it again"):
            read(file, NAME)


def lying(file: Path, rows: int, *places: int) -> Path:
    """A file of three rows of which the footer says another number, at some of the places where it has it."""
    written(file, ROWS[:3], pa.schema([("text", pa.string())]), store_schema=False)
    data = bytearray(file.read_bytes())
    footer = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    # A field of 64 bits that follows the one before it, and the number 3, in Thrift's compact protocol.
    found = [at for at in range(footer, len(data) - 8) if data[at : at + 2] == b"\x16\x06"]
    for place in places:
        data[found[place] + 1] = rows * 2 if rows >= 0 else -rows * 2 - 1
    file.write_bytes(data)
    return file


@pytest.mark.parametrize("rows", [-3, 0, 1, 2, 4, 63])
@pytest.mark.parametrize("place", [0, -1])
def test_a_footer_that_contradicts_its_row_groups(file: Path, rows: int, place: int) -> None:
    """Rows were left out without a word, and count said -3."""
    lying(file, rows, place)
    for call in (
        lambda: parquet.count_rows(file, NAME),
        lambda: list(parquet.read_rows(file, NAME)),
        lambda: parquet.read_row(file, NAME, 0),
    ):
        with pytest.raises(DatasetError, match=rf"^{NAME} can't be read, download it again: its footer has -?\d+ rows"):
            call()


def test_a_footer_of_more_rows_than_there_are(file: Path) -> None:
    lying(file, 63, 0, -1)
    assert parquet.read_row(file, NAME, 2) == {"text": "row 2"}
    with pytest.raises(DatasetError, match=rf"^{NAME} ends after 3 rows; its footer says 63\.$"):
        list(parquet.read_rows(file, NAME))
