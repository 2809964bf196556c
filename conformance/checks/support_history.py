"""What a check of a branch that moves needs of its recording: two commits, and a file that differs between them.

Each function ends the check as not applicable where the recording has no such commits.
"""

from __future__ import annotations

from conformance.replay import Truth
from conformance.roles import Change, additions, changes, changes_beside_others, early_changes, kept_files
from conformance.verdict.require import role


def changed_later(repo: Truth, preferred: str | None = None) -> Change:
    """An old commit, a new one, and a file that both have with different content."""
    return _preferred(changes(repo), preferred)


def changed_early(repo: Truth, preferred: str | None = None) -> Change:
    """As `changed_later`, where the contents differ before byte `EARLY`."""
    return _preferred(early_changes(repo), preferred)


def changed_beside_others(repo: Truth, preferred: str | None = None) -> Change:
    """As `changed_later`, where the commits have other paths as well."""
    return _preferred(changes_beside_others(repo), preferred)


def kept_later(repo: Truth, preferred: str | None = None) -> Change:
    """An old commit, a new one, and a file that both have with the same content."""
    return _preferred(kept_files(repo), preferred)


def added_later(repo: Truth, preferred: str | None = None) -> Change:
    """An old commit, a new one, and a file that the new one alone has."""
    return _preferred(additions(repo), preferred)


def told_by(repo: Truth, revision: str) -> str:
    """A file of a revision whose content `main` does not have under that name."""
    has = revision in repo.refs or revision in repo.commits
    role(has, f"a revision {revision}")
    names = [name for name, file in repo.files(revision).items() if file != repo.files().get(name) and file.content]
    role(names, f"a file of {revision} that differs from main")
    return names[0]


def _preferred(found: list[Change], name: str | None) -> Change:
    return min(found, key=lambda each: each[2] != name)
