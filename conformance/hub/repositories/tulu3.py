"""`allenai/tulu-3-sft-mixture` in small: six files, nested messages, and a card that counts fractions of bytes."""

from __future__ import annotations

from conformance.hub.repositories import stages
from conformance.hub.repository import Repository


def repositories() -> list[Repository]:
    *_, head = stages.commits(
        "tulu3",
        ("1-data", "Upload dataset", "2024-11-08T21:14:09"),
        ("2-described", "Update README.md", "2024-12-02T19:48:33"),
    )
    tulu3 = Repository(
        "allenai/tulu-3-sft-mixture",
        branches={"main": head},
        computed_tags=("size_categories:n<1K", "format:parquet", "modality:text", "library:datasets"),
        downloads=21345,
        likes=187,
        walk="lean",
    )
    return [tulu3]
