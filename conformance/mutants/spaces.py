"""Clients that do not know Spaces."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.mutants.mutant import change_result, mutant, wrap
from reference_client import api, metadata, scan


@mutant
def spaces_as_models(patch: pytest.MonkeyPatch) -> None:
    """Asks for the files of a Space as for those of a model."""
    change_result(patch, metadata, "check_repo_type", lambda kind: "model" if kind == "space" else kind)


@mutant
def spaces_asked_as_models(patch: pytest.MonkeyPatch) -> None:
    """Asks the API about a Space as about a model."""

    def url(original: Any, endpoint: str, repo_id: str, repo_type: str | None) -> str:
        return str(original(endpoint, repo_id, "model" if repo_type == "space" else repo_type))

    wrap(patch, api, "repo_url", url)


@mutant
def spaces_scanned_as_models(patch: pytest.MonkeyPatch) -> None:
    """Takes the folder of a Space in the cache for a model's."""

    def repo(original: Any, repo_id: str, repo_type: str, *rest: Any) -> Any:
        return original(repo_id, "model" if repo_type == "space" else repo_type, *rest)

    wrap(patch, scan, "CachedRepoInfo", repo)
