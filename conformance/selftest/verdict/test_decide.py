"""The verdict table, cell by cell."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest

from conformance.verdict.decide import Label, decide
from conformance.verdict.expectations import Expectation
from conformance.verdict.outcome import DECLINED, NEVER_EXPECTED, Outcome

TODAY = datetime.date(2026, 11, 21)
YESTERDAY = TODAY - datetime.timedelta(days=1)
ID = "info/sha[gsm8k]"
LISTED = Expectation((ID,), ("wrong-sha",), "it caches too long", "issue 7", None, "expectations.yaml:3")
LISTED_UNTIL_TODAY = replace(LISTED, expires=TODAY)
EXPIRED = replace(LISTED, expires=YESTERDAY)
TWO_CODES = replace(LISTED, codes=("no-sha", "wrong-sha"))
BY_PATTERN = replace(LISTED, checks=("info/*",))
DECLINES = replace(LISTED, outcome="unsupported", codes=())
UNDECIDED = replace(LISTED, outcome="inconclusive", codes=("fault-not-fired",))
UNRECORDED = replace(LISTED, outcome="unrecorded", codes=("unrecorded",))

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
    ("failed", "wrong-sha", TWO_CODES, True, "expected failure"),
    ("failed", "wrong-sha", BY_PATTERN, True, "expected failure"),
    ("failed", "wrong-sha", DECLINES, False, "another outcome"),
    ("passed", None, BY_PATTERN, False, "unexpected pass"),
    ("unsupported", "unsupported", BY_PATTERN, True, "unsupported"),
    ("unsupported", DECLINED, None, False, "declined"),
    ("unsupported", DECLINED, DECLINES, True, "expected decline"),
    ("unsupported", DECLINED, replace(DECLINES, expires=YESTERDAY), False, "expired"),
    ("unsupported", DECLINED, LISTED, False, "another outcome"),
    ("inconclusive", "fault-not-fired", None, False, "inconclusive"),
    ("inconclusive", "fault-not-fired", UNDECIDED, True, "expected inconclusive"),
    ("inconclusive", "control-failed", UNDECIDED, False, "fails for another reason"),
    ("inconclusive", "fault-not-fired", LISTED, False, "another outcome"),
    ("unrecorded", "unrecorded", None, False, "could not run"),
    ("unrecorded", "unrecorded", UNRECORDED, True, "expected unrecorded"),
    ("unrecorded", "unrecorded", LISTED, False, "another outcome"),
    ("not_applicable", "not-applicable", None, True, "not applicable"),
    ("not_applicable", "not-applicable", LISTED, True, "not applicable"),
    *((outcome, None, None, False, "could not run") for outcome in sorted(NEVER_EXPECTED)),
    *((outcome, "wrong-sha", LISTED, False, "could not run") for outcome in sorted(NEVER_EXPECTED)),
    *((outcome, "wrong-sha", EXPIRED, False, "could not run") for outcome in sorted(NEVER_EXPECTED)),
]


@pytest.mark.parametrize(("outcome", "code", "expectation", "as_expected", "label"), CELLS)
def test_each_cell(
    outcome: Outcome, code: str | None, expectation: Expectation | None, as_expected: bool, label: Label
) -> None:
    """Each outcome has one verdict against nothing listed, a valid entry, an expired one and another code."""
    verdict = decide(outcome, code, expectation, TODAY, ID)

    assert (verdict.as_expected, verdict.label) == (as_expected, label)


@pytest.mark.parametrize(("outcome", "code", "expectation", "as_expected", "label"), CELLS)
def test_whatever_needs_attention_says_what_to_do(
    outcome: Outcome, code: str | None, expectation: Expectation | None, as_expected: bool, label: Label
) -> None:
    """A verdict that is not as expected has a message; one that comes of an entry says where that is."""
    verdict = decide(outcome, code, expectation, TODAY, ID)

    assert as_expected or verdict.message
    assert as_expected or expectation is None or "expectations.yaml:3" in verdict.message


def test_an_expected_failure_carries_its_reason() -> None:
    """The reason of the entry is the message of the verdict."""
    assert decide("failed", "wrong-sha", LISTED, TODAY).message == "it caches too long"
