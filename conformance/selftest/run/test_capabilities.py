"""What a port can do is found out by asking: a false claim fails the gate, a modest port is told so."""

from __future__ import annotations

import dataclasses
import json
import logging
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from conformance import replay
from conformance.ports import (
    Context,
    PortCrashed,
    PortError,
    PortInfo,
    PortTimedOut,
    ProtocolError,
    Unimplemented,
    Unsupported,
)
from conformance.ports.adapters.python import PythonAdapter
from conformance.protocol import messages
from conformance.replay import ReplayHub
from conformance.report import events
from conformance.report.events import CapabilitiesData
from conformance.run import capabilities


class Scripted:
    """A driver that answers some operations with a value or an exception, and knows no others."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self._answers = answers
        self.asked: list[str] = []

    def hello(self) -> PortInfo:
        raise NotImplementedError

    def call(self, operation: str, arguments: Mapping[str, Any], context: Context, deadline: float) -> Any:
        self.asked.append(operation)
        answer = self._answers.get(operation, Unimplemented("no idea"))
        if isinstance(answer, Exception):
            raise answer
        return answer

    def at_once(self, operations: Any, context: Context, deadline: float) -> list[Any]:
        raise NotImplementedError

    def take_output(self) -> str:
        return ""

    def close(self) -> None:
        raise NotImplementedError


def probed(driver: Scripted, *claimed: str) -> CapabilitiesData:
    found, _ = capabilities.probe(driver, claimed, lambda name: ReplayHub(replay.load(name)))
    return found


NOT_FOUND = PortError("repository_not_found", "NotFound", "there is none", status=404)
NO_ANSWER = PortError("connection", "Refused", "nobody listens")


@pytest.mark.parametrize("declined", [Unimplemented("no idea"), Unsupported("not yet")], ids=["shim", "library"])
def test_a_claimed_operation_that_is_declined_is_missing(declined: Unimplemented | Unsupported) -> None:
    """With the port's own reason; that fails the gate by name."""
    found = probed(Scripted({"whoami": declined}), "whoami")
    assert found == {"claimed": ["whoami"], "missing": {"whoami": declined.reason}, "unclaimed": []}
    (problem,) = capabilities.problems(found)
    assert problem.startswith(f"claimed_but_missing: the port claims whoami, and declines it: {declined.reason}; ")


def test_an_operation_that_the_protocol_does_not_know_fails_the_gate() -> None:
    """By name, with what may have been meant."""
    found = CapabilitiesData(claimed=["dataset_infos", "whoami"], missing={}, unclaimed=[])
    (problem,) = capabilities.problems(found)
    assert problem.startswith("unknown_operation: the port offers dataset_infos, ")
    assert "(did you mean dataset_info?)" in problem


@pytest.mark.parametrize(
    "answer",
    [None, NOT_FOUND, NO_ANSWER, PortCrashed("gone"), ProtocolError("rubbish"), PortTimedOut("late")],
    ids=lambda answer: type(answer).__name__,
)
def test_a_claimed_operation_that_is_tried_is_there(answer: Any) -> None:
    """However it ends: that the library is right is for the checks to say."""
    found = probed(Scripted({"whoami": answer}), "whoami")
    assert found["missing"] == {}
    assert capabilities.problems(found) == []


@pytest.mark.parametrize(
    ("answer", "is_there"),
    [
        ({"name": "reader"}, True),
        (NOT_FOUND, True),
        (NO_ANSWER, False),
        (Unsupported("not yet"), False),
        (PortCrashed("gone"), False),
        (ProtocolError("rubbish"), False),
    ],
)
def test_an_unclaimed_operation_is_there_if_the_hub_was_asked(answer: Any, is_there: bool) -> None:
    """A value, or an error with the Hub's status. A shim that falls over what it does not know has nothing to show."""
    found = probed(Scripted({"whoami": answer, "repo_exists": True}), "repo_exists")
    assert found["unclaimed"] == (["whoami"] if is_there else [])


def test_a_port_that_does_not_answer_is_asked_no_further() -> None:
    """One deadline is lost, not one for each operation."""
    driver = Scripted({"hf_hub_download": PortTimedOut("late")})
    probed(driver, "hf_hub_download", "whoami")
    assert driver.asked == ["hf_hub_download"]


def test_what_a_library_logs_meanwhile_is_dropped(capfd: pytest.CaptureFixture[str]) -> None:
    """Also by a handler of its own; afterwards logging works as before."""
    logger = logging.getLogger("talkative")
    logger.addHandler(logging.StreamHandler())

    class Talkative(Scripted):
        def call(self, *call: Any) -> Any:
            logger.warning("you are not logged in")

    probed(Talkative({}), "whoami")
    assert "not logged in" not in capfd.readouterr().err
    Talkative({}).call()
    assert "not logged in" in capfd.readouterr().err


class Untrue(PythonAdapter):
    """The reference client, which claims `list_repo_refs` and declines it, and hides that it has `whoami`."""

    def __init__(self, module: str, name: str) -> None:
        super().__init__(module, name)
        claimed = tuple(operation for operation in self.info.operations if operation != "whoami")
        self.info = dataclasses.replace(self.info, operations=claimed)

    def answer(self, call: messages.Call, send: Callable[[messages.Page], None], /) -> messages.Answer:
        if call.operation == "list_repo_refs":
            return messages.Unimplemented(call.id, "on the list for next week")
        return super().answer(call, send)


@pytest.fixture
def untrue(tmp_path: Path) -> str:
    """The path of a port with the adapter above."""
    (tmp_path / "port.toml").write_text(
        f'name = "untrue"\nlanguage = "python"\noperations = ["repo_info"]\nreads_environment = "at-call"\n'
        f'[start]\npython = "reference_client"\nadapter = "{__name__}:Untrue"\n',
        "utf-8",
    )
    return str(tmp_path)


def run(port: str, report: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "conformance", "run", "--port", port, "--report", str(report), *options],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("options", [["-n", "0"], ["-n", "2", "--child"]], ids=["in process", "children"])
def test_a_run_tells_what_is_untrue(untrue: str, tmp_path: Path, options: list[str]) -> None:
    """All checks pass and the gate fails all the same; every report has what works unclaimed."""
    report = tmp_path / "report"
    ended = run(untrue, report, "-k", "info/dates", *options)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "claimed_but_missing: the port claims list_repo_refs, and declines it: on the list for" in ended.stdout
    assert "works, but is not claimed (name it in the welcome and in port.toml): whoami\n" in ended.stdout
    assert "* whoami\n" in (report / "summary.md").read_text("utf-8")
    document = json.loads((report / "parity.json").read_text("utf-8"))
    assert document["counts"]["passed"] == sum(document["counts"].values()) > 0
    found = document["capabilities"]
    assert (found["missing"], found["unclaimed"]) == ({"list_repo_refs": "on the list for next week"}, ["whoami"])
    assert "list_repo_refs" in found["claimed"]


def test_a_run_of_named_checks_probes_nothing(untrue: str, tmp_path: Path) -> None:
    """Who steps through one check with a debugger sees the calls of that check only."""
    ended = run(untrue, tmp_path / "report", "info/dates-are-utc[gsm8k]")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert events.read(tmp_path / "report" / events.FILE_NAME).start["capabilities"] is None
