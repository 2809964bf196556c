"""`hub-conformance trace`: what a consumer needs of the Hub, or what a library offers, read from source."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.trace import consumer, inventory, needs
from conformance.trace.needs import TraceError


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@click.option("--rev", "revision", default="", metavar="NAME", help="The revision of the source, for the result.")
@click.option("--name", default="", metavar="NAME", help="The name of the consumer or library. Default: its folder's.")
@click.option("--library", type=click.Path(path_type=Path), metavar="PATH", help="Make a library's inventory instead.")
@click.option("--lang", "language", type=click.Choice(inventory.LANGUAGES), help="The language of the library.")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE", help="The file to write. Default: standard output."
)
def trace(
    paths: tuple[Path, ...], revision: str, name: str, library: Path | None, language: str | None, out: Path | None
) -> None:
    """Read source and find every place where it reaches the Hub. PATH is a folder or file of Python or Elixir.

    With --library, list the public functions of a library instead. The source is never run.
    """
    if library is not None:
        if paths or language is None:
            raise click.UsageError("--library takes --lang and no PATH")
        files, functions, unread = inventory.take(library, language)
        if not functions:
            raise TraceError(f"{library} has no public function in {language}", "name the folder that holds its source")
        made = inventory.Inventory(name or library.resolve().name, revision, language, files, tuple(functions), unread)
        _write(inventory.to_json(made), out)
        click.echo(f"{files} files, {len(functions)} functions", err=True)
        return
    if not paths or language is not None:
        raise click.UsageError("name a PATH to trace, or a --library with its --lang")
    found = consumer.trace(paths, name or paths[0].resolve().name, revision)
    _write(needs.to_json(found), out)
    unknown = sum(any(one.status == "unknown" for one in call.arguments.values()) for call in found.calls)
    click.echo(f"{found.files} files, {len(found.calls)} calls, {unknown} with an argument that is not known", err=True)
    for file, reason in found.unread.items():
        click.echo(f"not read: {file}: {reason}", err=True)


def _write(text: str, out: Path | None) -> None:
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise TraceError(f"{out} cannot be written", error.strerror or str(error)) from error
