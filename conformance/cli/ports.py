"""`hub-conformance ports`: which ports there are, whether they can run on this machine, and what makes them run."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from pathlib import Path

import click
from rich import box
from rich.table import Column, Table

from conformance import ports as all_ports
from conformance.cli.screen import Screen
from conformance.ports import (
    PortCrashed,
    PortDescription,
    PortDescriptionError,
    PortTimedOut,
    ProtocolError,
)

_COMMAND = re.compile(r": run (hub-conformance [^\n]+)")


@click.command("ports")
@click.option("--install", "installs", is_flag=True, help="Make the environments of the ports named.")
@click.option("--all", "every", is_flag=True, help="With --install: the environments of all bundled ports.")
@click.option(
    "--constraint",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --install: a file of pinned versions, as pip takes it.",
)
@click.argument("names", nargs=-1, metavar="[PORT]...")
def ports(names: tuple[str, ...], installs: bool, every: bool, constraint: Path | None) -> None:
    """Show which ports can run on this machine, and why the others cannot; or install them.

    A PORT is the name of a bundled port or the path of a port.toml; without any, the bundled ones are shown.

    A port that names its requirements runs in a separate environment, made by `--install` in the folder that
    HUB_CONFORMANCE_ENVIRONMENTS names, or else in the user's cache folder.
    """
    if installs and bool(names) == every:
        raise click.UsageError("--install needs the names of ports, or --all")
    if not installs and (every or constraint):
        raise click.UsageError("--all and --constraint need --install")
    try:
        descriptions = [all_ports.find(name) for name in names or all_ports.bundled()]
    except PortDescriptionError as error:
        raise click.UsageError(str(error)) from None
    if installs:
        _install(descriptions, constraint)
        return
    commands: list[str] = []
    table = Table(Column("port", no_wrap=True), "language", "version", "operations", "runs here", box=box.SIMPLE_HEAD)
    for description in descriptions:
        version, operations, state = _state(description)
        found = _COMMAND.search(state)
        if found:  # below the table, where no column cuts what is there to be copied
            commands.append(found[1])
            state = state.replace(found[0], "")
        table.add_row(description.name, description.language, version, operations, state)
    Screen().print(table)
    if commands:
        click.echo("to make the others run:")
    for command in commands:
        click.echo(f"  {command}")


def _install(descriptions: Sequence[PortDescription], constraint: Path | None) -> None:
    """Make the environment of each port that has one of its own."""
    for description in descriptions:
        if not description.is_installable:
            click.echo(f"{description.name}: needs no separate environment")
            continue
        made = description.install(constraint)
        click.echo(f"{description.name}: {'installed' if made else 'was installed already'}")


def _state(description: PortDescription) -> tuple[str, str, str]:
    """Version, number of operations, and whether the port starts."""
    if description.is_installable and description.missing():
        return "", str(len(description.operations)), str(description.missing())
    try:
        with contextlib.closing(all_ports.start(description)) as driver:
            info = driver.hello()
    except (PortDescriptionError, PortCrashed, PortTimedOut, ProtocolError) as error:
        return "", str(len(description.operations)), f"no: {_brief(str(error))}"
    return info.version, str(len(info.operations)), "yes"


def _brief(text: str) -> str:
    """The first line of a reason and, if there are more, the last, where a program says what it died of."""
    lines = text.strip().splitlines()
    return " ".join(dict.fromkeys([lines[0], lines[-1]]))
