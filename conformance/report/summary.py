"""The run as Markdown, for a step summary of GitHub Actions or a pull request."""

from __future__ import annotations

import html

from conformance.report import text
from conformance.report.events import Run
from conformance.verdict.score import Score


def render(run: Run, score: Score) -> str:
    """Title, parity, table by operation, what needs attention, and the gate. Ends with a line feed."""
    lines = [
        f"## {_escape(text.title(run))}",
        "",
        text.parity_line(run, score),
        "",
        text.gate_line(run),
        "",
    ]
    lines += [_row(["operation", *text.COLUMNS]), _row(["---", *("--:" for _ in text.COLUMNS)])]
    lines += [_row([f"`{name}`", *text.figures(tally)]) for name, tally in score.by_operation.items()]
    lines += [_row(["all", *text.figures(score.total)]), ""]
    for check in run.checks:
        if not check["verdict"]["as_expected"]:
            heading = html.escape(f"{check['id']}: {check['verdict']['label']}")
            body = html.escape(text.failure_text(check))
            # A blank line would end the HTML block, and Markdown would be read in what follows.
            body = body.replace("\n\n", "\n&nbsp;\n")
            lines += [f"<details><summary>{heading}</summary>", f"<pre>{body}</pre>", "</details>", ""]
    for heading, entries in text.listings(run):
        lines += [f"### {heading}", "", *(f"* {_escape(entry)}" for entry in entries), ""]
    return "\n".join(lines)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escape(line: str) -> str:
    for special in "\\`*_[]<>|":
        line = line.replace(special, f"\\{special}")
    return line.replace("\n", "<br>")
