"""Clients whose store believes its disk, its index or the line, or handles them carelessly."""

from __future__ import annotations

import contextlib
import json
import shutil
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.mutants.mutant import change_result, mutant, wrap
from reference_client import models
from reference_client.datasets.store import content, download, place, plan, store
from reference_client.datasets.store.download import Download
from reference_client.datasets.store.entry import Entry, Record
from reference_client.datasets.store.errors import StoreError
from reference_client.datasets.store.index import Index
from reference_client.datasets.store.models import DatasetConfig
from reference_client.datasets.store.place import Place
from reference_client.datasets.store.store import Store


@mutant
def leftovers_beside_the_files(patch: pytest.MonkeyPatch) -> None:
    """Leaves a temporary file among the dataset's."""

    def messy(original: Any, self: Place) -> None:
        original(self)
        (self.folder / "download.incomplete").touch()

    wrap(patch, Place, "clear", messy)


@mutant
def index_forgotten(patch: pytest.MonkeyPatch) -> None:
    """Writes no index."""
    patch.setattr(Index, "_write", lambda self, entries: None)


@mutant
def store_time_without_zone(patch: pytest.MonkeyPatch) -> None:
    """Writes times without their zone to the index."""
    change_result(
        patch, Entry, "to_json", lambda said: {**said, "downloaded_at": said["downloaded_at"].removesuffix("Z")}
    )


@mutant
def leftover_lock_means_busy(patch: pytest.MonkeyPatch) -> None:
    """Takes a file that another download has left for a sign that it is still going on."""

    @contextlib.contextmanager
    def exclusive(self: Place) -> Iterator[None]:
        try:
            (self.root / ".busy").touch(exist_ok=False)
        except FileExistsError:
            raise StoreError("another download is going on") from None
        yield

    patch.setattr(Place, "lock", exclusive)


@mutant
def store_without_locks(patch: pytest.MonkeyPatch) -> None:
    """Lets two downloads of the same dataset fetch the same files."""
    patch.setattr(Place, "lock", lambda self: contextlib.nullcontext())


@mutant
def torn_file_under_its_name(patch: pytest.MonkeyPatch) -> None:
    """Writes what comes straight to the file, and takes the end of the connection for the end of the body."""

    def torn(_: Any, session: Any, file: Any, incomplete: Path, destination: Path, **kwargs: Any) -> None:
        with (
            destination.open("wb") as opened,
            contextlib.suppress(ConnectionError),
            urllib.request.urlopen(file.location) as response,
        ):
            while chunk := response.read1():
                opened.write(chunk)

    wrap(patch, download, "fetch", torn)


@mutant
def store_begins_anew(patch: pytest.MonkeyPatch) -> None:
    """Throws away what an earlier download has left of a file."""

    def anew(original: Any, self: Download, record: Record, commit_hash: str) -> Any:
        self.place.incomplete(record.path, record.etag).unlink(missing_ok=True)
        return original(self, record, commit_hash)

    wrap(patch, Download, "_arrive", anew)


@mutant
def failure_clears_the_folder(patch: pytest.MonkeyPatch) -> None:
    """Removes the dataset's folder when a download fails."""

    def clearing(original: Any, self: Store, config: DatasetConfig, **kwargs: Any) -> Any:
        try:
            return original(self, config, **kwargs)
        except OSError:
            shutil.rmtree(self.root / config.repo, ignore_errors=True)
            raise

    wrap(patch, Store, "download", clearing)


@mutant
def store_listings_not_checked(patch: pytest.MonkeyPatch) -> None:
    """Writes files to any path in the Hub's listing."""
    patch.setattr(plan, "check_filename", lambda path, to_write=True: None)
    patch.setattr(models, "check_filename", lambda path, to_write: None)
    patch.setattr(place, "_is_direct", lambda file: True)


@mutant
def index_believed(patch: pytest.MonkeyPatch) -> None:
    """Believes the index, and does not look whether the files are there."""
    for module in (store, download):
        patch.setattr(module, "refreshed", lambda entry, verify=False: entry)


@mutant
def existing_file_trusted(patch: pytest.MonkeyPatch) -> None:
    """Takes a file that is there for whole."""

    def trusting(file: Path, record: Record, verify: bool = False) -> Record | None:
        return replace(record, sha256=record.sha256 or "0" * 64, mtime_ns=0) if file.exists() else None

    for module in (content, download):
        patch.setattr(module, "find", trusting)


@mutant
def index_must_be_right(patch: pytest.MonkeyPatch) -> None:
    """Cannot go on with an index that it cannot read."""

    def fatal(original: Any, self: Index) -> Path:
        raise ValueError("the index cannot be read")

    wrap(patch, Index, "_set_aside", fatal)


@mutant
def broken_index_begins_anew(patch: pytest.MonkeyPatch) -> None:
    """Clears the store when it cannot read the index."""

    def clearing(original: Any, self: Index) -> Path:
        for folder in self._root.iterdir():
            if folder.is_dir() and not folder.name.startswith("."):
                shutil.rmtree(folder)
        return original(self)  # type: ignore[no-any-return]

    wrap(patch, Index, "_set_aside", clearing)


@mutant
def delete_forgets_only(patch: pytest.MonkeyPatch) -> None:
    """Removes a dataset from the index, and leaves its files."""
    patch.setattr(Place, "remove", lambda self, paths: None)


@mutant
def delete_clears_the_store(patch: pytest.MonkeyPatch) -> None:
    """Removes everything with one dataset."""

    def clearing(original: Any, self: Store, repo: str, **kwargs: Any) -> Any:
        shutil.rmtree(self.root)
        return True

    wrap(patch, Store, "delete", clearing)


@mutant
def delete_needs_the_folder(patch: pytest.MonkeyPatch) -> None:
    """Cannot delete a dataset whose folder is gone."""

    def strict(original: Any, self: Store, repo: str, **kwargs: Any) -> Any:
        shutil.rmtree(self.root / repo)
        return original(self, repo, **kwargs)

    wrap(patch, Store, "delete", strict)


@mutant
def delete_follows_the_index(patch: pytest.MonkeyPatch) -> None:
    """Removes the folder that the index names, wherever it is."""

    def trusting(original: Any, self: Store, repo: str, **kwargs: Any) -> Any:
        for entry in json.loads((self.root / "index.json").read_text("utf-8"))["datasets"]:
            shutil.rmtree(self.root / entry["local_path"], ignore_errors=True)
        return original(self, repo, **kwargs)

    wrap(patch, Store, "delete", trusting)


@mutant
def delete_follows_links(patch: pytest.MonkeyPatch) -> None:
    """Removes files through links that lead out of the store."""
    patch.setattr(place, "_is_direct", lambda file: True)
