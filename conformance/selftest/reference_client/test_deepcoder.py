"""The adapter of DeepCoder's problems: three forms of tests become one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conformance.data import fixtures_dir
from conformance.hub.rows.programs import program
from reference_client.datasets.deepcoder import DeepCoder
from reference_client.datasets.errors import DatasetError

FOLDER = fixtures_dir() / "repositories" / "deepcoder" / "1-data"
SPLITS = [("primeintellect", "train"), ("taco", "train"), ("lcbv5", "train"), ("lcbv5", "test"), ("codeforces", "test")]


@pytest.mark.parametrize(("config", "split"), SPLITS)
def test_tests_of_every_config_have_one_form(config: str, split: str) -> None:
    """They are those that the problem's own solution passes, by standard input or by a call."""
    deepcoder = DeepCoder(FOLDER)
    rows = list(deepcoder.rows(config, split))
    assert len(rows) == deepcoder.count(config, split)
    for number, row in enumerate(rows):
        number += 100 if split == "test" else 0
        task = program(number)
        calls = config in ("taco", "lcbv5") and number % 2 == 1
        expected = [test.functional if calls else test.stdin for test in task.tests(2 + number % 2, seed=number)]
        assert [(test["input"], test["output"]) for test in row["tests"]] == expected
        assert {test["testtype"] for test in row["tests"]} == {"functional" if calls else "stdin"}
        assert row["func_name"] == (task.function if calls else None)
        assert row["problem"] == task.statement


def with_values(folder: Path, **values: Any) -> DeepCoder:
    """The dataset with these values in its only problem of Codeforces."""
    shutil.rmtree(folder / "codeforces", ignore_errors=True)
    (folder / "codeforces").mkdir()
    row = {"problem": "Add.", "tests": "[]", **values}
    pq.write_table(pa.Table.from_pylist([row]), folder / "codeforces" / "test-00000-of-00001.parquet")
    return DeepCoder(folder)


def test_lines_and_results_of_their_own(tmp_path: Path) -> None:
    """Lines stand for their text, and a result may stand in a list or not."""
    lines = {"inputs": [["1", "2"], "3"], "outputs": [["3"], "4\n"]}
    found = with_values(tmp_path, tests=json.dumps(lines)).row(0, "codeforces")
    assert [(test["input"], test["output"]) for test in found["tests"]] == [("1\n2", "3"), ("3", "4\n")]
    calls = {"inputs": [[1, [2]], ["a"], []], "outputs": [[3], 4, [5, 6]], "fn_name": "add"}
    found = with_values(tmp_path, tests=json.dumps(calls)).row(0, "codeforces")
    assert [(test["input"], test["output"]) for test in found["tests"]] == [
        ("1\n[2]", "3"),
        ('"a"', "4"),
        ("", "[5, 6]"),
    ]
    assert found["func_name"] == "add"


@pytest.mark.parametrize("metadata", ['{"func_name": "add"}', {"func_name": "add"}])
def test_metadata_as_text_and_as_an_object(tmp_path: Path, metadata: Any) -> None:
    """The function's name is found in both."""
    assert with_values(tmp_path, metadata=metadata).row(0, "codeforces")["func_name"] == "add"


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"tests": "[{]"}, "Expecting"),
        ({"tests": "3"}, "tests should be a list, and are int"),
        ({"tests": '{"inputs": ["a"]}'}, "'inputs' and 'outputs' should be lists of one length"),
        ({"tests": '{"inputs": ["a"], "outputs": []}'}, "'inputs' and 'outputs' should be lists of one length"),
        ({"tests": '{"inputs": [3], "outputs": ["a"]}'}, "test 0 should have text or a list of lines, and has int"),
        ({"tests": '{"inputs": [3], "outputs": [1], "fn_name": "f"}'}, "test 0 should have a list of arguments"),
        ({"tests": None}, "column 'tests' should hold string, and holds null"),
        ({"metadata": "{"}, "Expecting"),
    ],
)
def test_tests_of_another_form(tmp_path: Path, values: dict[str, Any], says: str) -> None:
    """The error names the file and the row."""
    with pytest.raises(DatasetError, match=f"^codeforces/test-00000-of-00001.parquet, row 0: .*{says}"):
        with_values(tmp_path, **values).row(0, "codeforces")
