"""The state of a port's own repository, for a history of its measurements."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TypedDict

DEADLINE = 10.0
"""Seconds that git may take."""


class CommitData(TypedDict):
    """A commit: `hash` in hex, `date` in ISO 8601."""

    hash: str
    date: str


def commit_of(folder: Path) -> CommitData | None:
    """The commit that is checked out in a folder's git repository.

    None if the folder is in no repository, the repository has no commit, or git is not installed.
    """
    command = ["git", "-C", str(folder), "log", "-1", "--format=%H %cI"]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = ended.stdout.split()
    return CommitData(hash=words[0], date=words[1]) if len(words) == 2 else None
