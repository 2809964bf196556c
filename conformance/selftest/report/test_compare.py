"""`hub-conformance compare`: which checks changed between two reports, and how."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conformance.cli.main import main
from conformance.cli.screen import Screen
from conformance.report.compare import KINDS, compare, to_markdown, to_text
from conformance.report.write import write_all
from conformance.selftest.report.conftest import KNOWN, check_event, make_run, write_stream

LACKS = {"code": "unsupported", "message": "the port does not offer whoami", "expected": None, "seen": None}
DECLINES = {**LACKS, "code": "declined"}
OLD = [
    check_event("info/breaks[gsm8k]", "passed"),
    check_event("info/crashes[gsm8k]", "passed"),
    check_event("info/other-cause[gsm8k]", "failed", code="wrong-sha"),
    check_event("info/same[gsm8k]", "failed"),
    check_event("info/known[gsm8k]", "failed", code="extra-request", expected=KNOWN),
    check_event("info/mended[gsm8k]", "failed"),
    check_event("info/offered[gsm8k]", "unsupported", code="unsupported", finding=LACKS),
    check_event("info/taken-away[gsm8k]", "passed"),
    check_event("info/declines[gsm8k]", "passed"),
    check_event("info/gone[gsm8k]", "passed"),
    check_event("info/unscored[gsm8k]", "passed", scored=False),
]
NEW = [
    check_event("info/breaks[gsm8k]", "failed", level="SHOULD"),
    check_event("info/crashes[gsm8k]", "crashed"),
    check_event("info/other-cause[gsm8k]", "failed", code="other-id"),
    check_event("info/same[gsm8k]", "failed"),
    check_event("info/known[gsm8k]", "failed", code="extra-request", expected=KNOWN),
    check_event("info/mended[gsm8k]", "passed"),
    check_event("info/offered[gsm8k]", "passed"),
    check_event("info/taken-away[gsm8k]", "unsupported", code="unsupported", finding=LACKS),
    check_event("info/declines[gsm8k]", "unsupported", code="declined", finding=DECLINES),
    check_event("info/new[gsm8k]", "failed"),
    check_event("info/unscored[gsm8k]", "failed", scored=False),
]
RIGHT = {
    "newly failing": ["info/breaks[gsm8k]", "info/crashes[gsm8k]", "info/declines[gsm8k]"],
    "newly unsupported": ["info/taken-away[gsm8k]"],
    "changed cause": ["info/other-cause[gsm8k]"],
    "newly passing": ["info/mended[gsm8k]", "info/offered[gsm8k]"],
    "appeared": ["info/new[gsm8k]"],
    "gone": ["info/gone[gsm8k]"],
}


@pytest.fixture
def reports(tmp_path: Path) -> tuple[str, str]:
    old, new = write_stream(tmp_path / "old", make_run(OLD)), write_stream(tmp_path / "new", make_run(NEW))
    return str(old), str(new / "events.ndjson")


def invoke(*words: str) -> Result:
    return CliRunner().invoke(main, ["compare", *words])


@pytest.mark.parametrize("how", ["interrupted", "worker died", "chosen"])
def test_a_run_that_broke_off_is_no_way_to_pass(how: str, tmp_path: Path) -> None:
    """A check that passed and is gone is a regression where the new run ended before its turn, and only there."""
    new = make_run([check_event("info/same[gsm8k]", "failed")])
    new.start["checks"] += how == "worker died"
    if how == "interrupted":
        new.end["interrupted"] = True
    old = [check_event("info/same[gsm8k]", "failed"), check_event("info/gone[gsm8k]", "passed")]
    runs = [str(write_stream(tmp_path / name, run)) for name, run in (("old", make_run(old)), ("new", new))]
    ended = invoke(*runs, "--fail-on", "regression")
    lost = how != "chosen"
    assert ended.exit_code == lost
    assert ("1 regression; 1 gone" if lost else "no regression; 1 gone") in ended.stdout
    assert (", and the run broke off before it" in ended.stdout) == lost


@pytest.mark.parametrize("words", [[], ["--json"], ["--format", "markdown"]])
def test_output_fits_any_encoding(words: list[str], tmp_path: Path) -> None:
    """A terminal that is not UTF-8 costs characters of the text, never the output; JSON is ASCII, and whole."""
    finding = {"code": "x", "message": "é→😀", "expected": None, "seen": None}
    runs = [
        make_run([check_event("info/a[x]", "passed")]),
        make_run([check_event("info/a[x]", "failed", finding=finding)]),
    ]
    folders = [str(write_stream(tmp_path / str(number), run)) for number, run in enumerate(runs)]
    ended = CliRunner(charset="latin-1").invoke(main, ["compare", *folders, *words])
    assert ended.exit_code == 0, ended.output
    assert "newly failing" in ended.output
    if words == ["--json"]:
        assert json.loads(ended.stdout)["changes"]["newly failing"][0]["new"]["message"] == "é→😀"


def test_a_terminal_without_a_size_has_the_usual_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some containers set COLUMNS to 0."""
    monkeypatch.setenv("COLUMNS", "0")
    assert Screen().width == 80
    monkeypatch.setenv("COLUMNS", "30")
    assert Screen().width == 30


def test_a_table_for_a_closed_output_is_no_verdict() -> None:
    """As `run | head`: 1 would say that the port is not as expected."""
    reader, writer = os.pipe()
    os.close(reader)
    with pytest.raises(BrokenPipeError), os.fdopen(writer, "w", buffering=1, encoding="utf-8") as output:
        Screen(file=output).print("x")


def test_each_change_has_its_kind() -> None:
    """What stays as it was, expected or not, is no change; nor is what the profile does not score."""
    comparison = compare(make_run(OLD), make_run(NEW))
    assert {kind: [change.id for change in comparison.of(kind)] for kind in KINDS} == RIGHT
    assert [change.id for change in comparison.regressions] == [*RIGHT["newly failing"], *RIGHT["newly unsupported"]]


def test_equal_runs_differ_in_nothing() -> None:
    """Whatever they say."""
    comparison = compare(make_run(OLD), make_run(OLD))
    assert comparison.changes == ()
    assert "no regression; nothing changed" in to_text(comparison)


def test_the_text_has_figures_and_changes() -> None:
    """Each with what it was and what it is."""
    text = to_text(compare(make_run(OLD), make_run(NEW)))
    assert "4 regressions; 3 newly failing, 1 newly unsupported, 1 changed cause, 2 newly passing" in text
    assert "  info/breaks[gsm8k] SHOULD: passed → [wrong-sha]: the sha is an old one" in text
    assert "  info/other-cause[gsm8k] MUST: [wrong-sha] → [other-id]: the sha is an old one" in text
    assert any(line.split() == ["MUST", "5/9", "→", "2/8", "-3"] for line in text.splitlines()), text


def test_markdown_opens_what_regressed_and_shows_hostile_text() -> None:
    """No markup of a port's gets through; what is better is folded."""
    finding = {"code": "wrong-sha", "message": "<img src=x> [a](http://evil.invalid)", "expected": 1, "seen": 2}
    new = [check_event("info/breaks[gsm8k]", "failed", finding=finding), *NEW[1:]]
    text = to_markdown(compare(make_run(OLD), make_run(new)))
    assert "<details open><summary>newly failing (3)</summary>" in text
    assert "<details><summary>newly passing (2)</summary>" in text
    assert r"\<img src=x\>" in text
    assert "](http:" not in text


def test_markdown_keeps_within_its_room_and_cuts_no_fold() -> None:
    """Escaping makes text longer: the size is that of what is written, and every fold that opens is closed."""
    finding = {"code": "wrong-sha", "message": "|" * 300, "expected": 1, "seen": 2}
    ids = [f"info/{'é' * 300}-{number}[x]" for number in range(60)]
    old = [check_event(id, "passed") for id in ids]
    new = [check_event(id, "failed" if number % 2 else "crashed", finding=finding) for number, id in enumerate(ids)]
    text = to_markdown(compare(make_run(old), make_run(new)))
    assert len(text.encode()) < 17_000
    listed = sum(line.startswith("* info/") for line in text.splitlines())
    assert 0 < listed < 30
    assert f"* … {60 - listed} more; --json has all\n\n</details>\n" in text


def test_the_command_compares_folders_and_streams(reports: tuple[str, str]) -> None:
    """As JSON: figures and every change."""
    result = invoke(*reports, "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert {kind: [one["check"] for one in changes] for kind, changes in document["changes"].items()} == RIGHT
    assert document["figures"]["MUST"] == {"old": {"passed": 5, "of": 9}, "new": {"passed": 2, "of": 8}}
    assert document["changes"]["newly unsupported"][0]["new"]["code"] == "unsupported"
    assert document["changes"]["appeared"][0]["old"] is None


def test_fail_on_sets_the_exit_code(reports: tuple[str, str]) -> None:
    """A regression ends with 1; a run that is only better does not; any change does if that is asked for."""
    old, new = reports
    assert invoke(old, new, "--fail-on", "regression").exit_code == 1
    assert invoke(old, old, "--fail-on", "change").exit_code == 0
    better = str(write_stream(Path(old).with_name("better"), make_run([check_event(c.id, "passed") for c in OLD])))
    assert invoke(old, better, "--fail-on", "regression").exit_code == 0
    assert invoke(old, better, "--fail-on", "change").exit_code == 1


@pytest.mark.parametrize("which", [(0, 1), (0,), (1,)])
def test_a_kept_parity_json_serves_as_a_report(tmp_path: Path, which: tuple[int, ...]) -> None:
    """Old, new or both: the same changes and figures as of the whole reports."""
    folders = [tmp_path / "old", tmp_path / "new"]
    for folder, events in zip(folders, (OLD, NEW), strict=True):
        write_all(write_stream(folder, make_run(events)), make_run(events))
    paths = [str(folder / "parity.json" if at in which else folder) for at, folder in enumerate(folders)]
    kept, whole = (json.loads(invoke(*named, "--json").stdout) for named in (paths, map(str, folders)))
    assert kept["figures"] == whole["figures"]
    assert {kind: [one["check"] for one in changes] for kind, changes in kept["changes"].items()} == RIGHT


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"outcomes": {"a/b[c]": "odd"}, "failed": []}', '{"outcomes": [], "failed": []}']
)
def test_a_damaged_parity_json_is_refused(tmp_path: Path, text: str) -> None:
    """In one line, with 2."""
    path = tmp_path / "parity.json"
    path.write_text(text, "utf-8")
    result = invoke(str(path), str(path))
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1), result.output
    assert "does not hold the figures of a run" in result.stderr


def test_a_damaged_report_is_refused(tmp_path: Path) -> None:
    """In one line, with 2."""
    (tmp_path / "events.ndjson").write_text("{}\n", "utf-8")
    result = invoke(str(tmp_path), str(tmp_path))
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert "is not an event" in result.stderr
