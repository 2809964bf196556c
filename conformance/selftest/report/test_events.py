"""The event stream: what is written is read again, and a damaged stream is refused by name."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from conformance.report.events import Event, EventWriter, ReportError, Run, read
from conformance.selftest.report.conftest import check_event
from conformance.verdict.outcome import Finding


def write(path: Path, run: Run) -> list[str]:
    with EventWriter(path) as writer:
        events: list[Event] = [run.start, *reversed(run.checks), run.end]
        for event in events:
            writer.write(event)
    return path.read_text(encoding="utf-8").splitlines()


def test_what_is_written_is_read_again(tmp_path: Path, run: Run) -> None:
    """The same run, its checks sorted by id though they ended in another order."""
    write(tmp_path / "events.ndjson", run)

    assert read(tmp_path / "events.ndjson") == run


def test_each_event_is_on_disk_at_once(tmp_path: Path, run: Run) -> None:
    """A run that breaks off leaves what it had seen."""
    path = tmp_path / "new" / "events.ndjson"
    with EventWriter(path) as writer:
        writer.write(run.start)

        assert json.loads(path.read_text(encoding="utf-8")) == run.start


def test_a_value_that_json_lacks_is_written_as_text(tmp_path: Path, run: Run) -> None:
    """A finding with bytes in it is not lost."""
    finding = {"code": "c", "message": "m", "expected": b"\x00", "seen": "line\u2028end"}
    write(tmp_path / "e", Run(run.start, (check_event("info/a[b]", "failed", finding=finding),), run.end))

    (check,) = read(tmp_path / "e").checks

    assert check.finding == Finding("c", "m", expected="b'\\x00'", seen="line\u2028end")


def damaged(lines: list[str]) -> dict[str, tuple[list[str], str]]:
    """Ways to damage a stream: its lines then, and what the reader must say."""
    header, *checks, footer = lines
    no_outcome = {key: value for key, value in json.loads(checks[0]).items() if key != "outcome"}
    odd_outcome = {**json.loads(checks[0]), "outcome": "skipped"}
    odd_port = {**json.loads(header), "port": ["made-up"]}
    odd_name = {**json.loads(header), "port": {"name": 3, "version": "1", "language": "c"}}
    odd_operations = {**json.loads(header), "operations": "all"}
    odd_problems = {**json.loads(footer), "gate_problems": [None]}
    odd_wire = {**json.loads(checks[0]), "wire": {}}
    first = json.loads(checks[0])
    odd_code = {**json.loads(footer), "exit_code": 9}
    return {
        "empty": ([], "has no header"),
        "no header": ([*checks, footer], "has no header"),
        "no footer": ([header, *checks], "has no footer"),
        "second header": ([header, header, *checks, footer], ":2: a second 'start' event"),
        "duplicate": ([header, checks[0], checks[0], footer], ":3: a second verdict on "),
        "cut line": ([header, checks[0][:50], footer], ":2 is not JSON"),
        "not an object": ([header, "[]", footer], ":2 is not an event"),
        "unknown event": ([header, '{"event": "pause"}', footer], ":2 is not an event"),
        "missing key": ([header, json.dumps(no_outcome), footer], ":2: the 'check' event has no outcome"),
        "port is a list": ([json.dumps(odd_port), footer], ":1: port is not an object"),
        "name is a number": ([json.dumps(odd_name), footer], ":1: name is not a text: 3"),
        "operations are a text": ([json.dumps(odd_operations), footer], ":1: operations is not a list"),
        "problem is null": ([header, json.dumps(odd_problems)], ":2: gate_problems is not a list of texts"),
        "wire is an object": ([header, json.dumps(odd_wire), footer], ":2: wire is not a list"),
        "kind is a list": ([header, '{"event": []}', footer], ":2 is not an event"),
        "duration is NaN": ([header, json.dumps({**first, "duration": math.nan}), footer], ":2: duration is not"),
        "duration is a long number": ([header, json.dumps({**first, "duration": 10**400}), footer], ":2: duration is"),
        "deep": ([header, "[" * 100_000, footer], ":2 is not JSON"),
        "unknown exit code": ([header, json.dumps(odd_code)], ":2: no run ends with 9"),
        "unknown outcome": ([header, json.dumps(odd_outcome), footer], ":2: no outcome is called 'skipped'"),
    }


@pytest.mark.parametrize(
    "damage",
    [
        "empty",
        "no header",
        "no footer",
        "second header",
        "duplicate",
        "cut line",
        "not an object",
        "unknown event",
        "missing key",
        "unknown outcome",
        "unknown exit code",
        "port is a list",
        "name is a number",
        "operations are a text",
        "problem is null",
        "wire is an object",
        "deep",
        "kind is a list",
        "duration is NaN",
        "duration is a long number",
    ],
)
def test_a_damaged_stream_is_refused(tmp_path: Path, run: Run, damage: str) -> None:
    """The message names the file, the line where there is one, and the damage."""
    path = tmp_path / "events.ndjson"
    lines, says = damaged(write(path, run))[damage]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    with pytest.raises(ReportError) as caught:
        read(path)

    assert str(path) in str(caught.value)
    assert says in str(caught.value)


def test_a_missing_stream_is_refused(tmp_path: Path) -> None:
    """The message names it."""
    with pytest.raises(ReportError, match=r"events\.ndjson cannot be read"):
        read(tmp_path / "events.ndjson")
