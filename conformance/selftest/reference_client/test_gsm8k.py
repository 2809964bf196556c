"""The adapter of GSM8K, and what all adapters have in common, on its files."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conformance.data import fixtures_dir
from conformance.hub.repositories import AREAS
from conformance.selftest.reference_client.conftest import Hub
from reference_client.datasets.adapters.gsm8k import Gsm8k, final_answer
from reference_client.datasets.errors import DatasetError
from reference_client.datasets.store import Store

FOLDER = fixtures_dir() / "repositories" / "gsm8k" / "1-data"
COUNTS = {("main", "train"): 60, ("main", "test"): 20, ("socratic", "train"): 60, ("socratic", "test"): 20}
TEST = "main/test-00000-of-00001.parquet"


@pytest.fixture
def gsm8k() -> Gsm8k:
    return Gsm8k(FOLDER)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.mark.parametrize(("config", "split"), COUNTS)
def test_rows_are_those_of_the_file(gsm8k: Gsm8k, config: str, split: str) -> None:
    """Question and answer as they are there, in order, and the number at the answer's end."""
    rows = list(gsm8k.rows(config, split))
    written = pq.read_table(FOLDER / config / f"{split}-00000-of-00001.parquet").to_pylist()
    assert [{"question": row["question"], "answer": row["answer"]} for row in rows] == written
    assert all(row["answer"].endswith(f"#### {row['final_answer']}") for row in rows)
    assert len(rows) == gsm8k.count(config, split) == COUNTS[config, split]
    assert gsm8k.row(17, config, split) == rows[17]


def test_main_and_train_come_first(gsm8k: Gsm8k) -> None:
    """They are meant where nothing is named."""
    assert next(gsm8k.rows()) == next(gsm8k.rows("main", "train"))
    assert next(gsm8k.rows("socratic")) == next(gsm8k.rows("socratic", "train"))


def test_names_that_do_not_exist(gsm8k: Gsm8k) -> None:
    with pytest.raises(ValueError, match=r"openai/gsm8k has no config 'mian'; choose one of: main, socratic\."):
        gsm8k.count("mian")
    with pytest.raises(ValueError, match=r"has no split 'dev' in main; choose one of: train, test\."):
        gsm8k.count("main", "dev")


@pytest.mark.parametrize("index", [-1, 60, 10**20])
def test_a_row_that_is_not_there(gsm8k: Gsm8k, index: int) -> None:
    with pytest.raises(IndexError, match=f"openai/gsm8k has 60 rows here; there is no row {index}"):
        gsm8k.row(index)


@pytest.mark.parametrize("index", [True, "1", 1.0, None])
def test_an_index_that_is_no_number(gsm8k: Gsm8k, index: Any) -> None:
    with pytest.raises(TypeError, match="a whole number"):
        gsm8k.row(index)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("2+2=<<2+2=4>>4\n#### 4", "4"),
        ("#### 1,234,567", "1234567"),
        ("####1 000 ", "1000"),
        ("#### $ 12.50\n", "12.50"),
        ("#### -3", "-3"),
        ("not ####, but #### 7", "7"),
    ],
)
def test_final_answer(answer: str, expected: str) -> None:
    """What follows the last `####`, as a number is written for a program."""
    assert final_answer(answer) == expected


@pytest.mark.parametrize("answer", ["", "It is 4.", "#### ", "#### $,"])
def test_an_answer_without_a_final_one(answer: str, folder: Path) -> None:
    """An error that names the row, in the file and in the column."""
    rows = [{"question": "a", "answer": "#### 1"}, {"question": "b", "answer": answer}]
    pq.write_table(pa.Table.from_pylist(rows), folder / TEST)
    with pytest.raises(DatasetError, match=f"^{TEST}, row 1: column 'answer': .*after '####'"):
        list(Gsm8k(folder).rows("main", "test"))


def test_a_row_without_a_question(folder: Path) -> None:
    pq.write_table(pa.table({"question": pa.array([None], pa.string()), "answer": ["#### 1"]}), folder / TEST)
    with pytest.raises(DatasetError, match=f"^{TEST}, row 0: column 'question' should hold string, and holds null"):
        Gsm8k(folder).row(0, "main", "test")


def test_a_split_that_was_not_downloaded(folder: Path) -> None:
    """The others can be read."""
    shutil.rmtree(folder / "socratic")
    gsm8k = Gsm8k(folder)
    assert gsm8k.count("main") == 60
    with pytest.raises(DatasetError, match=r"has no file 'socratic/train-\*\.parquet' of openai/gsm8k; download it"):
        gsm8k.count("socratic")


def test_a_file_that_is_cut_short(folder: Path) -> None:
    file = folder / TEST
    file.write_bytes(file.read_bytes()[:1000])
    for read in (lambda: list(Gsm8k(folder).rows("main", "test")), lambda: Gsm8k(folder).count("main", "test")):
        with pytest.raises(DatasetError, match=f"^{TEST} can't be read, download it again"):
            read()


def test_out_of_a_store(tmp_path: Path) -> None:
    """What isn't there is downloaded: the whole dataset, or the files of one split."""
    with Hub(list(AREAS["gsm8k"]())) as hub:
        split = Gsm8k.of(Store(tmp_path / "split", endpoint=hub.endpoint), "main", "test")
        whole = Gsm8k.of(Store(tmp_path / "whole", endpoint=hub.endpoint), revision="v1.0")
    assert [path.name for path in split.folder.rglob("*.parquet")] == ["test-00000-of-00001.parquet"]
    assert split.count("main", "test") == 20
    assert {key: whole.count(*key) for key in COUNTS} == COUNTS
