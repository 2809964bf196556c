"""`hub-conformance run`, with made-up event streams in the place of pytest."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from conformance.cli import run as run_module
from conformance.cli.main import COMMANDS, main
from conformance.errors import ConformanceError
from conformance.report.events import EventWriter, Run
from conformance.selftest.report.conftest import check_event, make_run

Pretend = Callable[..., list[str]]

IDS = ("cache/moved-branch-is-seen[gsm8k]", "tree/at-a-revision[gsm8k]")


@pytest.fixture
def pretend(monkeypatch: pytest.MonkeyPatch) -> Pretend:
    """Let pytest write this run's events and end with this code; returns the list for its arguments."""

    def install(run: Run, code: int = 0, *, footer: bool = True, collect_error: str = "") -> list[str]:
        seen: list[str] = []

        def instead(arguments: list[str], plugins: list[run_module._Watch]) -> int:
            seen.extend(arguments)
            (report,) = [argument for argument in arguments if argument.startswith("--hub-report=")]
            if collect_error:
                plugins[0].pytest_collectreport(pytest.CollectReport("x", "failed", collect_error, []))
            with EventWriter(Path(report.partition("=")[2]) / "events.ndjson") as writer:
                writer.write(run.start)
                for check in run.checks:
                    writer.write(check)
                if footer:
                    writer.write(run.end)
            return code

        monkeypatch.setattr(pytest, "main", instead)
        return seen

    return install


def invoke(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def passing() -> Run:
    return make_run([check_event("info/a[b]", "passed")])


@pytest.mark.parametrize(
    ("run", "code"),
    [
        (passing(), 0),
        (make_run([check_event("info/a[b]", "failed")]), 1),
        (make_run([check_event("info/a[b]", "crashed")]), 3),
    ],
    ids=["as expected", "not as expected", "incomplete"],
)
def test_the_exit_code_is_the_runs(pretend: Pretend, run: Run, code: int) -> None:
    """And the report is shown."""
    pretend(run, 1)

    result = invoke("run", "--port", "made-up")

    assert result.exit_code == code
    assert result.stdout.startswith("made-up 1.2.3 (elixir)")


def test_options_are_handed_to_pytest(pretend: Pretend, tmp_path: Path) -> None:
    """Each as the plugin and pytest know it."""
    seen = pretend(passing())
    (tmp_path / "e.yaml").touch()

    invoke(
        *(
            "run",
            "--port",
            "made-up",
            "-n",
            "2",
            "-k",
            "info and not sha",
            "--profile",
            "2026-11-21",
            "--child",
        ),
        *("--expectations", str(tmp_path / "e.yaml"), *IDS),
    )

    assert {
        "--hub-port=made-up",
        "-n2",
        "-kinfo and not sha",
        "--hub-profile=2026-11-21",
        "--hub-child",
        f"--hub-expectations={tmp_path / 'e.yaml'}",
        *(f"--hub-check={id}" for id in IDS),
    } <= set(seen)


def test_what_is_not_asked_for_is_not_handed_on(pretend: Pretend) -> None:
    """Without options pytest and the plugin follow their own defaults."""
    seen = pretend(passing())

    invoke("run", "--port", "made-up")

    given = ("-n", "-k", "--hub-profile", "--hub-child", "--hub-exp", "--hub-check")
    assert not [word for word in seen if word.startswith(given)]


def test_a_run_without_footer_is_a_harness_error(pretend: Pretend, tmp_path: Path) -> None:
    """One line, exit code 2, and no report of an earlier run is left to be mistaken for this one's."""
    pretend(passing())
    invoke("run", "--port", "made-up", "--report", str(tmp_path))
    pretend(passing(), footer=False)

    result = invoke("run", "--port", "made-up", "--report", str(tmp_path))

    assert result.exit_code == 2
    assert result.stderr.startswith("Error: ")
    assert "has no footer" in result.stderr
    assert result.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["events.ndjson"]


@pytest.mark.parametrize("code", [2, 3, 4])
def test_pytests_own_errors_are_harness_errors(pretend: Pretend, code: int) -> None:
    """Interrupted, internal and usage errors, whatever events there are."""
    pretend(passing(), code)

    assert invoke("run", "--port", "made-up").exit_code == 2


def test_checks_that_cannot_be_collected_are_a_harness_error(pretend: Pretend) -> None:
    """Also when the rest ran and pytest ended with 1, as it does with several processes."""
    pretend(passing(), 1, collect_error="ImportError: no module")

    result = invoke("run", "--port", "made-up")

    assert result.exit_code == 2
    assert "ImportError: no module" in result.stderr


def test_a_suite_that_broke_is_a_harness_error(pretend: Pretend) -> None:
    """The footer says so; the table is shown all the same, with what broke."""
    run = make_run([check_event("info/a[b]", "passed")], gate_problems=["the suite broke in x:\nKeyError"])
    pretend(Run(run.start, run.checks, {**run.end, "exit_code": 2}), 1)

    result = invoke("run", "--port", "made-up")

    assert result.exit_code == 2
    assert "  gate: the suite broke in x:\n  KeyError\n" in result.stdout
    assert "gate: the suite itself broke (exit code 2)" in result.stdout


def test_a_selection_of_nothing_is_incomplete(pretend: Pretend) -> None:
    """0 of 0 is not a pass."""
    pretend(make_run([]), 5)

    result = invoke("run", "--port", "made-up", "-k", "nothing")

    assert result.exit_code == 3
    assert "no check was selected" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["run"],
        ["run", "--port", "made-up", "--expectations", "missing.yaml"],
        ["run", "--port", "made-up", "-n", "two"],
        ["run", "--port", "made-up", "--nonsense"],
        ["nonsense"],
    ],
    ids=["no port", "no expectations file", "no number", "unknown option", "unknown command"],
)
def test_usage_errors_end_with_2_and_no_traceback(words: list[str]) -> None:
    """click says what was wrong."""
    result = invoke(*words)

    assert result.exit_code == 2
    assert "Error: " in result.stderr
    assert "Traceback" not in result.stderr


def test_our_own_errors_are_one_line_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any command may raise one."""

    @click.command()
    def run() -> None:
        raise ConformanceError("no port is called 'refrence'", "did you mean reference?")

    monkeypatch.setattr(run_module, "run", run)
    result = invoke("run")

    assert result.exit_code == 2
    assert result.stderr == "Error: no port is called 'refrence': did you mean reference?\n"


def test_a_defect_of_ours_does_not_end_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    """1 would say that the port is not as expected."""

    @click.command()
    def run() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(run_module, "run", run)
    result = invoke("run")

    assert result.exit_code == 2
    assert "ZeroDivisionError" in result.stderr


def test_help_lists_the_commands() -> None:
    """With a line on each."""
    result = invoke("--help")

    assert result.exit_code == 0
    assert all(f"{name} " in result.stdout and text in result.stdout for name, text in COMMANDS.items())


def test_a_closed_pipe_is_no_traceback() -> None:
    """As after `| head`: the command ends as one that SIGPIPE ended."""
    command = f"{shlex.quote(sys.executable)} -m conformance list checks | head -1; echo ${{PIPESTATUS[0]}}"
    ended = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert ended.stderr == ""
    assert ended.stdout.splitlines()[-1] in ("141", "0")  # 0 where the pipe holds it all
