"""`hub-conformance import`: cassettes that vcrpy wrote elsewhere, as a recording."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.cli.common import Refusal
from conformance.record import folder as folders
from conformance.record.lint import lint
from conformance.record.place import place_of, taken
from conformance.record.vcr_import import imported


@click.command("import")
@click.argument("files", metavar="FILE.yaml...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--to", "folder", metavar="DIR", required=True, type=click.Path(path_type=Path), help="The new folder.")
def import_(files: tuple[Path, ...], folder: Path) -> None:
    """Make a recording of cassettes that vcrpy wrote elsewhere, scrubbed.

    It holds only what one client requested: use it as evidence, or to show what a client does. Requests to other hosts
    than a Hub are left out.
    """
    target = place_of(folder)
    if target.exists():
        raise Refusal(f"{folder} exists already; import to a new folder")
    found = imported(files, target.name)
    problems = lint(found.recording, found.tokens)
    if problems:
        raise Refusal("\n".join(["not written, because it must not be published:", *problems]))
    with taken(target):
        folders.save(found.recording, None, target)
    exchanges = sum(map(len, found.recording.cassettes.values()))
    click.echo(f"{folder}: {exchanges} exchanges with {found.recording.upstream}")
    if found.recording.callers:
        click.echo(f"callers: {', '.join(found.recording.callers)}")
    if found.dropped:
        click.echo(f"left out: {found.dropped} exchanges with {', '.join(found.hosts)}")
