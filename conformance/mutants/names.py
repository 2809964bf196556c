"""Clients that let names lead where they must not, or refuse good ones."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from conformance.mutants.mutant import mutant, wrap
from reference_client import api, cache, download, metadata, models, snapshot, validate
from reference_client.cache import RepoCache


def _anything_goes(patch: pytest.MonkeyPatch, name: str, *modules: Any) -> None:
    """Let a function that checks its argument return it unchecked."""
    for module in modules:
        patch.setattr(module, name, lambda value, *rest, **options: value)


@mutant
def ids_not_checked(patch: pytest.MonkeyPatch) -> None:
    """Asks for whatever it is given as a repository's id, percent-encoded where a URL needs that."""
    _anything_goes(patch, "check_repo_id", api, cache, metadata)
    wrap(
        patch,
        api,
        "repo_url",
        lambda original, endpoint, repo_id, repo_type: original(endpoint, quote(repo_id), repo_type),
    )


@mutant
def ids_checked_too_strictly(patch: pytest.MonkeyPatch) -> None:
    """Takes an owner and a name of letters with hyphens between them for the only form of an id."""
    patch.setattr(validate, "_REPO_ID", re.compile(r"[A-Za-z][A-Za-z-]{0,38}/[A-Za-z][A-Za-z0-9-]{0,63}"))


@mutant
def types_not_checked(patch: pytest.MonkeyPatch) -> None:
    """Takes a type that it does not know for a dataset."""
    for module in (api, cache, metadata):
        patch.setattr(module, "check_repo_type", lambda kind: kind if kind in validate.REPO_TYPES else "dataset")


@mutant
def filenames_not_checked(patch: pytest.MonkeyPatch) -> None:
    """Takes any text for the name of a file."""
    _anything_goes(patch, "check_filename", download)


@mutant
def two_dots_refused(patch: pytest.MonkeyPatch) -> None:
    """Refuses every file name with two dots in a row."""

    def careful(original: Any, filename: str) -> None:
        if ".." in filename:
            raise ValueError(f"Invalid filename '{filename}'.")
        original(filename)

    wrap(patch, download, "check_filename", careful)


@mutant
def listings_not_checked(patch: pytest.MonkeyPatch) -> None:
    """Trusts the names of files in a listing."""
    _anything_goes(patch, "check_filename", models, snapshot)


@mutant
def served_names_not_checked(patch: pytest.MonkeyPatch) -> None:
    """Trusts the etag and the commit hash that a server sends."""
    _anything_goes(patch, "check_etag", metadata)
    _anything_goes(patch, "check_commit_hash", metadata)


@mutant
def revisions_not_checked(patch: pytest.MonkeyPatch) -> None:
    """Takes any text for a revision, and keeps a file of that name."""
    patch.setattr(download, "check_revision", lambda revision: revision or "main")


@mutant
def link_of_the_cache_not_followed(patch: pytest.MonkeyPatch) -> None:
    """Links a snapshot to its blob by a path that is right only where the cache really lies."""
    patch.setattr(RepoCache, "of", lambda root, repo_id, kind: RepoCache(Path(root), repo_id, kind or "model"))

    def link(_: Any, self: RepoCache, etag: str, commit_hash: str, filename: str, *, new: bool) -> None:
        pointer = self.pointer(commit_hash, filename)
        pointer.parent.mkdir(parents=True, exist_ok=True)
        pointer.symlink_to(os.path.relpath(self.blob(etag).resolve(), pointer.parent))

    wrap(patch, RepoCache, "link", link)


@mutant
def cache_directory_percent_encoded(patch: pytest.MonkeyPatch) -> None:
    """Percent-encodes the name of the cache directory."""
    wrap(
        patch,
        RepoCache,
        "of",
        lambda original, root, repo_id, kind: original(quote(str(root)), repo_id, kind),
    )
