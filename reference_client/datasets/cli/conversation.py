"""A trajectory for people: source and text, step by step, with long outputs folded."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

_LINES_SHOWN = 20
"""Lines of a message; `--full` shows all."""
_NARROWEST = 40


def lines(trajectory: Mapping[str, Any], width: int = 80, *, full: bool = False) -> Iterator[str]:
    """The lines of a trajectory.

    Args:
        trajectory: in ATIF.
        width: columns to wrap at.
        full: whether long messages are shown whole.
    """
    agent = trajectory.get("agent", {})
    facts = {
        "session": trajectory.get("session_id"),
        "agent": " ".join(str(agent[name]) for name in ("name", "version") if agent.get(name)),
        "model": agent.get("model_name"),
        **trajectory.get("extra", {}),
    }
    for name, value in facts.items():
        if value:
            yield f"{name:<14}  {value}"
    for step in trajectory.get("steps", ()):
        when = f" · {step['timestamp']}" if step.get("timestamp") else ""
        yield ""
        head = f"── {step.get('step_id', '?')} · {step.get('source', '?')}{when} "
        yield head + "─" * max(0, width - len(head))
        yield from _message(_text(step.get("message")), max(width, _NARROWEST), full=full)


def _text(message: Any) -> str:
    """The lines of a step: a text, or the texts of its parts."""
    if isinstance(message, list):
        return "\n".join(str(part.get("text", "")) if isinstance(part, Mapping) else str(part) for part in message)
    return "" if message is None else str(message)


def _message(text: str, width: int, *, full: bool) -> Iterator[str]:
    shown = text.splitlines()
    folded = 0 if full or len(shown) <= _LINES_SHOWN + 1 else len(shown) - _LINES_SHOWN
    for line in shown[: len(shown) - folded]:
        yield from textwrap.wrap(line, width, replace_whitespace=False, drop_whitespace=False) or [""]
    if folded:
        yield f"… {folded} more lines; --full shows them"
