from __future__ import annotations

from pathlib import Path

import pytest

from conformance.hub import StandInHub
from conformance.selftest.hub.asking import REPOSITORIES, Asking


@pytest.fixture
def ask() -> Asking:
    """A stand-in with the repositories of all areas."""
    return Asking(StandInHub(REPOSITORIES.values()))


@pytest.fixture(scope="session")
def recorded() -> Path:
    """Real captures, kept beside the checkout and never in it."""
    folder = Path(__file__).parents[4] / "shared" / "facts" / "recorded"
    if not folder.is_dir():
        pytest.skip("the captures of the real Hub are not beside this checkout")
    return folder
