"""Clients that do not know Spaces."""

from __future__ import annotations

import pytest

from conformance.mutants.mutant import mutant
from reference_client import metadata, scan


@mutant
def spaces_as_models(patch: pytest.MonkeyPatch) -> None:
    """Asks for the files of a Space as for those of a model."""
    patch.setitem(metadata._PREFIXES, "space", "")


@mutant
def spaces_scanned_as_models(patch: pytest.MonkeyPatch) -> None:
    """Takes the folder of a Space in the cache for a model's."""
    patch.setitem(scan._TYPES, "spaces", "model")
