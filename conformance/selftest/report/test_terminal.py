"""The screen at the end of a run: everything that matters on it, at any width."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys

import pytest
from rich.console import Console

from conformance.cli.progress import Bar
from conformance.report import terminal
from conformance.report.causes import causes_of
from conformance.report.events import Run
from conformance.report.harm import HARMS, harm_of
from conformance.report.text import failure_text
from conformance.selftest.report.conftest import KNOWN, LONG_NAME, NO_WHOAMI, check_event, make_run
from conformance.verdict.outcome import LEVELS

AREAS = (
    "auth",
    "cache",
    "datasets",
    "download",
    "environment",
    "errors",
    "info",
    "names",
    "offline",
    "read",
    "redirects",
)
CODES = ("token-leaked", "wrong-bytes", "written-outside", "no-error", "fetched-again", "wrong-list", "not-resumed")


def shown(run: Run, width: int = 80, detail: terminal.Detail = "normal", **options: bool) -> str:
    out = io.StringIO()
    terminal.show(run, run.score(), Console(file=out, width=width, **options), detail)  # type: ignore[arg-type]
    return out.getvalue()


@pytest.fixture
def fresh() -> Run:
    """A client that nobody has measured before: 250 failures of 77 causes, no expectations."""
    checks = []
    for number in range(250):
        area, code = AREAS[number % len(AREAS)], CODES[number % len(CODES)]
        finding = {"code": code, "message": f"what goes wrong by {code}, in many words " * 3, "expected": 1, "seen": 2}
        id = f"{area}/something-that-must-hold-{number}[gsm8k]"
        checks.append(check_event(id, "failed", finding=finding, level=LEVELS[number % 2]))
    checks += [check_event(f"tree/lacks-{n}[gsm8k]", "unsupported", finding=NO_WHOAMI) for n in range(300)]
    checks += [check_event(f"tree/passes-{n}[gsm8k]", "passed") for n in range(20)]
    return make_run(checks)


@pytest.mark.parametrize("width", [80, 120])
def test_a_first_run_fits_one_screen(fresh: Run, width: int) -> None:
    """At most 50 lines; only commands and gate messages, which are to be copied, are wider than the terminal."""
    lines = shown(fresh, width).splitlines()
    assert len(lines) <= 50
    assert [line for line in lines if len(line) > width and "hub-conformance run" not in line] == []


def test_ten_causes_are_named_the_heaviest_first(fresh: Run) -> None:
    """A leaked token before a wrong byte, that before a needless request; five with requirement and command."""
    text = shown(fresh)
    assert "causes: the 10 heaviest of 77, for 250 checks that did not pass" in text
    numbers = [line for line in text.splitlines() if line[:3].strip(" ").rstrip(".").isdecimal() and line[2] == "."]
    assert len(numbers) == 10
    assert "[token-leaked]" in numbers[0]
    assert text.count("    hub-conformance run --port made-up") == 5
    weights = [cause.weight for cause in causes_of(fresh.checks)]
    assert weights == sorted(weights, reverse=True)


def test_one_cause_is_one_finding_in_one_area() -> None:
    """Its example is a MUST that is not expected; checks that the profile does not list are left out."""
    checks = [
        check_event("info/a[b]", "failed", level="SHOULD"),
        check_event("info/b[b]", "failed"),
        check_event("info/c[b]", "failed", code="other-id"),
        check_event("tree/a[b]", "failed"),
        check_event("tree/b[b]", "failed", scored=False),
        check_event("tree/c[b]", "passed"),
    ]
    causes = causes_of(checks)
    found = {(cause.area, cause.code): (cause.levels, cause.example.id) for cause in causes}
    assert found == {
        ("info", "wrong-sha"): ("1 MUST, 1 SHOULD", "info/b[b]"),
        ("info", "other-id"): ("1 MUST", "info/c[b]"),
        ("tree", "wrong-sha"): ("1 MUST", "tree/a[b]"),
    }


def test_every_kind_of_harm_says_what_a_user_notices() -> None:
    """The worst is a leaked secret; an unknown code is an answer that differs."""
    assert harm_of("token-leaked") is HARMS[0]
    assert harm_of("no-such-code").name == "differs"
    assert [harm.weight for harm in HARMS[:5]] == sorted((harm.weight for harm in HARMS[:5]), reverse=True)
    assert all(harm.noticed.endswith(".") for harm in HARMS)


def test_a_known_cause_says_its_reason() -> None:
    """In the place of the requirement, which its reader has seen."""
    run = make_run([check_event("download/known[gsm8k]", "failed", code="extra-request", expected=KNOWN)])
    text = shown(run)
    assert " 1. download: [extra-request] 1 MUST, expected: the sha is an old one\n    because it asks twice\n" in text


def test_figures_by_area_and_level(run: Run) -> None:
    """Passed of what applies; areas of which nothing applies are left out."""
    rows = [" ".join(line.split()) for line in shown(run).splitlines()]
    assert "area MUST SHOULD area MUST SHOULD" in rows
    assert any("info 1/1 -" in row for row in rows)
    assert any("cache - 0/1" in row for row in rows)
    assert not any(row.startswith("auth ") for row in rows)


def test_what_was_measured_comes_first_and_the_verdict_last(run: Run) -> None:
    """Port, suite, profile; the figure with its base; what the exit code means."""
    text = shown(run)
    assert text.splitlines()[0] == "made-up 1.2.3 (elixir) · suite 0.1.0 · profile 2026-11-21"
    assert (
        "parity 25.0 % of profile 2026-11-21 (MUST 1 of 3 · SHOULD 0 of 1 · 1 of 32 operations): 1 passed, 2 failed, "
        "1 without a verdict, 2 unsupported, 0 not applicable; incomplete: 5 of the profile's 6 checks ran"
        in " ".join(text.split())
    )
    assert text.splitlines()[-1] == "gate: not as expected (exit code 1)"


def test_few_failures_are_shown_with_their_evidence(run: Run) -> None:
    """Three at most; `--verbose` shows it for any number, and lists what is expected, unsupported and not scored."""
    for check in run.checks:
        assert (failure_text(check) in shown(run)) is not check.verdict.as_expected
    assert f"{LONG_NAME}  SHOULD  try_to_load_from_cache" in shown(run).splitlines()
    verbose = shown(run, detail="verbose")
    assert "  download/known[gsm8k]: [extra-request] it asks twice (https://example.org/17)" in verbose
    assert "  auth/lacks[gsm8k]\n  auth/says-why[gsm8k]: the library has no whoami\n" in verbose
    assert "  info/new[gsm8k]: failed\n" in verbose
    assert "works, but is not claimed (name it in the welcome and in port.toml): whoami\n" in shown(run)


def test_many_failures_show_evidence_only_when_asked(fresh: Run) -> None:
    """And the screen says how to ask."""
    first = failure_text(fresh.checks[0])
    assert first not in shown(fresh)
    assert "--verbose" in shown(fresh)
    assert first in shown(fresh, detail="verbose")


def test_what_is_not_as_expected_is_counted_by_kind(run: Run) -> None:
    """Surprises are named: what could not run, and problems of the gate; plain failures are among the causes."""
    text = shown(run)
    assert "not as expected: " in text
    assert "2 new failures (1 MUST, 1 SHOULD)" in " ".join(text.split())
    assert "1 gate problem" in " ".join(text.split())
    assert "  wire/crashes[gsm8k]: could not run: " in text
    assert "  gate: expectations.yaml:9: no check is called 'info/gone[gsm8k]'" in text


def test_what_is_not_offered_is_counted_by_reason(fresh: Run) -> None:
    """Not a line a check."""
    assert "not offered (300 checks): the library has no whoami 300" in shown(fresh)


def test_quiet_is_one_line(fresh: Run) -> None:
    """The verdict with the base of the figure."""
    (line,) = shown(fresh, detail="quiet").splitlines()
    assert line == (
        "made-up 1.2.3: gate: not as expected (exit code 1); MUST 20 of 145 · SHOULD 0 of 125 · 1 of 32 operations"
    )


def test_colour_where_it_is_wanted(fresh: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a terminal, and not with NO_COLOR."""
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[31m" in shown(fresh, force_terminal=True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[31m" not in shown(fresh, force_terminal=True)
    assert "\x1b" not in shown(fresh)


def test_the_bar_names_what_runs_longest() -> None:
    """Ended, total, failures, and the id of the check in flight since longest."""
    bar = Bar()
    bar.start(3)
    bar.start(7)  # another process
    bar.check_begins("cases/test_cache_reuse.py::test_second_call_fetches_nothing")
    bar.check_begins("cases/test_x.py::test_y")
    bar.check_ends("cases/test_x.py::test_y")
    bar.failed += 1
    line = bar.__rich__().plain
    bar.stop()
    assert " 1/3 · 1 not as expected · 0:00 · cache/second-call-fetches-nothing[gsm8k]" in line


def test_a_terminal_gets_a_bar_and_a_pipe_does_not() -> None:
    """On standard error, taken away at the end; standard output is the report alone."""
    command = [
        sys.executable,
        "-m",
        "conformance",
        "run",
        "--port",
        "reference",
        "info/existence-of-a-repository[contract]",
        "--quiet",
    ]
    main, other = pty.openpty()
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=other, timeout=120, check=False)
    os.close(other)
    seen = os.read(main, 100_000).decode()
    os.close(main)
    assert ended.returncode == 0
    assert "1/1" in seen
    assert ended.stdout.decode().count("\n") == 1
    piped = subprocess.run(command, capture_output=True, timeout=120, check=False)
    assert piped.stderr == b""
