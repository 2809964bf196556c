"""The run as Markdown, for a step summary of GitHub Actions or a pull request."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from conformance.report import text
from conformance.report.causes import causes_of
from conformance.report.events import Run
from conformance.report.markdown import escape, pre, row
from conformance.verdict.outcome import LEVELS
from conformance.verdict.result import CheckResult
from conformance.verdict.score import Score, tally_by

LARGEST: Final = 900_000
"""Bytes of a summary. GitHub refuses a step summary of more than 1 MiB as a whole."""
_MOST_EVIDENCE: Final = 50
_LARGEST_EVIDENCE: Final = 500_000
_MOST_CAUSES: Final = 10
_MOST_LINES: Final = 200
_LONGEST_LINE: Final = 300


def render(run: Run, score: Score) -> str:
    """What is not as expected, the figures by area, the heaviest causes; evidence and the rest folded.

    At most `LARGEST` bytes, whatever the run holds: evidence is shown for as many checks as there is room for. Ends
    with a line feed.
    """
    attention = [check for check in run.checks if not check.verdict.as_expected]
    head = [
        f"## {escape(text.title(run))}",
        "",
        f"**not as expected: {escape(text.attention_line(run))}**" if attention or run.end["gate_problems"] else "",
        "",
        *([escape(text.recording_line(run)), ""] if text.recording_line(run) else ()),
        escape(text.parity_line(run, score)),
        "",
        text.gate_line(run),
        "",
        *_areas(run),
        *_causes(run),
    ]
    tail = [line for heading, entries in _listings(run) for line in _folded(heading, entries)]
    whole = "\n".join([*head, *_evidence(attention), *tail])
    if len(whole.encode("utf-8", "backslashreplace")) <= LARGEST:
        return whole
    return "\n".join([*head, f"{len(attention)} checks are not as expected: see events.ndjson.", ""])


def _areas(run: Run) -> list[str]:
    scored = [result for result in run.checks if result.scored]
    by_level = tally_by(scored, lambda result: (result.id.partition("/")[0], str(result.level)))
    lines = [row(["area", *LEVELS]), row(["---", *("--:" for _ in LEVELS)])]
    for area in sorted({area for (area, _), tally in by_level.items() if tally.base}):
        tallies = [by_level.get((area, level)) for level in LEVELS]
        cells = [f"{tally.counts['passed']}/{tally.base}" if tally and tally.base else "" for tally in tallies]
        lines.append(row([escape(area), *cells]))
    return [*lines, ""]


def _causes(run: Run) -> list[str]:
    causes = causes_of(run.checks)
    if not causes:
        return []
    lines = [
        f"### Causes, heaviest first{f' ({_MOST_CAUSES} of {len(causes)})' if len(causes) > _MOST_CAUSES else ''}",
        "",
        row(["", "checks", "finding", "requirement", "for example"]),
        row(["--:", "---", "---", "---", "---"]),
    ]
    for number, cause in enumerate(causes[:_MOST_CAUSES], 1):
        state = cause.levels if cause.unexpected else f"{cause.levels}, expected"
        finding = escape(text.printable(f"{cause.area}: [{cause.code}] {cause.message}")[:_LONGEST_LINE])
        requirement = escape(text.printable(cause.requirement)[:_LONGEST_LINE])
        lines.append(row([str(number), state, finding, requirement, escape(text.printable(cause.example.id))]))
    return [*lines, ""]


def _evidence(attention: Sequence[CheckResult]) -> list[str]:
    """A fold for each check, as many as there is room for, and then the ids of the others."""
    lines: list[str] = []
    room, shown = _LARGEST_EVIDENCE, 0
    for check in attention[:_MOST_EVIDENCE]:
        # On one line: a blank line would end the HTML block, and what follows would be read as Markdown.
        title = " ".join(text.printable(f"{check.id} · {check.level} · {_what(check)}").split())
        heading = html.escape(title)
        body = pre(text.failure_text(check))
        room -= len(f"{heading}{body}".encode("utf-8", "backslashreplace"))
        if room < 0:
            break
        lines += [f"<details><summary>{heading}</summary>", body, "</details>", ""]
        shown += 1
    rest = [f"{check.id} {check.level}: {_what(check)}" for check in attention[shown:]]
    return [*lines, *_folded("More that is not as expected", rest)]


def _what(check: CheckResult) -> str:
    finding = check.finding
    code = f" [{finding.code}]" if finding else ""
    return " ".join(f"{check.verdict.label}{code}".split())


def _listings(run: Run) -> Iterable[tuple[str, list[str]]]:
    """What is as expected, by reason; and the lists that other reports have, too."""
    reasons = Counter(
        " ".join(f"{entry.reason} ({entry.source})".split())
        for check in run.checks
        if (entry := check.expected) is not None and check.verdict.as_expected
    )
    yield "Expected", [f"{count}: {reason}" for reason, count in reasons.most_common()]
    lacks = Counter(
        " ".join((check.finding.message if check.finding else "no reason given").split())
        for check in run.checks
        if check.verdict.label == "unsupported"
    )
    yield "Not offered", [f"{reason}: {count}" for reason, count in lacks.most_common()]
    for heading, entries in text.listings(run):
        if heading not in ("Expected", "Unsupported"):
            yield heading, entries


def _folded(heading: str, entries: Sequence[str]) -> list[str]:
    if not entries:
        return []
    shown = [f"* {escape(text.printable(entry)[:_LONGEST_LINE])}" for entry in entries[:_MOST_LINES]]
    if len(entries) > _MOST_LINES:
        shown.append(f"* … {len(entries) - _MOST_LINES} more in events.ndjson")
    title = f"{html.escape(heading)} ({len(entries)})"
    return [f"<details><summary>{title}</summary>", "", *shown, "", "</details>", ""]
