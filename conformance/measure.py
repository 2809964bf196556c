"""From one run of a case to its outcome, and from there to its event: what pytest is used for, without pytest."""

from __future__ import annotations

import datetime
import shlex
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final

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
from conformance.verdict.outcome import CheckFailed, Finding, Inconclusive, NotApplicable, Outcome

_OURS: Final = tuple(f"conformance.{name}." for name in ("hub", "ports", "record", "replay", "verdict", "wire"))
"""Where an error is the suite's own, though a case called it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the verdicts of a run depend on, besides the port."""

    port: str
    profile: Profile
    expectations: Mapping[str, Expectation]


def require_faults_fired(hub: ReplayHub) -> None:
    """End a check whose planned faults did not all fire: what it says of the port would be worth nothing.

    Raises:
        Inconclusive: with the code `fault-not-fired`.
    """
    unfired = [str(fault) for fault in hub.unfired()]
    if unfired:
        message = "a planned fault never fired: the port did not make the request that it was planned for"
        raise Inconclusive(Finding("fault-not-fired", message, expected=unfired, seen=[]))


def outcome_of(error: BaseException | None, hub: ReplayHub | None) -> tuple[Outcome, Finding | None] | None:
    """The outcome of a case that ended with this error, or with none.

    Returns:
        None if the error is the suite's own: then nothing was learned of the port.
    """
    ended = _ended(error)
    if ended is None or hub is None:
        return ended
    outcome, finding = ended
    if hub.is_bypassed and finding is not None and finding.code == "fault-not-fired":
        message = "the check is about a transfer over HTTP; the port fetches large files from a Xet store"
        return "unsupported", Finding("unsupported", message)
    if hub.unrecorded and outcome in ("passed", "failed", "inconclusive"):
        asked = [str(entry) for entry in hub.unrecorded]
        message = "the port asked for an exchange that no cassette has"
        if finding is not None:
            message += f", and then: {finding.message}"
        return "unrecorded", Finding("unrecorded", message, expected=finding.expected if finding else None, seen=asked)
    return ended


def _ended(error: BaseException | None) -> tuple[Outcome, Finding | None] | None:
    match error:
        case None:
            return "passed", None
        case Unsupported():
            return "unsupported", Finding("unsupported" if error.declared else "declined", str(error))
        case NotApplicable():
            return "not_applicable", Finding("not-applicable", str(error))
        case Inconclusive():
            return "inconclusive", error.finding
        case Unimplemented():
            return "unimplemented", Finding("unimplemented", str(error))
        case PortCrashed():
            return "crashed", Finding("crashed", str(error))
        case ProtocolError():
            return "protocol_error", Finding("protocol-error", str(error))
        case PortTimedOut():
            return "timed_out", Finding("timed-out", str(error))
        case CheckFailed():
            return "failed", error.finding
        case PortError():
            message = "the library reported an error where it must not"
            return "failed", Finding("unexpected-error", message, expected="a result", seen=str(error))
        case Exception() if _raised_below_a_case(error.__traceback__):
            code = "no-file" if isinstance(error, OSError) else "malformed-answer"
            message = "what the port returned or left on disk has not the form that it must have"
            seen = "".join(traceback.format_exception_only(error)).strip()
            return "failed", Finding(code, message, seen=seen)
        case _:
            return None


def _raised_below_a_case(trace: TracebackType | None) -> bool:
    """Whether a case met the error in what a port returned or left on disk: no other part of the suite raised it."""
    frames = [str(frame.f_globals.get("__name__", "")) for frame, _ in traceback.walk_tb(trace)]
    cases = [place for place, name in enumerate(frames) if name.startswith("conformance.cases.")]
    return bool(cases) and not any(name.startswith(_OURS) for name in frames[cases[-1] :])


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
