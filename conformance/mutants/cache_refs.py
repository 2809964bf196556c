"""Mutants that take a revision for what it is not."""

from __future__ import annotations

import re
from typing import Any

import pytest

from conformance.mutants.mutant import mutant, wrap
from reference_client import download
from reference_client.download import WantedFile
from reference_client.errors import RevisionNotFoundError


def _never_again(patch: pytest.MonkeyPatch, names: str) -> None:
    """Let a cached file of a revision with such a name be the newest for ever."""

    def stuck(original: Any, file: WantedFile) -> Any:
        known = file.cache.find(file.revision, file.filename) if re.fullmatch(names, file.revision) else None
        return known or original(file)

    wrap(patch, download, "into_cache", stuck)


@mutant
def hexadecimal_names_are_commits(patch: pytest.MonkeyPatch) -> None:
    """Takes every name of hexadecimal digits for a commit, which cannot move."""
    _never_again(patch, "[0-9a-f]+")


@mutant
def tags_never_refresh(patch: pytest.MonkeyPatch) -> None:
    """Takes a version's name for a tag, and a tag for one commit for ever."""
    _never_again(patch, r"v?[0-9].*|release.*")


@mutant
def missing_revisions_are_remembered(patch: pytest.MonkeyPatch) -> None:
    """Does not ask again for a revision that was missing once."""
    missing: dict[tuple[str, str, str], RevisionNotFoundError] = {}

    def remembered(original: Any, file: WantedFile) -> Any:
        key = (file.session.endpoint, file.cache.repo_id, file.revision)
        if key in missing:
            raise missing[key]
        try:
            return original(file)
        except RevisionNotFoundError as error:
            missing[key] = error
            raise

    wrap(patch, download, "into_cache", remembered)


@mutant
def absence_after_any_error(patch: pytest.MonkeyPatch) -> None:
    """Notes that the commit of the branch lacks a file, whatever its download ended with."""

    def noted(original: Any, file: WantedFile) -> Any:
        try:
            return original(file)
        except OSError:
            if commit := file.cache.resolve(file.revision):
                file.cache.remember_absence(commit, file.filename)
            raise

    wrap(patch, download, "into_cache", noted)
