"""How a Parquet file is cut and written makes no difference to its rows: groups, pages, compression, encodings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from conformance.catalogue.check import Checks
from conformance.checks.support import Port
from conformance.checks.support_datasets import ONE_PARQUET, ONE_SPLIT, TULU3, require_said, shards
from conformance.checks.support_datasets import rows as load
from conformance.checks.support_rows import (
    ITER,
    NEVER_FEWER,
    control_reads,
    parquet_of,
    plain_card,
    put,
    recorded_rows,
    require_rows,
    rows,
)
from conformance.replay import ReplayHub
from conformance.roles import other_lfs_file, word_problems
from conformance.verdict.require import require_equal

LOAD = "load_rows"
MANY = 250
"""Rows: more than readers take at a time, and no multiple of 64 or 100."""
CUT = "Apache Parquet: a file is cut into row groups as its writer likes; datasets gives these rows"
WRITTEN = "Apache Parquet, compression and encodings; datasets reads them, since pyarrow does"
RAW = ("question", "answer")
_CARD = plain_card("main", train="main/train-*", test="main/test-*")


check = Checks(LOAD, source=CUT)


def many_problems(count: int = MANY) -> list[dict[str, Any]]:
    """Word problems that all differ."""
    return [{"question": f"What is {number}?", "answer": f"It is that.\n#### {number}"} for number in range(count)]


def put_problems(hub: ReplayHub, row_group_size: int | None) -> list[dict[str, Any]]:
    """Let the test split of the word problems have many rows."""
    repo = hub.subject
    other = other_lfs_file(repo)
    problems = many_problems()
    table = pa.Table.from_pylist(problems)
    put(hub, repo.id, other, parquet_of(table, row_group_size), card=_CARD)
    return problems


@check.each(
    "datasets/all-rows-of-{}[contract]",
    {"one-large-group": None, "many-small-groups": 7, "groups-of-a-hundred": 100},
    kills="first-rows-of-a-group",
)
def test_all_rows(hub: ReplayHub, port: Port, member: int | None) -> None:
    """All 250 rows of a file of {} are given, in their order."""
    held = [{"number": number, "text": f"row {number}"} for number in range(MANY)]
    put(hub, ONE_PARQUET, "rows.parquet", parquet_of(pa.Table.from_pylist(held), member))
    require_rows(load(port, ONE_PARQUET, None, "train"), held, ("number", "text"))


@check.each(
    "rows/all-rows-of-{}[gsm8k]",
    {"one-large-group": None, "many-small-groups": 7, "groups-of-a-hundred": 100},
    kills="first-rows-of-a-group",
    operation=ITER,
)
def test_all_rows_of_known(hub: ReplayHub, port: Port, member: int | None) -> None:
    """All 250 rows of a known dataset's file of {} are given, in their order."""
    word_problems(hub.subject)
    problems = put_problems(hub, member)
    require_rows(rows(port, hub.subject.id, "main", "test", RAW), problems, RAW)


@check.each(
    "rows/count-of-{}[gsm8k]",
    {"one-large-group": None, "groups-of-a-hundred": 100},
    kills="count-up-to-a-hundred",
    operation="count_rows",
)
def test_count_of_many(hub: ReplayHub, port: Port, member: int | None) -> None:
    """`count_rows` counts all rows of a file of {}, here 250."""
    word_problems(hub.subject)
    put_problems(hub, member)
    seen = port.count_rows(repo_id=hub.subject.id, config_name="main", split="test")
    require_equal(seen, MANY, "wrong-count", "this is not the number of rows")


@check.each(
    "rows/row-by-number-{}[gsm8k]",
    {
        "far-into-a-group": (None, 201),
        "last-of-a-large-group": (None, 249),
        "first-of-a-later-group": (100, 100),
        "last-of-a-shorter-group": (100, 249),
    },
    kills="row-number-within-a-batch",
    operation="get_row",
)
def test_row_far_in(hub: ReplayHub, port: Port, member: tuple[int | None, int]) -> None:
    """`get_row` gives the row with that number: the {}."""
    word_problems(hub.subject)
    size, number = member
    expected = put_problems(hub, size)[number]
    seen = port.get_row(repo_id=hub.subject.id, config_name="main", split="test", index=number, columns=list(RAW))
    require_equal({name: seen.get(name) for name in expected}, expected, "wrong-row", "this is another row")


@check(
    "rows/number-beyond-many-rows-is-an-error[gsm8k]",
    kills="last-row-for-any-number",
    operation="get_row",
    source="Python docs: IndexError",
)
def test_number_beyond(hub: ReplayHub, port: Port) -> None:
    """A number just beyond the last row of a large group is an error; the last one is not valid."""
    word_problems(hub.subject)
    repo = hub.subject
    put_problems(hub, None)
    port.get_row(repo_id=repo.id, config_name="main", split="test", index=MANY - 1)
    require_said(port.error("get_row", repo_id=repo.id, config_name="main", split="test", index=MANY))


@check(
    "rows/file-without-rows[tulu3]",
    kills="rows-end-at-an-empty-file",
    level="SHOULD",
    operation=ITER,
    source="Apache Parquet: num_rows may be 0",
)
def test_file_without_rows(hub: ReplayHub, port: Port) -> None:
    """A file without rows among others adds none, and the rows of the files after it are returned."""
    files = shards("data/train", 6)
    held = [recorded_rows(hub.repo(TULU3), [path]) for path in files]
    schema = pa.Table.from_pylist(held[2]).schema
    put(hub, TULU3, files[2], parquet_of(schema.empty_table()), card=plain_card("default", train="data/train-*"))
    expected = [row for number, part in enumerate(held) if number != 2 for row in part]
    require_rows(rows(port, TULU3, "default", "train", ("id", "source")), expected, ("id", "source"))


@check("datasets/columns-in-another-order[tulu3]", kills="columns-by-their-place")
def test_columns_in_another_order(hub: ReplayHub, port: Port) -> None:
    """Columns have names, and the files of a split may have them in different orders."""
    files = shards("data/train", 6)
    table = pa.Table.from_pylist(recorded_rows(hub.repo(TULU3), [files[3]]))
    swapped = table.select(["source", "messages", "id"])
    put(hub, TULU3, files[3], parquet_of(swapped), card=plain_card("default", train="data/train-*"))
    columns = ("id", "messages", "source")
    require_rows(load(port, TULU3, None, "train"), recorded_rows(hub.repo(TULU3), files), columns)


_TABLE = pa.table(
    {
        "number": [n % 5 for n in range(40)],
        "text": [f"row {n % 7}" for n in range(40)],
        "part": [n / 8 for n in range(40)],
    }
)


@check.each(
    "datasets/parquet-compressed-with-{}[contract]",
    {name: name for name in ("none", "gzip", "zstd", "brotli", "lz4")},
    kills="snappy-only",
    level="SHOULD",
    source=WRITTEN,
)
def test_compression(hub: ReplayHub, port: Port, member: str) -> None:
    """A Parquet file whose pages are compressed with {} is read like any other."""
    put(hub, ONE_PARQUET, "rows.parquet", parquet_of(_TABLE, compression=member))
    require_rows(load(port, ONE_PARQUET, None, "train"), _TABLE.to_pylist(), _TABLE.column_names)


_ENCODED: Mapping[str, dict[str, Any]] = {
    "differences-of-numbers": {"column_encoding": {"number": "DELTA_BINARY_PACKED"}, "use_dictionary": False},
    "differences-of-text": {"column_encoding": {"text": "DELTA_BYTE_ARRAY"}, "use_dictionary": False},
    "lengths-before-text": {"column_encoding": {"text": "DELTA_LENGTH_BYTE_ARRAY"}, "use_dictionary": False},
    "bytes-of-floats-apart": {"column_encoding": {"part": "BYTE_STREAM_SPLIT"}, "use_dictionary": False},
}


@check.each(
    "datasets/parquet-encoded-as-{}[contract]", _ENCODED, kills="plain-encodings-only", level="SHOULD", source=WRITTEN
)
def test_encodings(hub: ReplayHub, port: Port, member: dict[str, Any]) -> None:
    """A Parquet file with a column encoded as {} is read like any other."""
    put(hub, ONE_PARQUET, "rows.parquet", parquet_of(_TABLE, data_page_version="2.0", **member))
    require_rows(load(port, ONE_PARQUET, None, "train"), _TABLE.to_pylist(), _TABLE.column_names)


@check.each(
    "datasets/{}-is-an-error[contract]",
    {
        "parquet-cut-short": lambda body: body[: len(body) * 2 // 3],
        "web-page-for-parquet": lambda body: b"<!doctype html><title>Log in</title>",
        "nothing-for-parquet": lambda body: b"",
    },
    kills="damage-is-the-end",
    source=NEVER_FEWER,
)
def test_damage(hub: ReplayHub, port: Port, member: object) -> None:
    """A {}, which the Hub itself has so, is an error, never fewer rows."""
    assert callable(member)
    held = pa.table({"number": list(range(500)), "text": [f"a longer text of row {n}" for n in range(500)]})
    put(hub, ONE_PARQUET, "rows.parquet", member(parquet_of(held, 50, compression="none")))
    control_reads(lambda: load(port, ONE_SPLIT, None, "train"))
    require_said(port.error(LOAD, repo_id=ONE_PARQUET, split="train"))
