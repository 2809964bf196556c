"""The adapters of OpenThoughts: an agent's episodes as trajectories, and thoughts as messages."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conformance.data import fixtures_dir
from conformance.hub.repositories import AREAS
from conformance.hub.rows.openthoughts import AGENT_FEATURES, THOUGHTS_FEATURES, shard
from conformance.hub.rows.writing import parquet, table
from conformance.selftest.reference_client.conftest import Hub
from reference_client.datasets import atif
from reference_client.datasets.adapters.openthoughts import OpenThoughts, OpenThoughts3
from reference_client.datasets.errors import DatasetError
from reference_client.datasets.store import Store

AGENT = fixtures_dir() / "repositories" / "openthoughts-agent" / "1-data"
THOUGHTS = fixtures_dir() / "repositories" / "openthoughts-thoughts" / "1-data"
ROWS = pq.read_table(AGENT / "data" / "train-00000-of-00001.parquet").to_pylist()


@pytest.fixture
def episodes() -> OpenThoughts:
    return OpenThoughts(AGENT)


@pytest.fixture
def in_shards(tmp_path: Path) -> OpenThoughts:
    """The same rows in three files, the second without any."""
    return written(tmp_path, [ROWS[:5], [], ROWS[5:]])


def written(folder: Path, shards: Sequence[Sequence[dict[str, Any]]]) -> OpenThoughts:
    (folder / "data").mkdir()
    for number, rows in enumerate(shards):
        name = f"train-{number:05d}-of-{len(shards):05d}.parquet"
        (folder / "data" / name).write_bytes(parquet(table(rows, AGENT_FEATURES)))
    return OpenThoughts(folder)


@pytest.mark.parametrize("layout", ["episodes", "in_shards"])
def test_trajectories_are_the_rows_in_order(layout: str, request: pytest.FixtureRequest) -> None:
    """All of them, each by its number, and their count; in one file or in three."""
    found: OpenThoughts = request.getfixturevalue(layout)
    expected = [atif.trajectory(row, index=index) for index, row in enumerate(ROWS)]
    assert list(found.stream_trajectories()) == expected
    assert [found.get_trajectory(index) for index in range(len(ROWS))] == expected
    assert list(found.rows()) == ROWS
    assert found.count() == len(ROWS)


@pytest.mark.parametrize("layout", ["episodes", "in_shards"])
def test_a_trajectory_by_name(layout: str, request: pytest.FixtureRequest) -> None:
    """Of the episodes of a run the first; by a trial's name the one episode of that trial."""
    found: OpenThoughts = request.getfixturevalue(layout)
    for name in ("run_id", "trial_name"):
        names = [row[name] for row in ROWS]
        for wanted in names:
            first = names.index(wanted)
            assert found.get_trajectory(wanted) == atif.trajectory(ROWS[first], index=first)


def test_a_run_comes_before_a_trial(tmp_path: Path) -> None:
    """A name that is both means the run, though the trial stands in an earlier file."""
    rows = [{**ROWS[0], "trial_name": "both"}, ROWS[1], {**ROWS[2], "run_id": "both"}]
    found = written(tmp_path, [rows[:1], rows[1:]])
    assert found.get_trajectory("both") == atif.trajectory(rows[2], index=2)


def test_a_name_in_two_files(tmp_path: Path) -> None:
    """The first row that has it is meant."""
    rows = [{**row, "trial_name": "again"} for row in ROWS[:4]]
    assert written(tmp_path, [rows[:2], rows[2:]]).get_trajectory("again") == atif.trajectory(rows[0], index=0)


@pytest.mark.parametrize("wanted", [-1, 12, 10**30, "", "12", "no-such-run"])
def test_a_trajectory_that_is_not_there(episodes: OpenThoughts, wanted: int | str) -> None:
    assert episodes.get_trajectory(wanted) is None


@pytest.mark.parametrize("wanted", [True, False, None, 1.0])
def test_neither_a_number_nor_a_name(episodes: OpenThoughts, wanted: Any) -> None:
    with pytest.raises(TypeError, match="a whole number"):
        episodes.get_trajectory(wanted)


def test_searching_reads_the_names_only(episodes: OpenThoughts, monkeypatch: pytest.MonkeyPatch) -> None:
    """The conversations of one row group are read, that of the row which was found."""
    read: list[tuple[Any, Any]] = []
    original = pq.ParquetFile.iter_batches

    def seen(opened: Any, size: int, row_groups: list[int], columns: Any, **options: Any) -> Any:
        read.append((row_groups, columns))
        return original(opened, size, row_groups=row_groups, columns=columns, **options)

    monkeypatch.setattr(pq.ParquetFile, "iter_batches", seen)
    monkeypatch.setattr("reference_client.datasets.parquet.read_footer", pq.read_metadata)
    assert episodes.get_trajectory("run-0002")
    assert read == [([0, 1, 2], ["run_id", "trial_name"]), ([1], None)]


def test_a_row_that_is_no_trajectory(tmp_path: Path) -> None:
    """Those before it are given, and the error names its number in the whole dataset."""
    broken = {**ROWS[7], "conversations": []}
    trajectories = written(tmp_path, [ROWS[:5], [*ROWS[5:7], broken]]).stream_trajectories()
    assert [next(trajectories)["session_id"] for _ in range(7)] == [row["run_id"] for row in ROWS[:7]]
    with pytest.raises(DatasetError, match="row 7 has no messages"):
        next(trajectories)


def test_a_date_as_a_timestamp(tmp_path: Path) -> None:
    """Written as text; a missing one is left out."""
    data = table(ROWS[:2], AGENT_FEATURES)
    dates = pa.array([1762075627000001, None], pa.timestamp("us"))
    (tmp_path / "data").mkdir()
    pq.write_table(data.set_column(4, "date", dates), tmp_path / "data" / "train-00000-of-00001.parquet")
    first, second = OpenThoughts(tmp_path).stream_trajectories()
    assert {step["timestamp"] for step in first["steps"]} == {"2025-11-02T09:27:07.000001"}
    assert not any("timestamp" in step for step in second["steps"])


@pytest.mark.parametrize("column", ["conversations", "date", "trial_name"])
def test_a_missing_column(tmp_path: Path, column: str) -> None:
    """An error that names it, at the first row."""
    (tmp_path / "data").mkdir()
    data = table(ROWS, AGENT_FEATURES).drop_columns([column])
    pq.write_table(data, tmp_path / "data" / "train-00000-of-00001.parquet")
    with pytest.raises(DatasetError, match=f"^data/train-00000-of-00001.parquet: there is no column '{column}'"):
        next(OpenThoughts(tmp_path).stream_trajectories())


def test_out_of_a_store(tmp_path: Path) -> None:
    """It is downloaded, and then needs no Hub."""
    with Hub(list(AREAS["openthoughts"]())) as hub:
        store = Store(tmp_path, endpoint=hub.endpoint)
        folder = OpenThoughts.of(store).ensure_downloaded()
    assert (folder / "data" / "train-00000-of-00001.parquet").is_file()
    assert OpenThoughts(folder).count() == len(ROWS)


def test_a_folder_without_the_dataset(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"has no file .* of open-thoughts/OpenThoughts-Agent-v1-SFT; download it"):
        OpenThoughts(tmp_path).ensure_downloaded()


def test_thoughts_as_messages() -> None:
    """With the roles of other datasets, of the shards that are there."""
    thoughts = OpenThoughts3(THOUGHTS, partial=True)
    written = [row for number in (0, 1, 119) for row in pq.read_table(THOUGHTS / shard(number)).to_pylist()]
    assert thoughts.count() == len(written) == 12
    roles = {"human": "user", "gpt": "assistant"}
    for row, before in zip(thoughts.rows(), written, strict=True):
        messages = [{"role": roles[part["from"]], "content": part["value"]} for part in before.pop("conversations")]
        assert row == {**before, "messages": messages}
    with pytest.raises(DatasetError, match=r"lacks 117 of the shards of open-thoughts/OpenThoughts3-1\.2M"):
        OpenThoughts3(THOUGHTS).count()


@pytest.mark.parametrize(
    ("conversation", "says"),
    [
        ([{"from": "robot", "value": ""}], "a message should be from human, gpt, system, and is from 'robot'"),
        ([{"from": None, "value": ""}], "a message should be from human, gpt, system, and is from None"),
        (None, "column 'conversations' should hold a list of {from: string, value: string}, and holds null"),
    ],
)
def test_thoughts_of_another_form(tmp_path: Path, conversation: Any, says: str) -> None:
    """The error names the file and the row; a system message is a role as well."""
    shutil.copytree(THOUGHTS, tmp_path, dirs_exist_ok=True)
    good = [{"from": "system", "value": "a"}, {"from": "human", "value": "b"}]
    rows = [{"difficulty": 1, "source": "s", "domain": "d", "conversations": part} for part in (good, conversation)]
    (tmp_path / shard(1)).write_bytes(parquet(table(rows, THOUGHTS_FEATURES)))
    thoughts = OpenThoughts3(tmp_path, partial=True)
    assert [message["role"] for message in thoughts.row(4)["messages"]] == ["system", "user"]
    with pytest.raises(DatasetError, match=f"^{shard(1)}, row 1: {says}"):
        list(thoughts.rows())


def test_a_row_without_a_difficulty(tmp_path: Path) -> None:
    """It was asked for problems of programming only."""
    file = tmp_path / "data" / "train-00000-of-00001.parquet"
    file.parent.mkdir()
    row = {"difficulty": None, "source": "s", "domain": "math", "conversations": [{"from": "human", "value": "x"}]}
    schema = pa.schema(
        [
            ("difficulty", pa.int64()),
            ("source", pa.string()),
            ("domain", pa.string()),
            ("conversations", pa.list_(pa.struct([("from", pa.string()), ("value", pa.string())]))),
        ]
    )
    pq.write_table(pa.Table.from_pylist([row], schema), file)
    (found,) = OpenThoughts3(tmp_path).rows()
    assert found == {
        "difficulty": None, "source": "s", "domain": "math", "messages": [{"role": "user", "content": "x"}]
    }  # fmt: skip
