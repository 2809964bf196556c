"""`hub-conformance plan`: what a port lacks for its consumers, and what to do next."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.plan import claims as existing
from conformance.plan import facts as facts_of
from conformance.plan import write
from conformance.plan.facts import PlanError
from conformance.trace import inventory, needs

_FILE = click.Path(path_type=Path)


@click.command()
@click.option(
    "--needs", "needs_files", multiple=True, required=True, type=_FILE, help="A file of `trace`; may be repeated."
)
@click.option("--run", "run", required=True, type=_FILE, help="The report folder of a run, or the facts of one.")
@click.option("--library", required=True, type=_FILE, help="The inventory that `trace --library` made of the library.")
@click.option("--claims", type=_FILE, help="What existing documents claim, with the evidence that decides.")
@click.option("--before", multiple=True, type=_FILE, help="An earlier run, for the change log; may be repeated.")
@click.option("--facts", type=_FILE, help="Also write the facts of the run here, to be kept instead of its report.")
@click.option("--out", required=True, type=_FILE, help="The folder of the documents.")
def plan(
    needs_files: tuple[Path, ...],
    run: Path,
    library: Path,
    claims: Path | None,
    before: tuple[Path, ...],
    facts: Path | None,
    out: Path,
) -> None:
    """Write requirements, current state, gaps, plan, examples, a review of existing documents, and a summary.

    All of it is made from the files that are given; the same files give the same documents.
    """
    measured = facts_of.read(run)
    texts = write.documents(
        [needs.read(one) for one in needs_files],
        measured,
        inventory.read(library),
        existing.read(claims) if claims is not None else existing.Claims(),
        [facts_of.read(one) for one in before],
    )
    write.put(texts, out)
    if facts is not None:
        try:
            facts.write_text(facts_of.to_json(measured), encoding="utf-8", newline="\n")
        except OSError as error:
            raise PlanError(f"{facts} cannot be written", error.strerror or str(error)) from error
    click.echo("\n".join(str(out / name) for name in texts))
