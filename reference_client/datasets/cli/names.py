"""Resolve a name of the command line, and say what to do if it is not found."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from reference_client.datasets.cli.errors import Refusal

if TYPE_CHECKING:
    from reference_client.datasets.adapters.adapter import Adapter
    from reference_client.datasets.store import DownloadedDataset, Store


def repo_of(name: str) -> str:
    """The repository of a known dataset, or the one that is named itself. Raises ValueError for neither."""
    return name if "/" in name else adapter_of(name, hint="Any other is called by its repository, OWNER/NAME.").REPO


def adapter_of(name: str, *, hint: str = "") -> type[Adapter]:
    """The adapter of a known dataset, which may also be called by its repository.

    Args:
        hint: what else the command takes.

    Raises:
        ValueError: the name is unknown; the message has the known names.
    """
    from reference_client.datasets.adapters import ADAPTERS

    by_repo = {adapter.REPO: adapter for adapter in ADAPTERS.values()}
    found = ADAPTERS.get(name) or by_repo.get(name)
    if found is None:
        raise ValueError(_unknown(name, ADAPTERS, hint))
    return found


def downloaded(store: Store, repo: str, revision: str | None) -> list[DownloadedDataset]:
    """What is on disk of a dataset, complete or not.

    Args:
        revision: None means all.

    Raises:
        Refusal: nothing.
    """
    found = [
        dataset
        for dataset in store.list_downloaded()
        if (dataset.repo, dataset.repo_type) == (repo, "dataset") and revision in (None, dataset.revision)
    ]
    if not found:
        name = repo if revision is None else f"{repo}@{revision}"
        raise Refusal(f"'{name}' is not in {store.root}. {_to_download(store, repo, revision, ())} downloads it.")
    return found


def local_path(store: Store, repo: str, revision: str | None) -> Path:
    """The folder of a dataset that is complete.

    Raises:
        Refusal: it isn't there, or not all of it.
    """
    folder = store.get_local_path(repo, revision=revision)
    if folder is None:
        part = downloaded(store, repo, revision)[0]
        again = _to_download(store, repo, part.revision, part.patterns)
        raise Refusal(f"{part.local_path} is not complete, or was changed. {again} downloads the missing files.")
    return folder


def _to_download(store: Store, repo: str, revision: str | None, patterns: Iterable[str]) -> str:
    """The command that downloads a dataset into this store."""
    from reference_client.datasets.adapters import ADAPTERS

    names: Sequence[str] = [name for name, adapter in ADAPTERS.items() if repo == adapter.REPO]
    words = ["hub-reference", "download", *(names or ["--repo", repo]), "--dir", str(store.root)]
    if revision not in (None, "main"):
        words += ["--revision", str(revision)]
    for pattern in patterns:
        words += ["--pattern", pattern]
    return f"`{shlex.join(words)}`"


def _unknown(name: str, known: Iterable[str], hint: str) -> str:
    from difflib import get_close_matches

    names = list(known)
    nearest = get_close_matches(name, names, 1)
    meant = [f"Did you mean {nearest[0]}?"] if nearest else []
    return " ".join([f"'{name}' is not a known dataset.", *meant, f"Known are {', '.join(names)}.", hint])
