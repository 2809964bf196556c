"""What the Hub's contract asks of a client and no check tests, with the reason: `exclusions.yaml` in this folder.

What is tested stands in the checks: a check's docstring is its requirement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from conformance.errors import ConformanceError
from conformance.verdict.outcome import LEVELS, Level

FILE: Final = Path(__file__).with_name("exclusions.yaml")
_KEYS: Final = ("text", "level", "source", "reason")


class ExclusionError(ConformanceError):
    """The file of exclusions breaks its grammar."""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A requirement that no check tests.

    Attributes:
        area: the area that a check of it would be in.
        text: the requirement.
        source: who asks it: a document of the Hub, a function of `huggingface_hub`, an RFC.
        reason: why it is not tested.
    """

    area: str
    text: str
    level: Level
    source: str
    reason: str


def all_exclusions(file: Path = FILE) -> list[Exclusion]:
    """The exclusions, by area.

    Raises:
        ExclusionError: the file is not a mapping of areas to lists, or an entry lacks a key or has an invalid level.
    """
    areas = yaml.safe_load(file.read_text("utf-8"))
    if not isinstance(areas, Mapping) or not all(isinstance(entries, list) for entries in areas.values()):
        raise ExclusionError(f"{file.name} is not a mapping of areas to lists", "write `area:` and its entries below")
    return [_exclusion(area, entry) for area, entries in areas.items() for entry in entries]


def _exclusion(area: str, entry: Any) -> Exclusion:
    if not isinstance(entry, dict) or entry.keys() != {*_KEYS}:
        raise ExclusionError(f"{area}: {entry!r} is not an exclusion", f"its keys are {', '.join(_KEYS)}")
    if entry["level"] not in LEVELS:
        raise ExclusionError(f"{area}: level {entry['level']!r} is invalid", f"use one of {', '.join(LEVELS)}")
    return Exclusion(area, **entry)
