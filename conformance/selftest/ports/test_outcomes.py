"""Whole runs of a port that misbehaves: the outcome of each check, and one message if the port does not start."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.report import events
from conformance.selftest.ports.conftest import SHIM

CHECKS = [f"download/{name}[gsm8k]" for name in ("git-file", "at-a-branch-with-a-slash", "at-a-commit", "at-a-tag")]

TURNS = [
    ("crash", "crashed", "the port ended with exit code 3 during hf_hub_download; it wrote:\nout of luck"),
    ("hang", "timed_out", "no answer to hf_hub_download within 1 s"),
    ("rubbish", "crashed", "in the answer to hf_hub_download: \"id\" is missing in a message of type 'result'"),
    ("leave-a-child-and-crash", "crashed", "the port ended with exit code 3 during hf_hub_download"),
]
"""What the port does in its first call, its second and so on; the outcome, and what is said of it."""

COMMAND = """
from conformance.cases import support
from conformance.cli.main import main
from conformance.ports.child import Child

support.DEADLINE = 1.0
Child.__init__.__kwdefaults__["hello_deadline"] = {hello_deadline}
main()
"""
"""`hub-conformance` with less patience."""


def port_of(folder: Path, *command: str) -> str:
    """The path of a port file with this command."""
    (folder / "port.toml").write_text(
        'name = "misbehaving"\nlanguage = "python"\noperations = ["hf_hub_download", "dataset_info"]\n'
        f"[start]\ncommand = {json.dumps(command)}\n",
        "utf-8",
    )
    return str(folder)


def run(port: str, *words: str, hello_deadline: float = 30.0) -> subprocess.CompletedProcess[str]:
    program = COMMAND.format(hello_deadline=hello_deadline)
    return subprocess.run(
        [sys.executable, "-c", program, "run", "--port", port, *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_each_check_has_its_outcome(tmp_path: Path) -> None:
    """What goes wrong is said of the check in which it did; the next asks anew, and the run is incomplete."""
    folder = tmp_path / "report"
    shim = (sys.executable, str(SHIM), "in-turn", str(tmp_path / "turns"), *(does for does, _, _ in TURNS))
    ended = run(port_of(tmp_path, *shim), "--report", str(folder), *CHECKS)
    assert ended.returncode == 3, ended.stderr
    checks = events.read(folder / events.FILE_NAME).checks
    seen = [(check["outcome"], check["finding"]["message"]) for check in checks if check["finding"] is not None]
    assert sorted(seen) == sorted((outcome, told) for _, outcome, told in TURNS)


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("no-such-program-anywhere",), "the program no-such-program-anywhere is not installed"),
        ((sys.executable, str(SHIM), "crash"), "the port ended with exit code 7 during hello; it wrote:"),
        ((sys.executable, str(SHIM), "wrong-answer"), 'the answer to a hello is a "welcome"'),
        ((sys.executable, str(SHIM), "hang"), "no answer to hello within 1 s"),
    ],
    ids=["not found", "crash", "wrong answer", "hang"],
)
def test_a_port_that_does_not_start_is_told_once(tmp_path: Path, command: tuple[str, ...], told: str) -> None:
    """However many checks there are, and processes to run them, there is one message."""
    ended = run(port_of(tmp_path, *command), "-n", "2", hello_deadline=1.0)
    assert ended.returncode == 2, ended.stdout
    assert ended.stderr.count(told) == 1
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""
