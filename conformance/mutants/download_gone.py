"""Clients that go on with what was there once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.mutants.mutant import mutant, wrap
from reference_client import HfApi, download, snapshot
from reference_client.errors import RemoteEntryNotFoundError, RevisionNotFoundError


def _is_present(file: Any, present: Path | None, *, in_folder: bool) -> bool:
    return present is not None and (file.local_dir is not None) == in_folder


def _fall_back(patch: pytest.MonkeyPatch, *, in_folder: bool) -> None:
    def looked_up(original: Any, file: Any, present: Path | None) -> Any:
        try:
            return original(file, present)
        except (RevisionNotFoundError, RemoteEntryNotFoundError):
            if not _is_present(file, present, in_folder=in_folder):
                raise
            return present

    wrap(patch, download, "look_up", looked_up)


@mutant
def cache_hides_what_is_gone(patch: pytest.MonkeyPatch) -> None:
    """Returns the cached file when the Hub reports that it is missing."""
    _fall_back(patch, in_folder=False)


@mutant
def folder_hides_what_is_gone(patch: pytest.MonkeyPatch) -> None:
    """Returns the file in the user's folder when the Hub reports that it is missing."""
    _fall_back(patch, in_folder=True)


@mutant
def absence_is_final(patch: pytest.MonkeyPatch) -> None:
    """Never asks again for a file that was missing once."""
    missing: set[tuple[str, str]] = set()

    def asked(original: Any, file: Any, present: Path | None) -> Any:
        key = (file.cache.repo_id, file.filename)
        try:
            if key in missing:
                raise OSError(f"There is no {file.filename}.")
            return original(file, present)
        except RemoteEntryNotFoundError:
            missing.add(key)
            raise

    wrap(patch, download, "look_up", asked)


@mutant
def snapshot_hides_what_is_gone(patch: pytest.MonkeyPatch) -> None:
    """Returns the snapshot on disk when the Hub reports that the revision is missing."""

    def resolved(original: Any, session: Any, cache: Any, revision: str) -> Any:
        try:
            return original(session, cache, revision)
        except RevisionNotFoundError:
            known = cache.resolve(revision)
            if known is None:
                raise
            return known

    wrap(patch, snapshot, "resolve_revision", resolved)


@mutant
def existence_is_remembered(patch: pytest.MonkeyPatch) -> None:
    """Remembers which files there are, and does not ask again."""
    known: dict[tuple[str, str], bool] = {}

    def asked(original: Any, self: HfApi, repo_id: str, filename: str, **kwargs: Any) -> bool:
        if (repo_id, filename) not in known:
            known[repo_id, filename] = original(self, repo_id, filename, **kwargs)
        return known[repo_id, filename]

    wrap(patch, HfApi, "file_exists", asked)
