"""From the error of a check function to the outcome: what is the port's doing, and what the suite's own."""

from __future__ import annotations

import importlib.util
import json
import math
import types
from typing import Any

import pytest
import requests

from conformance.replay import ReplayHub, Stall, Status, load
from conformance.replay.xet import XetStore
from conformance.run.measure import OURS, outcome_of, without
from conformance.verdict.outcome import CheckFailed, Finding, Inconclusive


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


@pytest.mark.parametrize("kind", [NameError, UnboundLocalError, ImportError])
def test_a_fault_of_a_checks_own_code_is_the_suites(kind: type[Exception]) -> None:
    """No port can cause it, whatever it returned."""
    error = kind("x").with_traceback(raised_in("conformance.checks.test_info").__traceback__)
    assert outcome_of(error, None) is None


def test_an_error_before_the_first_answer_is_the_suites_own() -> None:
    """Nothing can be the port's doing then."""
    assert outcome_of(raised_in("conformance.checks.test_info"), None, has_answered=False) is None


@pytest.mark.parametrize(("struck", "outcome"), [(True, "failed"), (False, "inconclusive")])
def test_no_error_where_nothing_was_wrong(struck: bool, outcome: str) -> None:
    """A library that never asked the question that the fault is for was given no reason for an error."""
    with ReplayHub(load("gsm8k")) as hub:
        hub.fault(Status(500), answer="paths-info", times=None)
        asked = requests.post if struck else requests.get
        asked(f"{hub.endpoint}/api/datasets/openai/gsm8k/{'paths-info' if struck else 'tree'}/main")
        ended = outcome_of(CheckFailed(Finding("no-error", "it succeeded")), hub)
    assert ended is not None
    assert ended[0] == outcome
    assert ended[1] is not None
    assert ended[1].code == ("no-error" if struck else "fault-not-fired")


@pytest.mark.parametrize(
    ("finding", "outcome"),
    [
        (Inconclusive(Finding("fault-not-fired", "a planned fault never fired")), "unsupported"),
        (CheckFailed(Finding("wrong-bytes", "the file's bytes differ")), "failed"),
        (CheckFailed(Finding("not-both", "one of the two got an error")), "failed"),
    ],
)
def test_a_xet_store_excuses_the_fault_that_it_bypassed_alone(finding: Exception, outcome: str) -> None:
    """What a check has seen of a port is wrong, wherever the content came from."""
    with ReplayHub(load("gsm8k"), xet=XetStore("http://127.0.0.1:9", {})) as hub:
        hub.fault(Stall(0.3), answer="content", origin="cdn")
        assert hub.is_bypassed
        ended = outcome_of(finding, hub)
    assert ended is not None
    assert ended[0] == outcome


def test_a_finding_is_json_for_every_parser() -> None:
    """JSON has no NaN: JavaScript and jq refuse a stream that holds one."""
    seen = without("", {"rows": [math.nan, math.inf, -math.inf, 0.5, True]})
    assert json.loads(json.dumps(seen, allow_nan=False)) == {
        "rows": [{"$float": "NaN"}, {"$float": "Infinity"}, {"$float": "-Infinity"}, 0.5, True]
    }
