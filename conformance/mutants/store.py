"""Clients whose store chooses, keeps or lists the wrong files of a dataset."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import pytest

from conformance.mutants.mutant import change_result, mutant, wrap
from reference_client.api import HfApi
from reference_client.datasets.store import download, plan
from reference_client.datasets.store.download import Download
from reference_client.datasets.store.entry import Record
from reference_client.datasets.store.errors import StoreError
from reference_client.datasets.store.models import DatasetConfig, DownloadedDataset
from reference_client.datasets.store.place import Place
from reference_client.datasets.store.store import Store


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
    """Downloads the whole repository by default."""
    wrap(
        patch,
        DatasetConfig,
        "patterns",
        lambda original, self: ("**",) if self.file_pattern == "**/*.parquet" else original(self),
    )


@mutant
def path_is_no_pattern(patch: pytest.MonkeyPatch) -> None:
    """Lets a pattern without a star choose nothing."""
    nothing = "nothing is called so"
    change_result(
        patch, DatasetConfig, "patterns", lambda patterns: tuple(one if "*" in one else nothing for one in patterns)
    )


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
    """Returns where a dataset would lie, without a look whether it exists."""
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
def store_needs_the_hub(patch: pytest.MonkeyPatch) -> None:
    """Fails when no server answers, though everything is on disk."""

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
