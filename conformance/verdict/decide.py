"""The verdict on one check: what was seen, held against what was expected."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from conformance.verdict.expectations import Expectation
from conformance.verdict.outcome import COULD_NOT_RUN, Outcome

Label: TypeAlias = Literal[
    "passed",
    "failed",
    "unsupported",
    "declined",
    "not applicable",
    "inconclusive",
    "unrecorded",
    "expected failure",
    "expected: declined",
    "expected: inconclusive",
    "expected: unrecorded",
    "unexpected pass",
    "fails for another reason",
    "expired",
    "stale: unsupported",
    "could not run",
]

DECLINED: Final = "declined"
"""The code of a finding: the shim says that the library cannot do this, and the port's description does not."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows from a check's outcome.

    `as_expected` is False for whatever needs somebody's attention; `message` then says what to do.
    """

    as_expected: bool
    label: Label
    message: str = ""


def decide(
    outcome: Outcome,
    code: str | None,
    expectation: Expectation | None,
    today: datetime.date,
    *,
    by_pattern: bool = False,
) -> Verdict:
    """Judge a check's outcome.

    ==========================  ================  ==================================  ========================
    outcome                     nothing listed    listed, same outcome and code       listed otherwise
    ==========================  ================  ==================================  ========================
    passed                      passed            unexpected pass                     unexpected pass
    failed                      failed            expected failure, or expired        fails for another reason
    unsupported, declined       declined          expected: declined, or expired      fails for another reason
    inconclusive                inconclusive      expected: inconclusive, or expired  fails for another reason
    unrecorded                  unrecorded        expected: unrecorded, or expired    fails for another reason
    unsupported, as described   unsupported       stale: unsupported                  stale: unsupported
    not applicable              not applicable    not applicable                      not applicable
    could not run               could not run     could not run                       could not run
    ==========================  ================  ==================================  ========================

    As expected are `passed`, `unsupported`, `not applicable` and what begins with `expected`; nothing else is. A check
    that only a pattern names may be unsupported as described.

    Args:
        outcome: what became of the check.
        code: the code of its finding, if it has one.
        expectation: the port's entry for this check, if there is one.
        today: the day of the run; an entry holds through the day it expires.
        by_pattern: whether the entry names the check by a pattern only.
    """
    label: Label = DECLINED if outcome == "unsupported" and code == DECLINED else _LABELS[outcome]
    match label:
        case "not applicable":
            return Verdict(True, label)
        case "passed" if expectation is not None:
            return Verdict(False, "unexpected pass", f"it passes now: take it out of the entry at {expectation.where}")
        case "unsupported" if expectation is not None and not by_pattern:
            message = f"the port lacks the operation: take it out of the entry at {expectation.where}"
            return Verdict(False, "stale: unsupported", message)
        case "passed" | "unsupported":
            return Verdict(True, label)
        case "could not run" if expectation is not None:
            message = f"{_CURES[outcome]}; no entry can excuse that, so the one at {expectation.where} does not count"
            return Verdict(False, label, message)
        case "could not run":
            return Verdict(False, label, _CURES[outcome])
    if expectation is None:
        return Verdict(False, label, _CURES[label])
    if expectation.outcome != outcome or not expectation.allows(code):
        listed = " or ".join(map(repr, expectation.codes)) or repr(expectation.outcome)
        if expectation.outcome != outcome:
            listed = f"{expectation.outcome}, {listed}"
        message = f"{expectation.where} expects {listed}, this is {outcome}, {code!r}: mend the port or correct the entry"
        return Verdict(False, "fails for another reason", message)
    if expectation.expires is not None and expectation.expires < today:
        message = f"the entry at {expectation.where} held until {expectation.expires}: mend the port or renew it"
        return Verdict(False, "expired", message)
    return Verdict(True, _EXPECTED[label], expectation.reason)


_LABELS: Final[dict[Outcome, Label]] = {
    "passed": "passed",
    "failed": "failed",
    "unsupported": "unsupported",
    "not_applicable": "not applicable",
    "inconclusive": "inconclusive",
    "unrecorded": "unrecorded",
    **dict.fromkeys(COULD_NOT_RUN, "could not run"),  # type: ignore[dict-item]
}
_EXPECTED: Final[dict[Label, Label]] = {
    "failed": "expected failure",
    "declined": "expected: declined",
    "inconclusive": "expected: inconclusive",
    "unrecorded": "expected: unrecorded",
}
_CURES: Final[dict[str, str]] = {
    "failed": "mend the port, or list the failure in the port's expectations with a reason",
    "declined": "the port offers the operation: let the shim do this, or list it in the port's expectations with "
    "outcome: unsupported and a reason",
    "inconclusive": "what the check is about did not happen: see the wire log; it can be listed in the port's "
    "expectations with outcome: inconclusive and a reason",
    "unrecorded": "the port asked for an exchange that no cassette has: see the wire log; it can be listed in the "
    "port's expectations with outcome: unrecorded and a reason",
    "unimplemented": "the shim lacks the operation: add it to the shim",
    "crashed": "the port ended while it was asked: see its output",
    "timed_out": "the port did not answer in time: see the wire log for what it waited for",
    "protocol_error": "the shim's answer does not follow the protocol: mend the shim",
}
