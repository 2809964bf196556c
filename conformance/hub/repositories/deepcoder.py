"""`agentica-org/DeepCoder-Preview-Dataset` in small: four configs in 29 files, and a form of tests for each."""

from __future__ import annotations

from conformance.hub.repositories import stages
from conformance.hub.repository import Repository


def repositories() -> list[Repository]:
    *_, head = stages.commits(
        "deepcoder",
        ("1-data", "Upload dataset", "2025-04-08T03:10:51"),
        ("2-described", "Update README.md", "2025-04-09T18:22:07"),
    )
    deepcoder = Repository(
        "agentica-org/DeepCoder-Preview-Dataset",
        branches={"main": head},
        computed_tags=("size_categories:n<1K", "format:parquet", "modality:text", "library:datasets"),
        downloads=4321,
        likes=76,
        walk="lean",
    )
    return [deepcoder]
