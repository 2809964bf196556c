"""Clients that make room for a file before they have it, or stumble over what an earlier one has left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.mutants.mutant import mutant, wrap
from reference_client import download
from reference_client.download import WantedFile


@mutant
def forced_removes_first(patch: pytest.MonkeyPatch) -> None:
    """Removes a file from the cache that is to be fetched again."""

    def into_cache(original: Any, file: WantedFile) -> Any:
        found = file.cache.find(file.revision, file.filename) if file.force else None
        if found:
            found.resolve().unlink()
        return original(file)

    wrap(patch, download, "into_cache", into_cache)


@mutant
def local_file_removed_first(patch: pytest.MonkeyPatch) -> None:
    """Removes a file from the user's folder before it fetches the new one."""

    def fetch(original: Any, session: Any, file: Any, incomplete: Path, destination: Path, **options: Any) -> None:
        if "blobs" not in destination.parts:
            destination.unlink(missing_ok=True)
        original(session, file, incomplete, destination, **options)

    wrap(patch, download, "fetch", fetch)


@mutant
def nothing_missing_is_a_refusal(patch: pytest.MonkeyPatch) -> None:
    """Asks for the rest of what a killed process left, and takes 416 for a failure where nothing is missing."""

    def fetch(original: Any, session: Any, file: Any, incomplete: Path, destination: Path, **options: Any) -> None:
        left = destination.with_name(f"{destination.name}.incomplete")
        if left.is_file():
            rest = {"Range": f"bytes={left.stat().st_size}-"}
            session.request("GET", file.location, headers=rest, stream=True).close()
        original(session, file, incomplete, destination, **options)

    wrap(patch, download, "fetch", fetch)
