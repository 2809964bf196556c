"""A small recording of another shape than the bundled ones: what most datasets on the Hub look like.

Three commits, no tag, no branch but `main` and the converted one, no pull request, two Parquet files below `data/`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from conformance.hub import CANONICAL_ORIGINS, StandInHub
from conformance.hub.repositories import stages
from conformance.hub.repository import Commit, Repository, utc
from conformance.record.areas import Area, Subject
from conformance.record.recorder import record
from conformance.record.upstream import STAND_IN, Upstream
from conformance.traffic.cassette import save
from conformance.traffic.identity import TOKENS
from conformance.traffic.origins import Origins
from conformance.traffic.recording import RecordedRepository

REPO = "my-org/typical"

_CARD = """---
license: mit
language:
- en
size_categories:
- n<1K
---

# Typical

Word problems, as most people keep their data: one configuration, two splits.
"""


def repository() -> Repository:
    """The repository as a Hub has it."""
    data = _below_data(stages.read("gsm8k", "1-data"))
    corrected = {**data, **_below_data(stages.read("gsm8k", "2-corrected"))}
    head = {**corrected, "README.md": f"{_CARD}\nTwo answers were corrected.\n".encode(), "data/notes.txt": b"notes\n"}
    first = Commit.of(data, title="Upload dataset", date=utc("2025-02-01T10:00:00"))
    second = Commit.of(corrected, title="Correct two answers", date=utc("2025-03-01T10:00:00"), parent=first)
    third = Commit.of(head, title="Update README.md", date=utc("2025-04-01T10:00:00"), parent=second)
    converted = Commit.of(
        {
            ".gitattributes": head[".gitattributes"],
            **{f"default/{split}/0000.parquet": head[_path(split)] for split in ("train", "test")},
        },
        title="Update parquet files",
        date=utc("2025-04-01T10:05:00"),
    )
    return Repository(
        REPO,
        branches={"main": third},
        converts={"parquet": converted},
        computed_tags=("size_categories:n<1K", "format:parquet", "modality:text"),
        downloads=12,
        likes=1,
        object_id="67a0b1c2d3e4f5a6b7c8d9e0",
    )


def save_typical(folder: Path) -> Path:
    """Record the repository into a folder. Returns the folder."""
    with Origins(StandInHub([repository()]), ("hub", "cdn")) as origins:
        connect = {CANONICAL_ORIGINS[name]: url for name, url in origins.urls.items()}
        upstream = Upstream(STAND_IN, CANONICAL_ORIGINS, TOKENS, connect, synthetic=True)
        area = Area("typical", (Subject(RecordedRepository(REPO, "dataset")),), ("dataset", "model"))
        save(record(area, upstream), folder)
    return folder


def _path(split: str) -> str:
    return f"data/{split}-00000-of-00001.parquet"


def _below_data(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files of `main/` below `data/`, with a card that tells no configurations; no other folder."""
    kept = {path.replace("main/", "data/"): data for path, data in files.items() if path.startswith("main/")}
    plain = {path: data for path, data in files.items() if path == ".gitattributes"}
    return {**plain, **kept, "README.md": _CARD.encode()}


if __name__ == "__main__":
    print(save_typical(Path(sys.argv[1])))
