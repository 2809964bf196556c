"""The GSM8K repository in small: its arithmetic is right, its card is true, and it can be made again."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conformance.hub import generate
from conformance.hub.repositories import stages
from conformance.hub.repository import Commit
from conformance.selftest.hub.asking import REPOSITORIES
from conformance.traffic.card import card_data

GSM8K = REPOSITORIES["openai/gsm8k"]
DATA = [f"{config}/{split}-00000-of-00001.parquet" for config in ("main", "socratic") for split in ("test", "train")]
WITH_CARD = [commit for commit in GSM8K.commits if "README.md" in commit.files]


def table(commit: Commit, path: str) -> pa.Table:
    return pq.read_table(io.BytesIO(commit.files[path].data))


@pytest.mark.parametrize("path", DATA)
def test_every_annotation_is_right_and_the_last_is_the_result(path: str) -> None:
    """`<<a+b=c>>` computes, `c` follows it, and `####` names what the last step gave."""
    for row in table(GSM8K.head, path).to_pylist():
        *steps, last = row["answer"].split("\n")
        results = []
        for step in steps:
            [(left, operator, right, result, shown)] = re.findall(r"<<(\d+)([-+*/])(\d+)=(\d+)>>(\d+)", step)
            a, b = int(left), int(right)
            exact = {"+": a + b, "-": a - b, "*": a * b, "/": a / b}[operator]
            assert exact == int(result) == int(shown), step
            results.append(int(result))
            assert (" ** " in step) == path.startswith("socratic")
        assert last == f"#### {results[-1]}"


def test_the_second_commit_corrects_main_test_and_nothing_else() -> None:
    """Two answers differ, the card's numbers follow, and every other file keeps its name."""
    head, corrected, first = GSM8K.head.history()
    assert first is GSM8K.tags["v1.0"]
    changed = {path for path, file in corrected.files.items() if file.oid != first.files[path].oid}
    assert changed == {"README.md", "main/test-00000-of-00001.parquet"}
    before, after = (table(commit, "main/test-00000-of-00001.parquet").to_pylist() for commit in (first, corrected))
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 2
    assert head.files.keys() - corrected.files.keys() == {"eval.yaml"}


@pytest.mark.parametrize("commit", WITH_CARD, ids=lambda commit: commit.title)
def test_the_card_tells_the_truth(commit: Commit) -> None:
    """Rows, bytes in memory, bytes to download, at every commit but the converted one, which has no card."""
    data = card_data(commit.files["README.md"].data)
    assert data is not None
    for info in data["dataset_info"]:
        paths = {
            split["name"]: f"{info['config_name']}/{split['name']}-00000-of-00001.parquet" for split in info["splits"]
        }
        tables = {split: table(commit, path) for split, path in paths.items()}
        assert info["splits"] == [
            {"name": split, "num_bytes": rows.nbytes, "num_examples": rows.num_rows} for split, rows in tables.items()
        ]
        assert info["dataset_size"] == sum(rows.nbytes for rows in tables.values())
        assert info["download_size"] == sum(commit.files[path].size for path in paths.values())


@pytest.mark.parametrize("path", DATA)
def test_files_are_worth_reading_in_parts(path: str) -> None:
    """Kept in LFS, row groups of two rows, and large enough to be cut in the middle."""
    file = GSM8K.head.files[path]
    metadata = pq.read_metadata(io.BytesIO(file.data))
    assert metadata.num_row_groups == metadata.num_rows // generate.ROWS_IN_A_GROUP
    assert metadata.schema.names == ["question", "answer"]
    assert file.lfs
    assert file.size > 10_000


def test_the_converted_branch_has_the_same_rows() -> None:
    """`refs/convert/parquet` holds `<config>/<split>/0000.parquet`."""
    converted = GSM8K.converts["parquet"]
    for path in DATA:
        assert table(converted, f"{path.partition('-')[0]}/0000.parquet") == table(GSM8K.head, path)


def test_the_generator_makes_the_committed_rows_again() -> None:
    """Rows do not depend on any version."""
    for stage, paths in generate.tables().items():
        committed = stages.read("gsm8k", stage)
        assert {path for path in committed if path.endswith(".parquet")} == paths.keys()
        for path, rows in paths.items():
            assert pq.read_table(io.BytesIO(committed[path])).to_pylist() == rows.to_pylist()


def test_the_same_pyarrow_makes_the_committed_bytes_again(tmp_path: Path) -> None:
    """Every generated file, byte for byte, with the version that `generated-by.json` names."""
    folder = stages.folder("gsm8k")
    wrote = json.loads((folder / "generated-by.json").read_text())["pyarrow"]
    if wrote != pa.__version__:
        pytest.skip(f"the files were written by pyarrow {wrote}; {pa.__version__} is installed")
    generate.write(tmp_path, text=folder)
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert len(made) == 10
    assert made == {path: (folder / path).read_bytes() for path in made}
