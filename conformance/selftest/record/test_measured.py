"""The reference client is measured on a recording of a Hub that behaves as the real one does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.record import session
from conformance.record.client import Patience
from conformance.record.recipe import Recipe, Wanted
from conformance.selftest.imitation import Imitation, Manners, grown
from conformance.selftest.imitation.hub import REAL_TOKENS

AREAS = ("info", "tree", "download", "snapshot", "read")
AT_LEAST = 250
"""Checks of these areas that apply to any repository of some size."""


@pytest.mark.slow(seconds=60)
def test_the_reference_client_passes_what_applies(tmp_path: Path) -> None:
    """Nothing fails, and nothing was asked for that is not recorded."""
    target = tmp_path / "grown"
    with Imitation([grown(former_names=("my-org/old",))], Manners(limited_every=60)) as hub:
        recipe = Recipe(hub.url, (Wanted("my-org/old"),), callers={"reader": "TOKEN"})
        session.record(recipe, target, {"TOKEN": REAL_TOKENS["reader"]}, patience=Patience(lambda _: None))
    command = [sys.executable, "-m", "conformance", "run", "--port", "reference", "--recording", str(target), *AREAS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, cwd=tmp_path)
    counts = re.search(r"(\d+)\s+passed,\s+(\d+)\s+failed", done.stdout)
    assert counts is not None, done.stdout + done.stderr
    assert int(counts[1]) >= AT_LEAST, done.stdout
    assert int(counts[2]) == 0, done.stdout
    assert "[unrecorded]" not in done.stdout
