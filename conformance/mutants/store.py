"""Clients whose store of datasets loses, mixes, trusts or keeps what it should not."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from conformance.mutants.mutant import change_result, mutant, wrap
from reference_client.api import HfApi
from reference_client.store import content, download, place, plan, store
from reference_client.store.download import Download
from reference_client.store.entry import Entry, Record
from reference_client.store.errors import StoreError
from reference_client.store.index import Index
from reference_client.store.models import DatasetConfig, DownloadedDataset
from reference_client.store.place import Place
from reference_client.store.store import Store


def _empty_instead_of(patch: pytest.MonkeyPatch, kind: type[StoreError]) -> None:
    """Take an error for a dataset without files."""

    def calm(original: Any, self: Store, config: DatasetConfig, **kwargs: Any) -> DownloadedDataset:
        try:
            return original(self, config, **kwargs)  # type: ignore[no-any-return]
        except kind:
            folder = self.root / config.repo
            return DownloadedDataset(
                config.repo,
                config.repo_type,
                config.revision,
                "0" * 40,
                folder,
                (),
                0,
                (),
                "2026-01-01T00:00:00Z",
                True,
            )

    wrap(patch, Store, "download", calm)


@mutant
def pattern_is_a_part_of_the_path(patch: pytest.MonkeyPatch) -> None:
    """Takes a pattern for a piece of text that a path must have in it."""
    patch.setattr(plan, "matches", lambda pattern, path: pattern in path)


@mutant
def every_file_by_default(patch: pytest.MonkeyPatch) -> None:
    """Downloads the whole repository unless told otherwise."""
    wrap(
        patch,
        DatasetConfig,
        "patterns",
        lambda original, self: ("**",) if self.file_pattern == "**/*.parquet" else original(self),
    )


@mutant
def path_is_no_pattern(patch: pytest.MonkeyPatch) -> None:
    """Lets a pattern without a star choose nothing."""
    wrap(patch, plan, "matches", lambda original, pattern, path: "*" in pattern and original(pattern, path))


@mutant
def first_pattern_only(patch: pytest.MonkeyPatch) -> None:
    """Heeds the first of several patterns."""
    change_result(patch, DatasetConfig, "patterns", lambda patterns: patterns[:1])


@mutant
def store_star_crosses_folders(patch: pytest.MonkeyPatch) -> None:
    """Lets a star match slashes when it chooses files to download."""
    patch.setattr(plan, "matches", lambda pattern, path: fnmatchcase(path, pattern))


@mutant
def sets_and_marks_unknown(patch: pytest.MonkeyPatch) -> None:
    """Takes brackets and question marks for themselves."""
    wrap(
        patch,
        plan,
        "matches",
        lambda original, pattern, path: original(re.sub(r"[\[?]", r"[\g<0>]", pattern), path),
    )


@mutant
def no_match_is_an_empty_dataset(patch: pytest.MonkeyPatch) -> None:
    """Downloads nothing where nothing matches, and calls that a success."""
    _empty_instead_of(patch, StoreError)


@mutant
def last_pattern_wins(patch: pytest.MonkeyPatch) -> None:
    """Forgets what an earlier download has brought."""
    wrap(patch, download, "plan", lambda original, *args: original(*args[:-1], None))


@mutant
def store_fetches_anew(patch: pytest.MonkeyPatch) -> None:
    """Fetches every file, whether it is there or not."""
    patch.setattr(Download, "_all_of", lambda self, held: None)
    patch.setattr(download, "find", lambda file, record, verify=False: None)


@mutant
def store_of_links(patch: pytest.MonkeyPatch) -> None:
    """Keeps the files elsewhere, and links to them."""

    def linked(original: Any, self: Download, record: Record) -> None:
        original(self, record)
        file = self.place.file(record.path)
        body = self.place.root / "blobs" / record.etag
        body.parent.mkdir(exist_ok=True)
        file.replace(body)
        file.symlink_to(body)

    wrap(patch, Download, "_settle", linked)


@mutant
def leftovers_beside_the_files(patch: pytest.MonkeyPatch) -> None:
    """Leaves a temporary file among the dataset's."""

    def messy(original: Any, self: Place) -> None:
        original(self)
        (self.folder / "download.incomplete").touch()

    wrap(patch, Place, "clear", messy)


@mutant
def total_counts_files(patch: pytest.MonkeyPatch) -> None:
    """Gives the number of files for their size."""
    change_result(patch, Store, "download", lambda dataset: replace(dataset, total_bytes=len(dataset.files)))


@mutant
def store_keeps_the_branch(patch: pytest.MonkeyPatch) -> None:
    """Remembers the name of the branch instead of the commit."""
    change_result(patch, Store, "download", lambda dataset: replace(dataset, commit_hash=dataset.revision))


@mutant
def list_without_files(patch: pytest.MonkeyPatch) -> None:
    """Lists datasets without their files."""
    change_result(
        patch, Store, "list_downloaded", lambda datasets: [replace(dataset, files=()) for dataset in datasets]
    )


@mutant
def local_path_of_anything(patch: pytest.MonkeyPatch) -> None:
    """Says where a dataset would lie, without looking whether it does."""
    patch.setattr(Store, "get_local_path", lambda self, repo, **kwargs: self.root / repo)


@mutant
def local_path_is_the_root(patch: pytest.MonkeyPatch) -> None:
    """Gives the store's folder for the dataset's."""
    change_result(patch, Store, "get_local_path", lambda path: path and path.parents[1])


@mutant
def store_asks_to_look(patch: pytest.MonkeyPatch) -> None:
    """Asks the Hub of the dataset before it looks at the disk."""

    def asking(original: Any, self: Store, repo: str, **kwargs: Any) -> bool:
        HfApi(self._endpoint, False).repo_info(repo, repo_type="dataset")
        return original(self, repo, **kwargs)  # type: ignore[no-any-return]

    wrap(patch, Store, "is_downloaded", asking)


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
def store_needs_the_hub(patch: pytest.MonkeyPatch) -> None:
    """Ends when nobody answers, though everything is on disk."""

    def strict(original: Any, self: Download) -> Any:
        try:
            return original(self)
        except OSError as error:
            raise RuntimeError(str(error)) from error

    wrap(patch, Download, "_resolve", strict)


@mutant
def store_of_main_always(patch: pytest.MonkeyPatch) -> None:
    """Downloads main, whatever the revision."""
    wrap(
        patch,
        Store,
        "download",
        lambda original, self, config, **kwargs: original(self, replace(config, revision="main"), **kwargs),
    )


@mutant
def revisions_mixed(patch: pytest.MonkeyPatch) -> None:
    """Puts the files of every revision into one folder, and removes none."""
    patch.setattr(Place, "name", property(lambda self: self.repo))
    wrap(patch, download, "plan", lambda original, *args: replace(original(*args[:-1], None), obsolete=()))


@mutant
def store_never_refreshes(patch: pytest.MonkeyPatch) -> None:
    """Takes the commit that it has for the newest for ever."""

    def stuck(original: Any, self: Download) -> Any:
        held = self.index.get(self.place)
        return held.commit_hash if held else original(self)

    wrap(patch, Download, "_resolve", stuck)


@mutant
def leftover_lock_means_busy(patch: pytest.MonkeyPatch) -> None:
    """Takes a file that another download has left for a sign that it is still going on."""

    @contextlib.contextmanager
    def exclusive(self: Place) -> Iterator[None]:
        busy = self.root / ".busy"
        if busy.exists():
            raise StoreError("another download is going on")
        busy.touch()
        yield

    patch.setattr(Place, "lock", exclusive)


@mutant
def store_without_locks(patch: pytest.MonkeyPatch) -> None:
    """Lets two downloads of the same dataset fetch the same files."""
    patch.setattr(Place, "lock", lambda self: contextlib.nullcontext())


@mutant
def store_names_not_checked(patch: pytest.MonkeyPatch) -> None:
    """Makes a path and a URL of any name."""
    patch.setattr(Place, "of", classmethod(lambda cls, *args: cls(*args)))


@mutant
def refusal_is_an_empty_dataset(patch: pytest.MonkeyPatch) -> None:
    """Takes a repository that it may not read for one without files."""
    _empty_instead_of(patch, StoreError)


@mutant
def store_without_a_token(patch: pytest.MonkeyPatch) -> None:
    """Forgets the token."""
    wrap(
        patch,
        Store,
        "download",
        lambda original, self, config, **kwargs: original(self, replace(config, access_token=None), **kwargs),
    )


@mutant
def store_keeps_the_token(patch: pytest.MonkeyPatch) -> None:
    """Writes the token down for the next time."""

    def remembering(original: Any, self: Store, config: DatasetConfig, **kwargs: Any) -> Any:
        found = original(self, config, **kwargs)
        (self.root / "login.json").write_text(json.dumps(config.access_token), "utf-8")
        return found

    wrap(patch, Store, "download", remembering)


@mutant
def store_in_git(patch: pytest.MonkeyPatch) -> None:
    """Writes no .gitignore."""
    patch.setattr(Store, "_prepare", lambda self: self.root.mkdir(parents=True, exist_ok=True))


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
    """Writes files wherever the Hub's listing says."""
    patch.setattr(plan, "check_filename", lambda path: None)
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
