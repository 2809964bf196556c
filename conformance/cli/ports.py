"""`hub-conformance ports`: which ports there are, and whether they can run on this machine."""

from __future__ import annotations

import contextlib

import click
from rich.console import Console
from rich.table import Table

from conformance import ports as all_ports
from conformance.ports import PortCrashed, PortDescription, PortDescriptionError, PortTimedOut, ProtocolError


@click.command("ports")
@click.argument("names", nargs=-1, metavar="[PORT]...")
def ports(names: tuple[str, ...]) -> None:
    """Show which ports can run on this machine, and why the others cannot.

    A PORT is the name of a bundled port or the path of a port.toml; without any, the bundled ones are shown.
    """
    try:
        descriptions = [all_ports.find(name) for name in names or all_ports.bundled()]
    except PortDescriptionError as error:
        raise click.UsageError(str(error)) from None
    table = Table("port", "language", "version", "operations", "runs here")
    for description in descriptions:
        table.add_row(description.name, description.language, *_state(description))
    Console().print(table)


def _state(description: PortDescription) -> tuple[str, str, str]:
    """Version, number of operations, and whether the port starts."""
    try:
        with contextlib.closing(all_ports.start(description)) as driver:
            info = driver.hello()
    except (PortDescriptionError, PortCrashed, PortTimedOut, ProtocolError) as error:
        return "", str(len(description.operations)), f"no: {error}"
    return info.version, str(len(info.operations)), "yes"
