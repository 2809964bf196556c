"""The report that a person reads at the end of a run: one screen, and more when asked for."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, Literal, TypeAlias

from rich.console import Console
from rich.text import Text

from conformance.report import text
from conformance.report.causes import Cause, causes_of
from conformance.report.events import Run
from conformance.verdict.outcome import LEVELS
from conformance.verdict.result import CheckResult
from conformance.verdict.score import Score, Tally, tally_by

Detail: TypeAlias = Literal["quiet", "normal", "verbose"]

_CAUSES_IN_FULL: Final = 5
_ROLES_NAMED: Final = 10
"""Reasons why checks do not apply."""
_CAUSES_NAMED: Final = 10
_EVIDENCE_AT_ONCE: Final = 3
"""A run with no more checks to be looked at shows their evidence without being asked."""
_MOST_LISTED: Final = 6
_BROKE: Final = 2
"""The exit code of a run in which the suite itself broke: its tracebacks are shown whole."""
_GAP: Final = "      "
_HEAD: Final = f"{'area':<12}{'MUST':>8}{'SHOULD':>8}"


def show(run: Run, score: Score, console: Console, detail: Detail = "normal") -> None:
    """Print a run.

    Args:
        detail: `quiet` is the verdict alone, one line; `normal` one screen: what was measured, figures by area, the
            causes of the failures, what is not as expected, the verdict; `verbose` also each check that did not pass
            with its evidence, above.

    Lines with ids and commands are never cut or wrapped by us: they are there to be copied.
    """
    if detail == "quiet":
        port = run.start["port"]
        name = text.printable(f"{port['name']} {port['version']}").replace("\n", " ")
        _line(console, f"{name}: {text.gate_line(run)}; {text.base_line(run, score)}", _style(run))
        return
    _line(console, text.title(run), "bold")
    attention = [check for check in run.checks if not check.verdict.as_expected]
    is_long = detail == "verbose"
    if is_long or len(attention) <= _EVIDENCE_AT_ONCE:
        for check in attention:
            _lines(console, ["", text.failure_text(check)])
    if is_long:
        for heading, lines in text.listings(run):
            _lines(console, ["", f"{heading}:", *(textwrap.indent(line, "  ") for line in lines)])
        _lines(console, [""])
        _line(console, text.title(run), "bold")
    elif 0 < len(attention) <= _EVIDENCE_AT_ONCE:
        _lines(console, [""])
    if text.recording_line(run):
        _wrapped(console, text.recording_line(run))
    _wrapped(console, text.parity_line(run, score))
    _areas(run, console)
    _causes(causes_of(run.checks), console)
    _attention(run, attention, console)
    _not_offered(run, console)
    _not_applicable(run, console)
    capabilities = run.start["capabilities"]
    if capabilities and capabilities["unclaimed"]:
        names = text.printable(", ".join(capabilities["unclaimed"])).replace("\n", " ")
        _wrapped(console, f"works, but is not claimed (name it in the welcome and in port.toml): {names}")
    _lines(console, [""])
    _line(console, text.gate_line(run), _style(run))
    if detail == "normal" and len(attention) > _EVIDENCE_AT_ONCE:
        _wrapped(console, "All evidence: --verbose, or --report DIR. To begin a gate: --write-expectations.")


def _style(run: Run) -> str:
    return {0: "bold green", 3: "bold yellow"}.get(run.end["exit_code"], "bold red")


def _areas(run: Run, console: Console) -> None:
    """MUST and SHOULD by area, in as many columns as fit. Areas of which nothing applies are left out."""
    scored = [result for result in run.checks if result.scored]
    by_level = tally_by(scored, lambda result: (result.id.partition("/")[0], str(result.level)))
    areas = sorted({area for (area, _), tally in by_level.items() if tally.base})
    if not areas:
        return
    cells = [_area(area, by_level) for area in areas]
    columns = max(1, min(len(cells), (console.width + len(_GAP)) // (len(_HEAD) + len(_GAP))))
    rows = -(-len(cells) // columns)
    console.print()
    _line(console, _GAP.join([_HEAD] * -(-len(cells) // rows)), "dim")
    for row in range(rows):
        console.print(Text(_GAP).join(cells[row::rows]), soft_wrap=True)


def _area(area: str, by_level: dict[tuple[str, str], Tally]) -> Text:
    """`cache           60/63   12/15`, green where all passed and red where a MUST failed."""
    cell = Text(f"{area:<12}")
    for level in LEVELS[:2]:
        tally = by_level.get((area, level))
        figures = f"{tally.counts['passed']}/{tally.base}" if tally is not None and tally.base else "-"
        is_whole = tally is None or tally.counts["passed"] == tally.base
        cell.append(f" {figures:>7}", "green" if is_whole else "red" if level == "MUST" else "yellow")
    return cell


def _causes(causes: Sequence[Cause], console: Console) -> None:
    """The heaviest causes: some with requirement and command, some more on a line each, the rest counted."""
    if not causes:
        return
    checks = sum(len(cause.checks) for cause in causes)
    named = min(len(causes), _CAUSES_NAMED)
    which = f"the {named} heaviest of {len(causes)}" if named < len(causes) else str(len(causes))
    console.print()
    amount = "one check" if checks == 1 else f"{checks} checks"
    _line(console, f"causes: {which}, for {amount} that did not pass", "bold")
    for number, cause in enumerate(causes[:named], 1):
        _cause(cause, number, console, in_full=number <= _CAUSES_IN_FULL)


def _cause(cause: Cause, number: int, console: Console, *, in_full: bool) -> None:
    known = "" if cause.unexpected else ", expected"
    code = text.printable(cause.code).replace("\n", " ")
    head = f"{number:2}. {cause.area}: [{code}] {cause.levels}{known}"
    room = console.width - len(head) - 2
    said = text.printable(cause.message).replace("\n", " ")
    style = "yellow" if not cause.unexpected else "red" if "MUST" in cause.levels else ""
    line = Text(head, style)
    if room >= 20:
        line.append(f": {_cut(said, room)}", "default")
    console.print(line, soft_wrap=True)
    if in_full:
        entry = cause.example.expected
        why = cause.requirement if cause.unexpected or entry is None else f"because {entry.reason}"
        requirement = text.printable(" ".join(why.split()))
        command = text.printable(cause.example.command)
        _lines(console, [f"    {_cut(requirement, console.width - 4)}", f"    {command}"])


def _attention(run: Run, attention: Sequence[CheckResult], console: Console) -> None:
    """What is not as expected: counted, and named where it is not a plain failure, since these are the surprises."""
    problems = run.end["gate_problems"]
    if not attention and not problems:
        return
    console.print()
    counts = f"not as expected: {text.attention_line(run)}"
    for line in textwrap.wrap(counts, console.width, subsequent_indent="  ", break_on_hyphens=False):
        _line(console, line, "bold")
    surprises = [check for check in attention if check.verdict.label not in ("failed", "declined", "inconclusive")]
    shown = [f"{check.id}: {check.verdict.label}: {check.verdict.message}" for check in surprises]
    shown += [f"gate: {problem}" for problem in problems]
    for entry in shown[:_MOST_LISTED]:
        lines = text.printable(entry).splitlines()
        _lines(console, [f"  {line}" for line in (lines if run.end["exit_code"] == _BROKE else lines[:3])])
    if len(shown) > _MOST_LISTED:
        _lines(console, [f"  … {len(shown) - _MOST_LISTED} more: --verbose"])


def _not_offered(run: Run, console: Console) -> None:
    """What the port does not offer, by reason, the most frequent first, in at most three lines."""
    reasons = _reasons(check for check in run.checks if check.verdict.label == "unsupported")
    if not reasons:
        return
    console.print()
    total = sum(reasons.values())
    entries = [f"{_short(reason)} {count}" for reason, count in reasons.most_common()]
    whole = f"not offered ({total} checks): {', '.join(entries)}"
    lines = textwrap.wrap(text.printable(whole), console.width, subsequent_indent="  ")
    _lines(console, lines if len(lines) <= 2 else [lines[0], f"{_cut(lines[1], console.width - 2)} …"])


def _not_applicable(run: Run, console: Console) -> None:
    """How many checks each missing role of the recording leaves out, a line each, the most frequent first."""
    missing = _reasons(check for check in run.checks if check.outcome == "not_applicable")
    if not missing:
        return
    console.print()
    _lines(console, [f"not applicable: {sum(missing.values())} checks"])
    for reason, count in missing.most_common(_ROLES_NAMED):
        _lines(console, [_cut(f"{count:4} {text.printable(reason)}", console.width)])
    if len(missing) > _ROLES_NAMED:
        _lines(console, [f"     … {len(missing) - _ROLES_NAMED} more reasons: --report DIR"])


def _reasons(checks: Iterable[CheckResult]) -> Counter[str]:
    """How many checks each message of a finding ended."""
    return Counter(" ".join((check.finding.message if check.finding else "no reason").split()) for check in checks)


def _short(reason: str) -> str:
    return reason.removeprefix("the port does not offer ")


def _cut(words: str, width: int) -> str:
    return words if len(words) <= width else f"{words[: max(width - 1, 1)]}…"


def _wrapped(console: Console, words: str) -> None:
    _lines(console, textwrap.wrap(words, console.width, break_long_words=False, break_on_hyphens=False))


def _line(console: Console, line: str, style: str) -> None:
    console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)


def _lines(console: Console, lines: Iterable[str]) -> None:
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
