"""The commit of a port's own repository."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from conformance.ports.commit import commit_of


def test_it_is_that_of_the_repository(tmp_path: Path) -> None:
    """Hash and date, for any folder in it; None where there is no repository, and where it has no commit."""
    folder = tmp_path / "shim"
    folder.mkdir()
    assert commit_of(folder) is None
    author = {f"GIT_{who}_{what}": "me" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    date = {"GIT_COMMITTER_DATE": "2026-01-02T03:04:05+00:00"}

    def git(*words: str) -> str:
        command = ["git", "-C", str(tmp_path), *words]
        environment = {**os.environ, **author, **date}
        ended = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        return ended.stdout

    git("init", "--quiet")
    assert commit_of(folder) is None
    git("commit", "--quiet", "--allow-empty", "--message", "first")
    assert commit_of(folder) == {"hash": git("rev-parse", "HEAD").strip(), "date": "2026-01-02T03:04:05+00:00"}


def test_git_need_not_be_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it is not known."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit_of(tmp_path) is None
