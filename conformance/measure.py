"""From one run of a case to its outcome, and from there to its event: what pytest is used for, without pytest."""

from __future__ import annotations

import datetime
import shlex
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from conformance.catalogue.check import Check
from conformance.catalogue.profiles import Profile
from conformance.ports import (
    PortCrashed,
    PortError,
    PortTimedOut,
    ProtocolError,
    Unimplemented,
    Unsupported,
)
from conformance.replay import ReplayHub
from conformance.replay.judges import judge_output
from conformance.report.events import CheckEvent
from conformance.verdict.decide import decide
from conformance.verdict.expectations import Expectation
from conformance.verdict.outcome import CheckFailed, Finding, Outcome

_MALFORMED = (AttributeError, KeyError, IndexError, TypeError, ValueError, OSError)
"""What a case runs into: a value of another shape than the protocol gives, a file that is not there."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the verdicts of a run depend on, besides the port."""

    port: str
    profile: Profile
    expectations: Mapping[str, Expectation]


def require_faults_fired(hub: ReplayHub) -> None:
    """Fail a check whose planned faults did not all fire: what it says of the port would be worth nothing.

    Raises:
        CheckFailed: with the code `fault-not-fired`.
    """
    unfired = [str(fault) for fault in hub.unfired()]
    if unfired:
        message = "a planned fault never fired: the port did not make the request that it was planned for"
        raise CheckFailed(Finding("fault-not-fired", message, expected=unfired, seen=[]))


def outcome_of(error: BaseException | None, hub: ReplayHub | None) -> tuple[Outcome, Finding | None] | None:
    """The outcome of a case that ended with this error, or with none.

    Returns:
        None if the error is the suite's own: then nothing was learned of the port.
    """
    match error:
        case None:
            return "passed", None
        case Unsupported():
            return "unsupported", Finding("unsupported", str(error))
        case Unimplemented():
            return "unimplemented", Finding("unimplemented", str(error))
        case PortCrashed():
            return "crashed", Finding("crashed", str(error))
        case ProtocolError():
            return "protocol_error", Finding("protocol-error", str(error))
        case PortTimedOut():
            return "timed_out", Finding("timed-out", str(error))
        case CheckFailed():
            finding = error.finding
        case PortError():
            finding = Finding(
                "unexpected-error",
                "the library reported an error where it must not",
                expected="a result",
                seen=str(error),
            )
        case _ if isinstance(error, _MALFORMED) and _raised_in_a_case(error.__traceback__):
            finding = Finding(
                "malformed-answer",
                "what the port returned or left on disk has not the form that it must have",
                seen="".join(traceback.format_exception_only(error)).strip(),
            )
        case _:
            return None
    if hub is not None and hub.unrecorded:
        asked = [str(entry) for entry in hub.unrecorded]
        message = "the port asked for an exchange that no cassette has, and then: " + finding.message
        return "unrecorded", Finding("unrecorded", message, expected=finding.expected, seen=asked)
    if hub is not None and hub.is_bypassed:
        message = "the check is about a transfer over HTTP; the port fetches large files from a Xet store"
        return "unsupported", Finding("unsupported", message)
    return "failed", finding


def _raised_in_a_case(trace: TracebackType | None) -> bool:
    frames = [frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_tb(trace)]
    return bool(frames) and frames[-1].startswith("conformance.cases.")


def event_of(
    check: Check,
    outcome: Outcome,
    finding: Finding | None,
    settings: Settings,
    *,
    hub: ReplayHub | None = None,
    output: str = "",
    duration: float = 0.0,
    today: Callable[[], datetime.date] = datetime.date.today,
) -> CheckEvent:
    """The event that reports a check: outcome, verdict and all the evidence."""
    expectation = settings.expectations.get(check.id)
    verdict = decide(outcome, finding.code if finding else None, expectation, today())
    shown: dict[str, Any] | None = None
    if finding is not None:
        shown = {
            "code": finding.code,
            "message": finding.message,
            "expected": finding.expected,
            "seen": finding.seen,
        }
    return CheckEvent(
        event="check",
        id=check.id,
        level=check.level,
        operation=check.operation,
        requirement=check.requirement,
        source=check.source,
        scored=check.id in settings.profile.checks,
        outcome=outcome,
        expected=expectation.to_json() if expectation else None,  # type: ignore[typeddict-item]
        verdict={"as_expected": verdict.as_expected, "label": verdict.label, "message": verdict.message},
        finding=shown,  # type: ignore[typeddict-item]
        violations=[
            {"check": broken.check, "code": broken.code, "message": broken.message}
            for broken in [*(hub.violations() if hub else ()), *judge_output(output)]
        ],
        wire=[str(entry) for entry in hub.wire] if hub else [],
        curl=[entry.curl(hub.url(entry.origin)) for entry in hub.wire] if hub else [],
        command=shlex.join(["hub-conformance", "run", "--port", settings.port, check.id]),
        output=output,
        duration=round(duration, 4),
        mutants=list(check.mutants),
    )
