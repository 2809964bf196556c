"""The requirements: what the Hub's contract asks of a client, and by which checks it is tested, or why it is not.

`<area>.yaml` in this folder is a list of entries:

    - text: A token is sent to the Hub and to no other host.
      level: MUST
      source: RFC 9110 §15.4
      checks:
        - auth/token-never-goes-to-the-cdn[gsm8k]
    - text: A client asks for a device login when it has no token.
      level: MAY
      source: huggingface_hub login
      excluded: it needs a person at a browser
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from conformance.errors import ConformanceError
from conformance.verdict.outcome import LEVELS, Level

FOLDER = Path(__file__).parent


class RequirementError(ConformanceError):
    """A requirements file breaks its grammar."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement of an area. Either `checks` names what tests it, or `excluded` says why nothing does."""

    area: str
    text: str
    level: Level
    source: str
    checks: tuple[str, ...] = ()
    excluded: str | None = None


def all_requirements(folder: Path = FOLDER) -> list[Requirement]:
    """The requirements of all areas, sorted by area, in the order of their files.

    Raises:
        RequirementError: an entry lacks something, or has both checks and a reason to have none.
    """
    return [
        _requirement(path, entry)
        for path in sorted(folder.glob("*.yaml"))
        for entry in yaml.safe_load(path.read_text("utf-8")) or ()
    ]


def _requirement(path: Path, entry: Any) -> Requirement:
    known = {"text", "level", "source", "checks", "excluded"}
    if not isinstance(entry, dict) or not {"text", "level", "source"} <= entry.keys() <= known:
        raise RequirementError(f"{path.name}: {entry!r} is no requirement", f"its keys are {', '.join(sorted(known))}")
    if entry["level"] not in LEVELS:
        raise RequirementError(f"{path.name}: level {entry['level']!r}", f"it is one of {', '.join(LEVELS)}")
    if bool(entry.get("checks")) == bool(entry.get("excluded")):
        raise RequirementError(
            f"{path.name}: {entry['text']!r}", "name its checks, or say under `excluded` why there are none"
        )
    return Requirement(
        area=path.stem,
        text=entry["text"],
        level=entry["level"],
        source=entry["source"],
        checks=tuple(entry.get("checks") or ()),
        excluded=entry.get("excluded"),
    )
