"""`hub-conformance schema`: the JSON Schema of a file that authors write, for an editor."""

from __future__ import annotations

import click

from conformance import schemas


@click.command()
@click.argument("name", type=click.Choice(schemas.NAMES))
def schema(name: str) -> None:
    """Print the JSON Schema of port.toml or of an expectations file.

    \b
    hub-conformance schema port > port.schema.json
    hub-conformance schema expectations > expectations.schema.json

    Then begin port.toml with `#:schema ./port.schema.json`, and expectations.yaml with
    `# yaml-language-server: $schema=./expectations.schema.json`: editors complete and check both.
    """
    click.echo(schemas.text(name), nl=False)
