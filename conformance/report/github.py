"""What is not as expected as workflow commands of GitHub: annotations on the lines of a port's expectations."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from conformance.report import text
from conformance.report.events import Run
from conformance.verdict.result import CheckResult

_MOST: Final = 10
"""GitHub shows no more of a step."""
_PLACE: Final = re.compile(r"^(?P<file>[^:\n]+\.ya?ml):(?P<line>\d+)")


def workflow_commands(run: Run, root: Path | None = None) -> list[str]:
    """The commands, one a line: surprises that have a line first, then new failures by id.

    Args:
        root: what paths are relative to; GITHUB_WORKSPACE, or else the working directory.
    """
    base = root or Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd())
    attention = [check for check in run.checks if not check.verdict.as_expected]
    attention.sort(key=lambda check: (check.expected is None, check.level != "MUST", check.id))
    lines = [_problem(problem, base) for problem in run.end["gate_problems"]]
    lines += [_check(check, base) for check in attention]
    if len(lines) <= _MOST:
        return lines
    rest = f"::notice title=Hub conformance::{_data(f'{len(lines) - _MOST + 1} more are in the summary')}"
    return [*lines[: _MOST - 1], rest]


def _problem(problem: str, base: Path) -> str:
    found = _PLACE.match(problem)
    where = _where(found["file"], found["line"], base) if found else ""
    return f"::error {where}title=Hub conformance::{_data(problem)}"


def _check(check: CheckResult, base: Path) -> str:
    entry, finding, verdict = check.expected, check.finding, check.verdict
    found = _PLACE.match(entry.where) if entry else None
    where = _where(found["file"], found["line"], base) if found else ""
    said = f"[{finding.code}] {finding.message}. " if finding else ""
    message = f"{check.id} ({check.level}): {said}{verdict.message}"
    kind = "error" if check.level == "MUST" or entry is not None else "warning"
    return f"::{kind} {where}title={_property(verdict.label)}::{_data(message)}"


def _where(file: str, line: str, base: Path) -> str:
    path = Path(file)
    if path.is_absolute() and path.is_relative_to(base):
        path = path.relative_to(base)
    return f"file={_property(path.as_posix())},line={line},"


def _data(message: str) -> str:
    """A message as a command holds it: what it says cannot end the command and begin another."""
    shown = text.printable(message)
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")[:2000]


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")
