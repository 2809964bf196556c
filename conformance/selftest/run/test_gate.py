"""The gate, in whole runs as a user makes them: nothing that was seen is dropped, and doing less never scores more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from conformance.ports.drivers.patience import MOST_TIMEOUTS, SHORT, Patience
from conformance.report import events
from conformance.selftest.run.test_run import hub_conformance

PORT: Final = """
name = "odd"
language = "python"
operations = ["hf_hub_download", "dataset_info", "list_repo_tree"]
reads_environment = "at-call"

[start]
python = "reference_client"
adapter = "odd:Odd"
"""

RUDE: Final = """
from conformance.ports.adapters.python import PythonAdapter as Odd
from reference_client import transport

transport._HEADERS["user-agent"] = "curl/8"
"""

LEAKY: Final = """
from conformance.ports.adapters.python import PythonAdapter as Odd
from reference_client.session import Session

Session.is_home = lambda self, url: True
"""

SHIM: Final = """
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "bye":
        break
    port = {"name": "fixed", "version": "1", "language": "python", "operations": ["hf_hub_download"]}
    answer = {"type": "welcome", "protocol": 1, "port": port} if message["type"] == "hello" else ANSWER
    print(json.dumps({"id": message["id"], **answer}), flush=True)
"""

USER_AGENT: Final = "wire/user-agent[gsm8k]"
LEAK: Final = "wire/token-stays-at-the-hub[gsm8k]"
IN_NO_URL: Final = "auth/token-is-in-no-url[gsm8k]"
A_FILE: Final = "download/git-file[gsm8k]"


def odd(folder: Path, adapter: str, expectations: str = "") -> Path:
    """A port over the reference client with an adapter of its own."""
    (folder / "port.toml").write_text(PORT, "utf-8")
    (folder / "odd.py").write_text(adapter, "utf-8")
    (folder / "expectations.yaml").write_text(expectations, "utf-8")
    return folder


def fixed(folder: Path, answer: dict[str, Any]) -> Path:
    """A port whose shim gives one answer to every call."""
    (folder / "shim.py").write_text(f"ANSWER = {answer!r}\n{SHIM}", "utf-8")
    (folder / "port.toml").write_text(
        'name = "fixed"\nlanguage = "python"\noperations = ["hf_hub_download"]\n'
        f'start.command = ["{sys.executable}", "{{folder}}/shim.py"]\n',
        "utf-8",
    )
    return folder


def run(port: Path, *words: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(port), *sys.path])
    known = ["--expectations", str(port / "expectations.yaml")] if (port / "expectations.yaml").is_file() else []
    return hub_conformance("run", "--port", str(port), *known, *words, PYTHONPATH=path)


@pytest.mark.parametrize("selected", [(IN_NO_URL,), (IN_NO_URL, LEAK), (A_FILE, IN_NO_URL, LEAK)])
def test_a_leak_is_seen_whatever_is_selected(tmp_path: Path, selected: tuple[str, ...]) -> None:
    """A violation in any check fails the gate, whether the rule's own check runs, passes or cannot run."""
    ended = run(odd(tmp_path, LEAKY), "-n", "0", *selected)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "a token was sent to another host than the Hub" in ended.stdout


def test_the_evidence_is_that_of_the_check_where_it_was_seen(tmp_path: Path) -> None:
    """Wire log, curl lines and command of a rule's finding are those of the check that broke the rule."""
    port, folder = odd(tmp_path, RUDE), tmp_path / "report"
    ended = run(port, "-n", "0", "--report", str(folder), "info/sha-is-the-head[gsm8k]", LEAK, USER_AGENT)
    assert ended.returncode in (0, 1), ended.stdout + ended.stderr
    found = {check.id: check for check in events.read(folder / events.FILE_NAME).checks}
    own = found[USER_AGENT]
    assert own.outcome == "failed"
    assert own.finding is not None
    assert own.finding.code == "no-user-agent"
    assert "info/sha-is-the-head[gsm8k]" in own.finding.seen
    assert own.wire, "a finding about a request has the request"
    assert own.curl


PLACES: Final = """
- check: {rule}
  code: {code}
  {seen_in}
  reason: it is known
  source: nowhere
"""


@pytest.mark.parametrize(
    ("seen_in", "exit_code"),
    [("", 1), (f"seen_in: ['{IN_NO_URL}']", 1), (f"seen_in: ['{IN_NO_URL}', 'download/*']", 0)],
    ids=["no places", "one of two", "both"],
)
def test_an_expected_violation_names_its_places(tmp_path: Path, seen_in: str, exit_code: int) -> None:
    """One known leak excuses no other: a violation in a check that the entry does not name fails the gate."""
    known = PLACES.format(rule=USER_AGENT, code="no-user-agent", seen_in=seen_in)
    ended = run(odd(tmp_path, RUDE, known), "-n", "0", IN_NO_URL, A_FILE)
    assert ended.returncode == exit_code, ended.stdout + ended.stderr
    ended = run(odd(tmp_path, RUDE, known), "-n", "0", IN_NO_URL, A_FILE, USER_AGENT)
    assert ended.returncode == exit_code, ended.stdout + ended.stderr


DECLINED: Final = {"type": "unsupported", "reason": "no", "issue": None}
NOWHERE: Final = {"type": "result", "value": {"path": "/no/such/file"}}


@pytest.mark.parametrize(
    ("answer", "words", "exit_code"),
    [
        (DECLINED, ["download/model-file[contract]"], 3),
        (DECLINED, ["-k", "download/model"], 3),
        (NOWHERE, ["download/model-file[contract]"], 1),
        (NOWHERE, ["-k", "snapshot/"], 3),
    ],
    ids=["declined", "declined, by expression", "a path to nothing", "not offered"],
)
def test_what_measures_nothing_is_incomplete(
    tmp_path: Path, answer: dict[str, Any], words: list[str], exit_code: int
) -> None:
    """Nothing passed and nothing failed: 3 in every form of run. A wrong path is a failure of the port's, no break."""
    ended = run(fixed(tmp_path, answer), "-n", "0", *words)
    assert ended.returncode == exit_code, ended.stdout + ended.stderr
    assert "the suite itself broke" not in ended.stdout
    assert ("[no-file]" in ended.stdout) is (exit_code == 1)


@pytest.mark.slow(seconds=16)
def test_declined_checks_need_a_reason(tmp_path: Path) -> None:
    """A check that the port offers and declines fails the gate beside one that ran; an entry with a reason lists it."""
    adapter = RUDE.replace("as Odd", "").replace("transport._", "#") + (
        "from conformance.protocol.messages import Unsupported\n"
        "class Odd(PythonAdapter):\n"
        "    def answer(self, call, send):\n"
        "        if 'revision' in call.arguments: return Unsupported(call.id, 'no revision')\n"
        "        return super().answer(call, send)\n"
    )
    checks = (A_FILE, "download/at-a-tag[gsm8k]")
    ended = run(odd(tmp_path, adapter), "-n", "0", *checks)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "parity 50.0 %" in ended.stdout
    entry = f"- check: {checks[1]}\n  outcome: unsupported\n  reason: it has none\n  source: nowhere\n"
    ended = run(odd(tmp_path, adapter, entry), "-n", "0", *checks)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "parity 50.0 %" in ended.stdout


@pytest.mark.slow(seconds=12)
def test_expectations_are_written_from_a_run(tmp_path: Path) -> None:
    """New entries say TODO, which fails the gate; a reason that was given stays, and then the gate is green."""
    port, file = odd(tmp_path, RUDE, "# What is known.\n"), tmp_path / "expectations.yaml"
    checks = (A_FILE, USER_AGENT)
    ended = run(port, "-n", "0", "--write-expectations", *checks)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "wrote 1 entry" in ended.stdout
    text = file.read_text("utf-8")
    assert text.startswith("# What is known.\n")
    assert f"check: {USER_AGENT}" in text
    assert f"- {A_FILE}" in text.partition("seen_in:")[2]
    assert run(port, "-n", "0", *checks).returncode == 1
    file.write_text(text.replace("reason: TODO", "reason: it is rude").replace("source: TODO", "source: here"), "utf-8")
    before = file.read_text("utf-8")
    assert run(port, "-n", "0", "--write-expectations", *checks).returncode == 0
    assert "reason: it is rude" in file.read_text("utf-8")
    assert file.read_text("utf-8").count("\n") <= before.count("\n")


@pytest.mark.slow(seconds=6)
def test_a_port_file_without_expectations_is_told_to_name_them(tmp_path: Path) -> None:
    """A file beside a port file that doesn't name it is not read; a run says so, unless the file was given."""
    line = 'expectations = "expectations.yaml"'
    port = odd(tmp_path, RUDE)
    (tmp_path / "expectations.yaml").unlink()
    ended = run(port, "-n", "0", "--quiet", "--write-expectations", USER_AGENT)
    assert f"for the next run to read it, write in port.toml: {line}" in ended.stdout, ended.stdout + ended.stderr
    ended = run(port, "-n", "0", "--quiet", "--write-expectations", USER_AGENT)
    assert "wrote 1 entry" in ended.stdout
    assert line not in ended.stdout


def test_an_error_of_the_replay_is_the_suites(tmp_path: Path) -> None:
    """An exception in a replay handler ends with exit code 2 and its traceback, and blames no port."""
    (tmp_path / "broken.py").write_text(
        "from conformance.replay.answer import Replay\n"
        "from conformance.cli.main import main\n"
        "def broken(self, request): raise ZeroDivisionError('the replay is broken')\n"
        "Replay.__call__ = broken\n"
        "main()\n",
        "utf-8",
    )
    words = ["run", "--port", "reference", "-n", "0", A_FILE]
    ended = subprocess.run(
        [sys.executable, str(tmp_path / "broken.py"), *words], capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode == 2, ended.stdout + ended.stderr
    assert "the replay is broken" in ended.stdout


def test_patience_ends() -> None:
    """After three timeouts of an operation its other calls are not waited for at full length; other operations are."""
    patience = Patience(60.0)
    for _ in range(MOST_TIMEOUTS):
        assert patience.of("hf_hub_download") == 60.0
        patience.lost("hf_hub_download")
    assert patience.of("hf_hub_download") == SHORT
    assert patience.of("dataset_info") == 60.0


@pytest.mark.parametrize("seconds", ["0", "-1", "inf", "nan"])
def test_a_deadline_is_a_time(seconds: str) -> None:
    """Anything else is refused in one line."""
    ended = hub_conformance("run", "--port", "reference", "--deadline", seconds, A_FILE)
    assert ended.returncode == 2
    assert "is not a duration" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_reports_name_the_base(tmp_path: Path) -> None:
    """No figure stands without what it is measured over."""
    folder = tmp_path / "report"
    hub_conformance("run", "--port", "reference", "-n", "0", "--report", str(folder), A_FILE)
    parity = json.loads((folder / "parity.json").read_text("utf-8"))
    assert (parity["base"], parity["operations"]) == (1, {"offered": 32, "of": 32})
    assert "MUST 1 of 1 · 32 of 32 operations" in (folder / "summary.md").read_text("utf-8")
    assert "MUST 1 of 1 · 32 of 32 operations" in (folder / "junit.xml").read_text("utf-8")
