"""What is known of one check in one run: the one form that it has from the judge to every report.

Written as JSON twice, to pass from a worker process to the one that reports, and as a line of `events.ndjson`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, TypeAlias, cast

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
        whole = _object(data, "exchanges")
        return cls(
            at=_number(whole, "at"),
            took=_number(whole, "took"),
            origin=_text(whole, "origin"),
            method=_text(whole, "method"),
            target=_text(whole, "target"),
            status=None if whole.get("status") is None else _whole(whole, "status"),
            sent=_whole(whole, "sent"),
            source=_text(whole, "source"),
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
        """The `check` event: a JSON object, but for values of a finding that JSON lacks."""
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
        whole = _object(data, "check")
        missing = sorted(_REQUIRED - whole.keys())
        if missing:
            raise ValueError(f"the 'check' event has no {', '.join(missing)}")
        if whole["outcome"] not in OUTCOMES:
            raise ValueError(f"no outcome is called {whole['outcome']!r}")
        if whole["level"] not in LEVELS:
            raise ValueError(f"no level is called {whole['level']!r}")
        exchanges = whole.get("exchanges")
        return cls(
            id=_text(whole, "id"),
            level=cast(Level, _text(whole, "level")),
            operation=_text(whole, "operation"),
            scored=_flag(whole, "scored"),
            outcome=cast(Outcome, _text(whole, "outcome")),
            verdict=_verdict(whole["verdict"]),
            finding=None if whole["finding"] is None else _finding(whole["finding"]),
            asked_by=_text(whole, "asked_by"),
            requirement=_text(whole, "requirement"),
            source=_text(whole, "source"),
            expected=None
            if whole["expected"] is None
            else Expectation.from_json(_object(whole["expected"], "expected")),
            violations=tuple(map(_violation, _list(whole, "violations"))),
            wire=_texts(whole, "wire"),
            curl=_texts(whole, "curl"),
            command=_text(whole, "command"),
            output=_text(whole, "output"),
            duration=_number(whole, "duration"),
            mutants=_texts(whole, "mutants"),
            exchanges=None if exchanges is None else tuple(map(LoggedExchange.from_json, _list(whole, "exchanges"))),
        )


_REQUIRED: Final = frozenset(field.name for field in fields(CheckResult)) - {"exchanges"}


def _verdict(data: Any) -> Verdict:
    whole = _object(data, "verdict")
    # The label of a newer suite is shown as it is.
    return Verdict(_flag(whole, "as_expected"), cast(Label, _text(whole, "label")), _text(whole, "message"))


def _expected(data: Any) -> Expectation:
    return Expectation.from_json(_object(data, "expected"))


def _finding(data: Any) -> Finding:
    whole = _object(data, "finding")
    return Finding(_text(whole, "code"), _text(whole, "message"), whole.get("expected"), whole.get("seen"))


def _violation(data: Any) -> Violation:
    whole = _object(data, "violations")
    return Violation(_text(whole, "check"), _text(whole, "code"), _text(whole, "message"), _flag(whole, "as_expected"))


def _object(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} is not an object: {value!r:.60}")
    return value


def _field(data: Mapping[str, Any], name: str, kind: type | tuple[type, ...], called: str) -> Any:
    value = data.get(name)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"{name} is not {called}: {value!r:.60}")
    return value


def _text(data: Mapping[str, Any], name: str) -> str:
    return cast(str, _field(data, name, str, "a text"))


def _flag(data: Mapping[str, Any], name: str) -> bool:
    return cast(bool, _field(data, name, bool, "true or false"))


def _number(data: Mapping[str, Any], name: str) -> float:
    return cast(float, _field(data, name, (int, float), "a number"))


def _whole(data: Mapping[str, Any], name: str) -> int:
    return cast(int, _field(data, name, int, "a whole number"))


def _list(data: Mapping[str, Any], name: str) -> list[Any]:
    return cast(list[Any], _field(data, name, list, "a list"))


def _texts(data: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = _list(data, name)
    if not all(isinstance(value, str) for value in values):
        raise ValueError(f"{name} is not a list of texts")
    return tuple(values)


def _headers(data: Mapping[str, Any], name: str) -> Headers:
    pairs = _list(data, name)
    if not all(isinstance(pair, list) and list(map(type, pair)) == [str, str] for pair in pairs):
        raise ValueError(f"{name} is not a list of pairs of name and value")
    return tuple((pair[0], pair[1]) for pair in pairs)
