"""A port in a process of its own: what it is started with, and what it may say beside its answers."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from conformance.ports import Context, PortCrashed, PortDescription
from conformance.ports.drivers.child import Child
from conformance.ports.drivers.process import LineProcess
from conformance.selftest.ports.conftest import PATIENT, Make

NOWHERE = Context(endpoint=None, cache_dir=None)


def echo(child: Child) -> object:
    return child.call("echo", {"answer": 42}, NOWHERE, PATIENT)


def test_a_well_behaved_port_answers(make: Make) -> None:
    """A port says who it is, and answers call after call in one process."""
    child = make("ok")
    assert child.hello().name == "misbehaving"
    assert echo(child) == {"answer": 42}
    assert child.call("pid", {}, NOWHERE, PATIENT) == child.call("pid", {}, NOWHERE, PATIENT)
    assert child.take_output() == ""


def test_a_port_that_crashed_at_its_start_can_start_again(make: Make, tmp_path: Path) -> None:
    """A crash before the hello does not spoil the next call."""
    child = make("crash-once", str(tmp_path / "started"))
    with pytest.raises(PortCrashed):
        echo(child)
    assert echo(child) == {"answer": 42}


def test_a_program_that_is_not_there_is_named() -> None:
    """A command that cannot be started says which."""
    description = PortDescription("ghost", "none", Path(), ("echo",), command=("no-such-program-anywhere",))
    child = Child(description)
    with pytest.raises(PortCrashed, match="no-such-program-anywhere could not be started"):
        child.hello()
    child.close()


def test_noise_before_the_hello_does_no_harm(make: Make) -> None:
    """Lines that are no messages are kept, and it is said that they may be there."""
    child = make("noise")
    assert echo(child) == {"answer": 42}
    assert child.take_output() == "stdout_noise: 'Compiling 12 files' (before the hello, where it does no harm)\n"


def test_standard_error_is_evidence_and_no_error(make: Make) -> None:
    """What a port writes to standard error can be taken once."""
    child = make("ok")
    child.call("stderr", {}, NOWHERE, PATIENT)
    child.close()
    assert child.take_output() == "a warning\n"
    assert child.take_output() == ""


@pytest.mark.usefixtures("nothing_left")
def test_nothing_is_left_behind(make: Make) -> None:
    """Closing, even twice, takes away the port's home and the port itself."""
    child = make("ok")
    home = Path(child.call("environment", {"name": "HF_HOME"}, NOWHERE, PATIENT))
    assert home.is_dir()
    child.close()
    child.close()
    assert not home.exists()


def test_another_environment_needs_another_process(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables of a call are there when the port starts and gone in the next; the machine's never are."""
    monkeypatch.setenv("HF_TOKEN", "of the machine")
    child = make("ok")

    def seen(context: Context) -> tuple[object, object, object]:
        token, offline = (
            child.call("environment", {"name": name}, context, PATIENT) for name in ("HF_TOKEN", "HF_HUB_OFFLINE")
        )
        return token, offline, child.call("pid", {}, context, PATIENT)

    plain = seen(NOWHERE)
    changed = seen(Context(None, None, offline=True, env={"HF_TOKEN": "of the call"}))
    assert plain[:2] == (None, None)
    assert changed[:2] == ("of the call", "1")
    assert plain[2] != changed[2]
    assert seen(NOWHERE)[:2] == (None, None)
    assert os.environ["HF_TOKEN"] == "of the machine"


def test_an_id_that_may_be_anothers_gets_no_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The group of a process that was reaped is never signalled: its id may have been given away since."""
    signalled: list[int] = []
    process = LineProcess([sys.executable, "-c", "pass"], dict(os.environ))
    pid = process._process._process.pid
    deadline = time.monotonic() + 20
    while not process.has_ended() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert process.has_ended()
    assert Path(f"/proc/{pid}").exists() or sys.platform != "linux", "it is looked at, not reaped"
    process._process._process.wait()  # as somebody else may do
    monkeypatch.setattr(os, "killpg", lambda group, number: signalled.append(group))
    process.end(grace=0)
    assert signalled == []
