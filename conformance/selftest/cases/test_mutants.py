"""Every check fails each mutant that it names: it has been seen to fail, and for a reason of the port's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance import ports
from conformance.author import case
from conformance.catalogue.check import Check, all_checks
from conformance.measure import outcome_of, require_faults_fired
from conformance.mutants import all_mutants
from conformance.ports import Driver
from conformance.verdict.outcome import Finding, Outcome

PAIRS = [
    pytest.param(check, mutant, id=f"{check.id}-{mutant}")
    for check in all_checks().values()
    for mutant in check.mutants
]


@pytest.fixture(scope="module")
def reference() -> Iterator[Driver]:
    """The reference client in this process, where a mutant can be made of it."""
    driver = ports.start(ports.find("reference"), in_child=False)
    yield driver
    driver.close()


def outcome_against(check: Check, driver: Driver, folder: Path) -> tuple[Outcome, Finding | None]:
    """Run a case and judge it as a run would."""
    error: Exception | None = None
    with case.opened(check) as hub:
        try:
            case.run(check, hub, driver, folder)
            require_faults_fired(hub)
        except Exception as raised:
            error = raised
        ended = outcome_of(error, hub)
    if ended is None:
        assert error is not None
        raise error
    return ended


@pytest.mark.parametrize(("check", "mutant"), PAIRS)
def test_check_kills_its_mutant(check: Check, mutant: str, reference: Driver, tmp_path: Path) -> None:
    """Against the mutant, the check fails with a finding about the port."""
    with all_mutants()[mutant].applied():
        outcome, finding = outcome_against(check, reference, tmp_path)
    assert outcome == "failed", f"{check.id} does not notice {mutant}: {outcome}, {finding}"
    assert finding is not None
    assert finding.code not in ("malformed-answer", "fault-not-fired"), finding
