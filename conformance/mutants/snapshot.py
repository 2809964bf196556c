"""Clients that get a snapshot wrong: its files, its commit, its patterns, or what it costs."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.mutants.mutant import change_arguments, change_result, mutant, wrap
from reference_client import snapshot
from reference_client.api import HfApi
from reference_client.cache import RepoCache
from reference_client.download import WantedFile
from reference_client.errors import HfHubHTTPError, LocalEntryNotFoundError, RevisionNotFoundError
from reference_client.local_dir import LocalFile
from reference_client.metadata import hf_hub_url, read_metadata
from reference_client.models import RepoFile


def _change_listing(patch: pytest.MonkeyPatch, want: Callable[[RepoFile], bool]) -> None:
    """Leave out files."""
    change_result(patch, snapshot, "list_files", lambda files: [file for file in files if want(file)])


def _change_files(patch: pytest.MonkeyPatch, change: Callable[[WantedFile], WantedFile]) -> None:
    """Obtain other files than those that are wanted."""
    wrap(
        patch,
        snapshot,
        "obtain_all",
        lambda original, files, max_workers: original([change(file) for file in files], max_workers),
    )


@mutant
def snapshot_drops_folders(patch: pytest.MonkeyPatch) -> None:
    """Takes only the files that lie in no folder."""
    _change_listing(patch, lambda file: "/" not in file.path)


@mutant
def snapshot_skips_empty_files(patch: pytest.MonkeyPatch) -> None:
    """Takes no empty files."""
    _change_listing(patch, lambda file: file.size > 0)


@mutant
def snapshot_path_of_the_repository(patch: pytest.MonkeyPatch) -> None:
    """Returns the repository's folder in the cache."""
    change_result(patch, snapshot, "snapshot_download", lambda path: str(Path(path).parent.parent))


@mutant
def snapshot_notes_no_ref(patch: pytest.MonkeyPatch) -> None:
    """Does not store the commit of the branch."""
    patch.setattr(RepoCache, "remember_commit", lambda cache, revision, commit_hash: None)


@mutant
def snapshot_lists_the_branch(patch: pytest.MonkeyPatch) -> None:
    """Asks for the listing by the branch, although it has resolved that."""
    change_arguments(patch, HfApi, "list_repo_tree", revision="main")
    _change_files(patch, lambda file: dataclasses.replace(file, metadata=None))


@mutant
def snapshot_fetches_from_the_branch(patch: pytest.MonkeyPatch) -> None:
    """Asks for each file by the branch, although it has resolved that."""
    _change_files(patch, lambda file: dataclasses.replace(file, revision="main", metadata=None))


@mutant
def snapshot_fetches_without_token(patch: pytest.MonkeyPatch) -> None:
    """Sends the token with the listing, and not with the requests for files."""
    _change_files(patch, lambda file: dataclasses.replace(file, session=dataclasses.replace(file.session, token=None)))


@mutant
def snapshot_ignores_revision(patch: pytest.MonkeyPatch) -> None:
    """Takes main, whatever the revision."""
    change_arguments(patch, snapshot, "snapshot_download", revision=None)


@mutant
def snapshot_falls_back_to_main(patch: pytest.MonkeyPatch) -> None:
    """Takes main where the revision is not found."""

    def lenient(original: Any, session: Any, cache: Any, revision: str) -> str:
        try:
            commit_hash: str = original(session, cache, revision)
        except RevisionNotFoundError:
            commit_hash = original(session, cache, "main")
        return commit_hash

    wrap(patch, snapshot, "resolve_revision", lenient)


@mutant
def snapshot_of_datasets_only(patch: pytest.MonkeyPatch) -> None:
    """Takes every repository for a dataset."""
    change_arguments(patch, snapshot, "snapshot_download", repo_type="dataset")


@mutant
def snapshot_lists_twice(patch: pytest.MonkeyPatch) -> None:
    """Asks for the listing to count the files, and once more for their names."""

    def twice(original: Any, *args: Any) -> Any:
        original(*args[:-1], args[-1].with_name("nowhere.json"))
        return original(*args)

    wrap(patch, snapshot, "list_files", twice)


@mutant
def snapshot_asks_for_each_file(patch: pytest.MonkeyPatch) -> None:
    """Asks the Hub about each file, whatever the cache holds."""

    def ask(file: WantedFile) -> WantedFile:
        cache = file.cache
        url = hf_hub_url(
            cache.repo_id,
            file.filename,
            repo_type=cache.repo_type,
            revision=file.revision,
            endpoint=file.session.endpoint,
        )
        read_metadata(file.session, url, timeout=None, retry=False)
        return file

    _change_files(patch, ask)


@mutant
def snapshot_always_fetches(patch: pytest.MonkeyPatch) -> None:
    """Fetches all files, whatever the cache holds."""
    _change_files(patch, lambda file: dataclasses.replace(file, force=True))


@mutant
def snapshot_never_forces(patch: pytest.MonkeyPatch) -> None:
    """Uses the cache although a fresh download was asked for."""
    change_arguments(patch, snapshot, "snapshot_download", force_download=False)


@mutant
def snapshot_copies_apart(patch: pytest.MonkeyPatch) -> None:
    """Moves a snapshot to a separate folder, where single downloads don't find it."""

    def moved(path: str) -> str:
        apart = Path(path).parent.parent / "whole" / Path(path).name
        apart.parent.mkdir(exist_ok=True)
        return str(Path(path).rename(apart))

    change_result(patch, snapshot, "snapshot_download", moved)


@mutant
def snapshot_keeps_removed_files(patch: pytest.MonkeyPatch) -> None:
    """Starts a snapshot as a copy of another one."""

    def with_others(path: str) -> str:
        for other in Path(path).parent.iterdir():
            for file in other.rglob("*"):
                here = Path(path) / file.relative_to(other)
                if file.is_file() and not here.exists():
                    here.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(file, here)
        return path

    change_result(patch, snapshot, "snapshot_download", with_others)


@mutant
def snapshot_one_by_one(patch: pytest.MonkeyPatch) -> None:
    """Downloads one file after the other, whatever the number of workers."""
    change_arguments(patch, snapshot, "snapshot_download", max_workers=1)


@mutant
def snapshot_ignores_max_workers(patch: pytest.MonkeyPatch) -> None:
    """Downloads eight files at the same time, whatever the number of workers."""
    change_arguments(patch, snapshot, "snapshot_download", max_workers=8)


# What goes wrong when something goes wrong.


@mutant
def snapshot_swallows_errors(patch: pytest.MonkeyPatch) -> None:
    """Passes by the files that the Hub refuses."""

    def try_to(original: Any, file: WantedFile) -> None:
        with contextlib.suppress(OSError):
            original(file)

    wrap(patch, snapshot, "obtain", try_to)


@mutant
def snapshot_half_as_whole(patch: pytest.MonkeyPatch) -> None:
    """Takes a snapshot for whole if its folder is there."""

    def there(original: Any, session: Any, cache: RepoCache, commit_hash: str, kept: Path) -> list[RepoFile]:
        files: list[RepoFile] = original(session, cache, commit_hash, kept)
        return [] if cache.snapshot(commit_hash).is_dir() else files

    wrap(patch, snapshot, "list_files", there)
    fall_back = snapshot.fall_back

    def whatever(place: Any, revision: str, patterns: Any, failure: OSError) -> Path:
        everything = snapshot.Patterns(allow=[], ignore=[])
        return fall_back(place, revision, everything, failure)

    patch.setattr(snapshot, "fall_back", whatever)


@mutant
def snapshot_needs_the_hub(patch: pytest.MonkeyPatch) -> None:
    """Reports that the Hub is away, whatever the cache holds."""

    def no_help(place: Any, revision: str, patterns: Any, failure: OSError) -> Path:
        raise failure

    patch.setattr(snapshot, "fall_back", no_help)


@mutant
def snapshot_local_files_only_ignored(patch: pytest.MonkeyPatch) -> None:
    """Asks the Hub although it may not."""
    change_arguments(patch, snapshot, "snapshot_download", local_files_only=False)


@mutant
def snapshot_invents_a_folder(patch: pytest.MonkeyPatch) -> None:
    """Returns an empty folder where no snapshot exists."""

    def invented(original: Any, place: Any, revision: str, patterns: Any, failure: OSError) -> Path:
        try:
            found: Path = original(place, revision, patterns, failure)
        except OSError:
            found = place.folder("0" * 40)
            found.mkdir(parents=True)
        return found

    wrap(patch, snapshot, "fall_back", invented)


@mutant
def snapshot_keeps_no_listing(patch: pytest.MonkeyPatch) -> None:
    """Doesn't keep the listing of a commit."""
    patch.setattr(snapshot, "write_tree", lambda path, files: None)


@mutant
def snapshot_local_dir_ignored(patch: pytest.MonkeyPatch) -> None:
    """Downloads into the cache, whatever the folder."""
    change_arguments(patch, snapshot, "snapshot_download", local_dir=None)


@mutant
def local_notes_unread_by_commit(patch: pytest.MonkeyPatch) -> None:
    """Doesn't look at its notes, and fetches every file again."""
    patch.setattr(LocalFile, "read_metadata", lambda local: None)
    patch.setattr(LocalFile, "has", lambda local, etag, known: False)


@mutant
def snapshot_fails_as_not_asked(patch: pytest.MonkeyPatch) -> None:
    """Reports every refusal of the Hub as an unreachable Hub."""

    def not_asked(original: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(*args, **kwargs)
        except HfHubHTTPError as error:
            raise LocalEntryNotFoundError(str(error)) from error

    wrap(patch, snapshot, "snapshot_download", not_asked)
