"""The table of results: one line a client, from its figures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.report import results
from conformance.report.parity_json import render
from conformance.selftest.report.conftest import check_event, make_run
from conformance.verdict.outcome import Outcome


def written(folder: Path, name: str = "made-up") -> Path:
    leak = {"code": "token-leaked", "message": "m", "expected": None, "seen": None}
    checks = [check_event(f"info/a-{n}[b]", "failed", code="wrong-list") for n in range(30)]
    checks += [check_event("auth/leaks[b]", "failed", code="token-leaked", finding=leak)]
    checks += [check_event("auth/passes[b]", "passed", level="SHOULD")]
    run = make_run(checks)
    run.start["port"]["name"] = name
    folder.mkdir()
    (folder / "parity.json").write_text(render(run, run.score()), "utf-8")
    return folder


def test_a_line_says_what_a_user_would_notice_most(tmp_path: Path) -> None:
    """One leaked token weighs more than thirty lists in another order."""
    found = results.read(written(tmp_path / "a"))
    assert (found.must, found.should, found.operations) == ("0/31", "1/1", "1/32")
    assert found.noticed == "A token, a cookie or credentials go to a host that must not have them. (1 check)"
    assert (found.profile, found.started, found.is_recorded) == ("2026-11-21", "2026-11-21", False)


@pytest.mark.parametrize(
    ("outcomes", "noticed"),
    [
        (["passed"], "Nothing: every check that applies passed."),
        (["passed", "crashed", "inconclusive"], "Not known: no check failed, and 2 gave no verdict."),
    ],
)
def test_a_client_that_gives_no_verdict_is_not_one_that_passes(
    outcomes: list[Outcome], noticed: str, tmp_path: Path
) -> None:
    """A client that crashes or declines fails no check. A run of a part says so."""
    run = make_run([check_event(f"info/{n}[b]", outcome) for n, outcome in enumerate(outcomes)])
    (tmp_path / "parity.json").write_text(render(run, run.score()), "utf-8")
    found = results.read(tmp_path)
    assert found.noticed == noticed
    assert ("| made-up (incomplete run) |" in results.table([found])) == ("crashed" in outcomes)


def test_the_table_is_sorted_and_marks_a_recorded_run(tmp_path: Path) -> None:
    """Names of clients are text."""
    lines = results.table(
        [results.read(written(tmp_path / "b", "b|x")), results.read(written(tmp_path / "a", "a"), is_recorded=True)]
    ).splitlines()
    assert lines[2].startswith("| a (recorded run) | 1.2.3 | elixir | 0/31 | 1/1 | 1/32 | A token, a cookie")
    assert lines[3].startswith("| b\\|x | 1.2.3 ")


def test_the_readme_gets_the_table_where_it_has_a_place(tmp_path: Path) -> None:
    """Between its marks, whatever stood there."""
    found = [results.read(written(tmp_path / "a"))]
    readme = "x\n<!-- results: begin -->\nold\n<!-- results: end -->\ny\n"
    assert results.with_results(readme, found) == (
        f"x\n<!-- results: begin -->\n{results.table(found)}<!-- results: end -->\ny\n"
    )
    assert results.with_results("no place", found) == "no place"


def test_the_page_is_that_of_the_recorded_figures() -> None:
    """The client that is not measured here stands in it from its recorded run."""
    recorded = results.read(results.RECORDED, is_recorded=True)
    line = next(line for line in results.table([recorded]).splitlines() if "recorded" in line)
    assert line in results.PAGE.read_text("utf-8")


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"port": 1})])
def test_a_report_without_figures_is_refused(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In one line, and nothing is written."""
    before = results.PAGE.read_bytes()
    (tmp_path / "parity.json").write_text(text, "utf-8")
    assert results.main([str(tmp_path)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert results.PAGE.read_bytes() == before
