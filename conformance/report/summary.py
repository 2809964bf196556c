"""The run as Markdown, for a step summary of GitHub Actions or a pull request."""

from __future__ import annotations

import html

from conformance.report import text
from conformance.report.events import Run
from conformance.report.markdown import escape, pre, row
from conformance.verdict.score import Score


def render(run: Run, score: Score) -> str:
    """Title, parity, table by operation, what needs attention, and the gate. Ends with a line feed."""
    lines = [
        f"## {escape(text.title(run))}",
        "",
        text.parity_line(run, score),
        "",
        text.gate_line(run),
        "",
    ]
    lines += [row(["operation", *text.COLUMNS]), row(["---", *("--:" for _ in text.COLUMNS)])]
    lines += [row([f"`{name}`", *text.figures(tally)]) for name, tally in score.by_operation.items()]
    lines += [row(["all", *text.figures(score.total)]), ""]
    for check in run.checks:
        if not check["verdict"]["as_expected"]:
            heading = html.escape(f"{check['id']}: {check['verdict']['label']}")
            lines += [f"<details><summary>{heading}</summary>", pre(text.failure_text(check)), "</details>", ""]
    for heading, entries in text.listings(run):
        lines += [f"### {heading}", "", *(f"* {escape(entry)}" for entry in entries), ""]
    return "\n".join(lines)
