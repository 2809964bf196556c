"""The adapter of the Tülu 3 mixture, and shards in general."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conformance.data import fixtures_dir
from reference_client.datasets.adapters.tulu3 import Tulu3
from reference_client.datasets.errors import DatasetError

FOLDER = fixtures_dir() / "repositories" / "tulu3" / "1-data"


def sharded(folder: Path, names: Sequence[str]) -> Tulu3:
    """A row a shard, whose id is the shard's name."""
    (folder / "data").mkdir()
    for name in names:
        rows = [{"id": name, "messages": [{"content": "a", "role": "user"}], "source": "s"}]
        pq.write_table(pa.Table.from_pylist(rows), folder / "data" / f"{name}.parquet")
    return Tulu3(folder)


def test_rows_of_all_shards_in_their_order() -> None:
    """With every message in its place, and the source."""
    files = sorted((FOLDER / "data").iterdir())
    written = [row for file in files for row in pq.read_table(file).to_pylist()]
    tulu3 = Tulu3(FOLDER)
    assert list(tulu3.rows()) == written
    assert tulu3.count() == len(written) == 40
    assert [tulu3.row(index) for index in range(40)] == written


def test_shards_go_by_their_number(tmp_path: Path) -> None:
    """Also where names of one length don't sort so."""
    names = [f"train-{number}-of-12" for number in range(12)]
    assert [row["id"] for row in sharded(tmp_path, names).rows()] == names


def test_a_missing_shard_is_an_error(tmp_path: Path) -> None:
    """Row numbers would be wrong; who wants what is there says so."""
    tulu3 = sharded(tmp_path, ["train-00000-of-00004", "train-00003-of-00004"])
    for read in (tulu3.count, lambda: list(tulu3.rows()), lambda: tulu3.row(0)):
        with pytest.raises(
            DatasetError, match=r"lacks 2 of the shards of allenai/.*, the first is number 1; .*partial"
        ):
            read()
    assert Tulu3(tmp_path, partial=True).row(1)["id"] == "train-00003-of-00004"


@pytest.mark.parametrize("other", ["train-00000-of-00003", "train-0-of-2", "train-old"])
@pytest.mark.parametrize("partial", [False, True])
def test_shards_of_two_divisions(tmp_path: Path, other: str, partial: bool) -> None:
    """Rows would come twice, so it is an error either way."""
    sharded(tmp_path, ["train-00000-of-00002", "train-00001-of-00002", other])
    with pytest.raises(
        DatasetError, match=r"mixes shards of different sets, .*; delete the dataset and download it again"
    ):
        Tulu3(tmp_path, partial=partial).count()


def test_a_row_without_messages(tmp_path: Path) -> None:
    """The error names the file and the row in it, not that in the whole."""
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    name = "data/train-00002-of-00006.parquet"
    rows = pq.read_table(tmp_path / name)
    emptied = [{**row, "messages": None} if number == 3 else row for number, row in enumerate(rows.to_pylist())]
    pq.write_table(pa.Table.from_pylist(emptied, schema=rows.schema), tmp_path / name)
    with pytest.raises(DatasetError, match=f"^{name}, row 3: column 'messages' should hold a list of"):
        list(Tulu3(tmp_path).rows())


@pytest.mark.parametrize("messages", [pa.array([[], []]), pa.array([[], None], pa.list_(pa.null()))])
def test_a_shard_whose_conversations_are_all_empty(tmp_path: Path, messages: pa.Array) -> None:
    """A writer that infers types has none for what is in them, and writes lists of nulls."""
    (tmp_path / "data").mkdir()
    table = pa.table({"id": ["a", "b"], "messages": messages, "source": ["s", "s"]})
    pq.write_table(table, tmp_path / "data" / "train-00000-of-00001.parquet")
    assert Tulu3(tmp_path).row(0) == {"id": "a", "messages": [], "source": "s"}
    if messages[1].as_py() is None:
        with pytest.raises(DatasetError, match=r"row 1: column 'messages' should hold a list of .*, and holds null"):
            Tulu3(tmp_path).row(1)
