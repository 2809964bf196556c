"""`hub-conformance run`: measure a port with pytest and show what the event stream says."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click
import pytest
from rich.console import Console

import conformance
from conformance import expect, ports
from conformance.cli.common import HARNESS_ERROR, Refusal
from conformance.ending import by_signals
from conformance.report import events, terminal, write
from conformance.scratch import Scratch

_PACKAGE = Path(conformance.__file__).parent
_BROKE_OFF: Final = (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR)


def _processes(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is None or value == "auto" or value.isdecimal():
        return value
    raise click.BadParameter(f"{value!r} is neither a number nor `auto`")


@click.command()
@click.option("--port", required=True, metavar="NAME", help="A bundled port, or the path of a port.toml.")
@click.option("--report", type=click.Path(file_okay=False, path_type=Path), help="Folder for the reports.")
@click.option("-n", "processes", callback=_processes, metavar="N", help="Number of processes, or auto.")
@click.option("-k", "expression", metavar="EXPR", help="Only checks that match, as pytest's -k.")
@click.option("--shuffle", type=int, metavar="SEED", help="Run the checks in another order.")
@click.option("--profile", metavar="NAME", help="The profile to score by; the newest unless given.")
@click.option("--child/--in-process", default=None, help="Drive the port in a process of its own, or in this one.")
@click.option(
    "--port-memory",
    metavar="SIZE",
    help="Kill the port when its processes hold more main memory than this: 512M, 2G.",
)
@click.option(
    "--attach",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Drive a shim that you start yourself, by named pipes in this folder; there are no deadlines.",
)
@click.option(
    "--expectations",
    type=click.Path(dir_okay=False, path_type=Path),
    help="What is known of the port; the port's own file unless given.",
)
@click.option(
    "--write-expectations",
    is_flag=True,
    help="Begin or update that file from this run: entries by cause, known reasons kept, new ones say TODO.",
)
@click.option(
    "--recording",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Serve this recording: the checks that apply to any repository, as CHECK_ID[name of the folder].",
)
@click.option("--deadline", type=float, metavar="SECONDS", help="How long one call may take; 60 unless given.")
@click.argument("check_ids", nargs=-1, metavar="[CHECK_ID]...")
@click.pass_context
def run(
    ctx: click.Context,
    port: str,
    report: Path | None,
    processes: str | None,
    expression: str | None,
    shuffle: int | None,
    profile: str | None,
    child: bool | None,
    port_memory: str | None,
    attach: Path | None,
    expectations: Path | None,
    write_expectations: bool,
    recording: Path | None,
    deadline: float | None,
    check_ids: tuple[str, ...],
) -> None:
    """Measure a port: all checks, or the ones named.

    Exit codes: 0 as expected, 1 not as expected, 2 usage or harness error, 3 incomplete.
    """
    if expectations is not None and not expectations.is_file() and not write_expectations:
        raise click.BadParameter(f"there is no file {expectations}", param_hint="--expectations")
    known = expectations if expectations is not None and expectations.is_file() else None
    with by_signals() as ending, _scratch() as scratch:
        folder = (report or Path(scratch)).absolute()
        write.clear(folder)
        ctx.call_on_close(lambda: write.release(folder))
        options = [f"--hub-port={port}", f"--hub-report={folder}", f"--basetemp={Path(scratch, 'disk')}"]
        options += [f"-n{processes}"] if processes is not None else []
        options += [f"-k{expression}"] if expression is not None else []
        options += [f"--hub-shuffle={shuffle}"] if shuffle is not None else []
        options += [f"--hub-profile={profile}"] if profile is not None else []
        options += [] if child is None else ["--hub-child" if child else "--hub-in-process"]
        options += [f"--hub-memory={port_memory}"] if port_memory is not None else []
        options += [f"--hub-attach={attach.absolute()}", "-s"] if attach is not None else []
        options += [f"--hub-expectations={known.absolute()}"] if known is not None else []
        options += [f"--hub-recording={recording.absolute()}"] if recording is not None else []
        options += [f"--hub-deadline={deadline}"] if deadline is not None else []
        options += [f"--hub-check={check_id}" for check_id in check_ids]
        code = _collect_and_run(options)
        if ending.signal:
            click.echo(f"ended by {signal.Signals(ending.signal).name}", err=True)
            raise click.exceptions.Exit(ending.exit_code)
        if code in _BROKE_OFF:
            raise click.exceptions.Exit(HARNESS_ERROR)
        if code == pytest.ExitCode.NO_TESTS_COLLECTED:
            click.echo("no check was selected, so none ran", err=True)
        stream = events.read(folder / events.FILE_NAME)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that lacks a character must not cost the report
    terminal.show(stream, stream.score(), Console())
    if write_expectations:
        if stream.end["exit_code"] == HARNESS_ERROR:
            raise Refusal("the suite itself broke: the expectations were left as they are")
        click.echo(expect.write(stream, expect.place(ports.find(port), expectations)))
    ctx.exit(stream.end["exit_code"])


@contextlib.contextmanager
def _scratch() -> Iterator[str]:
    """A folder for all temporary files of the run and its processes: however these end, nothing of them stays."""
    before = os.environ.get("TMPDIR")
    with Scratch("hub-conformance-") as folder:
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        try:
            yield folder
        finally:
            tempfile.tempdir = None
            if before is None:
                del os.environ["TMPDIR"]
            else:
                os.environ["TMPDIR"] = before


def _collect_and_run(options: Sequence[str]) -> int:
    """Run pytest over the checks.

    The user's own pytest settings, plugins and conftest files are kept out: they must not change the measure.

    Returns:
        pytest's exit code: 0 or 1 for a whole run, 5 if no check was selected, another of `_BROKE_OFF` if pytest
        itself refused or broke off, which has been said on stderr.

    Raises:
        Refusal: the checks cannot be collected.
    """
    watch = _Watch()
    ours = ["hub_conformance", "xdist", "syrupy"]
    code = pytest.main(
        [
            str(_PACKAGE / "cases"),
            f"--config-file={os.devnull}",
            f"--rootdir={_PACKAGE}",
            "--disable-plugin-autoload",
            *(f"-p{plugin}" for plugin in ours),
            "-pno:terminalreporter",
            "-pno:cacheprovider",
            *options,
        ],
        plugins=[watch],
    )
    if watch.broken:
        raise Refusal("the checks cannot be collected:\n" + "\n".join(watch.broken))
    return int(code)


@dataclass(eq=False)  # pytest hashes its plugins
class _Watch:
    """Shows progress on a terminal, and keeps what pytest's own reporter, left out here, would have said."""

    broken: list[str] = field(default_factory=list)
    ended: int = 0

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.broken.append(report.longreprtext)

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        if isinstance(excinfo.value, pytest.exit.Exception):
            click.echo(f"Error: {excinfo.value.msg}", err=True)

    def pytest_runtest_logfinish(self) -> None:
        self.ended += 1
        if sys.stderr.isatty():
            click.echo(f"\r{self.ended} checks", nl=False, err=True)

    def pytest_sessionfinish(self) -> None:
        if sys.stderr.isatty():
            click.echo("\r\x1b[K", nl=False, err=True)
