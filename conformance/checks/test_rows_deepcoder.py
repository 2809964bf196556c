"""DeepCoder: many files, and tests in forms that the plainest rows do not have."""

from __future__ import annotations

import json
from typing import Any

from conformance.catalogue.check import Checks
from conformance.checks.support import Port
from conformance.checks.support_datasets import DEEPCODER, require_said, shards
from conformance.checks.support_rows import (
    FORM,
    ITER,
    NEVER_FEWER,
    parquet,
    put,
    recorded_rows,
    require_rows,
    rows,
    tests,
)
from conformance.replay import ReplayHub
from conformance.verdict.require import control, require, require_equal

AUTHORS = "the protocol's *known datasets*; agentica-org's rllm, code_reward: how the authors read these tests"
TACO = shards("taco/train", 4)[0]
PRIME = shards("primeintellect/train", 5)[0]
LCB = shards("lcbv5/train", 11)
PLAIN = ("problem", "starter_code")


check = Checks("get_row", source=FORM)


def put_tests(hub: ReplayHub, path: str, said: object) -> None:
    """Let the first row of a file have these tests: text as it is, anything else as JSON."""
    first, *others = recorded_rows(hub.repo(DEEPCODER), [path])
    text = said if said is None or isinstance(said, str) else json.dumps(said)
    put(hub, DEEPCODER, path, parquet([{**first, "tests": text}, *others]))


def first_tests(port: Port, config: str) -> Any:
    row = port.get_row(repo_id=DEEPCODER, config_name=config, split="train", index=0, columns=["tests"])
    return row.get("tests")


def take_apart(port: Port) -> None:
    """A port that leaves tests as text cannot detect invalid ones. Asked of a config that no fault touches."""
    row = port.get_row(repo_id=DEEPCODER, config_name="codeforces", split="test", index=0, columns=["tests"])
    control(isinstance(row.get("tests"), list), "valid tests were not parsed", seen=row.get("tests"))


def plain(found: Any) -> Any:
    """Tests with the values of the texts of functions in place of the texts, whose blanks do not matter."""
    require(isinstance(found, list), "wrong-tests", "the tests are not a list", seen=found)
    return [_said(test) if test.get("testtype") == "functional" else test for test in found]


def _said(test: dict[str, Any]) -> dict[str, Any]:
    try:
        arguments, result = list(map(json.loads, test["input"].splitlines())), json.loads(test["output"])
    except (ValueError, KeyError, AttributeError):
        return test
    return {**test, "input": arguments, "output": result}


def require_tests(seen: Any, expected: list[dict[str, Any]]) -> None:
    require_equal(plain(seen), plain(expected), "wrong-tests", "these are not the tests of the problem")


def stdin(sent: str, printed: str) -> dict[str, str]:
    return {"input": sent, "output": printed, "testtype": "stdin"}


def functional(arguments: str, result: str) -> dict[str, str]:
    return {"input": arguments, "output": result, "testtype": "functional"}


@check("rows/more-than-ten-shards[deepcoder]", kills="shards-in-the-order-of-their-text", operation=ITER)
def test_more_than_ten_shards(hub: ReplayHub, port: Port) -> None:
    """The rows of eleven files come in the order of the files' numbers: the tenth after the second, not before."""
    expected = recorded_rows(hub.repo(DEEPCODER), LCB)
    require_rows(rows(port, DEEPCODER, "lcbv5", "train", PLAIN), expected, PLAIN)


@check.each(
    "rows/row-by-number-{}[deepcoder]",
    {"in-the-third-file": 2, "in-the-tenth-file": 9, "in-the-last-file": 10},
    kills="shards-in-the-order-of-their-text",
)
def test_row_of_a_later_shard(hub: ReplayHub, port: Port, member: int) -> None:
    """`get_row` counts over eleven files in the order of their numbers: the row is the first {}."""
    number = len(recorded_rows(hub.repo(DEEPCODER), LCB[:member]))
    expected = recorded_rows(hub.repo(DEEPCODER), [LCB[member]])[0]
    seen = port.get_row(
        repo_id=DEEPCODER, config_name="lcbv5", split="train", index=number, columns=["problem", "starter_code"]
    )
    require_equal({name: seen.get(name) for name in PLAIN}, {name: expected[name] for name in PLAIN}, *_OTHER)


_OTHER = ("wrong-row", "this is another row")


@check.each(
    "rows/every-test-of-{}[deepcoder]",
    {
        "codeforces": ("codeforces", "test", 1),
        "lcbv5-test": ("lcbv5", "test", 8),
        "lcbv5-train": ("lcbv5", "train", 11),
        "primeintellect": ("primeintellect", "train", 5),
    },
    kills="two-tests-at-most",
    operation=ITER,
)
def test_every_test(hub: ReplayHub, port: Port, member: tuple[str, str, int]) -> None:
    """Every row of {} has all its tests, in their order and unchanged."""
    config, split, files = member
    held = recorded_rows(hub.repo(DEEPCODER), shards(f"{config}/{split}", files))
    expected = [{"tests": tests(row["tests"])} for row in held]
    require_rows(rows(port, DEEPCODER, config, split, ("tests",)), expected, ("tests",))


@check("rows/tests-of-lines[deepcoder]", kills="lines-of-tests-as-json", level="SHOULD", source=AUTHORS)
def test_tests_of_lines(hub: ReplayHub, port: Port) -> None:
    """What a program reads and prints may be a list of lines in the file: they are one text."""
    put_tests(hub, TACO, {"inputs": [["2", "1 2"]], "outputs": [["3", "4"]]})
    require_tests(first_tests(port, "taco"), [stdin("2\n1 2", "3\n4")])


@check("rows/tests-of-several-arguments[deepcoder]", kills="first-argument-only")
def test_tests_of_several_arguments(hub: ReplayHub, port: Port) -> None:
    """A function's arguments are JSON, one a line: of every type, and as many as it has."""
    said = {"inputs": [[[1, 2], 3, "a\nb"], [[], -1, ""]], "outputs": [[4], [None]], "fn_name": "f"}
    put_tests(hub, TACO, said)
    expected = [functional('[1, 2]\n3\n"a\\nb"', "4"), functional('[]\n-1\n""', "null")]
    require_tests(first_tests(port, "taco"), expected)


@check("rows/tests-by-their-type[deepcoder]", kills="type-of-tests-unknown", level="SHOULD", source=AUTHORS)
def test_tests_by_type(hub: ReplayHub, port: Port) -> None:
    """`type` is another name of `testtype`: one with `functional` is of a function."""
    put_tests(hub, PRIME, [{"type": "functional", "input": "[1, 2]\n3", "output": "4"}])
    require_tests(first_tests(port, "primeintellect"), [functional("[1, 2]\n3", "4")])


@check("rows/text-of-tests-is-left-alone[deepcoder]", kills="text-of-tests-trimmed")
def test_text_of_tests(hub: ReplayHub, port: Port) -> None:
    """What a program reads and prints stays unchanged: line ends, blanks and digits, also where it is empty."""
    said = {"inputs": ["1 \r\n\n", ""], "outputs": ["007\n", " é\u0301"]}
    put_tests(hub, TACO, said)
    require_tests(first_tests(port, "taco"), [stdin("1 \r\n\n", "007\n"), stdin("", " é\u0301")])


@check.each(
    "rows/name-of-the-function-{}[deepcoder]",
    {"beside-the-tests": ("taco", "train", 4, 1, "fn_name"), "in-the-metadata": ("lcbv5", "test", 8, 1, "func_name")},
    kills="function-without-its-name",
)
def test_name_of_the_function(hub: ReplayHub, port: Port, member: tuple[str, str, int, int, str]) -> None:
    """`func_name` names the function that the tests call, where the file has it {}."""
    config, split, files, number, key = member
    row = recorded_rows(hub.repo(DEEPCODER), shards(f"{config}/{split}", files))[number]
    expected = row["metadata"][key] if "metadata" in row else json.loads(row["tests"])[key]
    require_equal(func_name(port, config, split, number), expected, *_NAME)


@check.each(
    "rows/no-function-of-{}[deepcoder]",
    {"codeforces": ("codeforces", "test"), "taco": ("taco", "train"), "lcbv5": ("lcbv5", "test")},
    kills="name-for-every-program",
)
def test_no_function(hub: ReplayHub, port: Port, member: tuple[str, str]) -> None:
    """`func_name` is null where the tests are of a program: here the first problem of {}."""
    require_equal(func_name(port, *member, 0), None, *_NAME)


_NAME = ("wrong-name", "this is not the name of the function that the tests call")


def func_name(port: Port, config: str, split: str, index: int) -> Any:
    row = port.get_row(repo_id=DEEPCODER, config_name=config, split=split, index=index, columns=["func_name"])
    require("func_name" in row, "columns-missing", "there is no column `func_name`", seen=sorted(row))
    return row["func_name"]


@check.each(
    "rows/fewer-{}-are-an-error[deepcoder]",
    {
        "outputs-than-inputs": {"inputs": ["1\n", "2\n"], "outputs": ["3\n"]},
        "inputs-than-outputs": {"inputs": ["1\n"], "outputs": ["3\n", "4\n"]},
        "results-than-calls": {"inputs": [[1], [2]], "outputs": [[3]], "fn_name": "f"},
    },
    kills="tests-end-with-the-shorter-list",
    operation=ITER,
    source=NEVER_FEWER,
    needs=("get_row",),
)
def test_fewer(hub: ReplayHub, port: Port, member: object) -> None:
    """Tests with fewer {} are an error: some of them would be lost."""
    take_apart(port)
    put_tests(hub, TACO, member)
    require_said(port.error(ITER, repo_id=DEEPCODER, config_name="taco", split="train"))


@check.each(
    "rows/tests-{}-are-an-error[deepcoder]",
    {
        "that-break-off": '[{"input": "1", "output',
        "that-are-no-tests": "3",
        "without-an-output": [{"input": "1", "type": "stdin_stdout"}],
        "without-inputs": {"outputs": ["1"]},
        "that-are-null": None,
        "of-a-number-for-text": [{"input": 1, "output": "1", "type": "stdin_stdout"}],
    },
    kills="unreadable-tests-of-deepcoder-are-none",
    operation=ITER,
    source=NEVER_FEWER,
    needs=("get_row",),
)
def test_unreadable(hub: ReplayHub, port: Port, member: object) -> None:
    """Tests {} are an error, never an empty list, which every program would pass."""
    take_apart(port)
    put_tests(hub, PRIME, member)
    require_said(port.error(ITER, repo_id=DEEPCODER, config_name="primeintellect", split="train"))
