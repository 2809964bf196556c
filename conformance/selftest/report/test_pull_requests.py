"""What a maintainer sees on a pull request: the summary, annotations, the badge."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.report import badge, github, summary
from conformance.report.events import Run
from conformance.report.outputs import render as outputs
from conformance.report.parity_json import render as parity
from conformance.selftest.report.conftest import KNOWN, LONG_NAME, check_event, make_run
from conformance.verdict.outcome import Outcome


def test_the_summary_begins_with_what_is_not_as_expected(run: Run) -> None:
    """Then the figures by area and the causes; evidence and lists are folded, and nothing breaks out of a fold."""
    text = summary.render(run, run.score())
    lines = text.splitlines()
    assert lines[2].startswith("**not as expected: 2 new failures (1 MUST, 1 SHOULD)")
    assert "| info | 1/1 |  |  |" in lines
    assert "| cache |  | 0/1 |  |" in lines
    assert any(line.startswith("| 1 | 1 MUST, expected | download: \\[extra-request\\]") for line in lines) or any(
        "extra-request" in line for line in lines if line.startswith("| ")
    )
    assert f"<details><summary>{LONG_NAME} · SHOULD · failed [wrong-sha]</summary>" in text
    assert "<details><summary>Expected (1)</summary>\n\n* 1: it asks twice" in text
    inside = text.partition("<pre>")[2].partition("</pre>")[0]
    assert "\n\n" not in inside
    assert "the branch&#x27;s head" in inside


def test_a_run_as_expected_needs_no_attention() -> None:
    """Nothing is said to be wrong."""
    text = summary.render(run := make_run([check_event("info/a[b]", "passed")]), run.score())
    assert "not as expected" not in text
    assert "gate: as expected" in text


def test_a_summary_keeps_within_githubs_limit() -> None:
    """Of nine hundred failures with long logs, some are shown in full and all are named."""
    wire = ["  0.001s  hub      GET   /" + "ü" * 3000 + "  → 200"] * 300
    checks = [check_event(f"info/fails-{n}[gsm8k]", "failed", wire=wire, output="é" * 50_000) for n in range(900)]
    text = summary.render(run := make_run(checks), run.score())
    assert len(text.encode()) <= summary.LARGEST < 1 << 20
    assert 0 < text.count("<pre>") <= 50
    assert "more in events.ndjson" in text


def test_annotations_are_on_the_line_of_the_expectation(tmp_path: Path) -> None:
    """Of an entry that does not hold; relative to the checkout. A new failure has no line."""
    known = KNOWN.__class__(("info/a[b]",), ("wrong-sha",), "r", "s", where=f"{tmp_path}/port/expectations.yaml:45")
    run = make_run(
        [
            check_event("info/a[b]", "passed", expected=known),
            check_event("info/b[b]", "failed"),
            check_event("info/c[b]", "failed", level="SHOULD"),
            check_event("info/d[b]", "passed"),
        ],
        gate_problems=["port/expectations.yaml:9: no check is called 'x'"],
    )
    lines = github.workflow_commands(run, tmp_path)
    assert len(lines) == 4
    assert lines[0].startswith("::error file=port/expectations.yaml,line=9,title=Hub conformance::")
    assert lines[1].startswith("::error file=port/expectations.yaml,line=45,title=unexpected pass::info/a[b] (MUST): ")
    assert lines[2].startswith("::error title=failed::info/b[b] (MUST): [wrong-sha] the sha is an old one. ")
    assert lines[3].startswith("::warning title=failed::info/c[b] (SHOULD): ")


def test_annotations_are_ten_at_most_and_hold_no_command_of_the_port() -> None:
    """GitHub shows ten. A line end in a library's message does not begin another command."""
    finding = {"code": "c", "message": "x\n::set-output name=a::b\r%0A", "expected": None, "seen": None}
    run = make_run([check_event(f"info/x-{n}[b]", "failed", finding=finding) for n in range(30)])
    lines = github.workflow_commands(run)
    assert len(lines) == 10
    assert lines[-1] == "::notice title=Hub conformance::21 more are in the summary"
    assert all("\n" not in line and "\r" not in line and "%250A" in line for line in lines[:-1])


@pytest.mark.parametrize(
    ("outcomes", "message", "color"),
    [
        (["passed"] * 4, "MUST 4/4 · 1 of 32 operations", "brightgreen"),
        (["passed"] * 24 + ["failed"], "MUST 24/25 · 1 of 32 operations", "green"),
        (["passed", "failed"], "MUST 1/2 · 1 of 32 operations", "orange"),
        (["unsupported"], "no MUST applies · 1 of 32 operations", "lightgrey"),
        (["passed", "crashed"], "MUST 1/2 · 1 of 32 operations · incomplete", "orange"),
    ],
)
def test_the_badge_names_its_base(outcomes: list[str], message: str, color: str) -> None:
    """What applied, and how much of the protocol is offered; an incomplete run says so."""
    checks = [
        check_event(f"info/x-{n}[b]", outcome, code="unsupported" if outcome == "unsupported" else "wrong-sha")  # type: ignore[arg-type]
        for n, outcome in enumerate(outcomes)
    ]
    run = make_run(checks)
    assert json.loads(badge.render(run, run.score())) == {
        "schemaVersion": 1,
        "label": "Hub conformance",
        "message": message,
        "color": color,
    }


@pytest.mark.parametrize(("outcomes", "color"), [(["passed"], "lightgrey"), (["failed"], "orange")])
def test_the_badge_of_a_part_is_not_green(outcomes: list[Outcome], color: str) -> None:
    """As of a run of one area: fewer checks are no way to a better badge."""
    run = make_run([check_event(f"info/x-{n}[b]", outcome) for n, outcome in enumerate(outcomes)], profile_checks=9)
    assert json.loads(badge.render(run, run.score()))["color"] == color


def test_outputs_of_the_action_are_one_line_each(run: Run) -> None:
    """From `parity.json`; nothing that applied is an empty figure."""
    assert outputs(json.loads(parity(run, run.score()))) == ["parity=0.2500", "must=1/3", "failed=2", "complete=false"]
    nothing = make_run([check_event("info/a[b]", "unsupported", code="unsupported")])
    assert outputs(json.loads(parity(nothing, nothing.score())))[:2] == ["parity=", "must=0/0"]
