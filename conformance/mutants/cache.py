"""Clients that lay the cache out otherwise, or make no use of it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.mutants.mutant import change_arguments, change_result, mutant, wrap
from reference_client import cache, download, settings
from reference_client.cache import RepoCache
from reference_client.download import WantedFile
from reference_client.metadata import HfFileMetadata


@mutant
def blob_names_of_its_own(patch: pytest.MonkeyPatch) -> None:
    """Names a blob by a digest of its own making."""
    change_result(
        patch,
        RepoCache,
        "blob",
        lambda path: path.with_name(hashlib.sha256(path.name.encode()).hexdigest()),
    )


@mutant
def absolute_links(patch: pytest.MonkeyPatch) -> None:
    """Links to blobs by their absolute paths."""
    wrap(
        patch,
        cache,
        "_symlink",
        lambda original, target, link: original((link.parent / target).resolve(), link),
    )


@mutant
def ref_with_newline(patch: pytest.MonkeyPatch) -> None:
    """Ends a ref with a newline."""

    def with_newline(original: Any, path: Path, text: str) -> None:
        original(path, f"{text}\n" if "refs" in path.parts else text)

    wrap(patch, cache, "write", with_newline)


@mutant
def ref_name_flattened(patch: pytest.MonkeyPatch) -> None:
    """Puts every ref into one folder, hyphens for the slashes of its name."""
    wrap(
        patch,
        RepoCache,
        "remember_commit",
        lambda original, self, revision, commit: original(self, revision.replace("/", "--"), commit),
    )


@mutant
def ref_for_a_commit(patch: pytest.MonkeyPatch) -> None:
    """Writes a ref for a commit hash."""

    def always(_: Any, self: RepoCache, revision: str, commit_hash: str) -> None:
        cache.write(self.folder / "refs" / revision, commit_hash)

    wrap(patch, RepoCache, "remember_commit", always)


@mutant
def copies_instead_of_links(patch: pytest.MonkeyPatch) -> None:
    """Moves files into the snapshot where links are possible."""
    patch.setattr(settings, "symlinks_disabled", lambda: True)


@mutant
def folder_without_type(patch: pytest.MonkeyPatch) -> None:
    """Names a repository's folder without its type."""
    patch.setattr(RepoCache, "_name", property(lambda self: self.repo_id.replace("/", "--")))


@mutant
def always_fetches(patch: pytest.MonkeyPatch) -> None:
    """Fetches a file again, whatever the Hub says of its ETag."""
    wrap(patch, download, "_into_cache", lambda original, file: original(replace(file, force=True)))


@mutant
def commit_asks_again(patch: pytest.MonkeyPatch) -> None:
    """Asks the Hub for a file of a commit, though it cannot have changed."""
    patch.setattr(download, "is_commit_hash", lambda revision: False)


@mutant
def branch_never_refreshes(patch: pytest.MonkeyPatch) -> None:
    """Takes a cached file of a branch for the newest for ever."""

    def stuck(original: Any, file: WantedFile) -> Any:
        return file.cache.find(file.revision, file.filename) or original(file)

    wrap(patch, download, "_into_cache", stuck)


@mutant
def blobs_not_shared(patch: pytest.MonkeyPatch) -> None:
    """Fetches for each commit anew what it has as a blob."""

    def anew(original: Any, file: WantedFile) -> Any:
        found = download._look_up(file, None)
        assert isinstance(found, HfFileMetadata)
        fresh = not file.cache.pointer(found.commit_hash, file.filename).exists()
        return original(replace(file, metadata=found, force=fresh))

    wrap(patch, download, "_into_cache", anew)


@mutant
def error_leaves_a_file(patch: pytest.MonkeyPatch) -> None:
    """Makes a file before it asks whether there is one, and leaves it there."""

    def early(original: Any, file: WantedFile) -> Any:
        file.cache.prepare()
        file.cache.blob("incomplete").touch()
        return original(file)

    wrap(patch, download, "_into_cache", early)


@mutant
def no_exist_not_written(patch: pytest.MonkeyPatch) -> None:
    """Forgets that a file is missing."""
    patch.setattr(RepoCache, "remember_absence", lambda self, commit_hash, filename: None)


@mutant
def look_up_always_misses(patch: pytest.MonkeyPatch) -> None:
    """Finds nothing in the cache."""
    change_result(patch, cache, "try_to_load_from_cache", lambda path: None)


@mutant
def look_up_invents_paths(patch: pytest.MonkeyPatch) -> None:
    """Says where a file would lie, without looking whether it does."""
    change_result(patch, cache, "try_to_load_from_cache", lambda path: path or "snapshots/file")


@mutant
def no_fallback_to_the_cache(patch: pytest.MonkeyPatch) -> None:
    """Reports an error when the Hub is away, though the file is cached."""
    wrap(patch, download, "_look_up", lambda original, file, present: original(file, None))


@mutant
def local_files_only_ignored(patch: pytest.MonkeyPatch) -> None:
    """Asks the Hub though it was told not to."""
    change_arguments(patch, download, "hf_hub_download", local_files_only=False)
