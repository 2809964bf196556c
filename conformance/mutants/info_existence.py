"""Clients that answer what they do not know, or ask for more than they need."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.mutants.mutant import mutant, wrap
from reference_client import HfApi

_QUESTIONS = ("repo_exists", "revision_exists", "file_exists")


@mutant
def any_error_is_a_no(patch: pytest.MonkeyPatch) -> None:
    """Reports every error as a missing item."""

    def asked(original: Any, *args: Any, **kwargs: Any) -> bool:
        try:
            answer: bool = original(*args, **kwargs)
        except OSError:
            return False
        return answer

    for name in _QUESTIONS:
        wrap(patch, HfApi, name, asked)


@mutant
def existence_by_listing(patch: pytest.MonkeyPatch) -> None:
    """Lists a repository to see whether it exists."""

    def asked(original: Any, self: HfApi, repo_id: str, *, repo_type: str | None = None, **kwargs: Any) -> bool:
        return bool(self.list_repo_files(repo_id, repo_type=repo_type, **kwargs))

    wrap(patch, HfApi, "repo_exists", asked)


@mutant
def file_existence_by_listing(patch: pytest.MonkeyPatch) -> None:
    """Lists a repository to see whether it has a file."""

    def asked(original: Any, self: HfApi, repo_id: str, filename: str, **kwargs: Any) -> bool:
        return filename in self.list_repo_files(repo_id, **kwargs)

    wrap(patch, HfApi, "file_exists", asked)
