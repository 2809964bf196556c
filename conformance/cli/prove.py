"""`hub-conformance prove`: whether checks pass on the reference client and fail on each mutant that they name."""

from __future__ import annotations

import click

from conformance.author import one_check, proof


@click.command()
@click.argument("check_ids", nargs=-1, required=True, metavar="CHECK...")
@click.pass_context
def prove(ctx: click.Context, check_ids: tuple[str, ...]) -> None:
    """Run each CHECK against the reference client and against its mutants.

    Exit codes: 0 each check passes on the reference client and fails on every mutant, 1 a check does not.
    """
    proofs = []
    for check in map(one_check.named, check_ids):
        click.echo(check.id)
        for one in proof.prove(check):
            found = f"{one.finding.code}: {one.finding.message}" if one.finding else one.error or ""
            click.echo(f"  {'ok  ' if one.holds else 'NOT '} {one.client}: {one.outcome or 'broke'}  {found}".rstrip())
            proofs.append(one)
    ctx.exit(0 if all(one.holds for one in proofs) else 1)
