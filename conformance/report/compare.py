"""What differs between two runs, of one port at two times or of two ports."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any, Final, Literal, TypeAlias, get_args

from conformance.report import text
from conformance.report.causes import code_of, is_failure
from conformance.report.events import Run, require_recorded
from conformance.report.markdown import escape
from conformance.verdict.outcome import LEVELS
from conformance.verdict.result import CheckResult

Kind: TypeAlias = Literal["newly failing", "newly unsupported", "changed cause", "newly passing", "appeared", "gone"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""In the order in which they are shown: what needs attention first."""

_MOST_LISTED: Final = 30
_LONGEST_LIST: Final = 15_000
"""Bytes of one kind's list in Markdown: all kinds together leave room for a run's summary within GitHub's limit."""


@dataclass(frozen=True, slots=True)
class Side:
    """How a check ended in one run: its outcome, and the code and text of its finding, empty if it has none."""

    outcome: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Change:
    """A check that ended differently. `old` is None for one that appeared, `new` for one that is gone.

    `is_lost` is whether it is gone since the new run broke off: it may have been chosen, and not have had its turn.
    """

    kind: Kind
    id: str
    level: str
    old: Side | None
    new: Side | None
    is_lost: bool = False

    @property
    def is_regression(self) -> bool:
        """Whether it passed before and does not now. One that was not chosen is not a regression; a lost one is."""
        return self.old is not None and self.old.outcome == "passed" and (self.new is not None or self.is_lost)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs and what differs, sorted by kind and id. Only checks that a run's profile scores count."""

    old: Run
    new: Run
    changes: tuple[Change, ...]

    @property
    def regressions(self) -> list[Change]:
        return [change for change in self.changes if change.is_regression]

    def of(self, kind: Kind) -> list[Change]:
        return [change for change in self.changes if change.kind == kind]


def compare(old: Run, new: Run) -> Comparison:
    """Compare two runs check by check.

    Raises:
        ReportError: one of them is not a measurement.
    """
    for run in (old, new):
        require_recorded(run)
    before, after = _scored(old), _scored(new)
    broke_off = bool(new.end.get("interrupted")) or new.start["checks"] > len(new.checks)
    every = (_change(id, before.get(id), after.get(id)) for id in sorted({*before, *after}))
    changes = [replace(one, is_lost=broke_off) if one.kind == "gone" else one for one in every if one is not None]
    return Comparison(old, new, tuple(sorted(changes, key=lambda change: KINDS.index(change.kind))))


def _scored(run: Run) -> dict[str, CheckResult]:
    return {check.id: check for check in run.checks if check.scored}


def _change(id: str, before: CheckResult | None, after: CheckResult | None) -> Change | None:
    known = after or before
    assert known is not None
    kind = _kind(before, after)
    if kind is None:
        return None
    return Change(kind, id, known.level, _side(before), _side(after))


def _kind(before: CheckResult | None, after: CheckResult | None) -> Kind | None:
    if before is None:
        return "appeared"
    if after is None:
        return "gone"
    failed_before, fails = is_failure(before), is_failure(after)
    if fails:
        changed = failed_before and code_of(before) != code_of(after)
        return "changed cause" if changed else None if failed_before else "newly failing"
    if before.outcome == after.outcome:
        return None
    return "newly passing" if after.outcome == "passed" else "newly unsupported"


def _side(check: CheckResult | None) -> Side | None:
    if check is None:
        return None
    finding = check.finding
    message = text.printable(" ".join(finding.message.split())) if finding else ""
    return Side(check.outcome, finding.code if finding else "", message)


def to_text(comparison: Comparison) -> str:
    """The comparison for a terminal: what is compared, figures, then each kind with its checks."""
    lines = [f"old: {text.title(comparison.old)}", f"new: {text.title(comparison.new)}", ""]
    lines += [f"{name:<10} {old:>10} → {new:<10} {change}".rstrip() for name, old, new, change in _figures(comparison)]
    lines += ["", _summary(comparison)]
    for kind in KINDS:
        changes = comparison.of(kind)
        if changes:
            lines += ["", f"{kind} ({len(changes)}):", *(f"  {_line(change)}" for change in changes[:_MOST_LISTED])]
            lines += _left_out(len(changes), _MOST_LISTED, "  ")
    return "\n".join(lines) + "\n"


def to_markdown(comparison: Comparison) -> str:
    """The comparison for a pull request: a table, what regressed in sight, the rest folded."""
    old, new = comparison.old.start["port"], comparison.new.start["port"]
    names = f"{old['name']} {old['version']} → {new['name']} {new['version']}"
    lines = [f"### {escape(names)}: {_summary(comparison)}", "", "| | old | new | |", "|---|--:|--:|--:|"]
    lines += [f"| {name} | {before} | {after} | {change} |" for name, before, after, change in _figures(comparison)]
    for kind in KINDS:
        changes = comparison.of(kind)
        if not changes:
            continue
        is_open = " open" if kind in ("newly failing", "newly unsupported") else ""
        lines += ["", f"<details{is_open}><summary>{kind} ({len(changes)})</summary>", ""]
        listed = _within([f"* {escape(_line(change))}" for change in changes[:_MOST_LISTED]])
        lines += [*listed, *_left_out(len(changes), len(listed), "* "), "", "</details>"]
    return "\n".join(lines) + "\n"


def to_json(comparison: Comparison) -> str:
    """A JSON object in ASCII, indented: `old`, `new` {`port`, `profile`, `suite`, `started`}, `figures`, `changes`.

    `figures` maps MUST, SHOULD, MAY, `operations` to {`old`, `new`} of {`passed`, `of`}; `changes` maps each kind to
    a list of {`check`, `level`, `regression`, `old`, `new`} where a side is {`outcome`, `code`, `message`} or null.
    """
    document = {
        "old": _about(comparison.old),
        "new": _about(comparison.new),
        "figures": {
            name: {"old": {"passed": a, "of": b}, "new": {"passed": c, "of": d}}
            for name, a, b, c, d in _numbers(comparison)
        },
        "regressions": len(comparison.regressions),
        "changes": {kind: [_change_data(change) for change in comparison.of(kind)] for kind in KINDS},
    }
    return json.dumps(document, indent=2) + "\n"


def _about(run: Run) -> Mapping[str, Any]:
    return {key: run.start[key] for key in ("port", "profile", "suite", "started")}


def _change_data(change: Change) -> dict[str, Any]:
    sides = {
        name: None if side is None else {"outcome": side.outcome, "code": side.code, "message": side.message}
        for name, side in (("old", change.old), ("new", change.new))
    }
    return {"check": change.id, "level": change.level, "regression": change.is_regression, **sides}


def _numbers(comparison: Comparison) -> Iterator[tuple[str, int, int, int, int]]:
    """Name, passed and base of the old run, passed and base of the new one."""
    old, new = comparison.old, comparison.new
    before, after = old.score().by_level, new.score().by_level
    for level in LEVELS:
        if level in before or level in after:
            sides = [
                (tally.counts["passed"], tally.base) if tally else (0, 0)
                for tally in (before.get(level), after.get(level))
            ]
            yield level, *sides[0], *sides[1]
    starts = (old.start, new.start)
    (a, b), (c, d) = [(len(start["operations"]), start["operations_of"]) for start in starts]
    yield "operations", a, b, c, d


def _figures(comparison: Comparison) -> Iterator[tuple[str, str, str, str]]:
    for name, a, b, c, d in _numbers(comparison):
        yield name, f"{a}/{b}", f"{c}/{d}", f"{c - a:+}" if c != a else ""


def _summary(comparison: Comparison) -> str:
    counts = [f"{len(changes)} {kind}" for kind in KINDS if (changes := comparison.of(kind))]
    regressions = len(comparison.regressions)
    first = f"{regressions} regression{'s' if regressions != 1 else ''}" if regressions else "no regression"
    return f"{first}; {', '.join(counts) or 'nothing changed'}"


def _line(change: Change) -> str:
    old, new = change.old, change.new
    if new is None:
        assert old is not None
        lost = ", and the run broke off before it" if change.is_lost else ""
        return f"{change.id} {change.level}: was {_state(old)}{lost}"
    if old is None:
        return f"{change.id} {change.level}: {_state(new)}"
    if change.kind == "newly passing":
        return f"{change.id} {change.level}: was {_state(old)}"
    message = f": {new.message}" if new.message else ""
    return f"{change.id} {change.level}: {_state(old)} → {_state(new)}{message}"[:300]


def _state(side: Side) -> str:
    return f"[{side.code}]" if side.code else side.outcome


def _left_out(count: int, listed: int, mark: str) -> list[str]:
    return [f"{mark}… {count - listed} more; --json has all"] if count > listed else []


def _within(lines: Sequence[str]) -> list[str]:
    """The first of the lines, whole, that together keep within `_LONGEST_LIST`: escaped text may be far longer."""
    sizes = accumulate(len(line.encode("utf-8", "backslashreplace")) + 1 for line in lines)
    return [line for line, size in zip(lines, sizes, strict=True) if size <= _LONGEST_LIST]
