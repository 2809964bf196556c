"""What the pages show, computed from the runs: plain values, so that the templates decide nothing."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from conformance.report import text
from conformance.report.causes import Cause, causes_of, code_of, is_failure, requirement_of
from conformance.report.compare import KINDS, compare
from conformance.report.events import Run
from conformance.report.harm import HARMS, Harm
from conformance.report.merge import Measured
from conformance.verdict.result import CheckResult
from conformance.verdict.score import Tally, tally_by

FAILED: Final = ("f", "e", "x")
"""Marks of cells in which a check did not pass."""
_ENDED: Final = {"p": "passed", "u": "not offered", "n": "not run"}


@dataclass(frozen=True, slots=True)
class Cell:
    """How a check ended with a port: `mark` is a class of the style sheet, `word` what is read."""

    mark: str
    word: str
    check: CheckResult | None = None


NOT_RUN: Final = Cell("n", "not run")


@dataclass(frozen=True, slots=True)
class PortPage:
    """A port in one version, with all that its page says."""

    slug: str
    name: str
    version: str
    language: str
    run: Run
    title: str
    parity: str
    recording: str
    gate: str
    figures: Mapping[str, str]
    areas: Mapping[tuple[str, str], Tally]
    causes: Sequence[Cause]
    harms: Sequence[tuple[Harm, Sequence[Cause], int]]
    reasons: Sequence[tuple[str, str, Sequence[CheckResult]]]
    not_offered: Sequence[tuple[str, int]]
    changes: Sequence[tuple[str, Sequence[Any]]]
    before: str
    plan: str
    is_twin: bool = False
    cells: Mapping[str, Cell] = field(default_factory=dict)

    def harm_count(self, harm: Harm) -> int:
        """How many checks failed with this kind of harm."""
        return next((count for one, _, count in self.harms if one is harm), 0)


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A check with how each port ended it."""

    id: str
    anchor: str
    area: str
    level: str
    operation: str
    about: CheckResult
    requirement: str
    cells: Sequence[tuple[PortPage, Cell]]

    @property
    def failures(self) -> list[tuple[list[tuple[PortPage, Cell]], CheckResult]]:
        """The ports that failed alike, with the evidence of the first."""
        groups: dict[str, tuple[list[tuple[PortPage, Cell]], CheckResult]] = {}
        for port, cell in self.cells:
            if cell.mark in FAILED and cell.check:
                finding = cell.check.finding
                alike = json.dumps([cell.word, finding.to_json() if finding else None], default=repr)
                groups.setdefault(alike, ([], cell.check))[0].append((port, cell))
        return list(groups.values())

    @property
    def counts(self) -> str:
        """How many ports ended it in each way that is no failure: `passed by 3, not offered by 2`."""
        marks = Counter(cell.mark for _, cell in self.cells)
        ends = [f"{word} by {marks[mark]}" for mark, word in _ENDED.items() if marks[mark]]
        return ", ".join(ends) or "failed by all"


def anchor(id: str) -> str:
    """A check's id as the id of an element, for links."""
    return re.sub(r"[^a-z0-9]+", "-", id.lower()).strip("-") or "check"


def cell_of(check: CheckResult | None) -> Cell:
    """How a check ended: p passed, f failed and not expected, e failed as expected, x could not run, u not offered."""
    if check is None:
        return NOT_RUN
    if is_failure(check):
        verdict = check.verdict
        mark = "e" if verdict.as_expected else "x" if verdict.label == "could not run" else "f"
        return Cell(mark, text.printable(code_of(check)), check)
    if check.outcome == "passed":
        return Cell("p" if check.verdict.as_expected else "f", "passed", check)
    return Cell("u", "not offered" if check.outcome == "unsupported" else "not applicable", check)


def ports_of(measured: Sequence[Measured], plans: Mapping[str, str]) -> list[PortPage]:
    """A page for each port and version, with a slug of its own.

    Args:
        plans: the plan for a port, by its name, as plain text.
    """
    pages, taken = [], Counter[str]()
    for one in measured:
        name = text.printable(one.run.start["port"]["name"]).replace("\n", " ")
        version = text.printable(one.run.start["port"]["version"]).replace("\n", " ")
        slug = re.sub(r"[^a-z0-9.]+", "-", f"{name}-{version}".lower()).strip("-.")[:60] or "port"
        taken[slug] += 1
        pages.append(_port(one, name, version, slug if taken[slug] == 1 else f"{slug}-{taken[slug]}", plans))
    names = Counter(page.name for page in pages)
    return [replace(page, is_twin=names[page.name] > 1) for page in pages]


def _port(one: Measured, name: str, version: str, slug: str, plans: Mapping[str, str]) -> PortPage:
    run, score = one.run, one.run.score()
    scored = [result for result in run.checks if result.scored]
    causes = causes_of(run.checks)
    changes: list[tuple[str, Sequence[Any]]] = []
    if one.before is not None:
        comparison = compare(one.before, run)
        changes = [(kind, comparison.of(kind)) for kind in KINDS if comparison.of(kind)]
    start = run.start
    return PortPage(
        slug=slug,
        name=name,
        version=version,
        language=text.printable(start["port"]["language"]),
        run=run,
        title=text.title(run),
        parity=text.parity_line(run, score),
        recording=text.recording_line(run),
        gate=text.gate_line(run),
        figures={
            **{level: f"{tally.counts['passed']}/{tally.base}" for level, tally in score.by_level.items()},
            "operations": f"{len(start['operations'])}/{start['operations_of']}",
        },
        areas=tally_by(scored, lambda result: (result.id.partition("/")[0], str(result.level))),
        causes=causes,
        harms=_by_harm(causes),
        reasons=_by_reason(run.checks),
        not_offered=_not_offered(run.checks),
        changes=changes,
        before="" if one.before is None else f"{text.title(one.before)}, {one.before.start['started']}",
        plan=plans.get(start["port"]["name"], ""),
        cells={check.id: cell_of(check) for check in run.checks if check.scored},
    )


def _by_harm(causes: Iterable[Cause]) -> list[tuple[Harm, Sequence[Cause], int]]:
    held = list(causes)
    found: list[tuple[Harm, Sequence[Cause], int]] = []
    for harm in HARMS:
        own = [cause for cause in held if cause.harm is harm]
        if own:
            found.append((harm, own, sum(len(cause.checks) for cause in own)))
    return found


def _by_reason(checks: Iterable[CheckResult]) -> list[tuple[str, str, Sequence[CheckResult]]]:
    """Expected failures by reason and source, most checks first."""
    groups: dict[tuple[str, str], list[CheckResult]] = {}
    for check in checks:
        entry = check.expected
        if entry is not None and is_failure(check) and check.verdict.as_expected:
            key = (text.printable(" ".join(entry.reason.split())), text.printable(" ".join(entry.source.split())))
            groups.setdefault(key, []).append(check)
    return [(*key, group) for key, group in sorted(groups.items(), key=lambda item: -len(item[1]))]


def _not_offered(checks: Iterable[CheckResult]) -> list[tuple[str, int]]:
    found = Counter(
        text.printable(" ".join((check.finding.message if check.finding else "no reason given").split()))
        for check in checks
        if check.verdict.label == "unsupported"
    )
    return found.most_common()


def rows_of(ports: Sequence[PortPage]) -> list[CheckRow]:
    """Every check that a port ran, by area and id."""
    about: dict[str, CheckResult] = {}
    for port in ports:
        for check in port.run.checks:
            if check.scored:
                about.setdefault(check.id, check)
    return [
        CheckRow(
            id=text.printable(id),
            anchor=anchor(id),
            area=anchor(id.partition("/")[0]),
            level=check.level,
            operation=text.printable(check.operation),
            about=check,
            requirement=requirement_of(check),
            cells=[(port, port.cells.get(id, NOT_RUN)) for port in ports],
        )
        for id, check in sorted(about.items())
    ]


def value_of(value: Any, longest: int) -> str:
    """A value of a finding for a page: text as it is, anything else as JSON; cut to a number of characters."""
    if value is None:
        return "(nothing)"
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1, default=repr)
    shown = text.printable(shown)
    return shown if len(shown) <= longest else f"{shown[:longest]}…"
