"""Clients that need the Hub for what is on disk."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.mutants.mutant import mutant, wrap
from reference_client import HfApi, scan


@mutant
def scan_asks_the_hub(patch: pytest.MonkeyPatch) -> None:
    """Lists those repositories of the cache alone that the Hub knows."""

    def scanned(original: Any, *args: Any, **kwargs: Any) -> Any:
        found = original(*args, **kwargs)
        for repo in found.repos:
            HfApi().repo_exists(repo.repo_id, repo_type=repo.repo_type)
        return found

    wrap(patch, scan, "scan_cache_dir", scanned)
