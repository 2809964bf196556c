"""The verdict on one check: what was seen, compared with what was expected."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from conformance.verdict.expectations import Expectation
from conformance.verdict.outcome import DECLINED, NEVER_EXPECTED, Outcome

Label: TypeAlias = Literal[
    "passed",
    "failed",
    "unsupported",
    "not applicable",
    "inconclusive",
    "declined",
    "expected failure",
    "expected inconclusive",
    "expected unrecorded",
    "expected decline",
    "unexpected pass",
    "fails for another reason",
    "another outcome",
    "expired",
    "stale: unsupported",
    "could not run",
    "broken in another check",
]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows from a check's outcome.

    `as_expected` is False for every result that needs attention; `message` then has what to do.
    """

    as_expected: bool
    label: Label
    message: str = ""

    def to_json(self) -> dict[str, Any]:
        """Its form in the event stream."""
        return {"as_expected": self.as_expected, "label": self.label, "message": self.message}


def decide(
    outcome: Outcome,
    finding_code: str | None,
    expectation: Expectation | None,
    today: datetime.date,
    check: str = "",
) -> Verdict:
    """Judge a check's outcome.

    =====================  ===============  ===============================================================
    outcome                nothing listed   listed
    =====================  ===============  ===============================================================
    passed                 as expected      never
    failed, inconclusive,  never            as expected with this outcome, one of the entry's codes, and a
    unrecorded, declined                    day on which the entry holds
    unsupported by the     as expected      as expected where a pattern lists it, never where its id does
    port's description
    not applicable         as expected      as expected
    any other              never            never
    =====================  ===============  ===============================================================

    Args:
        outcome: what became of the check.
        finding_code: the code of its finding, if it has one.
        expectation: the port's entry for this check, if there is one.
        today: the day of the run; an entry holds through the day it expires.
        check: its id; the entry may give it by a pattern.
    """
    if outcome == "not_applicable":
        return Verdict(True, "not applicable")
    if outcome in NEVER_EXPECTED:
        message = _CURES[outcome]
        if expectation is not None:
            message += f"; no entry can excuse that, so the one at {expectation.where} does not count"
        return Verdict(False, "could not run", message)
    if outcome == "passed":
        if expectation is None:
            return Verdict(True, "passed")
        return Verdict(False, "unexpected pass", f"it passes now: remove it from the entry at {expectation.where}")
    if outcome == "unsupported" and finding_code != DECLINED:
        if expectation is None or not expectation.names(check):
            return Verdict(True, "unsupported")
        cure = f"the port lacks the operation: remove the entry at {expectation.where}"
        return Verdict(False, "stale: unsupported", cure)
    if expectation is None:
        return Verdict(False, _LABELS[outcome], _CURES[outcome])
    return _held_against(outcome, finding_code, expectation, today)


def _held_against(outcome: Outcome, code: str | None, entry: Expectation, today: datetime.date) -> Verdict:
    if entry.outcome != outcome:
        message = f"{entry.where} expects {entry.outcome}, this is {outcome}: {_CURES[outcome]}, or correct the entry"
        return Verdict(False, "another outcome", message)
    if entry.codes and code not in entry.codes:
        message = f"{entry.where} expects {' or '.join(map(repr, entry.codes))}, this is {code!r}: "
        return Verdict(False, "fails for another reason", f"{message}fix the port or correct the entry")
    if entry.has_expired(today):
        message = f"the entry at {entry.where} expired after {entry.expires}: fix the port or renew it"
        return Verdict(False, "expired", message)
    return Verdict(True, _EXPECTED[outcome], entry.reason)


_LABELS: Final[dict[Outcome, Label]] = {
    "failed": "failed",
    "unsupported": "declined",
    "inconclusive": "inconclusive",
    "unrecorded": "could not run",
}

_EXPECTED: Final[dict[Outcome, Label]] = {
    "failed": "expected failure",
    "unsupported": "expected decline",
    "inconclusive": "expected inconclusive",
    "unrecorded": "expected unrecorded",
}

_CURES: Final[dict[Outcome, str]] = {
    "failed": "fix the port, or list the failure in the port's expectations with a reason",
    "unsupported": "the port offers the operation and declines this call: let it answer, or list it in the port's "
    "expectations with `outcome: unsupported` and a reason",
    "inconclusive": "what the check is about did not happen: see its wire log; where the port has a reason, list it in "
    "the port's expectations with `outcome: inconclusive`",
    "unimplemented": "the shim lacks the operation: add it to the shim",
    "unrecorded": "the port asked for an exchange that no cassette has: see the wire log; report it to the suite, and "
    "list it in the port's expectations with `outcome: unrecorded` until then",
    "crashed": "the port ended before it answered: see its output",
    "timed_out": "the port did not answer in time: see its output, and the wire log for what it waited for",
    "protocol_error": "the shim's answer does not follow the protocol: mend the shim",
}
