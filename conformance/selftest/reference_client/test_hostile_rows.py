"""Rows of strangers' files: what no JSON and no memory can hold, and types that few writers use."""

from __future__ import annotations

import base64
import gzip
import json
import math
import pickle
import subprocess
import sys
import zlib
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conformance.selftest.reference_client.small_limits import small
from reference_client.datasets import json_lines, parquet
from reference_client.datasets.adapters.gsm8k import Gsm8k
from reference_client.datasets.adapters.livecodebench import private_tests
from reference_client.datasets.adapters.openthoughts import OpenThoughts, OpenThoughts3
from reference_client.datasets.adapters.tulu3 import Tulu3
from reference_client.datasets.cli.output import to_json
from reference_client.datasets.errors import DatasetError
from reference_client.datasets.programs import listed_tests, paired_tests, parse
from reference_client.datasets.rows import read_rows

EPISODE = ("agent", "model", "model_provider", "date", "task", "episode", "run_id", "trial_name")


def _written(folder: Path, table: pa.Table, path: str = "data/train-00000-of-00001.parquet", **options: Any) -> Path:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, file, **options)
    return file


def test_a_line_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compressed or not. Counting needs none."""
    small(monkeypatch, "LINE_BYTES", 100)
    for name, opens in (("a.jsonl", open), ("a.jsonl.gz", gzip.open)):
        file = tmp_path / name
        for length, fits in ((99, True), (100, False)):
            with opens(file, "wb") as written:
                written.write(b"{}\n" + b'{"a": "' + b"x" * (length - 9) + b'"}' + b"\n")
            assert json_lines.count_rows(file, name) == 2
            if fits:
                assert len(list(json_lines.read_rows(file, name, {}))) == 2
            else:
                with pytest.raises(DatasetError, match=rf"^{name}, row 1 goes over the limit LINE_BYTES = 100 "):
                    list(json_lines.read_rows(file, name, {}))


def test_a_list_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch, "LINE_BYTES", 100)
    file = tmp_path / "a.json"
    for blanks, fits in ((96, True), (97, False)):
        file.write_text("[" + " " * blanks + "{}]")
        if fits:
            assert list(read_rows(file, "a.json")) == [{}]
        else:
            with pytest.raises(DatasetError, match=r"^a.json goes over the limit LINE_BYTES = 100 "):
                list(read_rows(file, "a.json"))


@pytest.mark.parametrize(
    "text", ["{}\n\n \t\n{}", "{}\n{}\n", "\n{}\r\n\r\n{}\r\n", " {}\n{}", "{}\n" + " " * 600_000 + "\n{}"]
)
def test_counting_by_blocks(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text(text, newline="")
    assert json_lines.count_rows(file, "a.jsonl") == len(list(json_lines.read_rows(file, "a.jsonl"))) == 2


def test_json_has_a_number_of_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not counting what stands in strings."""
    small(monkeypatch, "CELL_VALUES", 10)
    assert len(parse("[" + "[]," * 4 + "[]]")) == 5
    assert len(parse(json.dumps(['a,b:[{"\\', '\\",:[{' * 9]))) == 2
    for text in ("[" + "[]," * 10 + "[]]", '{"a":[' + "1," * 10 + "1]}", b"[" + b'"",' * 10 + b'""]'):
        with pytest.raises(ValueError, match="its JSON goes over the limit CELL_VALUES = 10 "):
            parse(text)


def test_a_bomb_of_lists_in_a_test() -> None:
    """81 KB, which would be 1.5 GB of lists."""
    text = "[" + "[]," * 20_971_520 + "[]]"
    packed = base64.b64encode(zlib.compress(pickle.dumps(text))).decode()
    with pytest.raises(ValueError, match="CELL_VALUES"):
        private_tests(packed)


def test_a_value_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch, "CELL_BYTES", 1000)
    for length, fits in ((900, True), (1100, False)):
        file = _written(tmp_path, pa.table({"a": ["x", "y" * length], "b": [["z"], []]}))
        if fits:
            assert len(list(parquet.read_rows(file, "a.parquet"))) == 2
        else:
            with pytest.raises(
                DatasetError, match=r"^a.parquet, row 1: column 'a' goes over the limit CELL_BYTES = 1000 "
            ):
                list(parquet.read_rows(file, "a.parquet"))


def test_large_values_that_stand_once_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are read as dictionaries, wherever a column holds them; each row gets its own, the limit is for a row."""
    texts = [f"{number:02}" + "y" * (1 << 20) for number in range(20)]
    chosen = [texts[number % 20] for number in range(60)]
    table = pa.table(
        {
            "text": chosen,
            "bytes": [text.encode() for text in chosen],
            "list": [[text, "b"] for text in chosen],
            "struct": [{"a": text, "b": 1} for text in chosen],
            "null": [None if number % 3 else "a" for number in range(60)],
        }
    )
    file = _written(tmp_path, table, compression="zstd", dictionary_pagesize_limit=1 << 30, row_group_size=25)
    assert list(parquet.read_rows(file, "a.parquet")) == table.to_pylist()
    assert parquet.read_row(file, "a.parquet", 41) == table.slice(41, 1).to_pylist()[0]
    small(monkeypatch, "CELL_BYTES", (1 << 20) + 1000)
    assert len(list(parquet.read_rows(file, "a.parquet"))) == 60
    small(monkeypatch, "CELL_BYTES", 1 << 20)
    with pytest.raises(DatasetError, match="row 0: column 'text' goes over the limit CELL_BYTES"):
        list(parquet.read_rows(file, "a.parquet"))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="a peak that does not count the parent's is Linux's")
@pytest.mark.parametrize("in_lists", [False, True])
def test_a_large_value_in_many_rows(tmp_path: Path, in_lists: bool) -> None:
    """It stands in the file once. Rows are decoded so few at a time that memory stays bounded."""
    value = pa.array(["x" * (16 << 20)])
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 300, pa.int32()), value)
    if in_lists:
        column = pa.ListArray.from_arrays(pa.array(range(301), pa.int32()), column)
    file = _written(
        tmp_path, pa.table({"a": column}), compression="zstd", dictionary_pagesize_limit=1 << 30, store_schema=False
    )
    assert file.stat().st_size < 1 << 16
    program = (
        "from pathlib import Path; from reference_client.datasets import parquet\n"
        f"rows = sum(1 for _ in parquet.read_rows(Path({str(file)!r}), 'a.parquet'))\n"
        "print(rows, *(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    rows, peak = map(
        int, subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout.split()
    )
    assert rows == 300
    assert peak < 300 << 10, f"{peak} KiB"


def test_types_that_json_has_not(tmp_path: Path) -> None:
    """Each has a form of its own."""
    table = pa.table(
        {
            "bytes": pa.array([b"\xff\x00"]),
            "decimal": pa.array([Decimal("1.50")]),
            "date": pa.array([date(2025, 1, 2)]),
            "time": pa.array([time(3, 4, 5)]),
            "span": pa.array([timedelta(days=1, seconds=2)]),
            "moment": pa.array([datetime(2025, 1, 2, 3, 4, 5)]),
            "deep": pa.array([[{"a": b"x"}]]),
        }
    )
    (row,) = parquet.read_rows(_written(tmp_path, table), "a.parquet")
    assert json.loads(to_json(row)) == {
        "bytes": "/wA=",
        "decimal": "1.50",
        "date": "2025-01-02",
        "time": "03:04:05",
        "span": "1 day, 0:00:02",
        "moment": "2025-01-02T03:04:05",
        "deep": [{"a": "eA=="}],
    }


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_has_not(value: float) -> None:
    with pytest.raises(DatasetError, match="JSON"):
        to_json({"a": [value]})


@pytest.mark.parametrize(
    "column",
    [
        pa.array([0, 60_000 * 31_556_952_000_000], pa.timestamp("us")),
        pa.array([0, 2**62], pa.duration("s")),
        pa.array([0, 2**31 - 1], pa.date32()),
    ],
)
def test_values_that_python_has_not(tmp_path: Path, column: pa.Array) -> None:
    file = _written(tmp_path, pa.table({"a": [1, 2], "when": column}))
    with pytest.raises(DatasetError, match=r"^a.parquet, row 1: column 'when' can't be read"):
        list(parquet.read_rows(file, "a.parquet"))
    with pytest.raises(DatasetError, match=r"^a.parquet, row 1: column 'when' can't be read"):
        parquet.read_row(file, "a.parquet", 1)


def test_two_columns_with_one_name(tmp_path: Path) -> None:
    table = pa.Table.from_arrays(
        [pa.array(["q"]), pa.array(["#### 1"]), pa.array(["#### 2"])], ["question", "answer", "answer"]
    )
    _written(tmp_path, table, "main/train-00000-of-00001.parquet")
    with pytest.raises(DatasetError, match="has several columns 'answer'"):
        list(Gsm8k(tmp_path).rows())
    with pytest.raises(DatasetError, match="has several columns 'answer'"):
        Gsm8k(tmp_path).row(0)


def test_messages_that_are_null(tmp_path: Path) -> None:
    message = pa.struct([("from", pa.string()), ("value", pa.string())])
    table = pa.table(
        {"difficulty": [1], "source": ["s"], "domain": ["d"], "conversations": pa.array([[None]], pa.list_(message))}
    )
    _written(tmp_path / "3", table)
    with pytest.raises(DatasetError, match=r"row 0.* null"):
        list(OpenThoughts3(tmp_path / "3").rows())
    message = pa.struct([("content", pa.string()), ("role", pa.string())])
    table = pa.table({"conversations": pa.array([[None]], pa.list_(message)), **{name: ["x"] for name in EPISODE}})
    table = table.set_column(table.schema.get_field_index("date"), "date", pa.array(["2025-01-01"]))
    _written(tmp_path / "sft", table)
    with pytest.raises(DatasetError, match=r"row 0.* null"):
        list(OpenThoughts(tmp_path / "sft").stream_trajectories())


@pytest.mark.parametrize("kind", [[], {}, None, 5])
def test_a_test_type_of_a_wrong_type(kind: Any) -> None:
    with pytest.raises(ValueError, match="should have the type"):
        listed_tests([{"testtype": kind, "input": "", "output": ""}])


@pytest.mark.parametrize("kind", ["dictionary", "string_view"])
def test_texts_that_arrow_stores_otherwise(tmp_path: Path, kind: str) -> None:
    texts = pa.array(["q1", "q2"])
    stored = texts.dictionary_encode() if kind == "dictionary" else texts.cast(pa.string_view())
    _written(
        tmp_path, pa.table({"question": stored, "answer": ["#### 1", "#### 2"]}), "main/train-00000-of-00001.parquet"
    )
    assert [row["question"] for row in Gsm8k(tmp_path).rows()] == ["q1", "q2"]


@pytest.mark.parametrize("kind", ["list_view", "large_list_view", "fixed", "large"])
def test_lists_that_arrow_stores_otherwise(tmp_path: Path, kind: str) -> None:
    plain = pa.struct([("content", pa.string()), ("role", pa.string())])
    stored = {
        "list_view": lambda: pa.list_view(plain),
        "large_list_view": lambda: pa.large_list_view(plain),
        "fixed": lambda: pa.list_(plain, 1),
        "large": lambda: pa.large_list(plain),
    }[kind]()
    messages = pa.array([[{"content": "c", "role": "user"}]], stored)
    try:
        _written(tmp_path, pa.table({"id": ["1"], "messages": messages, "source": ["s"]}))
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        pytest.skip("this version of Arrow doesn't write them")
    assert [row["messages"] for row in Tulu3(tmp_path).rows()] == [[{"content": "c", "role": "user"}]]


def test_times_in_nanoseconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With and without pandas, whichever column they are in."""
    moment = pa.array([1762075800123456789], pa.timestamp("ns"))
    message = pa.struct([("content", pa.string()), ("role", pa.string())])
    columns = {name: pa.array(["x"]) for name in EPISODE}
    messages = pa.array([[{"content": "c", "role": "user"}]], pa.list_(message))
    deep = pa.array([[{"t": 1762075800123456789}]], pa.list_(pa.struct([("t", pa.timestamp("ns", "UTC"))])))
    spans = {"span": pa.array([1_000_001], pa.duration("ns")), "of_day": pa.array([1_000_001], pa.time64("ns"))}
    file = _written(tmp_path, pa.table({**columns, "date": moment, "conversations": messages, "deep": deep, **spans}))
    expected = "2025-11-02T09:30:00.123456"
    for pandas in (True, False):
        if not pandas:
            monkeypatch.setitem(sys.modules, "pandas", None)
        (found,) = OpenThoughts(tmp_path).stream_trajectories()
        assert found["steps"][0]["timestamp"] == expected
        (row,) = read_rows(file, "a.parquet")
        assert type(row["date"]) is datetime
        assert row["date"].isoformat() == expected
        assert row["deep"][0]["t"].isoformat() == f"{expected}+00:00"
        assert (row["span"], row["of_day"]) == (timedelta(microseconds=1000), time(0, 0, 0, 1000))


_NANOSECONDS = pa.timestamp("ns")


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        (pa.map_(pa.string(), _NANOSECONDS), lambda found: found[0][1]),
        (pa.map_(_NANOSECONDS, pa.string()), lambda found: found[0][0]),
        (pa.list_(_NANOSECONDS, 1), lambda found: found[0]),
        (pa.list_view(_NANOSECONDS), lambda found: found[0]),
        (pa.large_list_view(_NANOSECONDS), lambda found: found[0]),
        (pa.struct([("t", pa.list_(_NANOSECONDS, 1))]), lambda found: found["t"][0]),
    ],
    ids=["values of a map", "keys of a map", "fixed-size list", "list view", "large list view", "list in a struct"],
)
def test_times_in_nanoseconds_inside_of_other_types(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: pa.DataType, place: Any
) -> None:
    """However they are nested, with and without pandas."""
    moment = 1762075800123456789
    value: Any = {"t": [moment]} if pa.types.is_struct(kind) else [moment]
    if pa.types.is_map(kind):
        value = [(moment, "x") if kind.key_type == _NANOSECONDS else ("x", moment)]
    try:
        file = _written(tmp_path, pa.table({"a": pa.array([value, None], kind)}))
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        pytest.skip("this version of Arrow doesn't write them")
    for pandas in (True, False):
        if not pandas:
            monkeypatch.setitem(sys.modules, "pandas", None)
        first, second = (row["a"] for row in read_rows(file, "a.parquet"))
        assert place(first) == datetime(2025, 11, 2, 9, 30, 0, 123456)
        assert second is None


@pytest.mark.skipif(not hasattr(pa, "json_"), reason="this version of Arrow has no such type")
def test_texts_that_are_json_by_their_type(tmp_path: Path) -> None:
    """Parquet's logical type JSON, which Arrow gives as a type of its own: its values are texts."""
    stored = pa.array(["1", None], pa.json_(pa.utf8()))
    file = _written(
        tmp_path, pa.table({"question": stored, "answer": ["#### 1", "#### 2"]}), "main/train-00000-of-00001.parquet"
    )
    assert [row["question"] for row in read_rows(file, "a.parquet")] == ["1", None]
    assert Gsm8k(tmp_path).row(0)["question"] == "1"


@pytest.mark.parametrize("name", ["a.json", "a.json.gz"])
@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('\ufeff[{"a": 1}]', [{"a": 1}]),
        ('\n \r\n [{"a": 1},\n{"a": 2}]\n', [{"a": 1}, {"a": 2}]),
        ('{\n "a": 1\n}\n', [{"a": 1}]),
        ('\ufeff{\r\n "a": [\r\n1]\r\n}', [{"a": [1]}]),
        ('\ufeff{"a": 1}\n{"a": 2}\n', [{"a": 1}, {"a": 2}]),
        (" \n" * 100 + '{"a": 1}\n', [{"a": 1}]),
        ("", []),
        (" \n\n", []),
    ],
)
def test_forms_of_a_json_file(tmp_path: Path, name: str, text: str, rows: list[Any]) -> None:
    """A list, a row and lines of rows, behind white space or a byte order mark, as datasets reads them."""
    with (gzip.open if name.endswith(".gz") else open)(tmp_path / name, "wb") as file:
        file.write(text.encode())
    assert list(read_rows(tmp_path / name, name)) == rows


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85"])
def test_arguments_with_signs_that_are_line_ends_elsewhere(sign: str) -> None:
    """JSON may hold them in a text (RFC 8259, section 7): only a line feed ends a line of arguments."""
    (test,) = paired_tests({"fn_name": "f", "inputs": [f'"a{sign}b"\r\n2'], "outputs": ["1"]})
    assert [json.loads(line) for line in test["input"].split("\n")] == [f"a{sign}b", 2]
