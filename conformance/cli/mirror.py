"""`hub-conformance mirror`: how a mirror or proxy differs from the Hub."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import click

from conformance.cli.common import Refusal
from conformance.cli.step_bar import StepBar
from conformance.record.client import Client, Patience
from conformance.record.mirror import report
from conformance.record.proxy import RecordingProxy
from conformance.record.recipe import FILE, Recipe, Wanted, checked, read
from conformance.record.session import tokens_of
from conformance.record.upstream import elsewhere
from conformance.traffic.cassette import load
from conformance.traffic.exchange import Exchange
from conformance.traffic.recording import Recording
from conformance.traffic.stored import Blobs

DIFFERS = 1
"""The exit code where a client would notice something."""


@click.command()
@click.argument("url", metavar="URL")
@click.option("--of", "folder", metavar="DIR", required=True, type=click.Path(path_type=Path), help="The recording.")
@click.option("--with-tokens", is_flag=True, help="Ask as each recorded caller too: the mirror sees their tokens.")
@click.option("--verbose", is_flag=True, help="Show every answer that differs.")
@click.pass_context
def mirror(context: click.Context, url: str, folder: Path, with_tokens: bool, verbose: bool) -> None:
    """Say how the mirror at URL differs from the recording in DIR, in what a client would notice.

    The command requests everything that is recorded, errors included, and then runs the reference client on the mirror.
    Exit codes: 0 nothing differs, 1 something does. It sends no token without --with-tokens.
    """
    recording = load(folder)
    endpoint = url.rstrip("/")
    checked(Recipe(endpoint, (Wanted("a/b"),)))
    tokens = tokens_of(_recipe(folder, recording), os.environ) if with_tokens else {}
    with tempfile.TemporaryDirectory(prefix="hub-conformance-") as scratch, StepBar() as bar:
        taken: list[Exchange] = []
        with RecordingProxy(elsewhere(endpoint, tokens), blobs=Blobs(Path(scratch))) as proxy:
            client = Client(proxy, tokens, Patience(say=bar.say), taken.extend)
            found = report(recording, client, taken, proxy.origins, endpoint, bar.tell)
    for line in found.results:
        click.echo(line)
    for count, example in found.groups:
        click.echo(f"{count} times {example.kind}: {example.what}; the first: {example}")
    for one in found.differences if verbose else ():
        click.echo(f"  {one}")
    if found.differences or found.results:
        context.exit(DIFFERS)
    click.echo(f"{client.asked} answers, and no difference that a client would notice")


def _recipe(folder: Path, recording: Recording) -> Recipe:
    if not recording.callers:
        raise Refusal(f"--with-tokens: {folder} was recorded without a token")
    return read(folder / FILE)
