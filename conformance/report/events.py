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
from typing import Any, Final, Literal, TypeAlias, TypedDict, cast

from conformance.errors import ConformanceError
from conformance.ports.commit import CommitData
from conformance.verdict import typed
from conformance.verdict.result import CheckResult
from conformance.verdict.score import Score, score

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


class ShardData(TypedDict):
    """The parts of a run that was shared out, counted from 1, of how many parts there are."""

    parts: list[int]
    of: int


class _StartDetails(TypedDict, total=False):
    commit: CommitData
    hub: str
    recording: RecordingData
    shard: ShardData


class StartEvent(_StartDetails):
    """The header. `checks` is how many were selected, `profile_checks` how many the profile lists.

    `operations` are those that the port offers, of `operations_of` that there are. `started` is the time of the run's
    beginning in ISO 8601, UTC. `capabilities` is None in a run of named checks, which probes nothing else. `hub` is
    there if another Hub than a recorded one answered: then nothing is scored, and nothing gated. `commit` is that of
    the port's own repository, where it has one; `recording` is there if the run was given one; `shard` if it is not
    the whole of what was chosen.
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


Event: TypeAlias = StartEvent | CheckResult | EndEvent

_KEYS: Final[dict[str, frozenset[str]]] = {
    "start": StartEvent.__required_keys__,
    "end": EndEvent.__required_keys__,
}


@dataclass(frozen=True, slots=True)
class Run:
    """A whole event stream. The checks are sorted by id, so a run spread over processes reads the same."""

    start: StartEvent
    checks: tuple[CheckResult, ...]
    end: EndEvent

    def score(self) -> Score:
        """The run's figures."""
        return score_of(self.start, self.checks, self.end["gate_problems"])


def score_of(start: StartEvent, checks: Iterable[CheckResult], gate_problems: Sequence[str]) -> Score:
    """The figures of a run from its events; also its exit code, which the `end` event carries."""
    return score(
        checks,
        selected=start["checks"],
        profile_checks=start["profile_checks"],
        gate_problems=gate_problems,
    )


def line_of(event: Event) -> str:
    """An event as one line of JSON in ASCII. A value that JSON cannot hold is written as its `repr`."""
    return json.dumps(event.to_json() if isinstance(event, CheckResult) else event, default=repr)


def require_recorded(run: Run) -> None:
    """A run in which another Hub than a recorded one answered is not a measurement.

    Raises:
        ReportError: it is such a run.
    """
    if "hub" in run.start:
        raise ReportError(
            f"the run of {run.start['started']} was answered by the {run.start['hub']} Hub, so it is not a measurement",
            "give a report of a run without --hub",
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
            self._file.write(line_of(event) + "\n")
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
    start, end = (events[0], events[-1]) if events else (None, None)
    if start is None or isinstance(start, CheckResult) or start["event"] != "start":
        raise ReportError(f"{path} has no header", "its first event must be `start`; run the suite again")
    if end is None or isinstance(end, CheckResult) or end["event"] != "end":
        raise ReportError(f"{path} has no footer", "the run broke off before its end; run the suite again")
    checks: dict[str, CheckResult] = {}
    for number, event in enumerate(events[1:-1], 2):
        if not isinstance(event, CheckResult):
            raise ReportError(f"{path}:{number}: a second {event['event']!r} event", "keep one run a file")
        if event.id in checks:
            raise ReportError(f"{path}:{number}: a second verdict on {event.id}", "keep one run a file")
        checks[event.id] = event
    return Run(start, tuple(checks[id] for id in sorted(checks)), end)


def _event(line: str, where: str) -> Event:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ReportError(f"{where} is not JSON", str(error)) from error
    kind = event.get("event") if isinstance(event, Mapping) else None
    if kind == "check":
        try:
            return CheckResult.from_json(event)
        except ValueError as error:
            raise ReportError(f"{where}: {error}", "run the suite again") from error
    if not isinstance(kind, str) or kind not in _KEYS:
        raise ReportError(f"{where} is not an event", "`event` must be one of start, check, end")
    missing = sorted(_KEYS[kind] - event.keys())
    if missing:
        raise ReportError(f"{where}: the {kind!r} event has no {', '.join(missing)}", "run the suite again")
    try:
        _REQUIRE[kind](event)
    except ValueError as error:
        raise ReportError(f"{where}: {error}", "run the suite again") from error
    return cast(Event, event)


def _require_start(event: Mapping[str, Any]) -> None:
    for name in ("suite", "profile", "started", *(["hub"] if "hub" in event else [])):
        typed.text(event, name)
    for name in ("name", "version", "language"):
        typed.text(typed.mapping(event["port"], "port"), name)
    for name in ("checks", "profile_checks", "operations_of"):
        typed.whole(event, name)
    typed.texts(event, "operations")
    if "commit" in event:
        for name in ("hash", "date"):
            typed.text(typed.mapping(event["commit"], "commit"), name)
    if "recording" in event:
        for name in ("name", "upstream", "provenance", "recorded"):
            typed.text(typed.mapping(event["recording"], "recording"), name)
        typed.whole(event["recording"], "thinned")
    if "shard" in event:
        shard = typed.mapping(event["shard"], "shard")
        parts = [typed.whole({"parts": part}, "parts") for part in typed.items(shard, "parts")]
        if not all(1 <= part <= typed.whole(shard, "of") for part in parts):
            raise ValueError(f"shard has parts that do not exist: {shard!r:.60}")
    if event["capabilities"] is not None:
        found = typed.mapping(event["capabilities"], "capabilities")
        typed.texts(found, "claimed")
        typed.texts(found, "unclaimed")
        missing = typed.mapping(found.get("missing"), "missing")
        for name in missing:
            typed.text(missing, name)


def _require_end(event: Mapping[str, Any]) -> None:
    typed.texts(event, "gate_problems")
    typed.texts(event, "known_violations")
    if typed.whole(event, "exit_code") not in (0, 1, 2, 3):
        raise ValueError(f"no run ends with {event['exit_code']!r}")


_REQUIRE: Final = {"start": _require_start, "end": _require_end}
