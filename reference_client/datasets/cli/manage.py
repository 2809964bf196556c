"""`hub-reference list`, `path`, `info`, `delete`: what is in the store."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from reference_client.datasets.cli import options as arguments
from reference_client.datasets.cli.errors import Refusal
from reference_client.datasets.cli.names import downloaded, local_path, repo_of
from reference_client.datasets.cli.output import complain, is_terminal, printable, readable_size, table, to_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reference_client.datasets.cli.options import Commands
    from reference_client.datasets.store import DownloadedDataset


def add_commands(commands: Commands) -> None:
    folder, dataset = arguments.folder(), arguments.any_dataset()

    listing = commands.add_parser(
        "list",
        parents=[folder],
        help="list the downloaded datasets",
        description="A line for each revision of each dataset. As JSON: a list of objects with repo, repo_type, "
        "revision, commit_hash, local_path, files (each with path, size in bytes, sha256), total_bytes, patterns, "
        "downloaded_at (ISO 8601, UTC) and complete.",
    )
    listing.add_argument("--json", action="store_true", help="everything that is known, as JSON")
    listing.set_defaults(run=_list)

    path = commands.add_parser(
        "path",
        parents=[dataset, arguments.revision("main, else the newest download"), folder],
        help="print the folder of a dataset that is complete",
    )
    path.set_defaults(run=_path)

    info = commands.add_parser(
        "info",
        parents=[dataset, arguments.revision("all"), folder],
        help="list the files of a dataset that are on disk",
    )
    info.set_defaults(run=_info)

    delete = commands.add_parser(
        "delete", parents=[dataset, arguments.revision("all"), folder], help="delete a downloaded dataset"
    )
    delete.add_argument("--yes", action="store_true", help="delete without asking")
    delete.set_defaults(run=_delete)


def _list(options: argparse.Namespace) -> Iterator[str]:
    from reference_client.datasets.store import Store

    store = Store(options.dir)
    found = store.list_downloaded()
    if options.json:
        yield to_json(found)
    elif found:
        yield from table(
            ["REPO", "REVISION", "STATE", "SIZE", "FILES", "DOWNLOADED", "COMMIT"],
            [
                [
                    dataset.repo,
                    dataset.revision,
                    _state(dataset),
                    readable_size(dataset.total_bytes),
                    str(len(dataset.files)),
                    dataset.downloaded_at,
                    dataset.commit_hash,
                ]
                for dataset in found
            ],
        )
    else:
        complain(f"nothing has been downloaded into {store.root} yet.")


def _path(options: argparse.Namespace) -> Iterator[str]:
    from reference_client.datasets.store import Store

    yield str(local_path(Store(options.dir), repo_of(options.name), options.revision))


def _info(options: argparse.Namespace) -> Iterator[str]:
    from reference_client.datasets.store import Store

    for number, dataset in enumerate(downloaded(Store(options.dir), repo_of(options.name), options.revision)):
        if number:
            yield ""
        yield from _described(dataset)


def _described(dataset: DownloadedDataset) -> Iterator[str]:
    facts = {
        "repo": dataset.repo,
        "revision": dataset.revision,
        "commit": dataset.commit_hash,
        "folder": str(dataset.local_path),
        "patterns": ", ".join(dataset.patterns),
        "downloaded": dataset.downloaded_at,
        "state": _state(dataset),
        "size": _size([dataset]),
    }
    for name, fact in facts.items():
        yield f"{name:<10}  {fact}"
    yield ""
    files = [[file.path, readable_size(file.size), file.sha256] for file in dataset.files]
    yield from table(["PATH", "SIZE", "SHA256"], files)


def _delete(options: argparse.Namespace) -> Iterator[str]:
    from reference_client.datasets.store import Store

    store, repo = Store(options.dir), repo_of(options.name)
    found = downloaded(store, repo, options.revision)
    if not options.yes:
        _ask(f"Delete {' and '.join(str(dataset.local_path) for dataset in found)}, {_size(found)}?")
    store.delete(repo, revision=options.revision)
    yield from ()


def _ask(question: str) -> None:
    """Raise Refusal unless the person at the terminal agrees."""
    if not is_terminal(sys.stdin) or sys.stderr is None:
        raise ValueError("cannot ask without a terminal; --yes deletes without asking")
    print(f"{printable(question)} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Refusal("nothing was deleted.")


def _state(dataset: DownloadedDataset) -> str:
    return "complete" if dataset.complete else "incomplete"


def _size(datasets: Sequence[DownloadedDataset]) -> str:
    count = sum(len(dataset.files) for dataset in datasets)
    size = readable_size(sum(dataset.total_bytes for dataset in datasets))
    return f"{size} in {count} file{'' if count == 1 else 's'}"
