"""Measure a client of the zoo in this process: every check, without a run's reports."""

from __future__ import annotations

import os
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conformance import ports
from conformance.author import one_check
from conformance.catalogue.check import Check
from conformance.ports import Driver
from conformance.ports.description import CacheKind
from conformance.run.measure import outcome_of, require_faults_fired
from conformance.run.runner import asks_by, require_offered
from conformance.selftest.zoo.animals import Animal
from conformance.verdict.outcome import Finding, Outcome

WHOLE: Final = "HUB_CONFORMANCE_WHOLE_ZOO" in os.environ
"""Whether each client meets every check, as by `make zoo`; otherwise each meets another part of them."""


def part_of(check: Check, parts: int) -> int:
    """In which of some equal parts of all checks a check is; it stays there when others are added."""
    return zlib.crc32(check.id.encode()) % parts


PORT = """
name = "{name}"
language = "python"
operations = {operations}
reads_environment = "at-call"
cache = "{cache}"

[start]
python = "conformance.selftest.zoo.client"
adapter = "conformance.selftest.zoo.animals:{name}"
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a check ended; `outcome` is None where the suite itself broke."""

    check: Check
    outcome: Outcome | None
    finding: Finding | None
    error: BaseException | None

    def __str__(self) -> str:
        told = f"[{self.finding.code}] {self.finding.message} {self.finding.seen!r:.200}" if self.finding else ""
        return f"{self.check.id}: {self.outcome} {told}{self.error!r:.200}"


def described(animal: type[Animal], folder: Path) -> Path:
    """The port file of a client, written into a folder."""
    file = folder / "port.toml"
    listed = str(list(animal.operations)).replace("'", '"')
    file.write_text(PORT.format(name=animal.__name__, operations=listed, cache=animal.cache), "utf-8")
    return file


@contextmanager
def started(animal: type[Animal], folder: Path) -> Iterator[Driver]:
    """The client, driven in this process."""
    driver = ports.start(ports.find(str(described(animal, folder))), in_child=False)
    try:
        yield driver
    finally:
        driver.close()


def measure(animal: type[Animal], folder: Path, checks: Iterable[Check]) -> list[Ended]:
    """How the checks end, each in a folder of its own."""
    with started(animal, folder) as driver:
        return [ended(check, driver, animal.operations, animal.cache) for check in checks]


def ended(check: Check, driver: Driver, operations: tuple[str, ...], cache: CacheKind) -> Ended:
    """How a check ends against a port that offers these operations, with a cache of this kind."""
    error: Exception | None = None
    hub = None
    try:
        require_offered(check, operations, cache)
        with one_check.opened(check) as hub, tempfile.TemporaryDirectory(prefix="hub-conformance-zoo-") as place:
            one_check.run(check, hub, driver, Path(place), cache=cache, asks_by=asks_by(check, operations))
            require_faults_fired(hub)
    except Exception as raised:
        error = raised
    driver.take_output()
    outcome = outcome_of(error, hub)
    return Ended(check, None, None, error) if outcome is None else Ended(check, *outcome, None)


def by_area(found: list[Ended]) -> dict[str, dict[str, int]]:
    """Area to outcome to number of checks."""
    areas = sorted({one.check.area for one in found})
    return {
        area: dict(sorted(Counter(str(e.outcome) for e in found if e.check.area == area).items())) for area in areas
    }
