"""Clients that know better how a name is written."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Any

import pytest

from conformance.mutants.mutant import change_result, mutant, wrap
from reference_client import api, metadata
from reference_client.cache import RepoCache
from reference_client.local_dir import LocalFile
from reference_client.session import Session
from reference_client.snapshot import Patterns


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC" if text[:1] == "\ufb01" else "NFC", text)


def _other(text: str) -> str:
    """Another form of the same text, where there is one."""
    composed = _normal(text)
    return composed if composed != text else unicodedata.normalize("NFD", text)


@mutant
def url_names_normalised(patch: pytest.MonkeyPatch) -> None:
    """Asks for another form of a name than the one that it was given."""
    wrap(patch, metadata, "quote", lambda original, text, *args, **kwargs: original(_other(text), *args, **kwargs))


@mutant
def stored_names_normalised(patch: pytest.MonkeyPatch) -> None:
    """Composes the letters of a name in the cache."""
    wrap(
        patch,
        RepoCache,
        "pointer",
        lambda original, self, commit_hash, filename: original(self, commit_hash, _normal(filename)),
    )


@mutant
def patterns_normalised(patch: pytest.MonkeyPatch) -> None:
    """Compares names and patterns in their composed form."""

    def want(original: Any, self: Patterns, path: str) -> bool:
        allow = None if self.allow is None else [_normal(pattern) for pattern in self.allow]
        wanted: bool = original(replace(self, allow=allow), _normal(path))
        return wanted

    wrap(patch, Patterns, "want", want)


@mutant
def local_names_normalised(patch: pytest.MonkeyPatch) -> None:
    """Composes the letters of a name in the user's folder."""
    wrap(patch, LocalFile, "of", lambda original, folder, filename: original(folder, _normal(filename)))


@mutant
def form_names_normalised(patch: pytest.MonkeyPatch) -> None:
    """Composes the letters of the paths that it asks about."""

    def asked(original: Any, self: Session, *args: Any, form: Any = None, **kwargs: Any) -> Any:
        composed = None if form is None else list(dict.fromkeys((name, _normal(value)) for name, value in form))
        return original(self, *args, form=composed, **kwargs)

    wrap(patch, Session, "request", asked)


@mutant
def listed_names_normalised(patch: pytest.MonkeyPatch) -> None:
    """Composes the letters of the paths that it lists."""
    change_result(patch, api, "tree_item", lambda item: replace(item, path=_normal(item.path)))
