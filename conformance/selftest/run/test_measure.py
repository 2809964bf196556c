"""From the error of a check function to the outcome: what is the port's doing, and what the suite's own."""

from __future__ import annotations

import importlib.util
import types
from typing import Any

import pytest

from conformance.run.measure import OURS, outcome_of


def raised_in(*modules: str) -> Exception:
    """The error of a function of the last of these modules, called by one of the module before it, and so on."""
    call: Any = lambda: int("x")  # noqa: E731
    for name in reversed(modules):
        module = types.ModuleType(name)
        module.__dict__["call"] = call
        exec("def run():\n    return call()\n", module.__dict__)
        call = module.__dict__["run"]
    try:
        call()
    except ValueError as error:
        return error
    raise AssertionError("no error")


@pytest.mark.parametrize("name", OURS)
def test_each_package_of_the_suite_is_there(name: str) -> None:
    """A package that is renamed stays one of the suite's own."""
    assert importlib.util.find_spec(f"conformance.{name}") is not None


@pytest.mark.parametrize("name", OURS)
def test_an_error_in_a_package_of_the_suite_says_nothing_of_the_port(name: str) -> None:
    """No outcome: the run ends with 2."""
    assert outcome_of(raised_in("conformance.checks.test_info", f"conformance.{name}.anything"), None) is None


@pytest.mark.parametrize("below", ["json.decoder", "conformance.checks.support", "conformance.replay.truth"])
def test_an_error_at_what_the_port_returned_is_its_failure(below: str) -> None:
    """A check that cannot read what it was given fails with a code of its own."""
    ended = outcome_of(raised_in("conformance.checks.test_info", below), None)
    assert ended is not None
    outcome, finding = ended
    assert (outcome, finding and finding.code) == ("failed", "malformed-answer")


def test_an_error_before_the_first_answer_is_the_suites_own() -> None:
    """Nothing can be the port's doing then."""
    assert outcome_of(raised_in("conformance.checks.test_info"), None, has_answered=False) is None
