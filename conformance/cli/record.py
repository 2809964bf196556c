"""`hub-conformance record`: record a repository of any Hub, or the suite's own areas."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from conformance import data
from conformance.cli.common import Refusal
from conformance.cli.step_bar import StepBar
from conformance.record import session
from conformance.record.areas import AREAS
from conformance.record.client import Patience
from conformance.record.forecast import forecast
from conformance.record.lint import lint
from conformance.record.place import place_of, taken
from conformance.record.recipe import FILE, Recipe, Wanted, checked, read, size_of
from conformance.record.recorder import record as record_area
from conformance.record.upstream import STAND_IN, stand_in
from conformance.report.text import printable
from conformance.roles import roles_in
from conformance.traffic.cassette import save
from conformance.traffic.recording import Recording


@click.command()
@click.argument("what", metavar="[OWNER/NAME | AREA]", required=False)
@click.option(
    "--type",
    "repo_type",
    type=click.Choice(["dataset", "model", "space"]),
    default="dataset",
    show_default=True,
    help="The type of the repository.",
)
@click.option("--upstream", metavar="URL", help="The Hub to record. Default: https://huggingface.co.")
@click.option("--to", "folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path), help="The new folder.")
@click.option("--again", metavar="DIR", type=click.Path(file_okay=False, path_type=Path), help="Repeat this recording.")
@click.option("--revision", "revisions", metavar="REV", multiple=True, help="Record this revision as well.")
@click.option("--only", metavar="GLOB", multiple=True, help="Record only the contents of these files.")
@click.option("--commits", type=click.IntRange(1, 100), default=5, show_default=True, help="Number of commits of main.")
@click.option("--pulls", type=click.IntRange(0, 100), default=3, show_default=True, help="Number of pull requests.")
@click.option("--largest", metavar="SIZE", default="1M", show_default=True, help="Larger bodies count as large.")
@click.option(
    "--large",
    type=click.Choice(["drop", "thin", "keep"]),
    default="drop",
    show_default=True,
    help="What to do with large bodies: leave them out, keep only their first rows or lines, or keep them.",
)
@click.option(
    "--as", "callers", metavar="CALLER=ENVVAR", multiple=True, help="A caller, and the variable with its token."
)
@click.option("--former-name", metavar="OLD", help="A name that the Hub redirects to this one.")
@click.option("--dry-run", is_flag=True, help="Show the requests, bytes and time that it needs; record nothing.")
@click.option("--force", is_flag=True, help="Replace a recording that holds more.")
@click.pass_context
def record(
    context: click.Context,
    what: str | None,
    repo_type: str,
    upstream: str | None,
    folder: Path | None,
    again: Path | None,
    revisions: tuple[str, ...],
    only: tuple[str, ...],
    commits: int,
    pulls: int,
    largest: str,
    large: str,
    callers: tuple[str, ...],
    former_name: str | None,
    dry_run: bool,
    force: bool,
) -> None:
    """Record a repository: OWNER/NAME of the Hub, what --again's recipe names, or an AREA of the suite.

    Only a complete recording replaces what is in the folder. An interrupted recording continues where it stopped. Give
    the name of the environment variable that holds a token, never the token itself. An AREA without --upstream is
    recorded from the stand-in Hub.
    """
    if again is not None:
        given = _given_besides(context, "again", "dry_run", "force")
        if given:
            raise Refusal(f"--again takes everything from {again / FILE}: leave out {given}, or edit it there")
        target = place_of(again)
        recipe = _recipe_of(target)
    elif what is None:
        raise Refusal("nothing to record: give OWNER/NAME and --to DIR, or --again DIR")
    elif what in AREAS and upstream is None:
        _area(what, place_of(folder or data.cassettes_dir() / what))
        return
    elif folder is None:
        raise Refusal("--to DIR is missing: say where the recording is to be kept")
    else:
        wanted = _subjects(what) if what in AREAS else (_wanted(what, repo_type, revisions, only, former_name),)
        named = dict(_caller(given) for given in callers)
        url = (upstream or session.REAL).rstrip("/")
        made = Recipe(url, wanted, commits, pulls, size_of(largest), large, named)  # type: ignore[arg-type]
        target, recipe = place_of(folder), checked(made)
    if dry_run:
        for line in forecast(recipe, session.tokens_of(recipe, os.environ), roles_in):
            click.echo(line)
        return
    with _resumable(target), StepBar() as bar:
        patience = Patience(say=bar.say)
        recording = session.record(
            recipe, target, os.environ, patience=patience, tell=bar.tell, force=force, roles=roles_in
        )
    _say(target, recording)


def _given_besides(context: click.Context, *names: str) -> str:
    """The options and arguments that were given on the command line, without these."""
    given = [
        "the name" if parameter.name == "what" else parameter.opts[0]
        for parameter in context.command.params
        if parameter.name not in names
        and context.get_parameter_source(parameter.name or "") is click.core.ParameterSource.COMMANDLINE
    ]
    return ", ".join(given)


def _wanted(
    what: str, repo_type: str, revisions: tuple[str, ...], only: tuple[str, ...], former_name: str | None
) -> Wanted:
    if "/" not in what and repo_type != "model":
        raise Refusal(f"{what!r}: give OWNER/NAME, or one of the suite's areas: {', '.join(sorted(AREAS))}")
    return Wanted(what, repo_type, revisions, only, former_name)  # type: ignore[arg-type]


def _subjects(area: str) -> tuple[Wanted, ...]:
    held = [subject.repository for subject in AREAS[area].subjects]
    return tuple(Wanted(one.repo_id, one.repo_type, former_name=one.former_name) for one in held)


def _caller(given: str) -> tuple[str, str]:
    name, sign, variable = given.partition("=")
    if not sign:
        raise Refusal("--as takes a caller and the name of an environment variable: --as reader=HF_TOKEN")
    return name, variable


def _recipe_of(folder: Path) -> Recipe:
    """The recipe of a recording, or of one that was broken off before it was ever complete."""
    begun = folder.absolute().parent / f".{folder.absolute().name}.partial" / FILE
    path = folder / FILE
    return read(begun if not path.is_file() and begun.is_file() else path)


@contextmanager
def _resumable(target: Path) -> Iterator[None]:
    try:
        yield
    except (KeyboardInterrupt, OSError):
        click.echo(f"interrupted; to continue: hub-conformance record --again {target}", err=True)
        raise


def _area(area: str, target: Path) -> None:
    with taken(target), stand_in(area) as hub:
        recording = record_area(AREAS[area], hub)
        problems = lint(recording, hub.tokens.values())
        if problems:
            raise Refusal("\n".join(["not written, because it must not be published:", *problems]))
        save(recording, target)
    exchanges = sum(map(len, recording.cassettes.values()))
    click.echo(f"{target}: {exchanges} exchanges with {STAND_IN}, {_megabytes(target)}")


def _say(target: Path, recording: Recording) -> None:
    exchanges = sum(map(len, recording.cassettes.values()))
    click.echo(f"{target}: {exchanges} exchanges with {recording.upstream}, {_megabytes(target)}")
    if recording.private:
        click.echo("It holds a private repository: keep it private as well.", err=True)
    for note in recording.left_out[:10]:
        click.echo(printable(f"  left out: {note}"))
    if len(recording.left_out) > 10:
        click.echo(f"  and {len(recording.left_out) - 10} more: hub-conformance recording {target}")
    for repo_id, offered in recording.roles.items():
        click.echo(f"  roles of {repo_id}: {', '.join(offered) or 'none'}")
    for thin in recording.thinned:
        click.echo(printable(f"  thinned: {thin}"))


def _megabytes(folder: Path) -> str:
    return f"{sum(path.stat().st_size for path in folder.rglob('*') if path.is_file()) / 1e6:.1f} MB"
