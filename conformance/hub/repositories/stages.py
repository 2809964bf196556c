"""Commits from folders: `fixtures/repositories/<name>/<stage>/…` holds what a commit adds or changes."""

from __future__ import annotations

from pathlib import Path

from conformance.data import fixtures_dir


def folder(repository: str) -> Path:
    """Where a repository's stages lie."""
    return fixtures_dir() / "repositories" / repository


def read(repository: str, stage: str) -> dict[str, bytes]:
    """The files of one stage: path in the repository to content."""
    root = folder(repository) / stage
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
