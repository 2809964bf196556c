"""`allenai/tulu-3-sft-mixture` in small: six files, nested messages, and a card that counts fractions of bytes."""

from __future__ import annotations

from conformance.hub.repositories import stages
from conformance.hub.repository import Repository


def repositories() -> list[Repository]:
    tulu3 = stages.parquet_dataset(
        "tulu3",
        "allenai/tulu-3-sft-mixture",
        uploaded="2024-11-08T21:14:09",
        described="2024-12-02T19:48:33",
        downloads=21345,
        likes=187,
    )
    return [tulu3]
