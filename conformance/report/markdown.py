"""Text as Markdown that shows it: no markup, no link, no line of its own."""

from __future__ import annotations

import html
import re
from typing import Final

_SPECIAL: Final = re.compile(r"[\\`*_\[\]<>|&~!]|:(?=//)|(?<=www)\.")
"""What Markdown reads within a line. A bare URL would become a link."""
_BLOCK: Final = re.compile(r"^(\d*)([#+.)=-])")
"""What makes a heading, a list or a rule at the beginning of a line."""


def escape(text: str) -> str:
    """Plain text as Markdown; its line ends become `<br>`."""
    return "<br>".join(map(_escape_line, text.splitlines()))


def row(cells: list[str]) -> str:
    """A row of a table. The cells are Markdown already."""
    return f"| {' | '.join(cells)} |"


def pre(body: str) -> str:
    """Plain text as HTML. A blank line would end the HTML block, and Markdown would be read in what follows."""
    lines = [html.escape(line) if line.strip() else "&nbsp;" for line in body.splitlines()]
    return "\n".join(("<pre>", *lines, "</pre>")).replace("<pre>\n", "<pre>", 1).replace("\n</pre>", "</pre>")


def _escape_line(line: str) -> str:
    line = _SPECIAL.sub(r"\\\g<0>", line.strip())
    return _BLOCK.sub(r"\1\\\2", line, count=1)
