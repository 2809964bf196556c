"""The verdict on one check: what was seen, held against what was expected."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal, TypeAlias

from conformance.verdict.expectations import Expectation
from conformance.verdict.outcome import Outcome

Label: TypeAlias = Literal[
    "passed",
    "failed",
    "unsupported",
    "not applicable",
    "inconclusive",
    "expected failure",
    "unexpected pass",
    "fails for another reason",
    "expired",
    "stale: unsupported",
    "could not run",
]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows from a check's outcome.

    `as_expected` is False for whatever needs somebody's attention; `message` then says what to do.
    """

    as_expected: bool
    label: Label
    message: str = ""


def decide(
    outcome: Outcome, finding_code: str | None, expectation: Expectation | None, today: datetime.date
) -> Verdict:
    """Judge a check's outcome.

    ======================  ================  ===========================  ===========================
    outcome                 nothing listed    listed, same code            listed, another code
    ======================  ================  ===========================  ===========================
    passed                  passed            unexpected pass              unexpected pass
    failed                  failed            expected failure, or expired fails for another reason
    unsupported             unsupported       stale: unsupported           stale: unsupported
    could not run           could not run     could not run                could not run
    ======================  ================  ===========================  ===========================

    As expected are `passed`, `unsupported` and `expected failure`; nothing else is.

    Args:
        outcome: what became of the check.
        finding_code: the code of its finding, if it has one.
        expectation: the port's entry for this check, if there is one.
        today: the day of the run; an entry holds through the day it expires.
    """
    match outcome, expectation:
        case "passed", None:
            return Verdict(True, "passed")
        case "passed", Expectation(where=where):
            return Verdict(False, "unexpected pass", f"it passes now: remove the entry at {where}")
        case "failed", None:
            return Verdict(
                False, "failed", "mend the port, or list the failure in the port's expectations with a reason"
            )
        case "failed", Expectation(code=code, where=where) if code != finding_code:
            return Verdict(
                False,
                "fails for another reason",
                f"{where} expects {code!r}, this is {finding_code!r}: mend the port or correct the entry",
            )
        case "failed", Expectation(expires=datetime.date() as last, where=where) if last < today:
            return Verdict(False, "expired", f"the entry at {where} held until {last}: mend the port or renew it")
        case "failed", Expectation(reason=reason):
            return Verdict(True, "expected failure", reason)
        case "unsupported", None:
            return Verdict(True, "unsupported")
        case "not_applicable", _:
            return Verdict(True, "not applicable")
        case "inconclusive", None:
            return Verdict(False, "inconclusive", "what the check is about did not happen: see its wire log")
        case "inconclusive", Expectation(reason=reason):
            return Verdict(True, "inconclusive", reason)
        case "unsupported", Expectation(where=where):
            return Verdict(False, "stale: unsupported", f"the port lacks the operation: remove the entry at {where}")
        case _, None:
            return Verdict(False, "could not run", _CURES[outcome])
        case _, Expectation(where=where):
            return Verdict(
                False,
                "could not run",
                f"{_CURES[outcome]}; no entry can excuse that, so the one at {where} does not count",
            )


_CURES: dict[Outcome, str] = {
    "unimplemented": "the shim lacks the operation: add it to the shim",
    "unrecorded": "the port asked for an exchange that no cassette has: see the wire log",
    "crashed": "the port ended while it was asked: see its output",
    "timed_out": "the port did not answer in time: see the wire log for what it waited for",
    "protocol_error": "the shim's answer does not follow the protocol: mend the shim",
}
