"""Names of commits, trees and blobs are the ones git gives."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from conformance.hub.repository import is_lfs, lfs_patterns
from conformance.selftest.hub.asking import REPOSITORIES
from conformance.traffic.git import AUTHOR


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.parametrize("repo_id", ["openai/gsm8k", "conformance/awkward-names", "conformance/tiny-model"])
def test_git_gives_every_commit_of_main_the_same_name(repo_id: str, tmp_path: Path) -> None:
    """The same content committed by git itself, pointers in place of LFS files, has the same sha."""
    name, _, email = AUTHOR.rstrip(">").partition(" <")
    environment = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        **{f"GIT_{who}_NAME": name for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": email for who in ("AUTHOR", "COMMITTER")},
    }

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=tmp_path, env=environment, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    git("init", "--quiet")
    # The LFS filter must not run here: the pointers are already written.
    (tmp_path / ".git" / "info" / "attributes").write_text("* -filter -text\n")
    for commit in reversed(list(REPOSITORIES[repo_id].head.history())):
        for path, file in commit.files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes(file.in_git)
        git("add", "--all")
        environment["GIT_AUTHOR_DATE"] = environment["GIT_COMMITTER_DATE"] = commit.date.isoformat()
        git("commit", "--quiet", "--message", commit.title)
        assert git("rev-parse", "HEAD") == commit.sha


def test_gitattributes_say_what_goes_to_lfs() -> None:
    """A pattern without a slash matches the last name, one with a slash the path; other lines say nothing."""
    patterns = lfs_patterns(
        b"# *.md filter=lfs\n\n*.bin filter=lfs diff=lfs merge=lfs -text\n*.txt text\nbig/*.csv filter=lfs\n"
    )
    paths = ["a.bin", "deep/er/b.bin", "big/c.csv", "c.csv", "d.txt", "README.md"]
    assert [path for path in paths if is_lfs(path, patterns)] == ["a.bin", "deep/er/b.bin", "big/c.csv"]
