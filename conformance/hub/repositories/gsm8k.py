"""`openai/gsm8k` in small: the real one's files, columns, card form and settings, with problems of our own.

The commits of `main` are folders under `fixtures/repositories/gsm8k`; `conformance.hub.generate` writes them.
"""

from __future__ import annotations

from collections.abc import Mapping

from conformance.hub.repositories import stages
from conformance.hub.repository import Commit, Repository, utc

_NAME = "gsm8k"


def repositories() -> list[Repository]:
    data = stages.read(_NAME, "1-data")
    corrected = {**data, **stages.read(_NAME, "2-corrected")}
    described = {**corrected, **stages.read(_NAME, "3-described")}
    first = Commit.of(data, title="Add the data files", date=utc("2022-04-12T10:22:10"))
    second = Commit.of(
        corrected, title="Correct two answers of main/test", date=utc("2024-01-04T12:05:15"), parent=first
    )
    head = Commit.of(described, title="Describe the evaluation", date=utc("2026-03-23T10:18:13"), parent=second)
    branch = Commit.of(
        {**described, **stages.read(_NAME, "branch-feature-socratic")},
        title="Explain the socratic questions",
        date=utc("2026-04-02T08:00:00"),
        parent=head,
    )
    proposal = Commit.of(
        {**corrected, **stages.read(_NAME, "pull-request-1")},
        title="Mention the number of steps",
        date=utc("2024-05-17T09:30:00"),
        parent=second,
    )
    converted = Commit.of(_converted(described), title="Update parquet files", date=utc("2026-03-23T10:21:40"))
    gsm8k = Repository(
        "openai/gsm8k",
        branches={"main": head, "feature/socratic": branch},
        tags={"v1.0": first},
        converts={"parquet": converted},
        pull_requests={"1": proposal},
        former_names=("gsm8k",),
        computed_tags=(
            "benchmark:official",
            "benchmark:eval-yaml",
            "size_categories:n<1K",
            "format:parquet",
            "modality:text",
            "library:datasets",
            "library:pandas",
            "library:polars",
            "library:mlcroissant",
        ),
        downloads=946606,
        likes=1556,
        object_id="625552d2b339bb03abe3432d",
    )
    return [gsm8k]


def _converted(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The Hub's own conversion: `main/train-00000-of-00001.parquet` becomes `main/train/0000.parquet`."""
    moved = {
        f"{path.partition('-')[0]}/0000.parquet": data for path, data in files.items() if path.endswith(".parquet")
    }
    return {".gitattributes": files[".gitattributes"], **moved}
