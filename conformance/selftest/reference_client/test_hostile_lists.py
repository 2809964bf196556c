"""Lists in Parquet that take no room in the file, and all of the memory when they are read."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conformance.selftest.reference_client.small_limits import small
from reference_client.datasets import parquet
from reference_client.datasets.errors import DatasetError


def _written(file: Path, lengths: list[int], values: pa.Array) -> Path:
    offsets = [sum(lengths[:number]) for number in range(len(lengths) + 1)]
    lists = pa.LargeListArray.from_arrays(pa.array(offsets, pa.int64()), values)
    pq.write_table(pa.table({"a": lists}), file, compression="zstd")
    return file


def test_rows_of_long_lists_are_read_a_few_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All 64 of this file of 2.5 kB, with 2,000,000 values each, took 1.8 GB. So a batch is small as values go."""
    file = _written(tmp_path / "a", [1000] * 64, pa.array([0] * 64_000, pa.int8()))
    monkeypatch.setattr(parquet, "_REPEATED_BYTES", 8 * 4000)
    with pq.ParquetFile(file) as opened:
        sizes = [batch.num_rows for batch in parquet._batches(opened, "a", [0])]
    assert sizes == [4] * 16
    assert list(parquet.read_rows(file, "a")) == [{"a": [0] * 1000}] * 64


@pytest.mark.parametrize("kind", [pa.null(), pa.int8()])
@pytest.mark.parametrize("lengths", [[1000], [1000, 0, 0, 0], [0, 1000, 0]])
def test_a_list_counts_by_its_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: pa.DataType, lengths: list[int]
) -> None:
    """A list of nulls has no bytes at all: a file of 0.5 kB took 7 GB."""
    file = _written(tmp_path / "a", lengths, pa.array([None] * 1000, kind))
    small(monkeypatch, "CELL_BYTES", 8000)
    assert len(list(parquet.read_rows(file, "a"))) == len(lengths)
    small(monkeypatch, "CELL_BYTES", 7999)
    with pytest.raises(DatasetError, match=r"^a.* goes over the limit CELL_BYTES = 7999 "):
        list(parquet.read_rows(file, "a"))


def test_a_row_of_very_many_values_is_refused_before_it_is_read(tmp_path: Path) -> None:
    file = _written(tmp_path / "a", [40_000_000], pa.nulls(40_000_000))
    with pytest.raises(DatasetError, match=r"^a: a value of an average row goes over the limit CELL_BYTES = "):
        next(parquet.read_rows(file, "a"))
