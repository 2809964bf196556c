"""Whole runs, as a user makes them: the bundled ports' verdicts, and that nothing changes them that must not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance import __version__
from conformance.catalogue import profiles
from conformance.report import events


def hub_conformance(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, away from the checkout."""
    return subprocess.run(
        [sys.executable, "-m", "conformance", *arguments],
        capture_output=True,
        text=True,
        cwd=Path.home(),
        env={**os.environ, **environment},
        timeout=900,
        check=False,
    )


def outcomes(folder: Path) -> dict[str, str]:
    return {check.id: check.outcome for check in events.read(folder / events.FILE_NAME).checks}


SAMPLE = "tree/ or offline/ or wire/ or names/"
"""Checks of every kind, to see that a way of running them makes no difference."""


@pytest.fixture(scope="module")
def reference_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a run of the reference client."""
    folder = tmp_path_factory.mktemp("reference")
    ended = hub_conformance("run", "--port", "reference", "--report", str(folder), "-n", "2")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return folder


@pytest.mark.slow(seconds=70)
def test_reference_passes_every_check(reference_report: Path) -> None:
    """The reference client passes every check of the newest profile: parity 1, nothing left out."""
    parity: dict[str, Any] = json.loads((reference_report / "parity.json").read_text("utf-8"))
    assert sorted(path.name for path in reference_report.iterdir()) == [
        "badge.json",
        "events.ndjson",
        "junit.xml",
        "parity.json",
        "summary.md",
    ]
    assert parity["suite"] == __version__
    assert parity["profile"] == profiles.latest().name
    assert parity["parity"] == 1.0
    assert parity["complete"] is True
    assert parity["failed"] == []
    assert parity["counts"]["passed"] == len(profiles.latest().checks)


@pytest.mark.slow(seconds=12)
@pytest.mark.parametrize(
    "options", [["-n", "0"], ["-n", "2", "--child", "--shuffle", "7"]], ids=["one process", "children, shuffled"]
)
def test_verdicts_do_not_depend_on_how_checks_run(reference_report: Path, tmp_path: Path, options: list[str]) -> None:
    """In one process or in two, in another order, with the port in a process of its own: checks end the same."""
    ended = hub_conformance("run", "--port", "reference", "--report", str(tmp_path), "-k", SAMPLE, *options)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    seen = outcomes(tmp_path)
    assert seen == {id: outcome for id, outcome in outcomes(reference_report).items() if id in seen}
    assert len(seen) > 100


@pytest.mark.slow(seconds=40)
def test_official_client_is_as_expected(tmp_path: Path) -> None:
    """`huggingface_hub` passes a check, or fails it as its expectations say: here a fifth, `make parity` runs all."""
    ended = hub_conformance("run", "--port", "huggingface_hub", "--report", str(tmp_path), "-n", "3", "--shard", "1/5")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    parity = json.loads((tmp_path / "parity.json").read_text("utf-8"))
    assert parity["counts"]["unrecorded"] == parity["counts"]["crashed"] == 0
    assert events.read(tmp_path / events.FILE_NAME).start["shard"] == {"parts": [1], "of": 5}


@pytest.mark.slow(seconds=10)
def test_official_client_in_a_process_of_its_own(tmp_path: Path) -> None:
    """Driven in a child, the official client is as expected too."""
    ended = hub_conformance(
        "run", "--port", "huggingface_hub", "--report", str(tmp_path), "-n", "0", "--child", "-k", "offline/ or wire/"
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_one_check_alone(tmp_path: Path) -> None:
    """A check named by its id runs alone, also with its brackets and slashes; as it went well, the exit code is 0."""
    name = "cache/moved-branch-is-seen[gsm8k]"
    ended = hub_conformance("run", "--port", "reference", "--report", str(tmp_path), name)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert outcomes(tmp_path) == {name: "passed"}
    assert json.loads((tmp_path / "parity.json").read_text("utf-8"))["complete"] is False


def test_python_without_docstrings_is_refused() -> None:
    """One line, and no traceback of a check without its requirement."""
    ended = hub_conformance("run", "--port", "reference", PYTHONOPTIMIZE="2")
    assert ended.returncode == 2
    assert "leave out -OO and PYTHONOPTIMIZE=2" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_settings_of_the_users_pytest_choose_no_checks(tmp_path: Path) -> None:
    """A project's CI may set them for its own tests: here they would leave out checks, and the gate would be met."""
    ended = hub_conformance(
        *("run", "--port", "reference", "--report", str(tmp_path), "-n", "1", "info/sha-is*"),
        PYTEST_ADDOPTS="-k nothing --hub-profile 2026-11-21",
        PYTEST_PLUGINS="no_such_plugin",
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert outcomes(tmp_path) == {"info/sha-is-the-head[gsm8k]": "passed"}
    assert events.read(tmp_path / events.FILE_NAME).start["profile"] == profiles.names()[-1]


def test_expression_selects_by_id(tmp_path: Path) -> None:
    """`-k` selects by a part of the id."""
    ended = hub_conformance("run", "--port", "reference", "--report", str(tmp_path), "-k", "read/")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert {id.partition("/")[0] for id in outcomes(tmp_path)} == {"read"}


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["run", "--port", "no-such-port"], "no-such-port"),
        (["run", "--port", "reference", "cache/no-such-check[gsm8k]"], "no check is called"),
        (["run", "--port", "reference", "--profile", "1999-01-01"], "no profile is called"),
    ],
)
def test_bad_usage_is_one_line_and_exit_code_2(arguments: list[str], complaint: str) -> None:
    """What cannot be run is said in one line, with no traceback."""
    ended = hub_conformance(*arguments)
    assert ended.returncode == 2
    assert complaint in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1, ended.stderr


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ("check: info/sha-is-the-head[gsm8k]\n  code: wrong-sha", "unexpected pass"),
        ("check: info/sha-is-the-heat[gsm8k]\n  code: wrong-sha", "did you mean info/sha-is-the-head"),
    ],
)
def test_gate_is_strict(tmp_path: Path, entry: str, complaint: str) -> None:
    """An entry for a check that passes fails the gate, and so does one for a check that does not exist."""
    file = tmp_path / "expectations.yaml"
    file.write_text(f"- {entry}\n  reason: it is wrong\n  source: nowhere\n", "utf-8")
    ended = hub_conformance("run", "--port", "reference", "--expectations", str(file), "info/sha-is-the-head[gsm8k]")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert complaint in ended.stdout


ENDING = """
import atexit, os, signal
__version__ = "1"
class Late(Exception):
    def __str__(self):
        os._exit(0)
def hf_hub_download(repo_id, filename, repo_type=None, endpoint=None, cache_dir=None):
    if os.environ["ENDS_BY"] == "signal":
        os.kill(os.getpid(), signal.SIGTERM)
    atexit.register(lambda: os._exit(0))
    raise Late
"""


def _ending_port(folder: Path) -> Path:
    (folder / "ending.py").write_text(ENDING, "utf-8")
    (folder / "port.toml").write_text(
        'name = "ending"\nlanguage = "python"\noperations = ["hf_hub_download"]\n[start]\npython = "ending"\n', "utf-8"
    )
    return folder


@pytest.mark.parametrize(
    ("by", "processes", "code", "complaint"),
    [("exit", "0", 3, ""), ("signal", "1", 2, "a signal has ended one of the processes that run checks")],
)
def test_no_end_of_the_process_is_a_pass(by: str, processes: str, code: int, complaint: str, tmp_path: Path) -> None:
    """A library ends the process by 0 after its call, and while Python ends; or by a signal, which is then reported."""
    _ending_port(tmp_path)
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    ended = hub_conformance(
        *("run", "--port", str(tmp_path), "-n", processes, "download/git-file[gsm8k]"), PYTHONPATH=path, ENDS_BY=by
    )
    assert ended.returncode == code, ended.stdout + ended.stderr
    assert complaint in ended.stderr
    assert "Traceback" not in ended.stdout


def test_no_end_of_the_process_is_a_pass_of_pytest(tmp_path: Path) -> None:
    """The same where pytest runs the checks without the command."""
    options = ["--hub-port", str(_ending_port(tmp_path)), "--hub-select", "download/git-file[gsm8k]"]
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--pyargs", "conformance", *options],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, sys.path)]), "ENDS_BY": "exit"},
        timeout=300,
        check=False,
    )
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "1 failed" in ended.stdout
