"""From a finished run to the port's expectations: `hub-conformance run --write-expectations`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from conformance.catalogue.check import all_checks
from conformance.ports import PortDescription
from conformance.report.causes import requirement_of
from conformance.report.events import Run
from conformance.verdict import expectations, write_expectations
from conformance.verdict.judges import JUDGED_CHECKS
from conformance.verdict.listed import PROBE
from conformance.verdict.outcome import DECLINED
from conformance.verdict.result import CheckResult
from conformance.verdict.write_expectations import Ended


def place(description: PortDescription, given: Path | None) -> Path:
    """The file to write: the one that was given, the port's own, or `expectations.yaml` beside its port file."""
    return given or description.expectations or description.folder / "expectations.yaml"


def write(run: Run, path: Path) -> str:
    """Begin or update the file from a run. Only checks that ran change.

    Returns:
        What was done, for the person.

    Raises:
        ExpectationError: the file cannot be read or written.
    """
    blocks = expectations.read(path) if path.exists() else []
    passed_over = {event.id for event in run.checks if _is_passed_over(event)}
    drafts = write_expectations.updated(
        blocks,
        run.start["port"]["version"],
        _ended(run),
        ran={event.id for event in run.checks},
        known=all_checks(),
        passes_over=passed_over.__contains__,
    )
    write_expectations.write(path, drafts, blocks)
    todo = sum(draft.entry.reason == expectations.TODO for draft in drafts)
    waiting = f"; {todo} of them need{'s' if todo == 1 else ''} a reason in place of TODO" if todo else ""
    return f"wrote {len(drafts)} {'entry' if len(drafts) == 1 else 'entries'} to {path}{waiting}"


def _is_passed_over(event: CheckResult) -> bool:
    finding = event.finding
    is_declined = finding is not None and finding.code == DECLINED
    return event.outcome == "not_applicable" or (event.outcome == "unsupported" and not is_declined)


def _ended(run: Run) -> Iterator[Ended]:
    """The results that entries may name: not passed, able to run, and not ruled out by the description."""
    for event in run.checks:
        finding, outcome = event.finding, event.outcome
        if finding is None or not event.scored or _is_passed_over(event):
            continue
        if outcome not in ("failed", "unsupported", "inconclusive", "unrecorded"):
            continue
        yield Ended(
            check=event.id,
            outcome=outcome,
            code=finding.code,
            requirement=requirement_of(event),
            message=finding.message,
            seen_in=tuple(_places(run, event.id)),
        )


def _places(run: Run, rule: str) -> Iterator[str]:
    """The other checks in which a rule for every request was broken."""
    if rule in JUDGED_CHECKS:
        own = next(event for event in run.checks if event.id == rule)
        if own.finding is not None and PROBE in (own.finding.seen or ()):
            yield PROBE
        for event in run.checks:
            if event.id != rule and any(violation.check == rule for violation in event.violations):
                yield event.id
