"""Prove a check: it must pass on the reference client, and fail on each mutant that it names."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from conformance import ports
from conformance.author import one_check
from conformance.catalogue.check import Check
from conformance.mutants import all_mutants
from conformance.ports import Driver
from conformance.run.measure import outcome_of, require_faults_fired
from conformance.run.recorded import Recorded
from conformance.verdict.outcome import Finding, Outcome

BLUNT = ("malformed-answer", "fault-not-fired")
"""Codes of findings that do not concern the requirement: the check did not expect what the mutant does."""


@dataclass(frozen=True, slots=True)
class Proof:
    """How a check ended against one client.

    Attributes:
        client: the mutant's name, or `reference`.
        outcome: how the check ended; None if it broke.
        finding: what it found, if it did not pass.
        error: the error that the check function ended with, if any.
    """

    client: str
    outcome: Outcome | None
    finding: Finding | None
    error: Exception | None

    @property
    def holds(self) -> bool:
        """The reference passes; a mutant fails, with a finding about the requirement."""
        if self.client == "reference":
            return self.outcome == "passed"
        return self.outcome == "failed" and self.finding is not None and self.finding.code not in BLUNT


def prove(check: Check, recorded: Recorded | None = None) -> Iterator[Proof]:
    """Run a check against the reference client, and then against each of its mutants.

    Args:
        recorded: the recording to serve; the bundled one unless given.
    """
    driver = ports.start(ports.find("reference"), in_child=False)
    try:
        yield against(check, "reference", driver, recorded)
        for mutant in check.mutants:
            yield against(check, mutant, driver, recorded)
    finally:
        driver.close()


def against(check: Check, client: str, driver: Driver, recorded: Recorded | None = None) -> Proof:
    """Run a check against the reference client, or against one mutant of it, and judge it as a run would.

    Args:
        client: `reference`, or the name of a mutant.
        driver: the reference client in this process.
    """
    error: Exception | None = None
    driver.take_output()  # of another client: a check judges what was written in it alone
    mutated = nullcontext() if client == "reference" else all_mutants()[client].applied()
    with tempfile.TemporaryDirectory(prefix="hub-conformance-") as folder, one_check.opened(check, recorded) as hub:
        try:
            with mutated:
                one_check.run(check, hub, driver, Path(folder))
            require_faults_fired(hub)
        except Exception as raised:
            error = raised
        ended = outcome_of(error, hub)
    outcome, finding = ended or (None, None)
    return Proof(client, outcome, finding, error)
