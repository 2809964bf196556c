"""`hub-conformance drift`: what has changed on the Hub since a recording was made."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import click

from conformance.record.client import Client, Patience
from conformance.record.drift import drift as drift_of
from conformance.record.proxy import RecordingProxy
from conformance.record.recipe import FILE, checked, read
from conformance.record.session import tokens_of
from conformance.record.upstream import elsewhere
from conformance.traffic.cassette import load

CHANGED = 1
"""The exit code where something has changed; 2 is that the Hub could not be asked."""


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--upstream", metavar="URL", help="The Hub to compare. Default: the one that was recorded.")
@click.pass_context
def drift(context: click.Context, folder: Path, upstream: str | None) -> None:
    """Say what has changed on the Hub since DIR was recorded.

    It sends two requests for each repository, and more if a ref has moved. Exit codes: 0 nothing has changed, 1
    something has, 2 the Hub did not answer.
    """
    recording = load(folder)
    recipe = read(folder / FILE)
    if upstream is not None:
        recipe = checked(replace(recipe, upstream=upstream.rstrip("/")))
    tokens = tokens_of(recipe, os.environ)
    with RecordingProxy(elsewhere(recipe.upstream, tokens)) as proxy:
        client = Client(proxy, tokens, Patience(say=lambda line: click.echo(line, err=True)))
        found = drift_of(recording, client)
    for line in found.changes:
        click.echo(line)
    if found.changes:
        click.echo(f"checks that would notice: {', '.join(f'{area}/' for area in found.areas)}")
        click.echo(f"record it again with: hub-conformance record --again {folder}")
        context.exit(CHANGED)
    click.echo(f"the same as recorded ({found.asked} requests)")
