"""`hub-reference` where the shell has closed a standard stream: Python has None for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.selftest.reference_client.conftest import GSM8K, Hub

PROGRAM = 'exec "$0" -m reference_client.datasets.cli "$@"'
COMMANDS = [
    ["download", "gsm8k"],
    ["hub", "info", GSM8K, "--repo-type", "dataset"],
    ["hub", "download", GSM8K, "README.md", "--repo-type", "dataset"],
    ["--help"],
]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")


def run(hub: Hub, folder: Path, closed: str, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    places = {"HF_ENDPOINT": hub.endpoint, "HF_HOME": str(folder / "home"), "HUB_REFERENCE_DIR": str(folder)}
    return subprocess.run(
        ["sh", "-c", f"{PROGRAM} {closed}", sys.executable, *arguments],
        env={**inherited, **places, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_standard_output(hub: Hub, tmp_path: Path, arguments: list[str]) -> None:
    """One line, as where it is full: what was asked for has nowhere to go."""
    ended = run(hub, tmp_path, ">&-", arguments)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "hub-reference: standard output can't be written: it is closed.\n"


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_standard_error(hub: Hub, tmp_path: Path, arguments: list[str]) -> None:
    """Nobody wants to read it: the command does what it does."""
    ended = run(hub, tmp_path, "2>&-", arguments)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout


def test_complaints_do_not_go_to_standard_output(hub: Hub, tmp_path: Path) -> None:
    ended = run(hub, tmp_path, "2>&-", ["count", "gsm8k"])
    assert (ended.returncode, ended.stdout) == (1, "")


def test_standard_input(hub: Hub, tmp_path: Path) -> None:
    """There is no terminal to ask on."""
    assert run(hub, tmp_path, "", ["download", "gsm8k"]).returncode == 0
    ended = run(hub, tmp_path, "<&-", ["delete", "gsm8k"])
    assert ended.returncode == 2
    assert ended.stderr == "hub-reference: cannot ask without a terminal; --yes deletes without asking\n"
