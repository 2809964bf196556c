"""`hub-conformance record`: record the cassettes of an area."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path

import click

from conformance import data
from conformance.cli.common import Refusal
from conformance.record.areas import AREAS
from conformance.record.cassette import save
from conformance.record.lint import lint
from conformance.record.recorder import record as record_area
from conformance.record.upstream import STAND_IN, elsewhere, stand_in


@click.command()
@click.argument("area", type=click.Choice(sorted(AREAS)))
@click.option("--upstream", metavar="URL", help="The Hub to record; the stand-in unless given.")
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the cassettes; the suite's own unless given.",
)
def record(area: str, upstream: str | None, folder: Path | None) -> None:
    """Record the cassettes of AREA.

    Old cassettes are replaced only when the new ones are complete. A token in HF_TOKEN is used for a Hub
    elsewhere, and stands in the cassettes as the caller `reader`.
    """
    if upstream is not None and not upstream.startswith(("http://", "https://")):
        raise Refusal(f"--upstream {upstream}: not a URL; give one that begins with https://")
    target = folder or data.cassettes_dir() / area
    source = stand_in(area) if upstream is None else nullcontext(elsewhere(upstream, os.environ.get("HF_TOKEN")))
    with source as hub:
        recording = record_area(AREAS[area], hub)
    problems = lint(recording, hub.tokens.values())
    if problems:
        raise Refusal("\n".join(["not written, because it must not be published:", *problems]))
    save(recording, target)
    exchanges = sum(map(len, recording.cassettes.values()))
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    click.echo(f"{target}: {exchanges} exchanges with {upstream or STAND_IN}, {size / 1e6:.1f} MB")
