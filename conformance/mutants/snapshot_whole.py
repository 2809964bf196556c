"""Clients whose snapshots are short, or that delete files of others."""

from __future__ import annotations

import shutil
from itertools import islice
from typing import Any

import pytest

from conformance.mutants.mutant import mutant, wrap
from reference_client import HfApi, api, snapshot


@mutant
def snapshot_of_the_siblings(patch: pytest.MonkeyPatch) -> None:
    """Takes the files that the info names for all of them."""

    def listed(original: Any, session: Any, cache: Any, commit_hash: str, kept: Any) -> Any:
        info = HfApi(session.endpoint, session.token or False).repo_info(
            cache.repo_id, repo_type=cache.repo_type, revision=commit_hash
        )
        named = {sibling.rfilename for sibling in info.siblings or ()}
        return [file for file in original(session, cache, commit_hash, kept) if file.path in named]

    wrap(patch, snapshot, "list_files", listed)


@mutant
def snapshot_of_the_first_pages(patch: pytest.MonkeyPatch) -> None:
    """Reads five pages of a listing and no more."""

    def paged(original: Any, session: Any, url: str) -> Any:
        return islice(original(session, url), 5)

    wrap(patch, api, "pages", paged)


@mutant
def failed_snapshot_is_cleared(patch: pytest.MonkeyPatch) -> None:
    """Removes the folder of the snapshot when one of its files cannot be had."""

    def obtained(original: Any, files: Any, max_workers: int) -> None:
        try:
            original(files, max_workers)
        except OSError:
            shutil.rmtree(files[0].cache.snapshot(files[0].revision), ignore_errors=True)
            raise

    wrap(patch, snapshot, "obtain_all", obtained)


@mutant
def failed_folder_is_cleared(patch: pytest.MonkeyPatch) -> None:
    """Removes the user's folder when a file cannot be had."""

    def obtained(original: Any, files: Any, max_workers: int) -> None:
        try:
            original(files, max_workers)
        except OSError:
            shutil.rmtree(files[0].local_dir, ignore_errors=True)
            raise

    wrap(patch, snapshot, "obtain_all", obtained)


@mutant
def everything_at_once(patch: pytest.MonkeyPatch) -> None:
    """Fetches all files of a snapshot at the same time."""
    wrap(patch, snapshot, "obtain_all", lambda original, files, max_workers: original(files, max(len(files), 1)))
