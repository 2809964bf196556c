"""`hub-conformance ports` says what can run here."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from conformance.cli.ports import ports


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(ports, arguments, env={"COLUMNS": "200"})
    return result.exit_code, result.output


def test_a_port_that_runs_is_shown_with_its_version() -> None:
    """The version is the library's own."""
    code, output = run("reference")
    assert code == 0
    assert "0.1.0" in output
    assert "yes" in output


def test_a_port_that_cannot_run_is_shown_with_the_reason(tmp_path: Path) -> None:
    """A missing program is no failure of the command."""
    (tmp_path / "port.toml").write_text(
        'name = "mine"\nlanguage = "go"\noperations = ["whoami"]\nstart.command = ["no-such-program"]\n'
    )
    code, output = run(str(tmp_path))
    assert code == 0
    assert "no: The port mine cannot run here: the program no-such-program is not installed." in output


def test_an_unknown_port_is_a_usage_error() -> None:
    """Exit code 2, and the names that there are."""
    code, output = run("refrence")
    assert code == 2
    assert "Did you mean reference?" in output
