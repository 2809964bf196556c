"""The event stream of a run: the one thing that is written while it runs, and all that reports are made from.

`events.ndjson` holds one JSON object a line, in UTF-8:

* first a `start` event: suite, profile, port, and how many checks are to come;
* then a `check` event for each check, in the order in which they ended;
* last an `end` event. A stream without it belongs to a run that broke off, and no report is made of it.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, TypeAlias, TypedDict

from conformance.errors import ConformanceError
from conformance.verdict.decide import Label, Verdict
from conformance.verdict.outcome import OUTCOMES, Finding, Level, Outcome
from conformance.verdict.score import Result, Score, score

FILE_NAME: Final = "events.ndjson"


class ReportError(ConformanceError):
    """An event stream is damaged, or a report cannot be written."""


class PortData(TypedDict):
    """The port that was measured."""

    name: str
    version: str
    language: str


class CapabilitiesData(TypedDict):
    """The operations that the port claims, what calling each of the protocol's operations has shown.

    `missing` are claimed operations that it declines, with its reason; `unclaimed` are those that work nevertheless.
    """

    claimed: list[str]
    missing: dict[str, str]
    unclaimed: list[str]


class RecordingData(TypedDict):
    """The recording that a run was about, if it was not the bundled one.

    `name` is the suffix of the checks' ids, `upstream` the URL that was recorded, `recorded` when, as in a Date header.
    `provenance` is `hub`, `mirror`, `stand-in` or `unknown`; `thinned` the number of files of which it holds the
    beginning alone, with sizes and digests to match.
    """

    name: str
    upstream: str
    provenance: str
    recorded: str
    thinned: int


class _StartDetails(TypedDict, total=False):
    recording: RecordingData


class StartEvent(_StartDetails):
    """The header. `checks` is how many were selected, `profile_checks` how many the profile lists.

    `operations` are those that the port offers, of `operations_of` that there are. `started` is the time of the run's
    beginning in ISO 8601, UTC. `capabilities` is None in a run of named checks, which probes nothing else. `recording`
    is there if the run was given one.
    """

    event: Literal["start"]
    suite: str
    profile: str
    port: PortData
    capabilities: CapabilitiesData | None
    started: str
    checks: int
    profile_checks: int
    operations: list[str]
    operations_of: int


class FindingData(TypedDict):
    """A `conformance.verdict.outcome.Finding`."""

    code: str
    message: str
    expected: Any
    seen: Any


class VerdictData(TypedDict):
    """A `conformance.verdict.decide.Verdict`."""

    as_expected: bool
    label: Label
    message: str


class ExpectationData(TypedDict):
    """What the port's expectations say of the check: an `Expectation`; `expires` in ISO 8601."""

    outcome: str
    codes: list[str]
    reason: str
    source: str
    expires: str | None
    where: str


class ViolationData(TypedDict):
    """A rule for every request that was broken during a check, and the check that the rule belongs to.

    `as_expected` is whether the port's expectations name this place.
    """

    check: str
    code: str
    message: str
    as_expected: bool


class ExchangeData(TypedDict):
    """One request and its answer, with their headers as pairs of name and value.

    `at` and `took` are seconds, `sent` the bytes of the body that were sent. `source` says where the answer comes from:
    `recorded`, `derived: …`, `fault: …`.
    """

    at: float
    took: float
    origin: str
    method: str
    target: str
    status: int | None
    sent: int
    source: str
    request: list[list[str]]
    response: list[list[str]]


class _CheckDetails(TypedDict, total=False):
    exchanges: list[ExchangeData]


class CheckEvent(_CheckDetails):
    """One check. `wire` is the wire log a line an exchange, `output` what the port wrote to its stderr.

    `operation` is what the check is about, `asked_by` the one that it was asked by. `command` runs this check alone;
    `curl` repeats its requests by hand; `duration` is in seconds; `mutants` are the broken reference clients that the
    check must fail. `exchanges` are the first of its requests with their headers; a check that passed has none.
    """

    event: Literal["check"]
    id: str
    level: Level
    operation: str
    asked_by: str
    requirement: str
    source: str
    scored: bool
    outcome: Outcome
    expected: ExpectationData | None
    verdict: VerdictData
    finding: FindingData | None
    violations: list[ViolationData]
    wire: list[str]
    curl: list[str]
    command: str
    output: str
    duration: float
    mutants: list[str]


class _EndDetails(TypedDict, total=False):
    interrupted: bool


class EndEvent(_EndDetails):
    """The footer.

    `gate_problems` is what is wrong beside the checks, one message each; `known_violations` are the places, named in
    the port's expectations, in which a rule for every request was broken. `exit_code` is the score's, or 2 if
    the suite itself broke. `interrupted` is there, and true, if a signal or `--maxfail` ended the run early.
    """

    event: Literal["end"]
    gate_problems: list[str]
    known_violations: list[str]
    exit_code: int


Event: TypeAlias = StartEvent | CheckEvent | EndEvent

_KEYS: Final[dict[str, frozenset[str]]] = {
    "start": StartEvent.__required_keys__,
    "check": CheckEvent.__required_keys__,
    "end": EndEvent.__required_keys__,
}


@dataclass(frozen=True, slots=True)
class Run:
    """A whole event stream. The checks are sorted by id, so a run spread over processes reads the same."""

    start: StartEvent
    checks: tuple[CheckEvent, ...]
    end: EndEvent

    def score(self) -> Score:
        """The run's figures."""
        return score_of(self.start, self.checks, self.end["gate_problems"])

    def results(self) -> list[Result]:
        """What the run says of each check."""
        return [_result(check) for check in self.checks]


def score_of(start: StartEvent, checks: Iterable[CheckEvent], gate_problems: Sequence[str]) -> Score:
    """The figures of a run from its events; also its exit code, which the `end` event carries."""
    return score(
        map(_result, checks),
        selected=start["checks"],
        profile_checks=start["profile_checks"],
        gate_problems=gate_problems,
    )


class EventWriter:
    """Writes a stream, one line an event, each flushed at once. A context manager."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.failed = False  # whether a write has failed: then the stream is worth nothing
        with self._told():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("w", encoding="utf-8", newline="\n")

    def write(self, event: Event) -> None:
        """Add an event. A value that JSON cannot hold is written as its `repr`: no finding is lost.

        Raises:
            ReportError: it cannot be written, as on a full disk.
        """
        with self._told():
            self._file.write(json.dumps(event, default=repr) + "\n")
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        with self._told():
            self._file.close()

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.failed = True
            raise ReportError(f"{self._path.parent} cannot hold the report", error.strerror or str(error)) from error

    def __enter__(self) -> EventWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read(path: Path) -> Run:
    """Read a stream.

    Raises:
        ReportError: there is no such file; it has no header or no footer; a line is no event; a check stands
            in it twice. The message names file and line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ReportError(f"{path} cannot be read", str(error)) from error
    events = [_event(line, f"{path}:{number}") for number, line in enumerate(lines, 1)]
    if not events or events[0]["event"] != "start":
        raise ReportError(f"{path} has no header", "its first event must be `start`; run the suite again")
    if events[-1]["event"] != "end":
        raise ReportError(f"{path} has no footer", "the run broke off before its end; run the suite again")
    checks: dict[str, CheckEvent] = {}
    for number, event in enumerate(events[1:-1], 2):
        if event["event"] != "check":
            raise ReportError(f"{path}:{number}: a second {event['event']!r} event", "keep one run a file")
        if event["id"] in checks:
            raise ReportError(f"{path}:{number}: a second verdict on {event['id']}", "keep one run a file")
        checks[event["id"]] = event
    return Run(events[0], tuple(checks[id] for id in sorted(checks)), events[-1])


def _event(line: str, where: str) -> Any:
    try:
        event = json.loads(line)
    except ValueError as error:
        raise ReportError(f"{where} is not JSON", str(error)) from error
    kind = event.get("event") if isinstance(event, Mapping) else None
    if kind not in _KEYS:
        raise ReportError(f"{where} is not an event", f"`event` must be one of {', '.join(_KEYS)}")
    missing = sorted(_KEYS[kind] - event.keys())
    if missing:
        raise ReportError(f"{where}: the {kind!r} event has no {', '.join(missing)}", "run the suite again")
    if kind == "check" and event["outcome"] not in OUTCOMES:
        raise ReportError(f"{where}: no outcome is called {event['outcome']!r}", "run the suite again")
    if kind == "end" and event["exit_code"] not in (0, 1, 2, 3):
        raise ReportError(f"{where}: no run ends with {event['exit_code']!r}", "run the suite again")
    return event


def _result(check: CheckEvent) -> Result:
    finding = check["finding"]
    return Result(
        id=check["id"],
        level=check["level"],
        operation=check["operation"],
        scored=check["scored"],
        outcome=check["outcome"],
        verdict=Verdict(**check["verdict"]),
        finding=Finding(**finding) if finding else None,
    )
