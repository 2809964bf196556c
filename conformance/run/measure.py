"""Turn one run of a check function into its outcome, and the outcome into its result."""

from __future__ import annotations

import datetime
import math
import shlex
import tempfile
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
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
from conformance.protocol import tagged
from conformance.replay import ReplayHub
from conformance.run.recorded import Recorded
from conformance.traffic.log import Entry
from conformance.verdict.decide import decide
from conformance.verdict.expectations import Expectation
from conformance.verdict.judges import judge, judge_output
from conformance.verdict.listed import Listed
from conformance.verdict.outcome import (
    DECLINED,
    CheckFailed,
    Finding,
    Inconclusive,
    NotApplicable,
    Outcome,
    Violation,
)
from conformance.verdict.result import CheckResult, LoggedExchange

OURS: Final = ("author", "catalogue", "data", "hub", "ports", "protocol", "record", "replay", "report", "traffic")
"""The packages in which an error is the suite's own, though a check called them."""

_OF_THE_RECORDING: Final = "conformance.replay.truth"
"""Looks up what a check asks of a recording: what the port returned, as soon as it has answered."""


_MOST_EXCHANGES: Final = 60
_LONGEST_VALUE: Final = 1000
"""Characters of a header or a target."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the verdicts of a run depend on, besides the port."""

    port: str
    """What the user writes for the port."""
    port_name: str
    profile: Profile
    expected: Listed
    recorded: Recorded = field(default_factory=Recorded)
    hub: str | None = None
    """The Hub that answers, if it is not a recorded one."""

    def expectation(self, id: str, outcome: Outcome) -> Expectation | None:
        """What is expected of a check that ended so. On a user's recording it may end better than on the bundled one:
        what the port gets wrong there may not occur in it."""
        ends_better = self.recorded.folder is not None and outcome in ("passed", "not_applicable")
        return None if ends_better else self.expected.get(id)

    def command(self, id: str) -> str:
        """The command that runs a check alone, by the name that it has on the recording."""
        source = ["--hub", self.hub] if self.hub else self.recorded.arguments
        return shlex.join(["hub-conformance", "run", "--port", self.port, *source, self.recorded.name_of(id)])


def require_faults_fired(hub: ReplayHub) -> None:
    """End a check whose planned faults did not all fire: its result would be meaningless.

    Raises:
        Inconclusive: with the code `fault-not-fired`.
    """
    unfired = [str(fault) for fault in hub.unfired()]
    if unfired:
        message = "a planned fault never fired: the port did not make the request that it was planned for"
        raise Inconclusive(Finding("fault-not-fired", message, expected=unfired, seen=[]))


def outcome_of(
    error: BaseException | None, hub: ReplayHub | None, *, has_answered: bool = True
) -> tuple[Outcome, Finding | None] | None:
    """The outcome of a check that ended with this error, or with none.

    Args:
        has_answered: whether the port had answered a call. Before that, an error in a check is the suite's own.

    Returns:
        None if the error is the suite's own: then nothing was learned of the port.
    """
    if hub is not None and hub.errors:
        return None
    ended = _ended(error, has_answered)
    if ended is None or hub is None:
        return ended
    outcome, finding = ended
    if finding is not None and finding.code == "no-error" and (unmet := hub.unmet()):
        message = f"{finding.message}, but the response that should cause the error was never sent"
        finding = Finding("fault-not-fired", message, expected=unmet, seen=finding.seen)
        outcome, ended = "inconclusive", ("inconclusive", finding)
    # No other finding: what a check saw is wrong also where its fault did not fire.
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


def _ended(error: BaseException | None, has_answered: bool) -> tuple[Outcome, Finding | None] | None:
    match error:
        case None:
            return "passed", None
        case Unsupported():
            return "unsupported", Finding("unsupported" if error.declared else DECLINED, str(error))
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
        case NameError() | ImportError():
            return None  # a fault of a check's own code: nothing that a port returns can cause it
        case Exception() if has_answered and _raised_below_a_check(error.__traceback__):
            code = "no-file" if isinstance(error, OSError) else "malformed-answer"
            message = "what the port returned or left on disk has the wrong form"
            seen = "".join(traceback.format_exception_only(error)).strip()
            return "failed", Finding(code, message, seen=seen)
        case _:
            return None


def _raised_below_a_check(trace: TracebackType | None) -> bool:
    """Whether a check met the error in what a port returned or left on disk: no other part of the suite raised it."""
    frames = [str(frame.f_globals.get("__name__", "")) for frame, _ in traceback.walk_tb(trace)]
    own = [place for place, name in enumerate(frames) if name.startswith("conformance.checks.")]
    return bool(own) and not any(map(_is_ours, frames[own[-1] :]))


def _is_ours(module: str) -> bool:
    package, _, rest = module.partition(".")
    return package == "conformance" and rest.partition(".")[0] in OURS and module != _OF_THE_RECORDING


def without(folder: str, value: Any) -> Any:
    """A finding's value as JSON can hold it, with `$DISK` for the path of a folder and `$TMPDIR` for temporary files.

    A value that JSON lacks becomes its `repr`; NaN or an infinity what the shim protocol has for it.
    """
    if isinstance(value, float) and not math.isfinite(value):
        return tagged.named(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        value = value.replace(folder, "$DISK") if folder else value
        return value.replace(f"{tempfile.gettempdir()}/", "$TMPDIR/")
    if isinstance(value, (list, tuple)):
        return [without(folder, one) for one in value]
    if isinstance(value, dict):
        return {str(without(folder, name)): without(folder, one) for name, one in value.items()}
    return without(folder, repr(value))


def judged_violation(broken: Violation, seen_in: str, settings: Settings, today: datetime.date) -> Violation:
    """A violation that was seen in a check, and whether the entry of the rule's own check names that place."""
    return replace(broken, as_expected=settings.expected.covers(broken.check, seen_in, broken.code, today))


def with_variables(text: str, hub: ReplayHub) -> str:
    """A text with `$HUB`, `$CDN` and `$STRANGER` for the URLs of the origins, which are others in each run."""
    for origin in ("hub", "cdn", "stranger"):
        text = text.replace(hub.url(origin), f"${origin.upper()}")
    return text


def exchanges_of(entries: Sequence[Entry], hub: ReplayHub) -> tuple[LoggedExchange, ...]:
    """The exchanges of a check with their headers, for reports; at most `_MOST_EXCHANGES`, the first ones."""
    return tuple(
        LoggedExchange(
            at=round(entry.at, 4),
            took=round(entry.took, 4),
            origin=entry.origin,
            method=entry.method,
            target=_cut(entry.request.target),
            status=entry.status,
            sent=entry.sent,
            source=_cut(entry.source),
            request=tuple((name, _cut(value)) for name, value in entry.request.headers.items()),
            response=tuple((name, _cut(with_variables(value, hub))) for name, value in entry.response_headers.items()),
        )
        for entry in entries[:_MOST_EXCHANGES]
    )


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def result_of(
    check: Check,
    outcome: Outcome,
    finding: Finding | None,
    settings: Settings,
    *,
    hub: ReplayHub | None = None,
    folder: str = "",
    output: str = "",
    asked_by: str = "",
    duration: float = 0.0,
    today: Callable[[], datetime.date] = datetime.date.today,
) -> CheckResult:
    """The result of a check: outcome, verdict and all the evidence.

    Args:
        folder: the check's own folder on disk, which findings show as `$DISK`: it is another in each run.
        duration: in seconds.
    """
    expectation = settings.expectation(check.id, outcome)
    entries = hub.wire.whole() if hub else []
    violations = [*judge(entries, check.operation, settings.port_name), *judge_output(output)]
    if finding is not None:
        finding = Finding(
            finding.code,
            without(folder, finding.message),
            expected=without(folder, finding.expected),
            seen=without(folder, finding.seen),
        )
    return CheckResult(
        id=check.id,
        level=check.level,
        operation=check.operation,
        scored=check.id in settings.profile.checks,
        outcome=outcome,
        verdict=decide(outcome, finding.code if finding else None, expectation, today(), check.id),
        finding=finding,
        asked_by=asked_by or check.operation,
        requirement=check.requirement,
        source=check.source,
        expected=expectation.as_shown() if expectation else None,
        violations=tuple(judged_violation(broken, check.id, settings, today()) for broken in violations),
        wire=tuple(with_variables(str(entry), hub) for entry in entries) if hub else (),
        curl=tuple(entry.curl(entry.variable) for entry in entries),
        command=settings.command(check.id),
        output=output,
        duration=round(duration, 4),
        mutants=check.mutants,
        exchanges=exchanges_of(entries, hub) if hub is not None and outcome != "passed" else None,
    )
