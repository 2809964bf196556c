"""Test whether checks still fail their mutants on a recording that a user has made.

A check can pass on a recording and tell nothing: where all files are equal, no client can take one for another. Its
mutants show that: on the bundled recordings each of them fails it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from conformance import ports
from conformance.author.proof import Proof, against
from conformance.catalogue.check import Check
from conformance.ports import Driver
from conformance.run.recorded import Recorded

_LONGEST: Final = 300


@dataclass
class Sharpness:
    """What was found.

    Attributes:
        checks: how many checks apply.
        mutants: how many mutants they failed, or should have.
        lost: a line for each check that does not pass on the reference client, or no longer notices a mutant.
    """

    checks: int = 0
    mutants: int = 0
    lost: list[str] = field(default_factory=list)


def sharpness(
    recorded: Recorded,
    checks: Iterable[Check],
    tell: Callable[[str], None] = lambda _: None,
    driver: Driver | None = None,
) -> Sharpness:
    """Try each check that applies on the reference client, and then on each of its mutants.

    Args:
        recorded: the recording.
        checks: those to try.
        tell: is given the name of each check before it is tried.
        driver: the reference client in this process; started for this call unless given.
    """
    if driver is None:
        with contextlib.closing(ports.start(ports.find("reference"), in_child=False)) as started:
            return sharpness(recorded, checks, tell, started)
    found = Sharpness()
    for check in checks:
        name = recorded.name_of(check.id)
        tell(name)
        first = against(check, "reference", driver, recorded)
        if first.outcome == "not_applicable":
            continue
        found.checks += 1
        if not first.holds:
            found.lost.append(f"{name}: does not pass on the reference client: {_how(first)}")
            continue
        for mutant in check.mutants:
            found.mutants += 1
            proof = against(check, mutant, driver, recorded)
            if not proof.holds:
                found.lost.append(f"{name}: does not notice {mutant}: {_how(proof)}")
    return found


def _how(proof: Proof) -> str:
    """How a check ended, in one line."""
    why = f": {proof.finding.message}" if proof.finding else f": {proof.error}" if proof.error else ""
    return " ".join(f"{proof.outcome or 'broke'}{why}".split())[:_LONGEST]
