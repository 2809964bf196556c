"""A run as far as its `parity.json` keeps it: what became of each check, without evidence. For comparing runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from conformance.catalogue.check import all_checks
from conformance.report.events import EndEvent, ReportError, Run, StartEvent
from conformance.verdict import typed
from conformance.verdict.decide import Label, Verdict
from conformance.verdict.outcome import DECLINED, LEVELS, OUTCOMES, Finding, Level, Outcome
from conformance.verdict.result import CheckResult, finding_of

FILE_NAME: Final = "parity.json"
_FOREIGN: Final[Level] = "MUST"
"""The level of a passed check that this suite does not have."""


def read(path: Path) -> Run:
    """The run that a `parity.json` is about. Its checks have no evidence, and only failed ones a finding.

    Raises:
        ReportError: the file cannot be read, or does not hold the figures of a run.
    """
    try:
        data = typed.mapping(json.loads(path.read_text("utf-8")), FILE_NAME)
        outcomes = typed.mapping(data.get("outcomes"), "outcomes")
        failed = {typed.text(one, "id"): one for one in map(_object, typed.items(data, "failed"))}
        declines = typed.texts(data, "declines")
        levels = {id.partition("[")[0]: check.level for id, check in all_checks().items()}
        checks = tuple(
            _result(id, outcomes[id], failed.get(id, {}), levels.get(id.partition("[")[0], _FOREIGN), id in declines)
            for id in sorted(outcomes)
        )
        return Run(
            _start(data, len(checks)), checks, EndEvent(event="end", gate_problems=[], known_violations=[], exit_code=0)
        )
    except (OSError, ValueError, RecursionError) as error:
        raise ReportError(
            f"{path} does not hold the figures of a run", f"{error}; give the folder of a report"
        ) from error


def _object(value: Any) -> Mapping[str, Any]:
    return typed.mapping(value, "failed")


def _start(data: Mapping[str, Any], checks: int) -> StartEvent:
    port, operations = typed.mapping(data.get("port"), "port"), typed.mapping(data.get("operations"), "operations")
    return StartEvent(
        event="start",
        suite=typed.text(data, "suite"),
        profile=typed.text(data, "profile"),
        port={
            "name": typed.text(port, "name"),
            "version": typed.text(port, "version"),
            "language": typed.text(port, "language"),
        },
        capabilities=None,
        started=typed.text(typed.mapping(data.get("generated"), "generated"), "started"),
        checks=checks,
        profile_checks=checks,
        operations=[""] * min(typed.whole(operations, "offered"), typed.whole(operations, "of")),
        operations_of=typed.whole(operations, "of"),
    )


def _result(id: str, outcome: Any, failed: Mapping[str, Any], level: Level, declines: bool) -> CheckResult:
    if outcome not in OUTCOMES:
        raise ValueError(f"no outcome is called {outcome!r}")
    finding = Finding(DECLINED, "") if declines else None
    if failed.get("finding") is not None:
        finding = finding_of(failed["finding"])
    if failed.get("level") in LEVELS:
        level = failed["level"]
    label = "declined" if declines else str(outcome).replace("_", " ")
    return CheckResult(
        id=id,
        level=level,
        operation="",
        scored=True,
        outcome=cast(Outcome, outcome),
        verdict=Verdict(True, cast(Label, label)),
        finding=finding,
    )
