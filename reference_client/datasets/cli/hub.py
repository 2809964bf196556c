"""`hub-reference hub`: any repository, with the cache that `huggingface_hub` uses as well."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from reference_client.datasets.cli.output import to_json
from reference_client.validate import REPO_TYPES

if TYPE_CHECKING:
    from reference_client.datasets.cli.options import Commands


def add_commands(commands: Commands) -> None:
    hub = commands.add_parser("hub", help="download files of any repository, or show its description")
    subcommands: Commands = hub.add_subparsers(required=True, metavar="COMMAND")

    repository = argparse.ArgumentParser(add_help=False)
    repository.add_argument("repo_id", metavar="REPO", help="namespace/name")
    repository.add_argument("--repo-type", choices=REPO_TYPES, default="model", help="default: model")
    repository.add_argument("--revision", help="branch, tag, ref or commit; default: main")

    download = subcommands.add_parser("download", parents=[repository], help="download files, print where they are")
    download.add_argument("files", metavar="FILE", nargs="*", help="path in the repository; none means all files")
    download.add_argument("--cache-dir", metavar="DIR", help="default: HF_HUB_CACHE")
    download.add_argument("--local-dir", metavar="DIR", help="put the files here instead of in the cache")
    download.set_defaults(run=_download)

    info = subcommands.add_parser(
        "info", parents=[repository], help="print the Hub's description of a repository, as JSON"
    )
    info.set_defaults(run=_info)


def _download(options: argparse.Namespace) -> Iterator[str]:
    from reference_client import hf_hub_download, snapshot_download

    place = {
        "repo_type": options.repo_type,
        "revision": options.revision,
        "cache_dir": options.cache_dir,
        "local_dir": options.local_dir,
    }
    if not options.files:
        yield snapshot_download(options.repo_id, **place)
    for file in options.files:
        yield hf_hub_download(options.repo_id, file, **place)


def _info(options: argparse.Namespace) -> Iterator[str]:
    from reference_client import repo_info

    info = repo_info(options.repo_id, repo_type=options.repo_type, revision=options.revision)
    yield to_json(vars(info))
