"""Whole runs of a port that misbehaves: the outcome of each check, and one message if the port does not start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from conformance.report import events
from conformance.run.measure import without
from conformance.selftest.ports.conftest import SHIM

CHECKS = [f"download/{name}[gsm8k]" for name in ("git-file", "at-a-branch-with-a-slash", "at-a-commit", "at-a-tag")]

TURNS = [
    ("crash", "crashed", "the port ended with exit code 3 during hf_hub_download; it wrote:\nout of luck"),
    ("hang", "timed_out", "no answer to hf_hub_download within 1 s"),
    ("rubbish", "protocol_error", "in the answer to hf_hub_download: in a message of type 'result', \"id\" is missing"),
    ("leave-a-child-and-crash", "crashed", "the port ended with exit code 3 during hf_hub_download"),
]
"""What the port does in its first call, its second and so on; the outcome, and what is said of it."""

COMMAND = """
from conformance.cli.main import main
from conformance.ports.drivers.child import Child

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


def run(
    port: str, *words: str, deadline: float = 1.0, hello_deadline: float = 30.0
) -> subprocess.CompletedProcess[str]:
    program = COMMAND.format(hello_deadline=hello_deadline)
    return subprocess.run(
        [sys.executable, "-c", program, "run", "--port", port, "--deadline", str(deadline), *words],
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
    seen = [(check.outcome, check.finding.message) for check in checks if check.finding is not None]
    assert sorted(seen) == sorted((outcome, told) for _, outcome, told in TURNS)


KILLER = """
import os, signal
from conformance.ports.adapters.reference import ReferenceAdapter

class Killer(ReferenceAdapter):
    def answer(self, call, send):
        if call.operation == "dataset_info":
            os.kill(os.getpid(), signal.SIGKILL)
        return super().answer(call, send)
"""
"""A library that takes down the process that it runs in."""


@pytest.mark.slow(seconds=8)
def test_a_port_that_kills_its_worker_crashed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check in which it happened says so, and the others are measured."""
    (tmp_path / "killer.py").write_text(KILLER, "utf-8")
    (tmp_path / "port.toml").write_text(
        'name = "killer"\nlanguage = "python"\noperations = ["hf_hub_download", "dataset_info"]\n'
        '[start]\npython = "reference_client"\nadapter = "killer:Killer"\n',
        "utf-8",
    )
    places = [str(tmp_path), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, places)))
    words = ("--in-process", "-n", "2", "--report", str(tmp_path / "report"), CHECKS[0], "info/sha-is-the-head[gsm8k]")
    ended = run(str(tmp_path), *words, deadline=30.0)
    assert ended.returncode == 3, ended.stderr
    passed, crashed = events.read(tmp_path / "report" / events.FILE_NAME).checks
    assert (passed.outcome, crashed.outcome) == ("passed", "crashed")
    assert crashed.finding is not None
    assert "crashed while running" in crashed.finding.message


def test_a_port_over_its_memory_limit_crashed(tmp_path: Path) -> None:
    """`--port-memory` holds for the processes of the port, and what they used is said."""
    folder = tmp_path / "report"
    shim = (sys.executable, str(SHIM), "in-turn", str(tmp_path / "turns"), "eat")
    limit = ("--port-memory", "100M", "--report", str(folder))
    ended = run(port_of(tmp_path, *shim), *limit, CHECKS[0], deadline=30.0)
    assert ended.returncode == 3, ended.stderr
    (check,) = events.read(folder / events.FILE_NAME).checks
    assert check.outcome == "crashed"
    assert check.finding is not None
    assert "MiB of memory; the limit is 100 MiB; it was killed during hf_hub_download" in check.finding.message


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--port-memory", "much"), "'much' is not a size: write a number of bytes"),
        (("--port-memory", "1G", "--in-process"), "leave out --in-process or --port-memory"),
        (("--attach", ".", "-n", "2"), "--attach drives one process: leave out -n"),
    ],
)
def test_options_that_do_not_go_together_are_refused(words: tuple[str, ...], told: str) -> None:
    """What to write instead is said in one line."""
    ended = run("reference", *words)
    assert ended.returncode == 2
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_run_is_attached_to_a_shim_that_was_started_by_hand(tmp_path: Path) -> None:
    """The line to start it by is shown, and the checks are run by what that line started."""
    port = port_of(tmp_path, sys.executable, str(SHIM), "in-turn", str(tmp_path / "turns"), "crash", "echo")
    words = [sys.executable, "-m", "conformance", "run", "--port", port, "--attach", str(tmp_path), *CHECKS[:2]]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as suite:
        assert suite.stdout is not None
        assert suite.stderr is not None
        shims = []
        for line in suite.stderr:
            if line.startswith("  env "):
                shims.append(subprocess.Popen(["sh", "-c", f"exec {line.strip()}"], stderr=subprocess.DEVNULL))
        shown = suite.stdout.read()
    assert "the shim ended during hf_hub_download" in shown
    assert '"value.path" is missing' in shown
    assert [shim.wait(30) for shim in shims] == [3, 0]


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


def test_findings_show_no_path_of_the_machine(tmp_path: Path) -> None:
    """The check's folder and the temporary one are other ones in each run."""
    seen = {"path": f"{tmp_path}/hub/a", "others": [f"{tempfile.gettempdir()}/x/y", 5, None]}
    expected = {"path": "$DISK/hub/a", "others": ["$TMPDIR/x/y", 5, None]}
    assert without(str(tmp_path), seen) == expected
    assert without("", "plain") == "plain"
