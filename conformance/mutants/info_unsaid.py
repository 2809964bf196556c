"""Clients that return more, or less, than the Hub has sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest

from conformance.mutants.mutant import change_result, mutant, wrap
from reference_client import HfApi, api, models
from reference_client.models import GitCommitInfo, LastCommitInfo, RepoInfo, RepoSibling


def _unsaid(patch: pytest.MonkeyPatch, names: tuple[str, ...], value: Any) -> None:
    def filled(original: Any, self: RepoInfo, said: Any) -> None:
        original(self, said)
        for name in names:
            if self.__dict__.get(name) is None:
                self.__dict__[name] = value

    wrap(patch, RepoInfo, "__init__", filled)


@mutant
def unknown_number_is_nought(patch: pytest.MonkeyPatch) -> None:
    """Returns 0 where a count is not known."""
    _unsaid(patch, ("likes", "downloads"), 0)


@mutant
def unknown_flag_is_false(patch: pytest.MonkeyPatch) -> None:
    """Returns false where it is not known whether a repository is private."""
    _unsaid(patch, ("private",), False)


@mutant
def unknown_size_is_nothing(patch: pytest.MonkeyPatch) -> None:
    """Returns 0 where a file's size is not known."""
    change_result(patch, RepoSibling, "of", lambda item: replace(item, size=item.size or 0))


@mutant
def last_commit_invented(patch: pytest.MonkeyPatch) -> None:
    """Returns the start of 1970 as the last change of an entry, where it does not know the time."""
    beginning = LastCommitInfo("0" * 40, "", datetime(1970, 1, 1, tzinfo=timezone.utc))
    change_result(patch, api, "tree_item", lambda item: replace(item, last_commit=item.last_commit or beginning))


@mutant
def unknown_pull_requests_are_none(patch: pytest.MonkeyPatch) -> None:
    """Returns an empty list of pull requests where it did not ask for them."""
    change_result(patch, HfApi, "list_repo_refs", lambda refs: replace(refs, pull_requests=refs.pull_requests or []))


@mutant
def dates_in_whole_seconds(patch: pytest.MonkeyPatch) -> None:
    """Cuts the milliseconds off every date."""
    change_result(patch, models, "parse_datetime", lambda date: date.replace(microsecond=0))


def _commits(patch: pytest.MonkeyPatch, change: Any) -> None:
    change_result(patch, GitCommitInfo, "of", change)


@mutant
def first_author_only(patch: pytest.MonkeyPatch) -> None:
    """Knows one author of a commit."""
    _commits(patch, lambda commit: replace(commit, authors=commit.authors[:1]))


@mutant
def an_author_is_needed(patch: pytest.MonkeyPatch) -> None:
    """Names an author for a commit that has none."""
    _commits(patch, lambda commit: replace(commit, authors=commit.authors or ["unknown"]))


@mutant
def one_commit_of_a_title(patch: pytest.MonkeyPatch) -> None:
    """Takes a commit with the title, date and authors of another for the same one."""

    def once(original: Any, *args: Any, **kwargs: Any) -> Any:
        commits = original(*args, **kwargs)
        return list({(item.title, item.created_at, *item.authors): item for item in commits}.values())

    wrap(patch, HfApi, "list_repo_commits", once)


@mutant
def commit_messages_trimmed(patch: pytest.MonkeyPatch) -> None:
    """Trims the message of a commit."""
    _commits(patch, lambda commit: replace(commit, message=commit.message.strip()))
