"""Several reports as the runs that they are: shards of one run become one, and older runs of a port its history."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from conformance.report.events import EndEvent, ReportError, Run, StartEvent, require_recorded, score_of
from conformance.verdict.decide import Verdict, decide
from conformance.verdict.expectations import matches
from conformance.verdict.outcome import Finding
from conformance.verdict.result import CheckResult

_BROKE = 2
_MOST_PLACES = 20


@dataclass(frozen=True, slots=True)
class Measured:
    """The newest run of a port in one version, and the newest run of that port before it, if there is one."""

    run: Run
    before: Run | None = None


def arranged(runs: Iterable[Run]) -> list[Measured]:
    """The runs by port and version, each with the run before it.

    Runs of the same port, version, profile and suite that have no check in common are shards of one run. Of runs that
    measured the same, the newest represents its version; one of some checks takes no place of one of all. An older run
    of the same port, in whatever version, is what it is compared with.
    """
    groups: dict[Any, list[Run]] = {}
    for run in runs:
        require_recorded(run)
        key = (*_identity(run), run.start["suite"], run.start["profile"], *_measured_on(run))
        groups.setdefault(key, []).append(run)
    whole = [one for group in groups.values() for one in _joined(group)]
    whole.sort(key=lambda run: run.start["started"])
    newest: dict[tuple[str, str], Run] = {}
    for run in whole:
        shown = newest.get(_identity(run))
        if shown is None or run.score().complete or not shown.score().complete:
            newest[_identity(run)] = run
    measured = []
    for run in newest.values():
        name = run.start["port"]["name"]
        older = [one for one in whole if one.start["port"]["name"] == name and whole.index(one) < whole.index(run)]
        measured.append(Measured(run, older[-1] if older else None))
    return sorted(measured, key=lambda one: _identity(one.run))


def merged(runs: Sequence[Run]) -> Run:
    """Shards of one run as the run. A part that is missing fails its gate: nobody knows how it would have ended.

    Raises:
        ReportError: they are not of one port, version, profile and suite; differ in what the port offers, in the
            recording or in the number of parts; or have a check in common.
    """
    if not runs:
        raise ReportError("there is no report to merge", "name at least one")
    for run in runs:
        require_recorded(run)
    kinds = {(*_identity(run), run.start["suite"], run.start["profile"]) for run in runs}
    if len(kinds) > 1:
        different = "; ".join(" ".join(map(str, kind)) for kind in sorted(kinds))
        raise ReportError(f"the reports are not shards of one run: {different}", "merge those of one port and profile")
    if len(set(map(_measured_on, runs))) > 1:
        raise ReportError(
            "the reports are not shards of one run: the port offers other operations, the recording is another, or the "
            "run had another number of parts",
            "merge those of one run",
        )
    checks: dict[str, CheckResult] = {}
    for run in runs:
        for check in run.checks:
            if check.id in checks:
                raise ReportError(f"{check.id} is in two of the reports", "merge shards, which share no check")
            checks[check.id] = check
    return _merged(runs, checks)


def _identity(run: Run) -> tuple[str, str]:
    return run.start["port"]["name"], run.start["port"]["version"]


def _measured_on(run: Run) -> tuple[str, ...]:
    """What all shards of one run have in common, besides the port and how it is scored."""
    start = run.start
    recording = start.get("recording")
    return (*start["operations"], repr(sorted(recording.items()) if recording else ""), repr(_parts(run)[1]))


def _parts(run: Run) -> tuple[list[int], int]:
    """Which parts a run is, of how many; a run that was not shared out is the only one."""
    shard = run.start.get("shard")
    return (shard["parts"], shard["of"]) if shard else ([1], 1)


def _missing(part: int, of: int) -> str:
    return f"shard {part}/{of} is missing: add its report to the merge"


def _joined(group: Sequence[Run]) -> list[Run]:
    """The runs of a group; shards that share no check with those before them are put together."""
    joined: list[list[Run]] = []
    for run in sorted(group, key=lambda run: run.start["started"]):
        ids = {check.id for check in run.checks}
        for shards in joined:
            if not any(check.id in ids for shard in shards for check in shard.checks):
                shards.append(run)
                break
        else:
            joined.append([run])
    return [merged(shards) if len(shards) > 1 else shards[0] for shards in joined]


def _with_rules(own: CheckResult, every: Iterable[CheckResult]) -> CheckResult:
    """A check; that of a rule for every request fails if the rule was broken in another shard.

    Its entry is out of date if the rule was broken in none of them, though a place that it names was looked at.
    """
    every = list(every)
    if own.outcome != "passed":
        return own
    broken = [(check, one) for check in every for one in check.violations if one.check == own.id]
    if not broken:
        entry = own.expected
        ran = [check.id for check in every if check.outcome in ("passed", "failed")]
        is_stale = entry is not None and any(matches(place, id) for place in entry.seen_in for id in ran)
        if not is_stale:
            return own
        return replace(own, verdict=decide("passed", None, entry, datetime.date.today(), own.id))
    where, first = broken[0]
    known = own.expected is not None and all(one.as_expected for _, one in broken)
    reason = own.expected.reason if own.expected else ""
    message = reason if known else f"the rule is broken in {where.id}, which its entry does not name under seen_in"
    return replace(
        own,
        outcome="failed",
        verdict=Verdict(known, "expected failure" if known else "broken in another check", message),
        finding=Finding(
            first.code,
            f"{first.message} (seen in {where.id})",
            expected="the rule is kept in every check",
            seen=sorted({check.id for check, _ in broken})[:_MOST_PLACES],
        ),
        wire=where.wire,
        curl=where.curl,
        command=where.command,
    )


def _merged(runs: Sequence[Run], checks: dict[str, CheckResult]) -> Run:
    first = min(runs, key=lambda run: run.start["started"])
    parts = sorted({part for run in runs for part in _parts(run)[0]})
    of = _parts(first)[1]
    missing = sorted(set(range(1, of + 1)) - set(parts))
    start: StartEvent = {
        **first.start,
        "checks": sum(run.start["checks"] for run in runs),
        "capabilities": next((found for run in runs if (found := run.start["capabilities"]) is not None), None),
    }
    start.pop("shard", None)
    if missing:
        start["shard"] = {"parts": parts, "of": of}
    earlier = [problem for run in runs for problem in run.end["gate_problems"]]
    of_before = {_missing(part, of) for part in range(1, of + 1)}  # said by an earlier merge of fewer parts
    said = [*(problem for problem in earlier if problem not in of_before), *(_missing(part, of) for part in missing)]
    problems = list(dict.fromkeys(said))
    known = list(dict.fromkeys(place for run in runs for place in run.end["known_violations"]))
    ordered = tuple(_with_rules(checks[id], checks.values()) for id in sorted(checks))
    broke = any(run.end["exit_code"] == _BROKE for run in runs)
    code = _BROKE if broke else score_of(start, ordered, problems).exit_code
    end: EndEvent = {"event": "end", "gate_problems": problems, "known_violations": known, "exit_code": code}
    if any(run.end.get("interrupted") for run in runs):
        end["interrupted"] = True
    return Run(start, ordered, end)
