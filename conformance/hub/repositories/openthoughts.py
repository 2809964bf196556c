"""Three datasets of `open-thoughts` in small: traces of an agent, thoughts in 120 files, tasks without a table."""

from __future__ import annotations

from random import Random

from conformance.hub.repositories import stages
from conformance.hub.repository import Repository

_SHARDS = 120


def repositories() -> list[Repository]:
    return [_agent(), _thoughts(), _tasks()]


def _agent() -> Repository:
    return stages.parquet_dataset(
        "openthoughts-agent",
        "open-thoughts/OpenThoughts-Agent-v1-SFT",
        uploaded="2025-12-04T16:20:11",
        described="2025-12-05T09:02:44",
    )


def _thoughts() -> Repository:
    """The files that no recording holds are noise."""
    noise = {
        f"data/train-{number:05d}-of-{_SHARDS:05d}.parquet": Random(number).randbytes(2000 + number)
        for number in range(_SHARDS)
    }
    (head,) = stages.commits(
        "openthoughts-thoughts",
        ("1-data", "Upload dataset", "2025-06-04T18:30:00"),
        extra={**noise, "ot3-datacuration-pipeline.png": Random(3).randbytes(900)},
    )
    return Repository(
        "open-thoughts/OpenThoughts3-1.2M",
        branches={"main": head},
        computed_tags=("size_categories:1M<n<10M", "format:parquet", "modality:text", "library:datasets"),
        walk="ends",
    )


def _tasks() -> Repository:
    *_, head = stages.commits(
        "openthoughts-tasks",
        ("1-tasks", "Add the tasks", "2025-12-04T17:00:00"),
        ("2-clearer", "Say what an empty line counts", "2025-12-06T11:30:00"),
    )
    return Repository("open-thoughts/OpenThoughts-TB-dev", branches={"main": head}, walk="lean")
