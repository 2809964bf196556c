"""A made-up run with one check for each verdict that a report can hold."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from conformance.report.events import FILE_NAME, EndEvent, EventWriter, Run, StartEvent, score_of
from conformance.verdict.decide import decide
from conformance.verdict.expectations import Expectation
from conformance.verdict.outcome import Level, Outcome
from conformance.verdict.result import CheckResult

LONG_NAME = "cache/" + "a-very-long-name-that-no-report-may-cut-" * 3 + "short[gsm8k]"
NO_WHOAMI = {"code": "unsupported", "message": "the library has\nno whoami", "expected": None, "seen": None}
KNOWN = Expectation(
    ("download/known[gsm8k]",),
    ("extra-request",),
    "it asks twice",
    "https://example.org/17",
    where="expectations.yaml:4",
)


def check_event(
    id: str,
    outcome: Outcome,
    *,
    code: str = "wrong-sha",
    expected: Expectation | None = None,
    operation: str = "repo_info",
    level: Level = "MUST",
    **changes: Any,
) -> CheckResult:
    """A check as the plugin reports it; `changes` replace fields of its event, in the form that these have as JSON."""
    verdict = decide(outcome, code, expected, datetime.date(2026, 11, 21), id)
    finding = {"code": code, "message": "the sha is an old one", "expected": "f" * 40, "seen": "0" * 40}
    event: dict[str, Any] = {
        "event": "check",
        "id": id,
        "level": level,
        "operation": operation,
        "asked_by": operation,
        "requirement": "The sha is the branch's head.\n\nIt is never an older one.",
        "source": "huggingface_hub: HfApi.repo_info",
        "scored": True,
        "outcome": outcome,
        "expected": expected.to_json() if expected else None,
        "verdict": verdict.to_json(),
        "finding": finding if outcome == "failed" else None,
        "violations": [],
        "wire": ["  0.001s  hub      GET   /api/datasets/openai/gsm8k  → 200"],
        "curl": ['curl -sS -i "$HUB"/api/datasets/openai/gsm8k'],
        "command": f"hub-conformance run --port made-up '{id}'",
        "output": "\x1b[31mwarning: \x1b[0mslow\x00 today\n",
        "duration": 0.25,
        "mutants": ["stale-sha"],
    }
    return CheckResult.from_json({**event, **changes})


def make_run(
    checks: list[CheckResult],
    *,
    gate_problems: list[str] | None = None,
    known_violations: list[str] | None = None,
    profile_checks: int = 0,
) -> Run:
    """A whole run of these checks."""
    start: StartEvent = {
        "event": "start",
        "suite": "0.1.0",
        "profile": "2026-11-21",
        "port": {"name": "made-up", "version": "1.2.3", "language": "elixir"},
        "capabilities": {"claimed": ["repo_info"], "missing": {}, "unclaimed": ["whoami"]},
        "started": "2026-11-21T10:00:00Z",
        "checks": len(checks),
        "profile_checks": profile_checks or sum(check.scored for check in checks),
        "operations": ["repo_info"],
        "operations_of": 32,
    }
    problems = gate_problems or []
    end: EndEvent = {
        "event": "end",
        "gate_problems": problems,
        "known_violations": known_violations or [],
        "exit_code": score_of(start, checks, problems).exit_code,
    }
    return Run(start, tuple(sorted(checks, key=lambda check: check.id)), end)


def write_stream(folder: Path, run: Run) -> Path:
    """Write the event stream of a run into a folder, which is made; returns the folder."""
    with EventWriter(folder / FILE_NAME) as writer:
        writer.write(run.start)
        for check in run.checks:
            writer.write(check)
        writer.write(run.end)
    return folder


@pytest.fixture
def run() -> Run:
    """Passed, failed, expected failure, unsupported, crashed, and one that is not scored and fails."""
    return make_run(
        [
            check_event("info/passes[gsm8k]", "passed"),
            check_event(LONG_NAME, "failed", operation="try_to_load_from_cache", level="SHOULD"),
            check_event("download/known[gsm8k]", "failed", code="extra-request", expected=KNOWN),
            check_event("auth/lacks[gsm8k]", "unsupported", operation="whoami"),
            check_event("auth/says-why[gsm8k]", "unsupported", operation="whoami", finding=NO_WHOAMI),
            check_event("wire/crashes[gsm8k]", "crashed", operation="hf_hub_download"),
            check_event("info/new[gsm8k]", "failed", scored=False),
        ],
        gate_problems=["expectations.yaml:9: no check is called 'info/gone[gsm8k]'"],
    )
