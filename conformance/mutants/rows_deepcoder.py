"""Clients that read the tests of DeepCoder in its plainest forms only."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from conformance.mutants.mutant import change_result, mutant, wrap
from reference_client.datasets import programs
from reference_client.datasets.adapters import deepcoder
from reference_client.datasets.adapters.adapter import Adapter
from reference_client.datasets.adapters.deepcoder import DeepCoder
from reference_client.datasets.columns import Row
from reference_client.datasets.errors import DatasetError


@mutant
def shards_in_the_order_of_their_text(patch: pytest.MonkeyPatch) -> None:
    """Sorts the files of a split as text in which their numbers have no zeros before them: 0, 1, 10, 2."""

    def number(path: str) -> str:
        return str(int(path.rpartition("-of-")[0].rpartition("-")[2]))

    change_result(patch, Adapter, "files", lambda files: sorted(files, key=number))


def _change_tests(patch: pytest.MonkeyPatch, change: Callable[[list[Any]], list[Any]]) -> None:
    def changed(original: Any, self: DeepCoder, row: Row, place: str) -> Row:
        found = original(self, row, place)
        return {**found, "tests": change(found["tests"])}

    wrap(patch, DeepCoder, "_converted", changed)


@mutant
def two_tests_at_most(patch: pytest.MonkeyPatch) -> None:
    """Gives the first two tests of a problem."""
    _change_tests(patch, lambda tests: tests[:2])


@mutant
def lines_of_tests_as_json(patch: pytest.MonkeyPatch) -> None:
    """Gives a list of lines as the text of its JSON."""
    patch.setattr(programs, "_text", lambda value, number: value if isinstance(value, str) else json.dumps(value))


@mutant
def first_argument_only(patch: pytest.MonkeyPatch) -> None:
    """Gives a function one argument."""
    wrap(
        patch, programs, "_called", lambda original, arguments, result, number: original(arguments[:1], result, number)
    )


@mutant
def type_of_tests_unknown(patch: pytest.MonkeyPatch) -> None:
    """Takes tests without a `testtype` for those of a program."""
    wrap(
        patch,
        programs,
        "_test",
        lambda original, test, number: original({**test, "testtype": test.get("testtype", "stdin")}, number),
    )


@mutant
def text_of_tests_trimmed(patch: pytest.MonkeyPatch) -> None:
    """Trims what a program reads and prints."""
    _change_tests(
        patch,
        lambda tests: [{**test, "input": test["input"].strip(), "output": test["output"].strip()} for test in tests],
    )


@mutant
def function_without_its_name(patch: pytest.MonkeyPatch) -> None:
    """Gives no name of a function."""
    wrap(patch, DeepCoder, "_converted", lambda original, *args: {**original(*args), "func_name": None})


@mutant
def name_for_every_program(patch: pytest.MonkeyPatch) -> None:
    """Gives an empty name to programs."""

    def named(original: Any, *args: Any) -> Row:
        found = original(*args)
        return {**found, "func_name": found["func_name"] or ""}

    wrap(patch, DeepCoder, "_converted", named)


@mutant
def tests_end_with_the_shorter_list(patch: pytest.MonkeyPatch) -> None:
    """Gives as many tests as the shorter of two lists has."""

    def shorter(original: Any, value: Any) -> Any:
        pairs = list(zip(value["inputs"], value["outputs"], strict=False))
        return original({**value, "inputs": [sent for sent, _ in pairs], "outputs": [back for _, back in pairs]})

    wrap(patch, deepcoder, "paired_tests", shorter)


@mutant
def unreadable_tests_of_deepcoder_are_none(patch: pytest.MonkeyPatch) -> None:
    """Gives an empty list for tests that it cannot read."""

    def calm(original: Any, self: DeepCoder, row: Row, place: str) -> Row:
        try:
            return original(self, row, place)  # type: ignore[no-any-return]
        except DatasetError:
            return {**row, "tests": [], "func_name": None}

    wrap(patch, DeepCoder, "_converted", calm)
