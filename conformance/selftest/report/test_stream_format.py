"""The format of events.ndjson, which other programs read, held by a sample.

`data/sample.ndjson` is a run of 20 checks with the port hubdl 0.1.2: passes, failures that are expected and that are
not, calls that are declined, operations that are not offered, a role that is missing, a fault that did not fire, and
rules for every request that were broken. Of each check it keeps the first three requests, of the headers the first two.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.report.events import Event, EventWriter, read
from conformance.selftest.run.test_run import hub_conformance
from conformance.verdict.outcome import OUTCOMES

SAMPLE = Path(__file__).parent / "data" / "sample.ndjson"


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def differences(was: Any, now: Any, where: str = "") -> list[str]:
    """Where two values differ in the names of their fields, the order of these, or their types. Null is any type."""
    if was is None or now is None:
        return []
    if type(was) is not type(now):
        return [f"{where}: {type(was).__name__} is now {type(now).__name__}"]
    if isinstance(was, dict):
        if list(was) != list(now):
            return [f"{where}: {list(was)} is now {list(now)}"]
        return [one for name in was for one in differences(was[name], now[name], f"{where}.{name}")]
    if isinstance(was, list) and was and now:
        return differences(was[0], now[0], f"{where}[0]")
    return []


def test_sample_has_each_kind_of_end() -> None:
    """What the tests below compare is there at all."""
    checks = [event for event in lines_of(SAMPLE) if event["event"] == "check"]
    assert len(checks) == 20
    assert {check["outcome"] for check in checks} == {
        *("passed", "failed", "unsupported", "not_applicable", "inconclusive")
    }
    assert {check["outcome"] for check in checks} < set(OUTCOMES)
    assert {check["verdict"]["as_expected"] for check in checks} == {True, False}
    assert any(check["violations"] for check in checks)
    assert any("exchanges" in check for check in checks)
    assert any("exchanges" not in check for check in checks)


def test_sample_is_written_as_it_was_read(tmp_path: Path) -> None:
    """Each event, field by field and in the order of its fields; the checks sorted by id."""
    run = read(SAMPLE)
    with EventWriter(tmp_path / "events.ndjson") as writer:
        events: list[Event] = [run.start, *run.checks, run.end]
        for event in events:
            writer.write(event)
    start, *checks, end = lines_of(SAMPLE)
    expected = [start, *sorted(checks, key=lambda check: str(check["id"])), end]
    written = lines_of(tmp_path / "events.ndjson")
    for was, now in zip(expected, written, strict=True):
        assert list(now) == list(was)
        for name in was:
            assert now[name] == was[name], (was.get("id"), name)
    assert read(tmp_path / "events.ndjson") == run


def kind_of(event: dict[str, Any]) -> tuple[str, str]:
    """What decides which fields an event has: its kind, and of a check how it ended."""
    return event["event"], event.get("outcome", "")


@pytest.mark.slow(seconds=5)
def test_a_run_writes_what_the_sample_has(tmp_path: Path) -> None:
    """A run of today has the fields, the order and the types of the sample, at every depth."""
    checks = ("download/git-file[gsm8k]", "download/cut-git-file[gsm8k]", "info/sha-is-the-head[gsm8k]")
    ended = hub_conformance("run", "--port", "curl", "--report", str(tmp_path), "--level", "MUST", *checks)
    assert (tmp_path / "events.ndjson").exists(), ended.stderr
    others = [event for event in lines_of(SAMPLE) if event.get("verdict", {}).get("label") != "expected decline"]
    known = {kind_of(event): event for event in others}  # a call that is declined has requests, too
    seen = lines_of(tmp_path / "events.ndjson")
    ends = [kind_of(event)[1] for event in seen]
    assert sorted(ends) == ["", "", "failed", "passed", "unsupported"]
    for event in seen:
        was = known[kind_of(event)]
        for finding in filter(None, (was.get("finding"), event.get("finding"))):
            finding.update(expected=None, seen=None)  # any value
        assert differences(was, event, event["event"]) == []
