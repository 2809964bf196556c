"""`hub-conformance compare`: what differs between two reports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import click

from conformance.cli.selection import stream_of
from conformance.report import events, kept
from conformance.report.compare import Comparison, to_json, to_markdown, to_text
from conformance.report.compare import compare as compared
from conformance.report.events import Run

_FORMATS: Final[dict[str, Callable[[Comparison], str]]] = {"text": to_text, "markdown": to_markdown, "json": to_json}


@click.command()
@click.argument("old", type=click.Path(exists=True, path_type=Path))
@click.argument("new", type=click.Path(exists=True, path_type=Path))
@click.option("--format", "form", type=click.Choice(list(_FORMATS)), default="text", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--fail-on",
    type=click.Choice(["regression", "change"]),
    help="End with exit code 1 on a regression (a check that passed in OLD and does not pass in NEW, or is missing "
    "because NEW was interrupted), or on any change. Default: never.",
)
@click.pass_context
def compare(ctx: click.Context, old: Path, new: Path, form: str, as_json: bool, fail_on: str | None) -> None:
    """Compare the report NEW with the report OLD, of one port or of two ports.

    A report is a folder that `run --report` wrote, its events.ndjson, or a parity.json that was kept of it, which has
    the messages of failed checks only.

    \b
    newly failing      it passed, or was not offered, and fails now
    newly unsupported  the port no longer offers it
    changed cause      it fails in both, with another code
    newly passing      it failed, or was not offered, and passes now
    appeared, gone     only one of the runs has it

    Exit codes: 0 compared, 1 what --fail-on names has happened, 2 usage or harness error.
    """
    comparison = compared(_read(old), _read(new))
    click.echo(_FORMATS["json" if as_json else form](comparison), nl=False)
    found = {"regression": comparison.regressions, "change": comparison.changes}
    ctx.exit(1 if fail_on is not None and found[fail_on] else 0)


def _read(report: Path) -> Run:
    return kept.read(report) if report.name == kept.FILE_NAME else events.read(stream_of(report))
