"""`hub-conformance recording`: what a recording holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from conformance.author.sharp import sharpness
from conformance.catalogue.asked import DATASET, is_about_a_dataset, roles_of
from conformance.catalogue.check import all_checks
from conformance.cli.step_bar import StepBar
from conformance.record.lint import lint
from conformance.record.vcr_export import export
from conformance.replay.answer import Replay
from conformance.replay.truth import Truth
from conformance.report.text import printable
from conformance.roles import ROLES, offered_by
from conformance.run.recorded import GENERAL, Recorded
from conformance.traffic.cassette import load
from conformance.traffic.recording import RecordedRepository, Recording, RepoType

LEAKS = 1
"""The exit code where something must not be published."""
BLUNT = 1
"""The exit code where a check does not notice a mutant."""


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--vcr",
    "file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a cassette that plain vcrpy plays, with all bodies in it.",
)
@click.option("--sharp", is_flag=True, help="Test that the mutants of each check that applies still fail it.")
@click.pass_context
def recording(context: click.Context, folder: Path, file: Path | None, sharp: bool) -> None:
    """Say what the recording in DIR holds: repositories, callers, roles, what was left out or thinned.

    The exit code is 1 if it holds something that must not be published. With --sharp, each check that applies runs on
    the reference client and on the mutants that must fail it; the exit code is 1 if a mutant passes.
    """
    held = load(folder)
    if file is not None and sharp:
        raise click.UsageError("--vcr and --sharp exclude each other; give one of them")
    if sharp:
        _try_mutants(context, folder)
        return
    if file is not None:
        kept, without = export(held, file)
        click.echo(f"{file}: {kept} exchanges; {without} whose bodies were left out when recorded are not in it")
        return
    origin = f"{held.provenance}{', thinned' if held.thinned else ''}"
    made = f"imported from cassettes of {held.upstream}" if held.is_imported else f"recorded from {held.upstream}"
    click.echo(f"{made} ({origin}){', ' if held.recorded else ''}{held.recorded}")
    click.echo(f"callers: {', '.join(['anonymous', *held.callers])}")
    if held.private:
        click.echo("It holds a private repository: keep it private as well.")
    for repository in held.repositories:
        for line in _about(held, repository):
            click.echo(line)
    for note in held.left_out:
        size = f", {note.size} bytes" if note.size is not None else ""
        click.echo(printable(f"left out: {note}{size}"))
    for thin in held.thinned:
        click.echo(printable(f"thinned: {thin}"))
    problems = lint(held)
    for problem in problems:
        click.echo(printable(f"must not be published: {problem}"))
    if problems:
        context.exit(LEAKS)


def _try_mutants(context: click.Context, folder: Path) -> None:
    recorded = Recorded.at(str(folder))
    with StepBar() as bar:
        found = sharpness(recorded, recorded.checks().values(), bar.tell)
    for line in found.lost:
        click.echo(line)
    said = f"{len(found.lost)} do not work" if found.lost else "all work"
    click.echo(f"{found.checks} checks apply, tried with {found.mutants} mutants: {said}")
    if found.lost:
        context.exit(BLUNT)


def _about(held: Recording, repository: RecordedRepository) -> Iterator[str]:
    truth = Truth(Replay(held).index, repository, {})
    former = f", formerly {repository.former_name}" if repository.former_name else ""
    yield f"{repository.repo_type} {repository.repo_id}{former}"
    try:
        files = truth.files()
        whole = [sha[:7] for sha in truth.commits if _is_listed(truth, sha)]
    except LookupError:
        yield "  its files are not recorded"
        return
    content = sum(file.is_kept for file in files.values())
    yield f"  {len(files)} files, {content} with their content; {len(truth.commits)} commits, whole: {', '.join(whole)}"
    yield f"  refs: {', '.join(truth.refs)}"
    offered = offered_by(truth)
    missing = [name for name in ROLES if name not in offered]
    if offered:
        yield f"  roles: {', '.join(offered)}"
    if missing:
        yield f"  missing roles: {', '.join(missing)}"
    apply, known = _applying(truth.type, set(offered))
    yield f"  checks that apply: at most {apply} of {known}"


def _is_listed(truth: Truth, sha: str) -> bool:
    try:
        return bool(truth.files(sha))
    except LookupError:
        return False


def _applying(repo_type: RepoType, offered: set[str]) -> tuple[int, int]:
    """How many of the checks of any repository need no more than this type and these roles, and how many there are."""
    general = [check for check in all_checks().values() if check.cassette == GENERAL]
    of_type = [check for check in general if repo_type == DATASET or not is_about_a_dataset(check)]
    return sum(set(roles_of(check)) <= offered for check in of_type), len(general)
