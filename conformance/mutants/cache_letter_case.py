"""Clients whose cache ignores letter case, or uses something else as a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.mutants.mutant import change_result, mutant, wrap
from reference_client import cache, scan
from reference_client.cache import RepoCache


@mutant
def cache_folders_in_lower_case(patch: pytest.MonkeyPatch) -> None:
    """Names the folders of its cache in lower case."""
    patch.setattr(
        RepoCache,
        "folder",
        property(lambda self: self.root / f"{self.repo_type}s--{self.repo_id.replace('/', '--')}".lower()),
    )


@mutant
def scan_in_lower_case(patch: pytest.MonkeyPatch) -> None:
    """Gives the ids of what it finds in lower case."""

    def lowered(found: Any) -> Any:
        return replace(found, repos=frozenset(replace(repo, repo_id=repo.repo_id.lower()) for repo in found.repos))

    change_result(patch, scan, "scan_cache_dir", lowered)


def _found(patch: pytest.MonkeyPatch, find: Any) -> None:
    """Let the look-up return the value of `find(pointer)`, also where no pointer exists."""

    def looked_up(
        _: Any,
        repo_id: str,
        filename: str,
        cache_dir: Any = None,
        revision: str | None = None,
        repo_type: str | None = None,
    ) -> Any:
        own = RepoCache.of(cache_dir, repo_id, repo_type)
        commit_hash = own.resolve(revision or "main")
        return None if commit_hash is None else find(own.pointer(commit_hash, filename))

    wrap(patch, cache, "try_to_load_from_cache", looked_up)


@mutant
def look_up_in_any_letter_case(patch: pytest.MonkeyPatch) -> None:
    """Looks a file up by its name in any letter case."""

    def find(pointer: Path) -> str | None:
        names = [path for path in pointer.parent.iterdir() if path.name.lower() == pointer.name.lower()]
        return str(names[0]) if names else None

    _found(patch, find)


@mutant
def look_up_counts_dead_links(patch: pytest.MonkeyPatch) -> None:
    """Gives a link in the cache without a look at what it leads to."""
    _found(patch, lambda pointer: str(pointer) if pointer.is_symlink() or pointer.is_file() else None)


@mutant
def look_up_finds_folders(patch: pytest.MonkeyPatch) -> None:
    """Gives whatever there is of that name in the cache."""
    _found(patch, lambda pointer: str(pointer) if pointer.exists() else None)
