"""The run as Markdown, for a step summary of GitHub Actions or a pull request."""

from __future__ import annotations

import html
import re

from conformance.report import text
from conformance.report.events import Run
from conformance.verdict.score import Score

_SPECIAL = re.compile(r"[\\`*_\[\]<>|&~!]|:(?=//)|(?<=www)\.")
"""What Markdown reads within a line. A bare URL would become a link."""
_BLOCK = re.compile(r"^(\d*)([#+.)=-])")
"""What makes a heading, a list or a rule at the beginning of a line."""


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
            lines += [f"<details><summary>{heading}</summary>", _pre(text.failure_text(check)), "</details>", ""]
    for heading, entries in text.listings(run):
        lines += [f"### {heading}", "", *(f"* {_escape(entry)}" for entry in entries), ""]
    return "\n".join(lines)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _pre(body: str) -> str:
    """Plain text as HTML. A blank line would end the HTML block, and Markdown would be read in what follows."""
    lines = [html.escape(line) if line.strip() else "&nbsp;" for line in body.splitlines()]
    return "\n".join(("<pre>", *lines, "</pre>")).replace("<pre>\n", "<pre>", 1).replace("\n</pre>", "</pre>")


def _escape(text: str) -> str:
    """Plain text as Markdown that shows it: no markup, no link, no line of its own."""
    return "<br>".join(map(_escape_line, text.splitlines()))


def _escape_line(line: str) -> str:
    line = _SPECIAL.sub(r"\\\g<0>", line.strip())
    return _BLOCK.sub(r"\1\\\2", line, count=1)
