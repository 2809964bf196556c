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
from reference_client.datasets import integers
from reference_client.datasets.adapters.deepcoder import DeepCoder
from reference_client.datasets.cli.output import to_json
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


@pytest.mark.parametrize("metadata", ["", " ", None, "{}"])
def test_a_row_without_metadata_has_no_function(tmp_path: Path, metadata: str | None) -> None:
    assert with_values(tmp_path, metadata=metadata).row(0, "codeforces")["func_name"] is None


@pytest.mark.parametrize("name", ["", None])
def test_a_function_without_a_name_is_none(tmp_path: Path, name: str | None) -> None:
    """A test can call no function that has no name."""
    tests = json.dumps({"fn_name": name, "inputs": ["1"], "outputs": ["2"]})
    row = with_values(tmp_path, tests=tests, metadata="").row(0, "codeforces")
    assert (row["tests"][0]["testtype"], row["func_name"]) == ("stdin", None)


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
        ({"metadata": "{"}, "column 'metadata': it is not JSON: Expecting"),
        (
            {"metadata": '{"func_name": 5}'},
            "column 'metadata': the name of a function should be a string, and is 5",
        ),
        ({"tests": '{"fn_name": 5, "inputs": ["1"], "outputs": ["2"]}'}, "column 'tests': the name of a function"),
        ({"tests": ""}, "column 'tests': it is not JSON: Expecting"),
        ({"tests": '[{"input": "1", "output": 1e400}]'}, "column 'tests': the number '1e400' is larger than a float"),
    ],
)
def test_tests_of_another_form(tmp_path: Path, values: dict[str, Any], says: str) -> None:
    """The error names the file and the row."""
    with pytest.raises(DatasetError, match=f"^codeforces/test-00000-of-00001.parquet, row 0: .*{says}"):
        with_values(tmp_path, **values).row(0, "codeforces")


@pytest.mark.parametrize(
    ("tests", "expected", "name"),
    [
        (
            [{"type": "function_call", "fn_name": "f", "input": [[3, 2, 3]], "output": 3}],
            {"input": "[3, 2, 3]", "output": "3", "testtype": "functional"},
            "f",
        ),
        (
            [{"type": "function_call", "fn_name": "f", "input": "[1]\n2", "output": "3"}],
            {"input": "[1]\n2", "output": "3", "testtype": "functional"},
            "f",
        ),
        (
            [{"fn_name": "f", "input": [1, "a"], "output": None}],
            {"input": '1\n"a"', "output": "null", "testtype": "functional"},
            "f",
        ),
        ([{"input": "1\n", "output": "2\n"}], {"input": "1\n", "output": "2\n", "testtype": "stdin"}, None),
        (
            {"fn_name": "f", "inputs": ["[1, 2]\n3"], "outputs": ["4"]},
            {"input": "[1, 2]\n3", "output": "4", "testtype": "functional"},
            "f",
        ),
    ],
)
def test_other_forms_of_tests(tmp_path: Path, tests: Any, expected: dict[str, str], name: str | None) -> None:
    """Consumers of the dataset read these too: a call with its arguments, lines of JSON, and tests without a type."""
    found = with_values(tmp_path, tests=json.dumps(tests)).row(0, "codeforces")
    assert (found["tests"], found["func_name"]) == ([expected], name)


@pytest.mark.parametrize(
    ("tests", "wrong"),
    [
        ([{"type": "function_call", "fn_name": "f", "input": [1]}], "an 'output' that is a string"),
        ([{"type": "stdin", "input": ["1"], "output": "2"}], "an 'input' that is a string"),
        ({"fn_name": "f", "inputs": ["[1"], "outputs": ["4"]}, "lines of JSON"),
        ({"fn_name": "f", "inputs": [5], "outputs": ["4"]}, "a list of arguments"),
    ],
)
def test_forms_that_cannot_be_read(tmp_path: Path, tests: Any, wrong: str) -> None:
    with pytest.raises(DatasetError, match=wrong):
        with_values(tmp_path, tests=json.dumps(tests)).row(0, "codeforces")


def test_long_integers(tmp_path: Path) -> None:
    """Integers beyond what Python converts keep all their digits, from the file to a test and to JSON. Their number is
    bounded."""
    digits = "7" * 5001
    text = f'{{"fn_name": "f", "inputs": [[{digits}, -{digits}]], "outputs": [1]}}'
    (test,) = with_values(tmp_path, tests=text).row(0, "codeforces")["tests"]
    assert test["input"] == f"{digits}\n-{digits}"
    value = integers.from_json(f'{{"a": [{digits}, "b"], "c": 1}}')
    assert integers.to_json(value) == f'{{"a": [{digits}, "b"], "c": 1}}'
    assert digits in to_json({"a": value["a"][0]})
    with pytest.raises(ValueError, match="INTEGER_DIGITS"):
        integers.from_json(f"[{','.join([digits] * 20)}]")
    with pytest.raises(ValueError, match="Out of range float"):
        integers.to_json([float("nan")], allow_nan=False)
