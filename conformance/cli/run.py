"""`hub-conformance run`: measure a port with pytest and show what the event stream says."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click
import pytest

import conformance
from conformance import ports
from conformance.catalogue import profiles
from conformance.cli.common import HARNESS_ERROR, Refusal
from conformance.cli.progress import Bar
from conformance.cli.screen import Screen
from conformance.cli.selection import is_id, select
from conformance.ports import environment
from conformance.ports.drivers import guard
from conformance.ports.drivers.scratch import Scratch
from conformance.report import events, github, terminal, write
from conformance.run import expect
from conformance.run.ending import by_signals
from conformance.run.recorded import Recorded
from conformance.verdict.outcome import LEVELS

_PACKAGE = Path(conformance.__file__).parent
_OF_PYTEST: Final = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DEBUG")
"""Variables by which a user's settings would reach pytest here: a `-k` of theirs leaves checks out."""
_BROKE_OFF: Final = (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR)


def _processes(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is None or value == "auto" or value.isdecimal():
        return value
    raise click.BadParameter(f"{value!r} is neither a number nor `auto`")


def _shard(ctx: click.Context, parameter: click.Parameter, value: str | None) -> tuple[int, int] | None:
    if value is None:
        return None
    part, _, count = value.partition("/")
    if not (part.isdecimal() and count.isdecimal() and 1 <= int(part) <= int(count) <= 1000):
        raise click.BadParameter(f"{value!r} is not a part such as 2/3: a number from 1 to N, a slash, N")
    return int(part), int(count)


@click.command()
@click.option("--port", required=True, metavar="NAME", help="A bundled port, or the path of a port.toml.")
@click.option(
    "--report",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the reports. Default: none are written.",
)
@click.option(
    "-n",
    "processes",
    callback=_processes,
    metavar="N",
    help="Number of processes, or auto for one per core. Default: run all checks in this process.",
)
@click.option(
    "-k", "expression", metavar="EXPR", help="Only checks that match, as pytest's -k: parts of ids, and, or, not."
)
@click.option("--shuffle", type=int, metavar="SEED", help="Run the checks in another order. Default: by file.")
@click.option(
    "--profile", metavar="NAME", help=f"The profile to score by: {', '.join(profiles.names())}. Default: the newest."
)
@click.option(
    "--child/--in-process",
    default=None,
    help="Drive a Python port in a separate process, or in this one (the default where it can).",
)
@click.option(
    "--port-memory",
    metavar="SIZE",
    help="Kill the port when its processes hold more main memory than this: 512M, 2G. Default: no limit.",
)
@click.option(
    "--attach",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Drive a shim that you start yourself, by named pipes in this folder; there are no deadlines.",
)
@click.option(
    "--expectations",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The expectations of the port. Default: the file that its port.toml names.",
)
@click.option(
    "--write-expectations",
    is_flag=True,
    help="Begin or update that file from this run: an entry for each finding and requirement, known reasons kept, new "
    "ones TODO. Entries of the same reason and source become one.",
)
@click.option(
    "--recording",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Serve this recording: the checks that apply to any repository, as CHECK_ID[name of the folder].",
)
@click.option(
    "--hub",
    type=click.Choice(["stand-in"]),
    help="Let the stand-in Hub answer instead of a recording, to try checks, given by id, before they are recorded. "
    "Nothing is scored, and the exit code is 0 unless the suite broke.",
)
@click.option("--deadline", type=float, metavar="SECONDS", help="How long one call may take. Default: 60.")
@click.option("--area", "areas", multiple=True, metavar="AREA", help="Only checks of this area; may be repeated.")
@click.option(
    "--level", "levels", multiple=True, type=click.Choice(LEVELS), help="Only checks of this level; may be repeated."
)
@click.option(
    "--operation", "operations", multiple=True, metavar="NAME", help="Only checks that this operation can show."
)
@click.option(
    "--failed-of",
    multiple=True,
    metavar="REPORT",
    type=click.Path(exists=True, path_type=Path),
    help="Only checks that failed in this earlier report, a folder or its events.ndjson; may be repeated.",
)
@click.option(
    "--maxfail",
    type=click.IntRange(1),
    metavar="N",
    help="Stop after N checks that are not as expected. Default: never.",
)
@click.option(
    "--shard",
    callback=_shard,
    metavar="I/N",
    help="Only the I-th of N equal parts of the checks; `hub-conformance report` merges the reports.",
)
@click.option("--verbose", is_flag=True, help="Also show each check that is not as expected, with all evidence.")
@click.option("--quiet", is_flag=True, help="Show the verdict alone, in one line.")
@click.option(
    "--annotations",
    "annotate",
    is_flag=True,
    help="Also print annotations for GitHub Actions.",
)
@click.argument("selectors", nargs=-1, metavar="[SELECTOR]...")
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
    hub: str | None,
    deadline: float | None,
    areas: tuple[str, ...],
    levels: tuple[str, ...],
    operations: tuple[str, ...],
    failed_of: tuple[Path, ...],
    maxfail: int | None,
    shard: tuple[int, int] | None,
    verbose: bool,
    quiet: bool,
    annotate: bool,
    selectors: tuple[str, ...],
) -> None:
    """Measure a port: all checks, or those that SELECTORs and options choose.

    A SELECTOR is the id of a check, a pattern in which * is any text, such as 'cache/*', or the name of an area.

    With --report the folder gets events.ndjson (all evidence, one event a line), parity.json (figures),
    junit.xml (for CI systems), summary.md (for a pull request) and badge.json (for shields.io).

    Exit codes: 0 as expected, 1 not as expected, 2 usage or harness error, 3 incomplete.
    """
    if expectations is not None and not expectations.is_file() and not write_expectations:
        raise click.BadParameter(f"there is no file {expectations}", param_hint="--expectations")
    if expectations is not None and expectations.exists() and not expectations.is_file():
        raise click.BadParameter(f"{expectations} is not a file", param_hint="--expectations")
    known = expectations if expectations is not None and expectations.is_file() else None
    if verbose and quiet:
        raise click.UsageError("--verbose and --quiet exclude each other; give one of them")
    if hub is not None:
        _require_trial(hub, selectors, bool(areas or levels or operations or failed_of or shard), write_expectations)
    recorded = Recorded.at(str(recording) if recording else None)
    chosen, modules = _chosen(recorded, selectors, areas, levels, operations, failed_of, shard)
    if not modules:
        raise Refusal("no check is selected; leave out some of the options that choose checks")
    # For the whole run: what a library left behind, such as a thread or an error, may end the process by 0 at any time.
    with guard.not_ended(), by_signals() as ending, _scratch() as scratch:
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
        options += [f"--hub-answers={hub}"] if hub is not None else []
        options += [f"--hub-deadline={deadline}"] if deadline is not None else []
        options += ["--hub-shard", *map(str, shard)] if shard is not None else []
        options += [f"--maxfail={maxfail}"] if maxfail is not None else []
        options += chosen
        watch = _Watch()
        code = _collect_and_run(modules, options, watch)
        if ending.signal:
            of = f" of {watch.bar.total}" if watch.bar.total else ""
            where = f"; what they showed is in {report}" if report is not None else ""
            name = signal.Signals(ending.signal).name
            click.echo(f"ended by {name} after {watch.bar.ended}{of} checks{where}", err=True)
            raise click.exceptions.Exit(ending.exit_code)
        if code in _BROKE_OFF:
            raise click.exceptions.Exit(HARNESS_ERROR)
        if code == pytest.ExitCode.NO_TESTS_COLLECTED:
            click.echo("no check was selected, so none ran", err=True)
        stream = events.read(folder / events.FILE_NAME)
    detail: terminal.Detail = "verbose" if verbose else "quiet" if quiet else "normal"
    terminal.show(stream, stream.score(), Screen(), detail)
    if annotate:
        for line in github.workflow_commands(stream):
            click.echo(line)
    if write_expectations:
        if stream.end["exit_code"] == HARNESS_ERROR:
            raise Refusal("the suite itself broke: the expectations file was not changed")
        description = ports.find(port)
        click.echo(expect.write(stream, expect.place(description, expectations)))
        if expectations is None and description.expectations is None:
            click.echo('for the next run to read it, write in port.toml: expectations = "expectations.yaml"')
    ctx.exit(stream.end["exit_code"])


def _require_trial(hub: str, selectors: Sequence[str], is_chosen_by_options: bool, writes: bool) -> None:
    """Refuse what does not go with another Hub than a recorded one."""
    if not selectors or not all(map(is_id, selectors)) or is_chosen_by_options:
        example = "'tree/every-file[gsm8k]'"
        raise click.UsageError(f"--hub {hub} tries single checks; give only their ids, such as {example}")
    if writes:
        raise click.UsageError(f"--hub {hub} gives no results for an expectations file; leave out one of the two")


def _chosen(
    recorded: Recorded,
    selectors: Sequence[str],
    areas: Sequence[str],
    levels: Sequence[str],
    operations: Sequence[str],
    failed_of: Sequence[Path],
    shard: tuple[int, int] | None,
) -> tuple[list[str], list[str]]:
    """The plugin's options for the checks that are chosen, none if all are, and the modules that they are in.

    Checks that are named by their ids alone are looked at one by one, as under a debugger: no operation is probed.
    """
    if not (selectors or areas or levels or operations or failed_of or shard):
        return [], [str(_PACKAGE / "checks")]
    by_name = all(map(is_id, selectors)) and not (areas or levels or operations or failed_of or shard)
    known = recorded.checks()
    ids = select(known, selectors, areas=areas, levels=levels, operations=operations, failed_of=failed_of)
    if shard:
        ids = ids[shard[0] - 1 :: shard[1]]
    modules = sorted({known[id].function.partition("::")[0] for id in ids})
    paths = [str(_PACKAGE.parent.joinpath(*module.split(".")).with_suffix(".py")) for module in modules]
    return [f"--hub-{'check' if by_name else 'select'}={id}" for id in ids], paths


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


def _collect_and_run(modules: Sequence[str], options: Sequence[str], watch: _Watch) -> int:
    """Run pytest over the checks of some modules.

    The user's own pytest settings, plugins and conftest files are kept out: they must not change the measure.

    Returns:
        pytest's exit code: 0 or 1 for a whole run, 5 if no check was selected, another of `_BROKE_OFF` if pytest
        itself refused or broke off, which has been said on stderr.

    Raises:
        Refusal: the checks cannot be collected.
    """
    ours = ["hub_conformance", "xdist", "syrupy"]
    command = [
        *modules,
        f"--config-file={os.devnull}",
        f"--rootdir={_PACKAGE}",
        "--disable-plugin-autoload",
        *(f"-p{plugin}" for plugin in ours),
        "-pno:terminalreporter",
        "-pno:cacheprovider",
        *options,
    ]
    try:
        with environment.applied(dict.fromkeys(_OF_PYTEST)):
            code = pytest.main(command, plugins=[watch])
    finally:
        watch.bar.stop()
    if watch.broken:
        raise Refusal("the checks cannot be collected:\n" + "\n".join(watch.broken))
    return int(code)


@dataclass(eq=False)  # pytest hashes its plugins
class _Watch:
    """Shows progress on a terminal, and keeps what pytest's own reporter, left out here, would have said."""

    broken: list[str] = field(default_factory=list)
    bar: Bar = field(default_factory=Bar)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.broken.append(report.longreprtext)

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        if isinstance(excinfo.value, pytest.exit.Exception):
            click.echo(f"Error: {excinfo.value.msg}", err=True)
        elif why := str(excinfo.value):  # not a signal to this process, but to one of those that run checks
            cause = "a signal has ended one of the processes that run checks"
            click.echo(f"Error: the run broke off: {cause} ({why}); run the suite again", err=True)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if session.items:  # with several processes, this one collects nothing
            self.bar.start(len(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        self.bar.start(len(ids))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.bar.check_begins(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.bar.failed += report.failed

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self.bar.check_ends(nodeid)

    def pytest_sessionfinish(self) -> None:
        self.bar.stop()
