"""What people and machines read of a run."""

from __future__ import annotations

import io
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console

from conformance.catalogue.operations import SAMPLES
from conformance.report import junit, parity_json, summary, terminal, write
from conformance.report.events import ReportError, Run
from conformance.report.text import failure_text, percent
from conformance.selftest.report.conftest import LONG_NAME, check_event, make_run
from conformance.verdict.outcome import LEVELS, OUTCOMES


def shown_in_80_columns(run: Run) -> str:
    """The terminal report without colour."""
    out = io.StringIO()
    terminal.show(run, run.score(), Console(file=out, width=80, no_color=True))
    return out.getvalue()


@pytest.fixture
def shown(run: Run) -> str:
    """The terminal report of the made-up run."""
    return shown_in_80_columns(run)


def test_a_failure_has_everything_needed_to_understand_it() -> None:
    """Id, level, operation, verdict, cure, requirement, source, finding, wire log, curl, output, command."""
    check = check_event("info/sha[gsm8k]", "failed")

    assert failure_text(check).splitlines() == [
        "info/sha[gsm8k]  MUST  repo_info",
        "  verdict: failed: mend the port, or list the failure in the port's expectations with a reason",
        "  requirement: The sha is the branch's head.",
        "",
        "    It is never an older one.",
        "  source: huggingface_hub: HfApi.repo_info",
        "  finding: [wrong-sha] the sha is an old one",
        '  expected: "ffffffffffffffffffffffffffffffffffffffff"',
        '  seen:     "0000000000000000000000000000000000000000"',
        "  wire log:",
        "      0.001s  hub      GET   /api/datasets/openai/gsm8k  → 200",
        "  repeat with:",
        "    curl -sS -i http://127.0.0.1:1/api/datasets/openai/gsm8k",
        "  port's output:",
        "    warning: slow today",
        "  run this check alone:",
        "    hub-conformance run --port made-up 'info/sha[gsm8k]'",
    ]


def test_large_values_are_shown_as_a_labelled_difference() -> None:
    """Only what differs and its surroundings, and which side is which."""
    rows = [f"row {number}" for number in range(30)]
    finding = {"code": "c", "message": "m", "expected": rows, "seen": [*rows[:15], "row ?", *rows[16:]]}

    text = failure_text(check_event("info/sha[gsm8k]", "failed", finding=finding))

    assert "expected (-) and seen (+):" in text
    assert '-  "row 15",' in text
    assert '+  "row ?",' in text
    assert "row 29" not in text


def test_a_long_wire_log_is_shortened_and_says_so() -> None:
    """Forty lines, then how many more there are and where."""
    text = failure_text(check_event("info/sha[gsm8k]", "failed", wire=[f"line {n}" for n in range(100)]))

    assert "line 39" in text
    assert "line 40" not in text
    assert "… 60 more lines in events.ndjson" in text


def test_a_check_that_could_not_run_says_in_what_way() -> None:
    """The outcome stands in the verdict, and a missing finding or wire log is no obstacle."""
    text = failure_text(check_event("info/sha[gsm8k]", "timed_out", wire=[], curl=[], output=""))

    assert "verdict: could not run, timed_out: " in text
    assert "(no request)" in text
    assert "repeat with" not in text


@pytest.mark.parametrize(
    ("parity", "shown"),
    [
        (1.0, "100.0 %"),
        (0.9999, "99.9 %"),
        (0.29, "29.0 %"),
        (2 / 3, "66.6 %"),
        (0.0, "0.0 %"),
        (None, "0 of 0"),
    ],
)
def test_only_a_whole_is_a_hundred_percent(parity: float | None, shown: str) -> None:
    """Percentages are rounded down."""
    assert percent(parity) == shown


def test_the_terminal_names_port_suite_and_profile(shown: str) -> None:
    """In its first line."""
    assert shown.splitlines()[0] == "made-up 1.2.3 (elixir) · suite 0.1.0 · profile 2026-11-21"


def test_the_terminal_has_a_row_for_each_operation_and_level(shown: str) -> None:
    """Passed, failed, could not run, unsupported, parity; the last row is of all."""
    rows = [line.split() for line in shown.splitlines()]

    assert ["repo_info", "MUST", "1", "1", "0", "0", "50.0", "%"] in rows
    assert ["try_to_load_from_cache", "SHOULD", "0", "1", "0", "0", "0.0", "%"] in rows
    assert ["whoami", "MUST", "0", "0", "0", "2", "0", "of", "0"] in rows
    assert ["all", "1", "2", "1", "2", "25.0", "%"] in rows


def test_the_terminal_cuts_no_column() -> None:
    """All of them fit into 80 characters, whatever the operation and the level, with as many checks as there are."""
    checks = [
        check_event(
            f"info/{operation.replace('_', '-')}-{level.lower()}[gsm8k]", "passed", operation=operation, level=level
        )
        for operation in SAMPLES
        for level in LEVELS
    ]
    rows = shown_in_80_columns(make_run(checks)).splitlines()

    assert "…" not in "".join(rows)
    assert sum(row.rstrip().endswith(" 100.0 %") for row in rows) == len(checks) + 1
    assert any(row.rstrip().endswith(" no verdict unsupported  parity") for row in rows)


def test_the_terminal_shows_parity_with_its_counts_and_the_gate(shown: str) -> None:
    """Figure, profile, counts, completeness, and what the exit code means."""
    assert (
        "parity 25.0 % of profile 2026-11-21 (MUST 1 of 3 · SHOULD 0 of 1 · 1 of 32 operations): 1 passed, 2 failed, "
        "1 without a verdict, 2 unsupported, 0 not applicable; incomplete: 5 of the profile's 6 checks ran" in shown
    )
    assert shown.splitlines()[-1] == "gate: not as expected (exit code 1)"


def test_the_terminal_cuts_no_id(shown: str) -> None:
    """An id longer than the terminal is wide stands whole on its line, brackets and all."""
    assert f"{LONG_NAME}  SHOULD  try_to_load_from_cache" in shown.splitlines()


def test_the_terminal_explains_what_needs_attention_and_lists_the_rest(run: Run, shown: str) -> None:
    """Failures and what could not run in full; expected failures, unsupported and unscored in a line each."""
    for check in run.checks:
        assert (failure_text(check) in shown) is not check["verdict"]["as_expected"]
    assert "  download/known[gsm8k]: [extra-request] it asks twice (https://example.org/17)" in shown
    assert "  auth/lacks[gsm8k]\n  auth/says-why[gsm8k]: the library has no whoami\n" in shown
    assert "  info/new[gsm8k]: failed\n" in shown
    assert "  expectations.yaml:9: no check is called 'info/gone[gsm8k]'" in shown


def test_the_terminal_has_no_escapes_without_colour(shown: str) -> None:
    """Neither ours nor the port's."""
    assert "\x1b" not in shown


def test_parity_json_has_its_keys_and_no_others(run: Run) -> None:
    """The document of the made-up run; figures are of scored checks only."""
    document = json.loads(parity_json.render(run, run.score()))

    assert list(document) == [
        "suite",
        "profile",
        "port",
        "capabilities",
        "operations",
        "counts",
        "declined",
        "base",
        "parity",
        "complete",
        "by_operation",
        "by_level",
        "failed",
        "generated",
    ]
    assert document["port"] == {"name": "made-up", "version": "1.2.3", "language": "elixir"}
    assert list(document["counts"]) == list(OUTCOMES)
    assert document["counts"] == {
        **dict.fromkeys(OUTCOMES, 0),
        "passed": 1,
        "failed": 2,
        "unsupported": 2,
        "crashed": 1,
    }
    assert (document["parity"], document["complete"]) == (0.25, False)
    assert document["by_operation"]["whoami"]["parity"] is None
    assert document["by_level"]["SHOULD"]["counts"]["failed"] == 1
    assert [(failed["id"], failed["verdict"]) for failed in document["failed"]] == [
        (LONG_NAME, "failed"),
        ("download/known[gsm8k]", "expected failure"),
    ]
    assert document["failed"][0]["finding"]["code"] == "wrong-sha"
    assert document["generated"] == {"by": "hf-hub-conformance 0.1.0", "started": "2026-11-21T10:00:00Z"}


def test_junit_has_one_case_a_check(run: Run) -> None:
    """Each with its id, level, operation and source, and one word on how it ended."""
    suite = ElementTree.fromstring(junit.render(run)).find("testsuite")
    assert suite is not None
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    ended = {name: [child.tag for child in case if child.tag != "properties"] for name, case in cases.items()}

    assert ended == {
        "info/passes[gsm8k]": [],
        LONG_NAME: ["failure"],
        "download/known[gsm8k]": ["skipped"],
        "auth/lacks[gsm8k]": ["skipped"],
        "auth/says-why[gsm8k]": ["skipped"],
        "wire/crashes[gsm8k]": ["error"],
        "info/new[gsm8k]": ["skipped"],
    }
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped", "time")} == {
        "tests": "7",
        "failures": "1",
        "errors": "1",
        "skipped": "4",
        "time": "1.750",
    }
    properties = {p.get("name"): p.get("value") for p in cases["info/passes[gsm8k]"].iter("property")}
    assert properties == {
        "id": "info/passes[gsm8k]",
        "level": "MUST",
        "operation": "repo_info",
        "source": "huggingface_hub: HfApi.repo_info",
    }
    known = cases["download/known[gsm8k]"].find("skipped")
    assert known is not None
    assert known.get("message") == "expected failure: it asks twice"


def test_junit_survives_what_xml_forbids() -> None:
    """Control characters and half characters in a port's words do not break the document."""
    finding = {"code": "c", "message": "bad \x08 \ud800 \ufffe <&>", "expected": None, "seen": "x"}
    run = make_run([check_event("info/a[b]", "failed", finding=finding, output="\x1b]0;t\x07\x0c]]>")])

    text = "".join(ElementTree.fromstring(junit.render(run).encode()).itertext())

    assert "[c] bad    <&>" in text
    assert "]]>" in text


def test_junit_is_written_in_the_encoding_it_declares(tmp_path: Path) -> None:
    """A parser that goes by the declaration reads what was meant."""
    write.write_all(tmp_path, make_run([check_event("info/a[b]", "failed", requirement="≥ 1 → ok")]))

    assert "≥ 1 → ok" in "".join(ElementTree.parse(tmp_path / "junit.xml").getroot().itertext())


def test_the_summary_is_a_table_and_the_failures(run: Run) -> None:
    """Markdown with the figures by operation, a fold for each failure, and nothing that breaks out of it."""
    text = summary.render(run, run.score())

    assert "| `repo_info` | 1 | 1 | 0 | 0 | 50.0 % |" in text
    assert "| all | 1 | 2 | 1 | 2 | 25.0 % |" in text
    assert f"<details><summary>{LONG_NAME}: failed</summary>" in text
    assert "the branch&#x27;s head" in text
    assert r"* download/known\[gsm8k\]: \[extra-request\] it asks twice" in text
    inside = text.partition("<pre>")[2].partition("</pre>")[0]
    assert "\n\n" not in inside


def test_all_reports_are_written_and_replaced(tmp_path: Path, run: Run) -> None:
    """Three files and no scratch; a second run's reports take the place of the first's."""
    folder = tmp_path / "new"
    write.write_all(folder, run)
    write.write_all(folder, make_run([check_event("info/a[b]", "passed")]))

    assert sorted(path.name for path in folder.iterdir()) == ["junit.xml", "parity.json", "summary.md"]
    assert json.loads((folder / "parity.json").read_text(encoding="utf-8"))["parity"] == 1.0


def test_clearing_takes_only_our_reports(tmp_path: Path, run: Run) -> None:
    """What else lies in the folder stays."""
    write.write_all(tmp_path, run)
    (tmp_path / "notes.txt").touch()

    write.clear(tmp_path)
    write.release(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path, run: Run) -> None:
    """The message names it."""
    (tmp_path / "file").touch()

    with pytest.raises(ReportError, match="cannot hold the report"):
        write.write_all(tmp_path / "file" / "report", run)
