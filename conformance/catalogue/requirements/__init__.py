"""The requirements: what the Hub's contract asks of a client, and by which checks it is tested, or why it is not.

A check carries its own requirement: its docstring, level and source. `<area>.yaml` in this folder lists what no check
tests, with the reason, and puts checks that test one thing in several ways under a common heading:

    - text: A token is sent to the Hub and to no other host.
      checks:
        - auth/token-never-goes-to-the-cdn[gsm8k]
        - auth/snapshot-keeps-the-token-from-the-cdn[gsm8k]
    - text: A client asks for a device login when it has no token.
      level: MAY
      source: huggingface_hub login
      excluded: it needs a person at a browser

A check under no heading is a requirement by itself: a new check needs no entry here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from conformance.catalogue.check import Check, all_checks
from conformance.errors import ConformanceError
from conformance.verdict.outcome import LEVELS, Level

FOLDER = Path(__file__).parent


class RequirementError(ConformanceError):
    """A requirements file breaks its grammar."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement of an area. Either `checks` names what tests it, or `excluded` has the reason why not."""

    area: str
    text: str
    level: Level
    source: str
    checks: tuple[str, ...] = ()
    excluded: str | None = None


def all_requirements(folder: Path = FOLDER) -> list[Requirement]:
    """The requirements of all areas: those of each file in its order, then the checks that no file lists, by area.

    Raises:
        RequirementError: an entry lacks something, has both checks and a reason, or names an unknown check.
    """
    listed = [
        _requirement(path, entry)
        for path in sorted(folder.glob("*.yaml"))
        for entry in yaml.safe_load(path.read_text("utf-8")) or ()
    ]
    with_heading = {id for requirement in listed for id in requirement.checks}
    alone: dict[str, list[Check]] = {}
    for check in all_checks().values():
        if check.id not in with_heading and folder == FOLDER:
            alone.setdefault(check.function.partition("[")[0], []).append(check)
    return sorted([*listed, *map(_own_requirement, alone.values())], key=lambda requirement: requirement.area)


def _own_requirement(checks: list[Check]) -> Requirement:
    """The requirement of a check without a heading, or of the members of a family."""
    first = checks[0]
    text = " ".join(first.requirement.partition("\n\n")[0].split())
    return Requirement(first.area, text, _strongest(checks), first.source, tuple(check.id for check in checks))


def _strongest(checks: Iterable[Check]) -> Level:
    return min((check.level for check in checks), key=LEVELS.index)


def _requirement(path: Path, entry: Any) -> Requirement:
    known = {"text", "level", "source", "checks", "excluded"}
    if not isinstance(entry, dict) or "text" not in entry or not entry.keys() <= known:
        raise RequirementError(
            f"{path.name}: {entry!r} is not a requirement", f"its keys are {', '.join(sorted(known))}"
        )
    if bool(entry.get("checks")) == bool(entry.get("excluded")):
        raise RequirementError(
            f"{path.name}: {entry['text']!r}", "name its checks, or give the reason under `excluded`"
        )
    return _tested(path, entry) if entry.get("checks") else _excluded(path, entry)


def _tested(path: Path, entry: dict[str, Any]) -> Requirement:
    """A heading over checks: level and source are theirs."""
    surplus = entry.keys() & {"level", "source"}
    if surplus:
        raise RequirementError(
            f"{path.name}: {entry['text']!r}", f"leave out {', '.join(sorted(surplus))}: its checks have it"
        )
    known = all_checks()
    unknown = [id for id in entry["checks"] if id not in known]
    if unknown:
        raise RequirementError(f"{path.name}: no check is called {unknown[0]!r}", "give the id of a check")
    checks = [known[id] for id in entry["checks"]]
    return Requirement(path.stem, entry["text"], _strongest(checks), checks[0].source, tuple(entry["checks"]))


def _excluded(path: Path, entry: dict[str, Any]) -> Requirement:
    if not {"level", "source"} <= entry.keys():
        raise RequirementError(f"{path.name}: {entry['text']!r}", "give its level and its source")
    if entry["level"] not in LEVELS:
        raise RequirementError(f"{path.name}: level {entry['level']!r}", f"it is one of {', '.join(LEVELS)}")
    return Requirement(path.stem, entry["text"], entry["level"], entry["source"], excluded=entry["excluded"])
