"""Commits from folders: `fixtures/repositories/<name>/<stage>/…` holds what a commit adds or changes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from conformance.data import fixtures_dir
from conformance.hub.repository import Commit, Repository, utc


def folder(repository: str) -> Path:
    """Where a repository's stages lie."""
    return fixtures_dir() / "repositories" / repository


def read(repository: str, stage: str) -> dict[str, bytes]:
    """The files of one stage: path in the repository to content."""
    root = folder(repository) / stage
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def attributes() -> bytes:
    """The `.gitattributes` of a new repository of the Hub, cut to what matters here."""
    return read("gsm8k", "1-data")[".gitattributes"]


def commits(
    repository: str, *described: tuple[str, str, str], extra: Mapping[str, bytes] | None = None
) -> list[Commit]:
    """Commits on one another, oldest first, each of (stage, title, date).

    Args:
        extra: further files of the first commit.
    """
    files = {".gitattributes": attributes(), **(extra or {})}
    made: list[Commit] = []
    for stage, title, date in described:
        files = {**files, **read(repository, stage)}
        made.append(Commit.of(files, title=title, date=utc(date), parent=made[-1] if made else None))
    return made


def branch(repository: str, stage: str, *, parent: Commit, title: str, date: str, without: str = "") -> Commit:
    """A commit on another that changes the files of a stage and may take one away."""
    files = {path: file.data for path, file in parent.files.items() if path != without}
    return Commit.of({**files, **read(repository, stage)}, title=title, date=utc(date), parent=parent)


def parquet_dataset(
    repository: str, repo_id: str, *, uploaded: str, described: str, downloads: int = 0, likes: int = 0
) -> Repository:
    """A dataset of Parquet files in two commits, of the stages `1-data` and `2-described`.

    Args:
        uploaded: the date of the data.
        described: the date of the card as it is now.
    """
    *_, head = commits(
        repository,
        ("1-data", "Upload dataset", uploaded),
        ("2-described", "Update README.md", described),
    )
    return Repository(
        repo_id,
        branches={"main": head},
        computed_tags=("size_categories:n<1K", "format:parquet", "modality:text", "library:datasets"),
        downloads=downloads,
        likes=likes,
        walk="lean",
    )
