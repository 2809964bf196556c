"""Clients that fetch a whole data set at once."""

from __future__ import annotations

import pytest

from conformance.mutants.mutant import mutant
from reference_client.datasets.store import download


@mutant
def store_fetches_everything_at_once(patch: pytest.MonkeyPatch) -> None:
    """Fetches all files of a data set at the same time."""
    patch.setattr(download, "MAX_WORKERS", 200)
