"""`hub-conformance plan`: what a port lacks for its consumers, and what to do next."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from conformance import ports
from conformance.plan import claims as existing
from conformance.plan import facts as facts_of
from conformance.plan import gather, write
from conformance.plan.facts import PlanError

COOKBOOK: Final = Path(ports.__file__).parent.joinpath(
    "bundled", "hf_hub_ex", "plan", "needs-tinker-cookbook-2026-08-19.json"
)
_FILE = click.Path(path_type=Path)


@click.command()
@click.option("--needs", "consumers", multiple=True, type=_FILE, help="A file of `trace`, or source; may be repeated.")
@click.option("--run", type=_FILE, help="The report folder of a run, or a file of --facts. This or --port.")
@click.option("--port", metavar="NAME", help="Run all checks on this port first; the report goes to OUT/report.")
@click.option("--library", required=True, type=_FILE, help="A file of `trace --library`, or the library's source.")
@click.option("--claims", type=_FILE, help="A YAML file: claims of existing documents, and the evidence for each.")
@click.option(
    "--before", multiple=True, type=_FILE, help="An earlier run, as for --run, for the change log; may be repeated."
)
@click.option("--facts", type=_FILE, help="Also write the facts of the run here, to be kept instead of its report.")
@click.option("--out", required=True, type=_FILE, help="The folder of the documents.")
def plan(
    consumers: tuple[Path, ...],
    run: Path | None,
    port: str | None,
    library: Path,
    claims: Path | None,
    before: tuple[Path, ...],
    facts: Path | None,
    out: Path,
) -> None:
    """Write requirements, current state, gaps, plan, examples, a review of existing documents, and a summary.

    All of it is made from what is given; the same files give the same documents. Without --needs, the needs of the
    Tinker Cookbook are taken.

    Exit codes: 0 the documents are written, 2 usage or harness error.
    """
    if (run is None) == (port is None):
        raise click.UsageError("give either --run, the report of an earlier run, or --port, a port to measure")
    needs = [gather.needs_of(one) for one in consumers or (COOKBOOK,)]
    known = existing.read(claims) if claims is not None else existing.Claims()
    earlier = [facts_of.read(one) for one in before]
    measured = facts_of.read(run) if run is not None else gather.measured(str(port), out / "report")
    texts = write.documents(needs, measured, gather.inventory_of(library, measured.language), known, earlier)
    write.put(texts, out)
    if facts is not None:
        try:
            facts.write_text(facts_of.to_json(measured), encoding="utf-8", newline="\n")
        except OSError as error:
            raise PlanError(f"{facts} cannot be written", error.strerror or str(error)) from error
    click.echo("\n".join(str(out / name) for name in texts))
