"""The facts of a run, as the plan needs them: small enough to be kept beside a port file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from conformance.errors import ConformanceError
from conformance.report import events
from conformance.trace.needs import json_object
from conformance.verdict.result import CheckResult

FORMAT: Final = 1
_TEXT: Final = 160  # characters of a finding's values: they are shown in tables


class PlanError(ConformanceError):
    """The plan cannot be made from what it was given."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a run says of one check.

    `cause` is the reason that the port's expectations give; without one, the finding and the operation. `source` is
    where the cause was seen. `expected` and `seen` are the finding's, as text.
    """

    id: str
    level: str
    operation: str
    outcome: str
    requirement: str = ""
    code: str = ""
    message: str = ""
    expected: str = ""
    seen: str = ""
    cause: str = ""
    source: str = ""

    @property
    def area(self) -> str:
        return self.id.partition("/")[0]

    @property
    def dataset(self) -> str:
        return self.id.partition("[")[2].rstrip("]")


@dataclass(frozen=True, slots=True)
class Facts:
    """A run: who was measured, when (ISO 8601, UTC), by which profile, what the port offers, and all outcomes."""

    port: str
    version: str
    language: str
    suite: str
    profile: str
    started: str
    operations: tuple[str, ...]
    checks: tuple[Checked, ...]

    def counts(self) -> Counter[str]:
        """How many checks had each outcome."""
        return Counter(one.outcome for one in self.checks)


def of_run(run: events.Run) -> Facts:
    """The facts of a run's events.

    Raises:
        ReportError: the run is not a measurement.
    """
    events.require_recorded(run)
    start = run.start
    return Facts(
        port=start["port"]["name"],
        version=start["port"]["version"],
        language=start["port"]["language"],
        suite=start["suite"],
        profile=start["profile"],
        started=start["started"],
        operations=tuple(sorted(start["operations"])),
        checks=tuple(_checked(one) for one in run.checks),
    )


def to_json(facts: Facts) -> str:
    """The text of a file of facts. A passed check has its id, level and operation alone."""
    data = {"format": FORMAT, **asdict(facts)}
    checks = [{name: value for name, value in asdict(one).items() if value} for one in facts.checks]
    lines = ",\n".join(json.dumps(one, sort_keys=True, ensure_ascii=False) for one in checks)
    head = json.dumps({**data, "checks": []}, indent=1, sort_keys=True, ensure_ascii=False)
    return head.replace('"checks": []', f'"checks": [\n{lines}\n]', 1) + "\n"  # a check a line: changes can be read


def read(path: Path) -> Facts:
    """Read a report folder, or a file of facts.

    Raises:
        ReportError: the folder holds no whole run.
        TraceError: the file cannot be read.
        PlanError: the file does not hold facts.
    """
    if path.is_dir() or path.name == events.FILE_NAME:
        return of_run(events.read(path / events.FILE_NAME if path.is_dir() else path))
    data = json_object(path, "give the folder of a report")
    try:
        return Facts(
            **{name: str(data[name]) for name in ("port", "version", "language", "suite", "profile", "started")},
            operations=tuple(map(str, data["operations"])),
            checks=tuple(Checked(**{str(name): str(value) for name, value in one.items()}) for one in data["checks"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        problem = f"{type(error).__name__}: {error}"
        raise PlanError(
            f"{path} does not hold the facts of a run", f"{problem}; give the folder of a report"
        ) from error


def _checked(check: CheckResult) -> Checked:
    finding = check.finding
    if check.outcome == "passed":
        return Checked(check.id, check.level, check.operation, "passed")
    if check.outcome not in ("failed", "crashed", "timed_out", "protocol_error"):
        return _undecided(check)
    code = finding.code if finding else ""
    message = finding.message if finding else ""
    reason, source = _expected(check)
    return Checked(
        id=check.id,
        level=check.level,
        operation=check.operation,
        outcome=check.outcome,
        requirement=check.requirement,
        code=code,
        message=_line(message),
        expected=_shown(finding.expected) if finding else "",
        seen=_shown(finding.seen) if finding else "",
        cause=reason or _line(f"{check.operation}: {code or message}"),
        source=source,
    )


def _undecided(check: CheckResult) -> Checked:
    """A check that says nothing of the library: why not is all that the plan needs."""
    message = check.finding.message if check.finding else ""
    reason, _ = _expected(check)
    return Checked(check.id, check.level, check.operation, check.outcome, message=_line(message), cause=reason)


def _expected(check: CheckResult) -> tuple[str, str]:
    """Reason and source of the expectation that lists a check as it ended; empty where none does."""
    known = check.expected
    if known is None or known.outcome != check.outcome:
        return "", ""
    return _line(known.reason), _line(known.source)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return _line(value if isinstance(value, str) else json.dumps(value, default=repr, sort_keys=True))[:_TEXT]


def _line(text: str) -> str:
    return " ".join(text.split())


def outcomes(facts: Facts) -> Mapping[str, str]:
    """The outcome of each check by its id."""
    return {one.id: one.outcome for one in facts.checks}
