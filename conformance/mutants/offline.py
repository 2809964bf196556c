"""Clients that get offline mode wrong."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from conformance.mutants.mutant import change_arguments, mutant, wrap
from reference_client import download, settings, snapshot
from reference_client.api import HfApi
from reference_client.cache import RepoCache
from reference_client.download import WantedFile
from reference_client.errors import LocalEntryNotFoundError, OfflineModeIsEnabled


@mutant
def offline_ignored(patch: pytest.MonkeyPatch) -> None:
    """Doesn't know of offline mode."""
    patch.setattr(settings, "offline", lambda: False)


def _refuse_while_offline(patch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    def refuse(original: Any, *args: Any, **kwargs: Any) -> Any:
        if settings.offline():
            raise OfflineModeIsEnabled("offline")
        return original(*args, **kwargs)

    wrap(patch, owner, name, refuse)


@mutant
def offline_refuses_all(patch: pytest.MonkeyPatch) -> None:
    """Refuses to work at all while offline, whatever is on disk."""

    _refuse_while_offline(patch, download, "hf_hub_download")


@mutant
def offline_refuses_snapshots(patch: pytest.MonkeyPatch) -> None:
    """Has no snapshots while offline, whatever is on disk."""

    _refuse_while_offline(patch, snapshot, "snapshot_download")


@mutant
def offline_knows_main_only(patch: pytest.MonkeyPatch) -> None:
    """Stores the commit of main only."""

    def main_only(original: Any, cache: RepoCache, revision: str, commit_hash: str) -> None:
        if revision == "main":
            original(cache, revision, commit_hash)

    wrap(patch, RepoCache, "remember_commit", main_only)


@mutant
def offline_takes_any_commit(patch: pytest.MonkeyPatch) -> None:
    """Takes the commit that it happens to have for the one that is asked for."""

    def any_commit(original: Any, cache: RepoCache, revision: str) -> str | None:
        known = [path.name for path in (cache.folder / "snapshots").glob("*")]
        found: str | None = original(cache, revision) or (known[0] if known else None)
        return found

    wrap(patch, RepoCache, "resolve", any_commit)


@mutant
def offline_means_missing(patch: pytest.MonkeyPatch) -> None:
    """Reports that a file doesn't exist when it couldn't ask."""
    patch.setattr(download, "unavailable", lambda what, failure: FileNotFoundError(f"{what} does not exist"))


@mutant
def offline_notes_as_missing(patch: pytest.MonkeyPatch) -> None:
    """Notes as missing what it couldn't ask for."""

    def noting(original: Any, file: WantedFile) -> Path:
        try:
            path: Path = original(file)
        except LocalEntryNotFoundError:
            file.cache.remember_absence(file.cache.resolve(file.revision) or "", file.filename)
            raise
        return path

    wrap(patch, download, "into_cache", noting)


@mutant
def offline_is_empty(patch: pytest.MonkeyPatch) -> None:
    """Lists no files where it may not ask."""

    def nothing(original: Any, *args: Any, **kwargs: Any) -> Any:
        return iter(()) if settings.offline() else original(*args, **kwargs)

    wrap(patch, HfApi, "list_repo_tree", nothing)


@mutant
def offline_forgets_force(patch: pytest.MonkeyPatch) -> None:
    """Returns the file that is there although a fresh one was asked for."""
    change_arguments(patch, download, "hf_hub_download", force_download=False)


@mutant
def offline_by_title_only(patch: pytest.MonkeyPatch) -> None:
    """Knows offline mode only by the word Offline."""
    patch.setattr(settings, "flag", lambda name: os.environ.get(name) == "Offline")


@mutant
def offline_whenever_set(patch: pytest.MonkeyPatch) -> None:
    """Takes any value of the variable for yes."""
    patch.setattr(settings, "flag", lambda name: bool(os.environ.get(name)))


@mutant
def first_snapshot_is_the_branch(patch: pytest.MonkeyPatch) -> None:
    """Takes the first commit in the cache for the one that a branch stands for."""
    resolve = RepoCache.resolve

    def resolved(self: RepoCache, revision: str) -> str | None:
        found = resolve(self, revision)
        folders = sorted((self.folder / "snapshots").glob("*"))
        return folders[0].name if found and found != revision and folders else found

    patch.setattr(RepoCache, "resolve", resolved)


@mutant
def any_snapshot_has_the_file(patch: pytest.MonkeyPatch) -> None:
    """Takes a file that the commit of a branch lacks from another commit in the cache."""

    def found(original: Any, self: RepoCache, revision: str, filename: str) -> Path | None:
        is_branch = self.resolve(revision) not in (None, revision)
        others = (self.folder / "snapshots").glob(f"*/{filename}") if is_branch else ()
        return original(self, revision, filename) or next(iter(others), None)

    wrap(patch, RepoCache, "find", found)
