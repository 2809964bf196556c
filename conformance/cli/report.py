"""`hub-conformance report`: one site, or one merged report, from the reports of several runs."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from conformance.cli.screen import Screen
from conformance.cli.selection import stream_of
from conformance.report import events, merge, terminal, write
from conformance.report.events import EventWriter, Run

_LONGEST_PLAN: Final = 200_000
"""Characters of a plan that is shown."""


@click.command()
@click.argument("reports", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="REPORT...")
@click.option(
    "--html", "site", type=click.Path(file_okay=False, path_type=Path), help="Write a static site to this folder."
)
@click.option(
    "--merge",
    "merged",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write shards of one run as its report.",
)
@click.option("--quiet", is_flag=True, help="Show neither the merged run nor what was written.")
@click.pass_context
def report(ctx: click.Context, reports: tuple[Path, ...], site: Path | None, merged: Path | None, quiet: bool) -> None:
    """Make one report of REPORTs, folders that `run --report` wrote, or their events.ndjson.

    --html writes a site that needs no server: open its index.html. Shards of one run (`run --shard`) become that run.
    Of several runs of one port and version, the site shows the newest complete one, or the newest if none of them is
    complete, and compares it with the run before. A file plan.md beside the events of a port is shown on its page.

    --merge writes events.ndjson, parity.json, junit.xml and summary.md of the run that the REPORTs are shards of. The
    exit code is then that of the merged run; a missing shard fails its gate.
    """
    if site is None and merged is None:
        raise click.UsageError("say what to write: --html DIR, --merge DIR, or both")
    if merged is not None and merged.resolve() in {stream_of(path).resolve().parent for path in reports}:
        raise click.UsageError(f"--merge {merged} is one of the reports and would be replaced; give another folder")
    runs = [(path, events.read(stream_of(path))) for path in reports]
    if merged is not None:
        whole = merge.merged([run for _, run in runs])
        _write(whole, merged)
        if not quiet:
            terminal.show(whole, whole.score(), Screen())
            click.echo(f"{merged}: {len(whole.checks)} checks of {len(runs)} report{'s' if len(runs) > 1 else ''}")
    if site is not None:
        from conformance.report.site import build  # Jinja2 is slow to import

        page = build(merge.arranged(run for _, run in runs), site, _plans(runs))
        if not quiet:
            click.echo(f"{page}: of {len(runs)} report{'s' if len(runs) > 1 else ''}")
    ctx.exit(whole.end["exit_code"] if merged is not None else 0)


def _write(run: Run, folder: Path) -> None:
    write.clear(folder)
    with EventWriter(folder / events.FILE_NAME) as writer:
        writer.write(run.start)
        for check in run.checks:
            writer.write(check)
        writer.write(run.end)
    write.write_all(folder, run)
    write.release(folder)


def _plans(runs: list[tuple[Path, Run]]) -> dict[str, str]:
    """The plans beside the event streams, by the name of the port."""
    plans = {}
    for path, run in runs:
        plan = stream_of(path).with_name("plan.md")
        if plan.is_file():
            with plan.open(encoding="utf-8", errors="replace") as file:
                plans[run.start["port"]["name"]] = file.read(_LONGEST_PLAN)
    return plans
