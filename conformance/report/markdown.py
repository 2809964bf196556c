"""Text as Markdown that shows it: no markup, no link, no line of its own."""

from __future__ import annotations

import html
import re
from typing import Final

_SPECIAL: Final = re.compile(r"[\\`*\[\]<>|&~!]|(?<![^\W_])_|_(?![^\W_])|:(?=//)|(?<=www)\.")
"""What Markdown reads within a line. A bare URL would become a link; `_` between letters or digits is no markup."""
_CODE: Final = re.compile("`([^`]+)`")
_BLOCK: Final = re.compile(r"^(\d*)(?=[.)+-](?:\s|$)|#+(?:\s|$)|[=-]+$)")
"""What makes a heading, a list or a rule at the beginning of a line."""


def escape(text: str) -> str:
    """Plain text as Markdown; its line ends become `<br>`."""
    return "<br>".join(map(_escape_line, text.splitlines()))


def prose(text: str) -> str:
    """Text in one line, as Markdown; what is between backticks in it is code."""
    parts = _CODE.split(" ".join(text.split()))
    return _no_block("".join(code(part) if place % 2 else _inline(part) for place, part in enumerate(parts)))


def code(text: str) -> str:
    """Text as code in one line; a character that would end it, or a cell of a table, is replaced."""
    shown = " ".join(text.split()).replace("`", "'").replace("|", "\\|")
    return f"`{shown}`" if shown else ""


def row(cells: list[str]) -> str:
    """A row of a table. The cells are Markdown already."""
    return f"| {' | '.join(cells)} |"


def pre(body: str) -> str:
    """Plain text as HTML. A blank line would end the HTML block, and Markdown would be read in what follows."""
    lines = [html.escape(line) if line.strip() else "&nbsp;" for line in body.splitlines()]
    return "\n".join(("<pre>", *lines, "</pre>")).replace("<pre>\n", "<pre>", 1).replace("\n</pre>", "</pre>")


def _escape_line(line: str) -> str:
    return _no_block(_inline(line.strip()))


def _no_block(line: str) -> str:
    return _BLOCK.sub(r"\1\\", line, count=1)


def _inline(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)
