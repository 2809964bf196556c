"""`agentica-org/DeepCoder-Preview-Dataset` in small: four configs in 29 files, and a form of tests for each."""

from __future__ import annotations

from conformance.hub.repositories import stages
from conformance.hub.repository import Repository


def repositories() -> list[Repository]:
    deepcoder = stages.parquet_dataset(
        "deepcoder",
        "agentica-org/DeepCoder-Preview-Dataset",
        uploaded="2025-04-08T03:10:51",
        described="2025-04-09T18:22:07",
        downloads=4321,
        likes=76,
    )
    return [deepcoder]
