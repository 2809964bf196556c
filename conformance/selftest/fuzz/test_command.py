"""The command with a Hub that says anything: exit code 0 or 1, one line on standard error, no control characters."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.selftest.fuzz import draw
from conformance.selftest.fuzz.conftest import Server
from reference_client.datasets.cli.main import main

COMMANDS = [
    ["hub", "info", "o/n", "--repo-type", "dataset"],
    ["hub", "download", "o/n", "README.md"],
    ["download", "--repo", "o/n"],
    ["download", "gsm8k"],
    ["list"],
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
@given(data=st.data())
def test_commands(
    server: Server,
    folder: Callable[[], Path],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    data: st.DataObject,
) -> None:
    info = data.draw(draw.answers(draw.bodies(draw.INFO)))
    tree = data.draw(draw.answers(draw.bodies(draw.TREE)))
    server.answer = lambda head: tree if "/tree/" in head else info
    root = folder()
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    monkeypatch.setenv("HF_HOME", str(root / "home"))
    monkeypatch.chdir(root)
    code = main(arguments)
    said = capfd.readouterr()
    assert code in (0, 1)
    assert len(said.err.splitlines()) <= 1 or code == 0
    assert "Traceback" not in said.err
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", said.err)
