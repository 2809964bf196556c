"""The verdict table, cell by cell."""

from __future__ import annotations

import datetime

import pytest

from conformance.verdict.decide import Label, decide
from conformance.verdict.expectations import Expectation
from conformance.verdict.outcome import COULD_NOT_RUN, Outcome

TODAY = datetime.date(2026, 11, 21)
YESTERDAY = TODAY - datetime.timedelta(days=1)
LISTED = Expectation("info/sha[gsm8k]", "wrong-sha", "it caches too long", "issue 7", None, "expectations.yaml:3")
LISTED_UNTIL_TODAY = Expectation("info/sha[gsm8k]", "wrong-sha", "as above", "issue 7", TODAY, "expectations.yaml:3")
EXPIRED = Expectation("info/sha[gsm8k]", "wrong-sha", "as above", "issue 7", YESTERDAY, "expectations.yaml:3")

CELLS: list[tuple[Outcome, str | None, Expectation | None, bool, Label]] = [
    ("passed", None, None, True, "passed"),
    ("passed", None, LISTED, False, "unexpected pass"),
    ("passed", None, EXPIRED, False, "unexpected pass"),
    ("failed", "wrong-sha", None, False, "failed"),
    ("failed", "wrong-sha", LISTED, True, "expected failure"),
    ("failed", "wrong-sha", LISTED_UNTIL_TODAY, True, "expected failure"),
    ("failed", "wrong-sha", EXPIRED, False, "expired"),
    ("failed", "no-sha", LISTED, False, "fails for another reason"),
    ("failed", "no-sha", EXPIRED, False, "fails for another reason"),
    ("failed", None, LISTED, False, "fails for another reason"),
    ("unsupported", None, None, True, "unsupported"),
    ("unsupported", None, LISTED, False, "stale: unsupported"),
    ("unsupported", None, EXPIRED, False, "stale: unsupported"),
    *((outcome, None, None, False, "could not run") for outcome in sorted(COULD_NOT_RUN)),
    *((outcome, "wrong-sha", LISTED, False, "could not run") for outcome in sorted(COULD_NOT_RUN)),
    *((outcome, "wrong-sha", EXPIRED, False, "could not run") for outcome in sorted(COULD_NOT_RUN)),
]


@pytest.mark.parametrize(("outcome", "code", "expectation", "as_expected", "label"), CELLS)
def test_each_cell(
    outcome: Outcome, code: str | None, expectation: Expectation | None, as_expected: bool, label: Label
) -> None:
    """Each outcome has one verdict against nothing listed, a valid entry, an expired one and another code."""
    verdict = decide(outcome, code, expectation, TODAY)

    assert (verdict.as_expected, verdict.label) == (as_expected, label)


@pytest.mark.parametrize(("outcome", "code", "expectation", "as_expected", "label"), CELLS)
def test_whatever_needs_attention_says_what_to_do(
    outcome: Outcome, code: str | None, expectation: Expectation | None, as_expected: bool, label: Label
) -> None:
    """A verdict that is not as expected has a message; one that comes of an entry says where that is."""
    verdict = decide(outcome, code, expectation, TODAY)

    assert as_expected or verdict.message
    assert as_expected or expectation is None or "expectations.yaml:3" in verdict.message


def test_an_expected_failure_carries_its_reason() -> None:
    """The reason of the entry is the message of the verdict."""
    assert decide("failed", "wrong-sha", LISTED, TODAY).message == "it caches too long"
