"""`hub-reference download`: datasets into the store."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from reference_client.datasets.cli import options as arguments
from reference_client.datasets.cli.names import adapter_of

if TYPE_CHECKING:
    from reference_client.datasets.cli.options import Commands
    from reference_client.datasets.store import DatasetConfig


def add_commands(commands: Commands) -> None:
    download = commands.add_parser(
        "download",
        parents=[arguments.revision("main"), arguments.folder()],
        help="download or update a dataset, and print its folder",
        description="It downloads only missing files. An interrupted download continues.",
    )
    which = download.add_mutually_exclusive_group(required=True)
    which.add_argument("name", metavar="NAME", nargs="?", help="a known dataset, such as gsm8k")
    which.add_argument("--repo", metavar="REPO", help="any other dataset: owner/name")
    download.add_argument(
        "--pattern",
        metavar="GLOB",
        action="append",
        help="glob of files to download; may be repeated; default: the known dataset's files, else **/*.parquet",
    )
    download.add_argument("--verify", action="store_true", help="also hash the files that are on disk already")
    download.add_argument("--quiet", action="store_true", help="no progress bar")
    download.set_defaults(run=_download, when_stopped="stopped; run the same command to continue")


def _download(options: argparse.Namespace) -> Iterator[str]:
    from reference_client.datasets.cli.progress import shown
    from reference_client.datasets.store import Store, StoreError, StoreMissingError

    config = _config(options)
    try:
        with shown(quiet=options.quiet) as progress:
            found = Store(options.dir).download(config, progress=progress, verify=options.verify)
    except StoreMissingError as error:
        if options.pattern or options.revision not in (None, "main"):
            raise
        raise StoreError(str(error)) from error  # the default pattern, not the user's, matches no file
    yield str(found.local_path)


def _config(options: argparse.Namespace) -> DatasetConfig:
    from reference_client.datasets.store import DatasetConfig

    config = {"repo": options.repo, "revision": options.revision, "file_pattern": options.pattern}
    if options.name is not None:
        other = options.name if "/" in options.name else "OWNER/NAME"
        adapter = adapter_of(options.name, hint=f"For any other: hub-reference download --repo {other}")
        config |= {"repo": adapter.REPO, "file_pattern": options.pattern or adapter.patterns()}
    return DatasetConfig(**{name: value for name, value in config.items() if value is not None})
