"""Every check fails each mutant that it names: it has been seen to fail, and for a reason of the port's."""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance import ports, replay
from conformance.cases.support import Disk, Port
from conformance.catalogue.check import MARK, Check, all_checks
from conformance.data import fixtures_dir
from conformance.measure import outcome_of, require_faults_fired
from conformance.mutants import all_mutants
from conformance.ports import Context, Driver
from conformance.replay import ReplayHub
from conformance.verdict.outcome import Finding, Outcome
from conformance.wire import tls

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


def on_record(*, name: str) -> Any:
    """Stands for syrupy's fixture, whose summary would count a mutant's differences as failed snapshots."""
    return json.loads((fixtures_dir() / "snapshots" / f"{name}.json").read_text("utf-8"))


def run_case(check: Check, driver: Driver, folder: Path) -> tuple[Outcome, Finding | None]:
    """Run a case against the reference client of this process and judge it as a run would."""
    module, _, name = check.function.partition("::")
    function = getattr(importlib.import_module(module), name.partition("[")[0])
    with ReplayHub(replay.load(check.cassette), secure=check.secure) as hub:
        disk = Disk(folder)
        ca_file = str(tls.ca_file()) if check.secure else None
        port = Port(driver, Context(endpoint=hub.endpoint, cache_dir=str(disk.cache), ca_file=ca_file))
        available: dict[str, Any] = {
            "hub": hub,
            "port": port,
            "disk": disk,
            "member": member_of(function, check),
            "snapshot": on_record,
        }
        arguments = {name: available[name] for name in inspect.signature(function).parameters}
        try:
            function(**arguments)
            require_faults_fired(hub)
        except Exception as error:
            ended = outcome_of(error, hub)
            if ended is None:
                raise
            return ended
    return "passed", None


def member_of(function: Any, check: Check) -> Any:
    """The member of a family that a check is about; None for a check that stands alone."""
    for mark in getattr(function, "pytestmark", ()):
        if mark.name == "parametrize":
            for item in mark.args[1]:
                if any(own.name == MARK and own.args == (check,) for own in item.marks):
                    return item.values[0]
    return None


@pytest.mark.parametrize(("check", "mutant"), PAIRS)
def test_check_kills_its_mutant(check: Check, mutant: str, reference: Driver, tmp_path: Path) -> None:
    """Against the mutant, the check fails with a finding about the port."""
    with all_mutants()[mutant].applied():
        outcome, finding = run_case(check, reference, tmp_path)
    assert outcome == "failed", f"{check.id} does not notice {mutant}: {outcome}, {finding}"
    assert finding is not None
    assert finding.code not in ("malformed-answer", "fault-not-fired"), finding
