"""The report that a person reads at the end of a run."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.table import Table

from conformance.report import text
from conformance.report.events import Run
from conformance.verdict.score import Score, Tally, tally_by


def show(run: Run, score: Score, console: Console) -> None:
    """Print a run: title, table by operation and level, parity, what needs attention, the gate.

    Lines of checks are never cut or wrapped by us: their ids are there to be copied.
    """
    console.print(text.title(run), style="bold", markup=False, highlight=False, soft_wrap=True)
    console.print(_table(run, score))
    _lines(console, [text.parity_line(run, score)])
    for check in run.checks:
        if not check["verdict"]["as_expected"]:
            _lines(console, ["", text.failure_text(check)])
    for heading, lines in text.listings(run):
        _lines(console, ["", f"{heading}:", *(textwrap.indent(line, "  ") for line in lines)])
    _lines(console, ["", text.gate_line(run)])


def _table(run: Run, score: Score) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_footer=True, show_edge=False, padding=0)
    table.add_column("operation", "all", no_wrap=True)
    table.add_column("level", no_wrap=True)
    for heading, total in zip(text.COLUMNS, text.figures(score.total), strict=True):
        longest_word = max(7 if heading == "parity" else 0, *map(len, heading.split()))
        table.add_column(heading, total, justify="right", min_width=longest_word)
    for (operation, level), tally in _groups(run):
        table.add_row(operation, level, *text.figures(tally))
    return table


def _groups(run: Run) -> list[tuple[tuple[str, str], Tally]]:
    scored = [result for result in run.results() if result.scored]
    return sorted(tally_by(scored, lambda result: (result.operation, str(result.level))).items())


def _lines(console: Console, lines: Iterable[str]) -> None:
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
