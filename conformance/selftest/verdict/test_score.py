"""The arithmetic of a score."""

from __future__ import annotations

import datetime
import random
from typing import Any

import pytest

from conformance.verdict.decide import decide
from conformance.verdict.expectations import Expectation
from conformance.verdict.outcome import COULD_NOT_RUN, DECLINED, OUTCOMES, Finding, Level, Outcome
from conformance.verdict.result import CheckResult
from conformance.verdict.score import Score, score

KNOWN = Expectation(("any",), ("wrong",), "known", "issue 7")


def result(
    number: int,
    outcome: Outcome,
    *,
    expected: bool = False,
    declined: bool = False,
    scored: bool = True,
    level: Level = "MUST",
    operation: str = "repo_info",
) -> CheckResult:
    finding = Finding("wrong", "it is wrong") if outcome == "failed" else Finding(DECLINED, "no") if declined else None
    verdict = decide(
        outcome, finding.code if finding else None, KNOWN if expected else None, datetime.date(2026, 11, 21), "any"
    )
    return CheckResult(f"info/c{number}[gsm8k]", level, operation, scored, outcome, verdict, finding)


def score_all(results: list[CheckResult], **changes: Any) -> Score:
    """The score of a run that selected all checks of a profile, unless changed."""
    arguments = {"selected": len(results), "profile_checks": len(results), **changes}
    return score(results, **arguments)


def test_every_outcome_is_counted_even_when_it_is_none() -> None:
    """All outcomes are keys of the counts."""
    counts = score_all([result(1, "passed"), result(2, "passed"), result(3, "crashed")]).total.counts

    assert set(counts) == set(OUTCOMES)
    assert (counts["passed"], counts["crashed"], counts["failed"]) == (2, 1, 0)


def test_parity_is_passed_over_passed_failed_and_could_not_run() -> None:
    """One of each outcome: one passed of eight, since what is not offered or does not apply leaves the base."""
    results = [result(number, outcome) for number, outcome in enumerate(OUTCOMES)]

    assert score_all(results).total.parity == pytest.approx(1 / 8)


@pytest.mark.parametrize("seed", range(20))
def test_declining_never_raises_the_figure(seed: int) -> None:
    """Whatever passed or failed and is declined instead: parity is not higher than before, in all and by level."""
    chance = random.Random(seed)
    outcomes = [chance.choice(OUTCOMES) for _ in range(40)]
    before = [result(number, outcome) for number, outcome in enumerate(outcomes)]
    after = [
        result(number, "unsupported", declined=True)
        if outcome in ("passed", "failed") and chance.random() < 0.5
        else one
        for number, (outcome, one) in enumerate(zip(outcomes, before, strict=True))
    ]
    assert (score_all(after).total.parity or 0) <= (score_all(before).total.parity or 0)


@pytest.mark.parametrize("outcome", ["unsupported", "not_applicable", "inconclusive", "unrecorded", "crashed"])
def test_a_run_in_which_nothing_was_measured_is_incomplete(outcome: Outcome) -> None:
    """Where no check passed or failed, the exit code is 3."""
    assert score_all([result(number, outcome) for number in range(500)]).exit_code == 3


def test_expected_failures_do_not_count_as_passed() -> None:
    """A known failure keeps the gate green and lowers parity all the same."""
    it = score_all([result(1, "passed"), result(2, "failed", expected=True)])

    assert it.exit_code == 0
    assert it.total.parity == 0.5
    assert [failure.id for failure in it.failed] == ["info/c2[gsm8k]"]


@pytest.mark.parametrize("results", [[], [result(1, "passed", scored=False)]], ids=["no check", "none scored"])
def test_nothing_of_nothing_is_no_pass(results: list[CheckResult]) -> None:
    """Without a scored check there is no parity, and the run is incomplete."""
    it = score_all(results, profile_checks=0)

    assert it.total.parity is None
    assert not it.complete
    assert it.exit_code == 3


def test_only_unsupported_checks_have_no_parity_but_are_complete() -> None:
    """0 of 0 has no parity; nothing was measured, so the run is not a pass."""
    it = score_all([result(1, "unsupported")])

    assert it.total.parity is None
    assert it.complete
    assert it.exit_code == 3


def test_a_selection_that_went_as_expected_is_green_and_not_complete() -> None:
    """One check of a profile of forty: exit code 0, complete false."""
    it = score([result(1, "passed")], selected=1, profile_checks=40)

    assert it.exit_code == 0
    assert not it.complete


def test_a_whole_run_is_complete() -> None:
    """Passed, failed and unsupported checks have run; together they complete the profile."""
    assert score_all([result(1, "passed"), result(2, "failed"), result(3, "unsupported")]).complete


@pytest.mark.parametrize("outcome", sorted(COULD_NOT_RUN))
def test_what_could_not_run_makes_a_run_incomplete(outcome: Outcome) -> None:
    """It counts against parity, and the exit code is 3 though nothing went against what was expected."""
    it = score_all([result(1, "passed"), result(2, outcome)])

    assert (it.exit_code, it.complete, it.total.parity) == (3, False, 0.5)


def test_an_expectation_does_not_excuse_what_could_not_run() -> None:
    """A dead shim is never an expected failure."""
    assert score_all([result(1, "passed"), result(2, "crashed", expected=True)]).exit_code == 3


def test_a_check_that_never_reported_makes_a_run_incomplete() -> None:
    """Two were selected, one reported."""
    assert score([result(1, "passed")], selected=2, profile_checks=2).exit_code == 3


@pytest.mark.parametrize(
    "results",
    [
        [result(1, "failed")],
        [result(1, "passed", expected=True)],
        [result(1, "unsupported", expected=True), result(2, "passed")],
        [result(1, "unsupported", declined=True), result(2, "passed")],
        [result(1, "inconclusive"), result(2, "passed")],
        [result(1, "failed"), result(2, "crashed")],
    ],
    ids=["failed", "unexpected pass", "stale", "declined", "inconclusive", "failed beside a crash"],
)
def test_what_is_not_as_expected_fails_the_gate(results: list[CheckResult]) -> None:
    """Exit code 1, also when something else could not run."""
    assert score_all(results).exit_code == 1


def test_a_gate_problem_fails_the_gate() -> None:
    """An unknown id in the expectations is enough, though every check passed."""
    assert score_all([result(1, "passed")], gate_problems=["no check is called x"]).exit_code == 1


def test_checks_outside_the_profile_change_no_figure() -> None:
    """A check that is not scored may fail: counts, parity, completeness and gate stay as they are."""
    within = [result(1, "passed"), result(2, "passed")]
    beyond = [*within, result(3, "failed", scored=False), result(4, "crashed", scored=False)]

    assert score_all(within) == score(beyond, selected=4, profile_checks=2)


def test_groups_add_up() -> None:
    """By operation and by level, sorted, each with its own parity."""
    it = score_all(
        [
            result(1, "passed", operation="whoami"),
            result(2, "failed", operation="repo_info", level="SHOULD"),
            result(3, "passed", operation="repo_info"),
        ]
    )

    assert {name: tally.parity for name, tally in it.by_operation.items()} == {
        "repo_info": 0.5,
        "whoami": 1.0,
    }
    assert list(it.by_operation) == ["repo_info", "whoami"]
    assert {name: tally.parity for name, tally in it.by_level.items()} == {"MUST": 1.0, "SHOULD": 0.0}
