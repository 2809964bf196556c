"""Clients with narrow numbers and short memories."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.mutants.mutant import mutant, wrap
from reference_client import HfApi, transport
from reference_client.models import GitCommitInfo, RepoInfo


def _said(patch: pytest.MonkeyPatch, change: Any) -> None:
    wrap(
        patch,
        RepoInfo,
        "__init__",
        lambda original, self, said: original(self, {name: change(value) for name, value in said.items()}),
    )


LARGEST = (1 << 53) - 1
"""That a JSON number holds exactly."""


@mutant
def counts_of_32_bits(patch: pytest.MonkeyPatch) -> None:
    """Keeps numbers in 32 bits."""
    _said(patch, lambda value: value & 0xFFFFFFFF if type(value) is int else value)


@mutant
def large_numbers_are_unknown(patch: pytest.MonkeyPatch) -> None:
    """Gives null for the largest numbers."""
    _said(patch, lambda value: None if type(value) is int and value > LARGEST - 2 else value)


@mutant
def long_texts_are_unknown(patch: pytest.MonkeyPatch) -> None:
    """Gives null for a text of more than a megabyte."""
    _said(patch, lambda value: None if isinstance(value, str) and len(value) > 1 << 20 else value)


@mutant
def answers_of_a_megabyte(patch: pytest.MonkeyPatch) -> None:
    """Keeps the first megabyte of a text."""
    _said(patch, lambda value: value[: 1 << 20] if isinstance(value, str) else value)


@mutant
def latin_1_without_a_charset(patch: pytest.MonkeyPatch) -> None:
    """Reads an answer that names no charset as Latin-1, as texts of HTTP once were."""

    def text(self: transport.Response) -> Any:
        named = "charset" in self.headers.get("Content-Type", "").lower()
        return json.loads(self.content.decode("utf-8" if named else "latin-1"))

    patch.setattr(transport.Response, "json", text)


@mutant
def text_of_the_basic_plane(patch: pytest.MonkeyPatch) -> None:
    """Puts a question mark for letters beyond the basic plane."""
    _said(
        patch,
        lambda value: "".join(c if ord(c) < 0x10000 else "?" for c in value) if isinstance(value, str) else value,
    )


@mutant
def empty_tags_are_unknown(patch: pytest.MonkeyPatch) -> None:
    """Takes an empty list for none."""
    _said(patch, lambda value: None if value == [] else value)


@mutant
def history_of_one_page(patch: pytest.MonkeyPatch) -> None:
    """Reads one page of a history."""

    def listed(original: Any, self: HfApi, repo_id: str, **kwargs: Any) -> list[GitCommitInfo]:
        with pytest.MonkeyPatch.context() as within:
            within.setattr(transport.Response, "links", {})
            found: list[GitCommitInfo] = original(self, repo_id, **kwargs)
        return found

    wrap(patch, HfApi, "list_repo_commits", listed)


@mutant
def unreadable_is_empty(patch: pytest.MonkeyPatch) -> None:
    """Takes an answer that it cannot read for an empty one."""

    def read(original: Any, self: transport.Response) -> Any:
        try:
            return original(self)
        except ValueError:
            return []

    wrap(patch, transport.Response, "json", read)
