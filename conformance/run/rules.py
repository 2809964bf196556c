"""Rules for every request, judged over a whole run: what was seen in any check decides the rule's own check."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final

from conformance.run.measure import Settings
from conformance.verdict.decide import Verdict, decide
from conformance.verdict.expectations import matches
from conformance.verdict.judges import JUDGED_CHECKS
from conformance.verdict.listed import PROBE
from conformance.verdict.outcome import Finding, Outcome, Violation
from conformance.verdict.result import CheckResult

_MOST_PLACES: Final = 20
"""How many places a finding names."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rule was broken: a check, or the probing of the operations, and with what evidence."""

    name: str
    violation: Violation
    event: CheckResult | None = None

    def __str__(self) -> str:
        text = f"{self.name} breaks the rule of {self.violation.check}: {self.violation.message}"
        return text if self.event is None else f"{text}\n  see it by: {self.event.command}"


@dataclass(frozen=True, slots=True)
class Judged:
    """The checks with those of the rules decided; what the gate is to fail for; and what was expected."""

    checks: list[CheckResult]
    problems: list[str]
    known: list[str]


def apply(checks: Iterable[CheckResult], elsewhere: Iterable[Place], settings: Settings) -> Judged:
    """Decide the checks of the rules.

    A rule's own check fails if the rule was broken anywhere, whatever became of the check otherwise. If it could not be
    asked and others were, it passes if no check broke the rule. A place that the entry for the rule's check does not
    name is a problem of the gate, also where that check was not selected.

    Args:
        checks: the events of the run.
        elsewhere: violations outside of any check.
        settings: the port's name and expectations.
    """
    decided = list(checks)
    places = [Place(event.id, violation, event) for event in decided for violation in event.violations]
    places = sorted([*elsewhere, *places], key=lambda place: place.name)
    ran = {event.id for event in decided if event.outcome in ("passed", "failed")}
    broken_in: dict[str, list[str]] = {}
    was_asked = any(event.wire for event in decided)
    problems, known = [], []
    for rule in sorted(JUDGED_CHECKS):
        broken = [place for place in places if place.violation.check == rule]
        broken_in[rule] = [place.name for place in broken]
        at = next((at for at, event in enumerate(decided) if event.id == rule), None)
        if at is not None:
            decided[at] = _own(decided[at], broken, settings, ran, was_asked=was_asked)
        unexpected = [place for place in broken if not place.violation.as_expected]
        known += [str(place) for place in broken if place.violation.as_expected and place.name != rule]
        if unexpected and not (at is not None and not decided[at].verdict.as_expected):
            more = f"\n  and in {len(unexpected) - 1} more checks" if len(unexpected) > 1 else ""
            problems.append(
                f"{unexpected[0]}{more}\n  fix the port, or name the places under seen_in of the rule's entry"
            )
    if settings.recorded.folder is None:
        problems += settings.expected.stale_places(JUDGED_CHECKS, ran, broken_in)
    return Judged(decided, problems, known)


def _any_ran(places: Iterable[str], ran: Collection[str]) -> bool:
    """Whether any of the places in which a rule is expected to be broken was looked at."""
    return any(matches(place, id) for place in places for id in ran)


def _own(
    own: CheckResult, broken: list[Place], settings: Settings, ran: Collection[str], *, was_asked: bool
) -> CheckResult:
    """The event of a rule's own check, as the whole run decides it."""
    if not broken:
        if own.outcome == "unsupported" and was_asked:
            own = _decided(own, "passed", settings)
        entry = settings.expected.get(own.id)
        if own.outcome == "passed" and entry is not None and entry.seen_in and not _any_ran(entry.seen_in, ran):
            return replace(own, verdict=Verdict(True, "passed"))
        return own
    # Its own evidence if it has any, else that of the first place.
    shown = next((place for place in broken if place.name == own.id), broken[0])
    names = sorted({place.name for place in broken}, key=lambda name: (name != PROBE, name))
    seen = names if len(names) <= _MOST_PLACES else [*names[:_MOST_PLACES], f"… {len(names) - _MOST_PLACES} more"]
    failed = _decided(own, "failed", settings, code=shown.violation.code)
    if failed.verdict.as_expected and any(not place.violation.as_expected for place in broken):
        first = next(place.name for place in broken if not place.violation.as_expected)
        message = f"the rule is broken in {first}, which its entry does not name under seen_in"
        failed = replace(failed, verdict=Verdict(False, "broken in another check", message))
    where = "" if shown.name == own.id else f" (seen in {shown.name})"
    finding = Finding(
        shown.violation.code,
        f"{shown.violation.message}{where}",
        expected="the rule is kept in every check",
        seen=seen,
    )
    other = shown.event if shown.event is not None else own
    return replace(
        failed, finding=finding, wire=other.wire, curl=other.curl, output=other.output, command=other.command
    )


def _decided(own: CheckResult, outcome: Outcome, settings: Settings, code: str | None = None) -> CheckResult:
    verdict = decide(outcome, code, settings.expectation(own.id, outcome), datetime.date.today(), own.id)
    return replace(own, outcome=outcome, finding=None, verdict=verdict)
