"""What is known of one check in one run: the one form that it has from the judge to every report.

Written as JSON twice, to pass from a worker process to the one that reports, and as a line of `events.ndjson`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, TypeAlias, cast

from conformance.verdict import typed
from conformance.verdict.decide import Label, Verdict
from conformance.verdict.expectations import Expectation
from conformance.verdict.outcome import LEVELS, OUTCOMES, Finding, Level, Outcome, Violation

Headers: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class LoggedExchange:
    """One request and its answer, as a result shows them.

    Attributes:
        at: seconds from the first request's arrival.
        took: seconds until the answer was sent.
        origin: the host that was asked: `hub`, `cdn`, `stranger`.
        status: the answer's status; None if none was sent.
        sent: bytes of the body that were sent.
        source: where the answer comes from: `recorded`, `derived: …`, `fault: …`.
    """

    at: float
    took: float
    origin: str
    method: str
    target: str
    status: int | None
    sent: int
    source: str
    request: Headers
    response: Headers

    def to_json(self) -> dict[str, Any]:
        """Its form in the event stream; headers are lists of name and value."""
        data = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**data, "request": list(map(list, self.request)), "response": list(map(list, self.response))}

    @classmethod
    def from_json(cls, data: Any) -> LoggedExchange:
        """The exchange of this JSON object.

        Raises:
            ValueError: it is not the form of an exchange.
        """
        whole = typed.mapping(data, "exchanges")
        return cls(
            at=typed.number(whole, "at"),
            took=typed.number(whole, "took"),
            origin=typed.text(whole, "origin"),
            method=typed.text(whole, "method"),
            target=typed.text(whole, "target"),
            status=None if whole.get("status") is None else typed.whole(whole, "status"),
            sent=typed.whole(whole, "sent"),
            source=typed.text(whole, "source"),
            request=_headers(whole, "request"),
            response=_headers(whole, "response"),
        )


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check in one run: outcome, verdict and all evidence.

    Attributes:
        operation: what the check is about.
        scored: whether the profile lists the check.
        asked_by: the operation by which it was asked.
        expected: the port's entry for the check, as `Expectation.as_shown` has it.
        violations: rules for every request that were broken in the check.
        wire: the wire log, a line an exchange.
        curl: commands that repeat the requests by hand.
        command: the command that runs this check alone.
        output: what the port wrote to its stderr.
        duration: in seconds.
        mutants: the broken reference clients that the check must fail.
        exchanges: its first requests with their headers; None for a check that passed, or sent none.
    """

    id: str
    level: Level
    operation: str
    scored: bool
    outcome: Outcome
    verdict: Verdict
    finding: Finding | None = None
    asked_by: str = ""
    requirement: str = ""
    source: str = ""
    expected: Expectation | None = None
    violations: tuple[Violation, ...] = ()
    wire: tuple[str, ...] = ()
    curl: tuple[str, ...] = ()
    command: str = ""
    output: str = ""
    duration: float = 0.0
    mutants: tuple[str, ...] = ()
    exchanges: tuple[LoggedExchange, ...] | None = None

    def to_json(self) -> dict[str, Any]:
        """The `check` event: a JSON object, except values of a finding that JSON lacks."""
        data: dict[str, Any] = {
            "event": "check",
            "id": self.id,
            "level": self.level,
            "operation": self.operation,
            "asked_by": self.asked_by,
            "requirement": self.requirement,
            "source": self.source,
            "scored": self.scored,
            "outcome": self.outcome,
            "expected": self.expected.to_json() if self.expected else None,
            "verdict": self.verdict.to_json(),
            "finding": self.finding.to_json() if self.finding else None,
            "violations": [violation.to_json() for violation in self.violations],
            "wire": list(self.wire),
            "curl": list(self.curl),
            "command": self.command,
            "output": self.output,
            "duration": self.duration,
            "mutants": list(self.mutants),
        }
        if self.exchanges is not None:
            data["exchanges"] = [exchange.to_json() for exchange in self.exchanges]
        return data

    @classmethod
    def from_json(cls, data: Any) -> CheckResult:
        """The result of this `check` event. Older streams have no exchanges; fields of newer ones are left out.

        Raises:
            ValueError: a field is missing or has another type; the text names it.
        """
        whole = typed.mapping(data, "check")
        missing = sorted(_REQUIRED - whole.keys())
        if missing:
            raise ValueError(f"the 'check' event has no {', '.join(missing)}")
        if whole["outcome"] not in OUTCOMES:
            raise ValueError(f"no outcome is called {whole['outcome']!r}")
        if whole["level"] not in LEVELS:
            raise ValueError(f"no level is called {whole['level']!r}")
        exchanges = whole.get("exchanges")
        return cls(
            id=typed.text(whole, "id"),
            level=cast(Level, typed.text(whole, "level")),
            operation=typed.text(whole, "operation"),
            scored=typed.flag(whole, "scored"),
            outcome=cast(Outcome, typed.text(whole, "outcome")),
            verdict=_verdict(whole["verdict"]),
            finding=None if whole["finding"] is None else finding_of(whole["finding"]),
            asked_by=typed.text(whole, "asked_by"),
            requirement=typed.text(whole, "requirement"),
            source=typed.text(whole, "source"),
            expected=None if whole["expected"] is None else _expected(whole["expected"]),
            violations=tuple(map(_violation, typed.items(whole, "violations"))),
            wire=typed.texts(whole, "wire"),
            curl=typed.texts(whole, "curl"),
            command=typed.text(whole, "command"),
            output=typed.text(whole, "output"),
            duration=typed.number(whole, "duration"),
            mutants=typed.texts(whole, "mutants"),
            exchanges=None
            if exchanges is None
            else tuple(map(LoggedExchange.from_json, typed.items(whole, "exchanges"))),
        )


_REQUIRED: Final = frozenset(field.name for field in fields(CheckResult)) - {"exchanges"}


def _verdict(data: Any) -> Verdict:
    whole = typed.mapping(data, "verdict")
    # The label of a newer suite is shown as it is.
    return Verdict(
        typed.flag(whole, "as_expected"), cast(Label, typed.text(whole, "label")), typed.text(whole, "message")
    )


def _expected(data: Any) -> Expectation:
    return Expectation.from_json(typed.mapping(data, "expected"))


def finding_of(data: Any) -> Finding:
    """The finding of this JSON object. Raises ValueError if it is not the form of a finding."""
    whole = typed.mapping(data, "finding")
    return Finding(typed.text(whole, "code"), typed.text(whole, "message"), whole.get("expected"), whole.get("seen"))


def _violation(data: Any) -> Violation:
    whole = typed.mapping(data, "violations")
    return Violation(
        typed.text(whole, "check"),
        typed.text(whole, "code"),
        typed.text(whole, "message"),
        typed.flag(whole, "as_expected"),
    )


def _headers(data: Mapping[str, Any], name: str) -> Headers:
    pairs = typed.items(data, name)
    if not all(isinstance(pair, list) and list(map(type, pair)) == [str, str] for pair in pairs):
        raise ValueError(f"{name} is not a list of pairs of name and value")
    return tuple((pair[0], pair[1]) for pair in pairs)
