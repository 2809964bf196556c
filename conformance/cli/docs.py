"""`hub-conformance docs`: the pages that come with the suite."""

from __future__ import annotations

import click

from conformance import docs as pages


@click.command()
@click.argument("page", required=False, type=click.Choice(list(pages.PAGES), case_sensitive=False))
def docs(page: str | None) -> None:
    """Print PAGE, in Markdown; without it, list the pages with their files."""
    if page is not None:
        click.echo(pages.PAGES[page].read_text("utf-8"), nl=False)
        return
    for name, path in pages.PAGES.items():
        click.echo(f"{name:<12}  {pages.title(name)}\n{'':<12}  {path}")
