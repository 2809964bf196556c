"""`hub-conformance new-port`: write a port to begin with."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.author import templates


@click.command("new-port")
@click.option("--lang", "language", type=click.Choice(sorted(templates.LANGUAGES)), required=True, help="Its language.")
@click.option("--to", "folder", type=click.Path(path_type=Path), help="The folder to create. Default: ./NAME.")
@click.argument("name")
def new_port(language: str, folder: Path | None, name: str) -> None:
    """Write a port called NAME: a shim that runs, a port file, expectations, a CI workflow and a README.

    The shim answers for a toy client, a placeholder to be replaced by your library.
    """
    target = folder or Path(name)
    templates.write(language, name, target)
    prepare = templates.LANGUAGES[language].prepare
    click.echo(f"{target}: written. Next:")
    if prepare:
        click.echo(f"  (cd {target} && {prepare})")
    click.echo(f"  hub-conformance smoke --port {target}")
