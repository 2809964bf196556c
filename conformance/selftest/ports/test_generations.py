"""Whole runs of the bundled ports that live in environments of their own: each is exactly as its expectations say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conformance.ports import bundled, find

NAMES = [name for name in bundled() if find(name).requires]
GENERATIONS = [name for name in NAMES if name.startswith("huggingface_hub-")]


@pytest.mark.slow(seconds=100)
@pytest.mark.parametrize("name", NAMES)
def test_port_is_as_expected(name: str) -> None:
    """The run ends with exit code 0: every check passes, or fails as expected."""
    missing = find(name).missing()
    if missing:
        pytest.skip(missing)
    ended = subprocess.run(
        [sys.executable, "-m", "conformance", "run", "--port", name, "-n", "2"],
        capture_output=True,
        text=True,
        cwd=Path.home(),
        timeout=600,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("name", GENERATIONS)
def test_generations_offer_what_the_installed_version_offers(name: str) -> None:
    """All ports of `huggingface_hub` name the same operations: they share one adapter."""
    assert find(name).operations == find("huggingface_hub").operations
