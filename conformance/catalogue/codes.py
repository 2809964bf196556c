"""The codes of findings: the codes, the meaning of each, and the areas where it occurs."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_CHECKS: Final = Path(__file__).parents[1] / "checks"
_JUDGES: Final = Path(__file__).parents[1] / "verdict" / "judges.py"
_CODE: Final = re.compile(r"[a-z]+(-[a-z]+)*")
_GENERAL: Final = {
    "control-failed": "a step that the check needs did not succeed",
    "crashed": "the port ended before it answered",
    "declined": "the port offers the operation and declines this call",
    "fault-not-fired": "the port did not make the request that a fault was planned for",
    "malformed-answer": "what the port returned or left on disk has the wrong form",
    "no-file": "the path that the port returned is not a readable file",
    "not-applicable": "the recording lacks what the check needs",
    "protocol-error": "the shim's answer does not follow the protocol",
    "timed-out": "the port did not answer in time",
    "unexpected-error": "the library reported an error where it must not",
    "unimplemented": "the shim lacks the operation",
    "unrecorded": "the port asked for an exchange that no cassette has",
    "unsupported": "the port does not offer what the check needs",
    "encoding-accepted": "a HEAD that asks for a size accepts an encoding",
    "no-user-agent": "a request does not name the library that sends it",
    "retried-for-ever": "the same request was sent without a limit",
    "stranger-asked": "a request went to a host that the check does not know",
    "wrong-bytes": "the file's bytes differ from the Hub's",
}
"""What any check may end with."""
_POSITION: Final = {"require": 1, "require_equal": 2, "require_bytes": 2, "Finding": 0, "Violation": 1}
"""Where each of these takes its code."""


@dataclass(slots=True)
class Code:
    """One code of findings.

    Attributes:
        name: the code, as expectations name it.
        messages: the texts of its findings, shortest first; several checks may share a code.
        areas: the areas whose checks use it; empty for a code that any check may end with.
    """

    name: str
    messages: list[str] = field(default_factory=list)
    areas: list[str] = field(default_factory=list)


@functools.cache
def all_codes() -> dict[str, Code]:
    """Every code by name, read from the sources of the checks."""
    codes = {name: Code(name, [message]) for name, message in _GENERAL.items()}
    for path in sorted([*_CHECKS.glob("*.py"), _JUDGES]):
        area = path.stem.split("_")[1] if path.stem.startswith("test_") else "wire" if path == _JUDGES else ""
        for name, message in _used(ast.parse(path.read_text("utf-8"))):
            code = codes.setdefault(name, Code(name))
            if message and message not in code.messages and name not in _GENERAL:
                code.messages.append(message)
            if area and area not in code.areas and name not in _GENERAL:
                code.areas.append(area)
    for code in codes.values():
        code.messages.sort(key=len)
        code.areas.sort()
    return dict(sorted(codes.items()))


def _used(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each code with its message, or an empty string where that is not a plain text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            named = {word.arg: word.value for word in node.keywords}
            texts = [_text(value) for value in node.args]
            at = _POSITION.get(called)
            if at is None and called.startswith("require") and called != "require_on_record":
                at = next((place for place, text in enumerate(texts) if _CODE.fullmatch(text) and "-" in text), None)
            code = _text(named.get("code")) or (texts[at] if at is not None and at < len(texts) else "")
            if _CODE.fullmatch(code):
                yield code, next((text for text in texts[(at or -1) + 1 :] if " " in text), "")
        elif isinstance(node, ast.Tuple) and len(node.elts) == 2 and isinstance(node.elts[1], ast.Name):
            code = _text(node.elts[0])  # a rule for every request: its code and the function that judges it
            if "-" in code and _CODE.fullmatch(code):
                yield code, ""


def _text(node: ast.expr | None) -> str:
    """The text of a literal, `…` for what an f-string fills in; empty for any other expression."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) or "…" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
