"""`hub-conformance report`: which runs belong together, and what the site and the merged report hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from conformance.catalogue.check import all_checks
from conformance.cli.main import main
from conformance.report.events import ReportError, Run, read
from conformance.report.merge import arranged, merged
from conformance.report.site import build
from conformance.report.site.model import anchor
from conformance.selftest.report.conftest import KNOWN, check_event, make_run, write_stream
from conformance.verdict.outcome import Outcome


def run_of(ids: list[str], started: str = "2026-11-27", version: str = "1", name: str = "p", **changes: Any) -> Run:
    run = make_run([check_event(id, "passed", **changes) for id in ids], profile_checks=4)
    run.start["port"] = {"name": name, "version": version, "language": "c"}
    run.start["started"] = started
    return run


A, B, C, D = (f"info/{letter}[x]" for letter in "abcd")


def test_shards_become_the_run_that_they_are_of() -> None:
    """No check in common: one run, with the earliest beginning; it is complete if all checks are there."""
    whole = merged([run_of([C, D], "2026-11-27T02"), run_of([A, B], "2026-11-27T01")])
    assert [check.id for check in whole.checks] == [A, B, C, D]
    assert whole.start["started"] == "2026-11-27T01"
    assert whole.start["checks"] == 4
    assert whole.score().complete
    assert whole.end["exit_code"] == 0


def test_a_failure_in_one_shard_fails_the_whole() -> None:
    """A gate problem that all shards have is named once; a broken suite stays one."""
    bad = make_run([check_event(A, "failed")], gate_problems=["e.yaml:1: x"])
    good = make_run([check_event(B, "passed")], gate_problems=["e.yaml:1: x"])
    whole = merged([bad, good])
    assert whole.end["exit_code"] == 1
    assert whole.end["gate_problems"] == ["e.yaml:1: x"]
    broken = make_run([check_event(C, "passed")])
    broken.end["exit_code"] = 2
    assert merged([good, broken]).end["exit_code"] == 2


def test_a_rule_that_another_shard_broke_fails_in_the_whole() -> None:
    """Its own check passed in its shard; the place is expected only where the entry names it."""
    violation = {"check": B, "code": "token-leaked", "message": "m", "as_expected": False}
    known = KNOWN.__class__((B,), ("token-leaked",), "r", "s", seen_in=(A,))
    for as_expected, label in ((False, "broken in another check"), (True, "expected failure")):
        breaks = check_event(A, "passed", violations=[{**violation, "as_expected": as_expected}])
        rule = check_event(B, "passed", expected=known)
        whole = {check.id: check for check in merged([make_run([breaks]), make_run([rule])]).checks}
        assert (whole[B].outcome, whole[B].verdict.label) == ("failed", label)
        finding = whole[B].finding
        assert finding is not None
        assert finding.seen == [A]


@pytest.mark.parametrize(
    ("places", "outcome", "label"),
    [
        (("info/*",), "passed", "unexpected pass"),
        ((A,), "failed", "unexpected pass"),
        ((A,), "unsupported", "passed"),
        (("tree/*",), "passed", "passed"),
    ],
)
def test_an_entry_of_a_rule_that_no_shard_broke_is_out_of_date(
    places: tuple[str, ...], outcome: Outcome, label: str, tmp_path: Path
) -> None:
    """As in a whole run. The rule's own shard ran none of the places, and passed it without a word."""
    entry = KNOWN.__class__((B,), ("token-leaked",), "r", "s", where="e.yaml:3", seen_in=places).as_shown()
    rule = check_event(B, "passed", expected=entry, verdict={"as_expected": True, "label": "passed", "message": ""})
    shards = [make_run([check_event(A, outcome)]), make_run([rule])]
    read_again = [read(write_stream(tmp_path / str(place), run) / "events.ndjson") for place, run in enumerate(shards)]
    whole = {check.id: check for check in merged(read_again).checks}
    assert whole[B].verdict.label == label
    assert whole[B].verdict.as_expected == (label == "passed")


def test_what_is_no_shard_is_refused() -> None:
    """Another port, or a check twice."""
    with pytest.raises(ReportError, match="not shards of one run"):
        merged([run_of([A]), run_of([B], name="q")])
    with pytest.raises(ReportError, match=r"info/a\[x\] is in two"):
        merged([run_of([A]), run_of([A])])
    with pytest.raises(ReportError, match="no report"):
        merged([])


def part_of(ids: list[str], part: int, of: int) -> Run:
    run = run_of(ids, f"2026-11-27T0{part}")
    run.start["shard"] = {"parts": [part], "of": of}
    return run


def test_a_shard_that_is_missing_fails_the_whole(tmp_path: Path) -> None:
    """As when its job died before it uploaded a report: that no other part has failed does not pass the gate."""
    first, second, third = part_of([A], 1, 3), part_of([B], 2, 3), part_of([C], 3, 3)
    assert merged([first, third, second]).end["exit_code"] == 0
    assert "shard" not in merged([first, second, third]).start
    for parts in ([first, third], [first]):
        whole = merged(parts)
        assert whole.end["exit_code"] == 1
        assert "shard 2/3 is missing: add its report to the merge" in whole.end["gate_problems"]
    write_stream(tmp_path, merged([first, third]))  # merged in two steps
    complete = merged([read(tmp_path / "events.ndjson"), second])
    assert (complete.end["gate_problems"], complete.end["exit_code"]) == ([], 0)


def test_a_report_is_not_merged_into_itself(tmp_path: Path) -> None:
    """The shard would be gone, and a second try would merge the whole with the other shard."""
    folders = [write_stream(tmp_path / str(part), part_of([id], part, 2)) for part, id in ((1, A), (2, B))]
    before = (folders[0] / "events.ndjson").read_bytes()
    ended = CliRunner().invoke(main, ["report", *map(str, folders), "--merge", f"{folders[1]}/../1"])
    assert ended.exit_code == 2
    assert "is one of the reports and would be replaced; give another folder" in ended.output
    assert (folders[0] / "events.ndjson").read_bytes() == before


def test_shards_of_unlike_runs_are_refused() -> None:
    """Of another number of parts, of a port that offers other operations, or measured on another recording."""
    recording = {"name": "r", "upstream": "u", "provenance": "hub", "recorded": "2026", "thinned": 0}
    for change in ({"shard": {"parts": [2], "of": 3}}, {"operations": ["whoami"]}, {"recording": recording}):
        other = part_of([B], 2, 2)
        other.start.update(change)  # type: ignore[typeddict-item]
        with pytest.raises(ReportError, match="not shards of one run"):
            merged([part_of([A], 1, 2), other])
        assert len(arranged([part_of([A], 1, 2), other])) == 1  # the newer one, not a mixture of both


@pytest.mark.parametrize("shard", [{"parts": [3], "of": 2}, {"parts": ["1"], "of": 2}, {"parts": 1, "of": 2}, 1])
def test_a_stream_of_a_part_that_cannot_be_is_refused(shard: Any, tmp_path: Path) -> None:
    run = run_of([A])
    run.start["shard"] = shard
    write_stream(tmp_path, run)
    with pytest.raises(ReportError, match=r"events\.ndjson:1: "):
        read(tmp_path / "events.ndjson")


def test_a_run_of_some_checks_takes_no_place_of_a_whole_one() -> None:
    """What failed in the checks that it left out would be shown nowhere."""
    (found,) = arranged([run_of([A, B, C, D], "2026-11-01"), run_of([A], "2026-11-08")])
    assert (found.run.start["started"], found.before) == ("2026-11-01", None)
    (found,) = arranged([run_of([A, B, C, D], "2026-11-01"), run_of([A, B, C, D], "2026-11-08")])
    assert found.run.start["started"] == "2026-11-08"


def test_runs_are_arranged_by_port_version_and_time() -> None:
    """The newest stands for its version; the one before, in whatever version, is what it is compared with."""
    runs = [
        run_of([A, B], "2026-11-01"),
        run_of([A, B], "2026-11-08"),
        run_of([A, B], "2026-11-15", "2"),
        run_of([A], "2026-11-15", "2", "other"),
        run_of([B], "2026-11-16", "2", "other"),
    ]
    found = {
        (one.run.start["port"]["name"], one.run.start["port"]["version"]): (
            one.run.start["started"],
            len(one.run.checks),
            one.before.start["started"] if one.before else None,
        )
        for one in arranged(reversed(runs))
    }
    assert found == {
        ("p", "1"): ("2026-11-08", 2, "2026-11-01"),
        ("p", "2"): ("2026-11-15", 2, "2026-11-08"),
        ("other", "2"): ("2026-11-15", 2, None),
    }


def invoke(*words: object) -> Result:
    return CliRunner().invoke(main, ["report", *map(str, words)])


def test_the_command_writes_a_site_and_a_merged_report(tmp_path: Path) -> None:
    """The merged report has all files of a run, and its exit code; the site shows a plan beside a stream."""
    one, two = write_stream(tmp_path / "1", run_of([A, B])), write_stream(tmp_path / "2", run_of([C, D]))
    (one / "plan.md").write_text("first <b>this</b>", "utf-8")
    result = invoke(one, two / "events.ndjson", "--html", tmp_path / "site", "--merge", tmp_path / "all")
    assert result.exit_code == 0, result.output
    assert [check.id for check in read(tmp_path / "all" / "events.ndjson").checks] == [A, B, C, D]
    assert json.loads((tmp_path / "all" / "parity.json").read_text("utf-8"))["complete"] is True
    assert "first &lt;b&gt;this&lt;/b&gt;" in (tmp_path / "site" / "port-p-1.html").read_text("utf-8")
    assert {"index.html", "checks.html", "area-info.html", "wire-p-1.html", "site.css", "site.js"} <= {
        path.name for path in (tmp_path / "site").iterdir()
    }


def test_pages_of_an_earlier_site_go(tmp_path: Path) -> None:
    """What else lies in the folder stays."""
    build(arranged([run_of([A], name="old")]), tmp_path)
    (tmp_path / "notes.html").touch()
    (tmp_path / "port-forwarding.html").write_text("<p>how to reach the hf-hub-conformance server</p>")
    build(arranged([run_of([A], name="new")]), tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert "port-new-1.html" in names
    assert "port-old-1.html" not in names
    assert {"notes.html", "port-forwarding.html"} <= names


def test_a_page_of_somebody_else_is_not_replaced(tmp_path: Path) -> None:
    """As where `--html docs` names the folder of a project's own pages."""
    (tmp_path / "index.html").write_text("<p>ours</p>", "utf-8")
    with pytest.raises(ReportError, match=r"index\.html is not a page of a report: give another folder; nothing was"):
        build(arranged([run_of([A])]), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]
    assert (tmp_path / "index.html").read_text("utf-8") == "<p>ours</p>"


@pytest.mark.parametrize(
    ("words", "says"),
    [([], "--html DIR, --merge DIR"), (["--html", "x", "missing"], "does not exist")],
)
def test_wrong_usage_is_refused(tmp_path: Path, words: list[str], says: str) -> None:
    """With 2, and one line that says what to write."""
    report = write_stream(tmp_path / "r", run_of([A]))
    result = invoke(report, *words)
    assert result.exit_code == 2
    assert says in result.stderr


def test_twelve_ports_stay_below_three_megabytes(tmp_path: Path) -> None:
    """With every check of the suite, a tenth of them failing in each port, with logs and headers."""
    runs = []
    headers = [["authorization", "Bearer " + "x" * 40], ["location", "https://cdn/" + "y" * 300], ["etag", "z" * 64]]
    for number in range(12):
        checks = []
        for at, (id, check) in enumerate(all_checks().items()):
            fails = (at + number) % 10 == 0
            one = {"at": 0.1, "took": 0.1, "origin": "hub", "method": "GET", "target": f"/{'t' * 90}?{'q' * 200}"}
            exchange = {**one, "status": 200, "sent": 9, "source": "recorded", "request": headers, "response": headers}
            changes: dict[str, Any] = {"source": check.source, "mutants": list(check.mutants)}
            if fails:
                said = {"message": f"m{number} " * 9, "expected": "e" * 99, "seen": number}
                finding = {"code": f"code-{at % 40}", **said}
                changes |= {"exchanges": [exchange] * 6, "finding": finding}
            outcome: Outcome = "failed" if fails else "passed"
            changes |= {"code": f"code-{at % 40}", "level": check.level, "requirement": check.requirement}
            checks.append(check_event(id, outcome, **changes))
        run = make_run(checks)
        run.start["port"]["name"] = f"client-{number}"
        runs.append(run)
    build(arranged(runs), tmp_path)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 3_000_000


def test_an_anchor_has_no_character_that_a_link_cannot_hold() -> None:
    """Whatever an id holds."""
    assert anchor("cache/a-b[gsm8k]") == "cache-a-b-gsm8k"
    assert anchor("<\"'") == "check"
