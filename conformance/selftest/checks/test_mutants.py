"""Every check fails each mutant that it names: it has been seen to fail, and for a reason of the port's."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from conformance import ports
from conformance.author.proof import against
from conformance.catalogue.check import Check, all_checks
from conformance.ports import Driver

_UNFIT = re.compile(r"takes \d+ positional|required positional|unexpected keyword|has no attribute|expected string or")
"""Errors of a patch that no longer fits the client: every check would fail it, and none shows that it is sharp."""

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


@pytest.mark.parametrize(("check", "mutant"), PAIRS)
def test_check_kills_its_mutant(check: Check, mutant: str, reference: Driver) -> None:
    """Against the mutant, the check fails with a finding about the port."""
    proof = against(check, mutant, reference)
    if proof.outcome is None and proof.error is not None:
        raise proof.error
    assert proof.holds, f"{check.id} does not notice {mutant}: {proof.outcome}, {proof.finding}"
    assert not _UNFIT.search(str(proof.finding)), f"the patch of {mutant} does not fit the client: {proof.finding}"
