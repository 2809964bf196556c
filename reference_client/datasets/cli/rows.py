"""`hub-reference count`, `show`, `export`: the rows of known datasets, as far as they have been downloaded."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from reference_client.datasets.cli import options as arguments
from reference_client.datasets.cli.errors import Refusal
from reference_client.datasets.cli.names import adapter_of, local_path
from reference_client.datasets.cli.output import is_terminal, output, to_json

if TYPE_CHECKING:
    from reference_client.datasets.adapters.adapter import Adapter
    from reference_client.datasets.adapters.openthoughts import OpenThoughts
    from reference_client.datasets.cli.options import Commands

_ONLY_DOWNLOADED = "It reads files on disk and downloads nothing: run `hub-reference download NAME` first."

_IN_JSON = "Bytes are in base64, times in ISO 8601, decimals and spans of time are text; NaN and infinity are refused."


def add_commands(commands: Commands) -> None:
    dataset = [arguments.known(), arguments.revision("main, else the newest download"), arguments.folder()]

    count = commands.add_parser(
        "count",
        parents=[*dataset, arguments.part()],
        help="print how many rows a split has",
        description=_ONLY_DOWNLOADED,
    )
    count.set_defaults(run=_count)

    show = commands.add_parser(
        "show",
        parents=[*dataset, arguments.part()],
        help="print a row, or a trajectory as a conversation",
        description=f"{_ONLY_DOWNLOADED} {_IN_JSON}",
    )
    show.add_argument(
        "index",
        metavar="INDEX",
        help="the row's number in its split, from 0; of openthoughts-sft also a run_id (the first row that has it) "
        "or a trial_name",
    )
    show.add_argument("--atif", action="store_true", help="print an ATIF trajectory")
    form = show.add_mutually_exclusive_group()
    form.add_argument("--text", action="store_true", help="a trajectory as a conversation; the default in a terminal")
    form.add_argument("--json", action="store_true", help="JSON, for programs; the default elsewhere")
    show.add_argument("--full", action="store_true", help="with --text: do not shorten long messages")
    _add_version(show)
    show.set_defaults(run=_show)

    export = commands.add_parser(
        "export", parents=dataset, help="write all rows to a file in another form", description=_ONLY_DOWNLOADED
    )
    export.add_argument(
        "--atif", metavar="FILE", required=True, help="ATIF trajectories as JSON lines; - means standard output"
    )
    _add_version(export)
    export.set_defaults(run=_export)


def _add_version(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--atif-version", metavar="VERSION", default="1.4", help="1.4 (the default) or 1.8")


def _count(options: argparse.Namespace) -> Iterator[str]:
    yield str(_adapter(options).count(options.config, options.split))


def _show(options: argparse.Namespace) -> Iterator[str]:
    from reference_client.datasets import atif
    from reference_client.datasets.adapters.openthoughts import OpenThoughts
    from reference_client.datasets.cli import conversation

    adapter = _episodes(options) if options.atif else _adapter(options)
    try:
        index = _index(adapter, options.index)
        row = adapter.row(index, options.config, options.split)
    except IndexError as error:
        raise Refusal(str(error)) from None
    is_text = options.text or (is_terminal(sys.stdout) and not options.json)
    if options.atif or (is_text and isinstance(adapter, OpenThoughts)):
        trajectory = atif.trajectory(row, index=index, version=options.atif_version)
        if is_text:
            yield from conversation.lines(trajectory, shutil.get_terminal_size().columns, full=options.full)
            return
        yield to_json(trajectory)
    elif options.text:
        raise ValueError(f"'{options.name}' has no trajectories to be shown as text; openthoughts-sft has.")
    else:
        yield to_json(row)


def _export(options: argparse.Namespace) -> Iterator[str]:
    from reference_client.datasets import atif

    trajectories = _episodes(options).stream_trajectories(version=options.atif_version)
    if options.atif == "-":
        with output():
            atif.write(trajectories, sys.stdout.buffer)
        return
    try:
        atif.export(trajectories, options.atif)
    except OSError as error:
        raise Refusal(f"'{options.atif}' can't be written: {error.strerror or error}.") from error
    yield options.atif


def _adapter(options: argparse.Namespace) -> Adapter:
    adapter = adapter_of(options.name)
    return adapter(_folder(options, adapter))


def _episodes(options: argparse.Namespace) -> OpenThoughts:
    from reference_client.datasets.adapters.openthoughts import OpenThoughts

    if adapter_of(options.name) is not OpenThoughts:
        raise ValueError(f"'{options.name}' has no trajectories; openthoughts-sft has.")
    return OpenThoughts(_folder(options, OpenThoughts))


def _folder(options: argparse.Namespace, adapter: type[Adapter]) -> Path:
    from reference_client.datasets.store import Store

    return local_path(Store(options.dir), adapter.REPO, options.revision)


def _index(adapter: Adapter, text: str) -> int:
    """The number of the row that is meant. Raises IndexError if no row has this id."""
    from reference_client.datasets.adapters.openthoughts import OpenThoughts

    if arguments.is_number(text.removeprefix("-")):
        if len(text) > 20:  # more than any row's number has, and perhaps than Python reads
            raise IndexError(f"there is no row {text[:20]}….")
        return int(text)
    if not isinstance(adapter, OpenThoughts):
        raise ValueError(f"a row of {adapter.REPO} has no name, only a number: '{text}'.")
    return adapter.index_of(text)
