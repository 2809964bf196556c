"""What people and machines read of a run."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from conformance.report import junit, parity_json, write
from conformance.report.events import ReportError, Run
from conformance.report.text import failure_text, percent
from conformance.selftest.report.conftest import LONG_NAME, check_event, make_run
from conformance.verdict.outcome import OUTCOMES


def test_a_failure_has_everything_needed_to_understand_it() -> None:
    """Id, level, operation, verdict, cure, requirement, source, finding, wire log, curl, output, command."""
    check = check_event("info/sha[gsm8k]", "failed")

    assert failure_text(check).splitlines() == [
        "info/sha[gsm8k]  MUST  repo_info",
        "  verdict: failed: fix the port, or list the failure in the port's expectations with a reason",
        "  requirement: The sha is the branch's head.",
        "",
        "    It is never an older one.",
        "  source: huggingface_hub: HfApi.repo_info",
        "  finding: [wrong-sha] the sha is an old one",
        '  expected: "ffffffffffffffffffffffffffffffffffffffff"',
        '  seen:     "0000000000000000000000000000000000000000"',
        "  requests:",
        "      0.001s  hub      GET   /api/datasets/openai/gsm8k  → 200",
        "  run this check alone:",
        "    hub-conformance run --port made-up 'info/sha[gsm8k]'",
        "  repeat by hand ($HUB and $CDN: as hub-conformance serve 'info/sha[gsm8k]' prints them):",
        '    curl -sS -i "$HUB"/api/datasets/openai/gsm8k',
        "  port's output:",
        "    warning: slow today",
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


def test_long_queries_are_cut_and_repeated_requests_counted() -> None:
    """Signed URLs do not drown the rest; a request that was sent again and again is one line."""
    signed = "  0.002s  cdn      GET   /f?Expires=4102444800&Policy=scrubbed&Signature=scrubbed&Key-Pair-Id=x  → 503"
    wire = [signed, *(f"  0.{n:03}s  hub      GET   /x  → 503" for n in range(10, 22))]

    lines = failure_text(check_event("info/sha[gsm8k]", "failed", wire=wire)).splitlines()

    assert "      0.002s  cdn      GET   /f?Expires=4102444800&Polic…  → 503" in lines
    assert "      0.010s  hub      GET   /x  → 503  (12 times)" in lines
    assert sum("/x " in line for line in lines) == 1


def test_missing_and_surplus_entries_are_said_in_words() -> None:
    """Not as two objects to be held against each other; and nothing is `(nothing)`, not null."""
    finding = {"code": "c", "message": "m", "expected": {"missing": ["a"]}, "seen": {"not expected": ["b"]}}
    text = failure_text(check_event("info/sha[gsm8k]", "failed", finding=finding))
    assert '  missing:\n    "a"\n  not expected:\n    "b"' in text

    requests = {"code": "c", "message": "m", "expected": [], "seen": ["  0.1s  hub  GET  /x", {"a": 1}]}
    text = failure_text(check_event("info/sha[gsm8k]", "failed", finding=requests))
    assert '  expected: none\n  seen:\n    0.1s  hub  GET  /x\n    {"a": 1}\n' in text

    nothing = {"code": "c", "message": "m", "expected": None, "seen": "Boom"}
    assert "  expected: (nothing)\n" in failure_text(check_event("info/sha[gsm8k]", "failed", finding=nothing))


def test_a_check_that_could_not_run_says_in_what_way() -> None:
    """The outcome stands in the verdict, and a missing finding or wire log is no obstacle."""
    text = failure_text(check_event("info/sha[gsm8k]", "timed_out", wire=[], curl=[], output=""))

    assert "verdict: could not run, timed_out: " in text
    assert "(no request)" in text
    assert "repeat by hand" not in text


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
        "outcomes",
        "declines",
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
        "expectations.yaml:9: no check is called 'info/gone[gsm8k]'": ["failure"],
    }
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped", "time")} == {
        "tests": "8",
        "failures": "2",
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
    assert (cases["download/known[gsm8k]"].get("file"), cases["download/known[gsm8k]"].get("line")) == (
        "expectations.yaml",
        "4",
    )
    lacks = cases["auth/says-why[gsm8k]"].find("skipped")
    assert lacks is not None
    assert lacks.get("message") == "unsupported: the library has\nno whoami"


def test_junit_has_an_error_for_what_was_lost() -> None:
    """A test in which the suite itself broke is counted, with its traceback."""
    run = make_run([check_event("info/a[b]", "passed")], gate_problems=["the suite itself broke in x:\nKeyError: 1"])
    (suite,) = ElementTree.fromstring(junit.render(run).encode())
    assert (suite.get("tests"), suite.get("errors"), suite.get("failures")) == ("2", "1", "0")
    assert "KeyError: 1" in "".join(suite.itertext())


def test_junit_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the texts of failures are, they keep within it; each is still a failure with its message."""
    monkeypatch.setattr(junit, "LARGEST_TEXTS", 100_000)
    finding = {"code": "c", "message": "<" * 50_000, "expected": None, "seen": "x"}
    run = make_run([check_event(f"info/a{number}[b]", "failed", finding=finding) for number in range(10)])

    failures = list(ElementTree.fromstring(junit.render(run).encode()).iter("failure"))

    cut = "… cut: events.ndjson has it whole"
    assert [len(failure.text or "") for failure in failures] == [20_000 + len(cut)] * 4 + [len(cut)] * 6
    assert str(failures[0].text).endswith(f"<{cut}")
    assert all(len(failure.get("message", "")) <= 1_000 + len(cut) for failure in failures)


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


def test_all_reports_are_written_and_replaced(tmp_path: Path, run: Run) -> None:
    """Four files and no scratch; a second run's reports take the place of the first's."""
    folder = tmp_path / "new"
    write.write_all(folder, run)
    write.write_all(folder, make_run([check_event("info/a[b]", "passed")]))

    assert sorted(path.name for path in folder.iterdir()) == ["badge.json", "junit.xml", "parity.json", "summary.md"]
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
