"""Clients that report the contents of a cache wrongly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.mutants.mutant import change_result, mutant, wrap
from reference_client import scan


@mutant
def scan_finds_nothing(patch: pytest.MonkeyPatch) -> None:
    """Lists repositories without their files."""
    patch.setattr(scan, "_below", lambda folder: iter(()))


@mutant
def scan_knows_datasets_only(patch: pytest.MonkeyPatch) -> None:
    """Takes every folder for a dataset's."""
    patch.setattr(scan, "_TYPES", dict.fromkeys(scan._TYPES, "dataset"))


@mutant
def scan_counts_links(patch: pytest.MonkeyPatch) -> None:
    """Counts a blob for each link to it."""
    change_result(patch, scan, "_file", lambda file: replace(file, blob_path=file.file_path))


@mutant
def scan_forgets_refs(patch: pytest.MonkeyPatch) -> None:
    """Lists commits without their refs."""
    change_result(patch, scan, "_refs", lambda found: type(found)(set))


@mutant
def scan_stops_at_foreign_folders(patch: pytest.MonkeyPatch) -> None:
    """Gives up at the first folder that is not as it should be."""

    def strict(original: Any, path: Path) -> Any:
        try:
            return original(path)
        except scan.CorruptedCacheException as error:
            raise ValueError(str(error)) from error

    wrap(patch, scan, "_repo", strict)
