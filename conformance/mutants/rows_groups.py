"""Clients that know one way only in which a Parquet file may be cut and written."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from conformance.mutants.mutant import change_result, mutant, wrap
from reference_client.datasets import parquet
from reference_client.datasets.columns import Row
from reference_client.datasets.errors import DatasetError


@mutant
def first_rows_of_a_group(patch: pytest.MonkeyPatch) -> None:
    """Reads five rows of each row group, and no more."""

    def few(_: Any, file: Path, path: str, *args: Any) -> Iterator[Row]:
        with pq.ParquetFile(file) as opened:
            for group in range(opened.num_row_groups):
                yield from opened.read_row_group(group).slice(0, 5).to_pylist()

    wrap(patch, parquet, "read_rows", few)


@mutant
def count_up_to_a_hundred(patch: pytest.MonkeyPatch) -> None:
    """Counts the rows of the first page."""
    change_result(patch, parquet, "count_rows", lambda count: min(count, 100))


@mutant
def row_number_within_a_batch(patch: pytest.MonkeyPatch) -> None:
    """Takes the row at that place in the first batch, round and round."""
    wrap(patch, parquet, "read_row", lambda original, file, path, index, *args: original(file, path, index % 50, *args))


@mutant
def rows_end_at_an_empty_file(patch: pytest.MonkeyPatch) -> None:
    """Takes a file without rows for the end of the split."""

    ended: list[bool] = []

    def read(original: Any, file: Path, path: str, *args: Any) -> Iterator[Row]:
        if ended:
            return
        if pq.read_metadata(file).num_rows == 0:
            ended.append(True)
        yield from original(file, path, *args)

    wrap(patch, parquet, "read_rows", read)


@mutant
def columns_by_their_place(patch: pytest.MonkeyPatch) -> None:
    """Gives the columns of each file the names that they have in the first."""
    names: list[str] = []

    def renamed(original: Any, file: Path, path: str, *args: Any) -> Iterator[Row]:
        for row in original(file, path, *args):
            if not names:
                names.extend(row)
            yield dict(zip(names, row.values(), strict=True))

    wrap(patch, parquet, "read_rows", renamed)


@mutant
def snappy_only(patch: pytest.MonkeyPatch) -> None:
    """Knows the compression that datasets writes, and no other."""
    _refuse(patch, lambda column: column.compression != "SNAPPY")


@mutant
def plain_encodings_only(patch: pytest.MonkeyPatch) -> None:
    """Knows plain values and dictionaries, and no other encoding."""
    _refuse(patch, lambda column: not set(column.encodings) <= {"PLAIN", "RLE", "RLE_DICTIONARY", "PLAIN_DICTIONARY"})


def _refuse(patch: pytest.MonkeyPatch, unknown: Any) -> None:
    def strict(original: Any, file: Path, path: str, *args: Any) -> Iterator[Row]:
        group = pq.read_metadata(file).row_group(0)
        if any(unknown(group.column(number)) for number in range(group.num_columns)):
            raise DatasetError(f"{path}: unknown encoding")
        yield from original(file, path, *args)

    wrap(patch, parquet, "read_rows", strict)


@mutant
def damage_is_the_end(patch: pytest.MonkeyPatch) -> None:
    """Takes damage for the end of the rows."""

    def quiet(original: Any, *args: Any) -> Iterator[Row]:
        with contextlib.suppress(DatasetError):
            yield from original(*args)

    wrap(patch, parquet, "read_rows", quiet)
