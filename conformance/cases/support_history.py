"""What a check of a branch that moves needs of its recording: two commits, and a file that tells them apart.

Each function ends the check as not applicable where the recording has no such commits.
"""

from __future__ import annotations

from collections.abc import Callable

from conformance.replay import Truth
from conformance.verdict.require import role


def changed_later(repo: Truth, preferred: str | None = None) -> tuple[str, str, str]:
    """An old commit, a new one, and a file that both have with different content."""
    return _first(repo, repo.changed_between, preferred, "two commits between which a file changed")


def kept_later(repo: Truth, preferred: str | None = None) -> tuple[str, str, str]:
    """An old commit, a new one, and a file that both have with the same content."""
    return _first(repo, repo.kept_between, preferred, "two commits between which a file stayed the same")


def added_later(repo: Truth, preferred: str | None = None) -> tuple[str, str, str]:
    """An old commit, a new one, and a file that the new one alone has."""
    return _first(repo, repo.added_between, preferred, "two commits between which a file was added")


def told_by(repo: Truth, revision: str) -> str:
    """A file of a revision whose content `main` does not have under that name."""
    has = revision in repo.refs or revision in repo.commits
    role(has, f"a revision {revision}")
    names = [name for name, file in repo.files(revision).items() if file != repo.files().get(name) and file.content]
    role(names, f"a file of {revision} that differs from main")
    return names[0]


def _first(
    repo: Truth, between: Callable[[str, str], list[str]], preferred: str | None, name: str
) -> tuple[str, str, str]:
    # The preferred file first, and the newest commit: it is what a client sees.
    pairs = sorted(repo.pairs_of_commits(), key=lambda pair: pair[1] != repo.head)
    found = [(old, new, path) for old, new in pairs for path in between(old, new)]
    role(found, name)
    return min(found, key=lambda each: each[2] != preferred)
