"""Clients that take an entry of a listing for another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conformance.mutants.mutant import mutant, wrap
from reference_client.api import HfApi


@mutant
def paths_by_their_place(patch: pytest.MonkeyPatch) -> None:
    """Takes the entries for those of the paths in the order in which it asked for them."""

    def placed(original: Any, self: HfApi, repo_id: str, paths: list[str] | str, **options: Any) -> Any:
        found, wanted = original(self, repo_id, paths, **options), [paths] if isinstance(paths, str) else paths
        return [replace(one, path=path) for one, path in zip(found, wanted, strict=False)] if found[1:] else found

    wrap(patch, HfApi, "get_paths_info", placed)


@mutant
def contents_listed_once(patch: pytest.MonkeyPatch) -> None:
    """Keeps the entries of a listing by their digests."""

    def once(original: Any, *arguments: Any, **options: Any) -> Any:
        entries = {getattr(one, "blob_id", one.path): one for one in original(*arguments, **options)}
        return iter(entries.values())

    wrap(patch, HfApi, "list_repo_tree", once)
