"""A port in a process of its own may do what it likes: it gets the right name, and the next call works."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.ports import Context, PortCrashed, PortDescription, PortTimedOut, ProtocolError
from conformance.ports.child import Child

SHIM = Path(__file__).with_name("misbehaving.py")
NOWHERE = Context(endpoint=None, cache_dir=None)
PATIENT = 10.0

Make = Callable[..., Child]


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[Child] = []

    def child(*start: str, hello_deadline: float = PATIENT) -> Child:
        command = (sys.executable, "-I", "-S", "{folder}/misbehaving.py", *start)
        description = PortDescription(
            name="misbehaving",
            language="python",
            folder=SHIM.parent,
            operations=("echo",),
            command=tuple(word.replace("{folder}", str(SHIM.parent)) for word in command),
        )
        made.append(Child(description, hello_deadline=hello_deadline))
        return made[-1]

    yield child
    for one in made:
        one.close()


def echo(child: Child) -> object:
    return child.call("echo", {"answer": 42}, NOWHERE, PATIENT)


def is_running(pid: int) -> bool:
    """Whether the process exists and is no zombie that nobody has collected yet."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return state.stdout.strip()[:1] not in ("", "Z")


def ends(pid: int) -> bool:
    until = time.monotonic() + PATIENT
    while is_running(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return not is_running(pid)


def test_a_well_behaved_port_answers(make: Make) -> None:
    """A port says who it is, and answers call after call in one process."""
    child = make("ok")
    assert child.hello().name == "misbehaving"
    assert echo(child) == {"answer": 42}
    assert child.call("pid", {}, NOWHERE, PATIENT) == child.call("pid", {}, NOWHERE, PATIENT)
    assert child.take_output() == ""


@pytest.mark.parametrize(
    ("operation", "name", "text"),
    [
        ("crash", PortCrashed, "ended with exit code 3 during crash; it wrote:\nout of luck"),
        ("kill", PortCrashed, "was ended by SIGKILL during kill"),
        ("close-stdout", PortCrashed, "had to be killed during close-stdout"),
        ("half-line", PortCrashed, "ended with exit code 0 during half-line"),
        ("rubbish", ProtocolError, '"id" is missing'),
        ("unknown-kind", ProtocolError, "'bad_luck'; it must be one of: repository_not_found"),
        ("wrong-id", ProtocolError, "the answer to wrong-id has id"),
    ],
)
def test_a_broken_answer_is_named_and_the_next_call_works(
    make: Make, operation: str, name: type[Exception], text: str
) -> None:
    """Each way of not answering has its exception and says what happened; a new process serves the next."""
    child = make("ok")
    with pytest.raises(name) as raised:
        child.call(operation, {}, NOWHERE, PATIENT)
    assert text in str(raised.value)
    assert echo(child) == {"answer": 42}


def test_a_hanging_call_is_ended_at_its_deadline(make: Make) -> None:
    """No answer within the deadline: the call is named, and the process is gone."""
    child = make("ok")
    pid = child.call("pid", {}, NOWHERE, PATIENT)
    with pytest.raises(PortTimedOut, match=r"no answer to hang within 0\.1 s"):
        child.call("hang", {}, NOWHERE, 0.1)
    assert ends(pid)
    assert echo(child) == {"answer": 42}


@pytest.mark.parametrize(
    ("start", "name", "text"),
    [
        ("crash", PortCrashed, "ended with exit code 7 during hello; it wrote:\nno licence found"),
        ("hang", PortTimedOut, "no answer to hello within 0.1 s"),
        ("newer-protocol", ProtocolError, "chose protocol 9; the suite offered 1 to 1"),
        ("wrong-answer", ProtocolError, 'the answer to a hello is a "welcome"'),
    ],
)
def test_a_port_that_does_not_start_is_named(make: Make, start: str, name: type[Exception], text: str) -> None:
    """What goes wrong before the first call is blamed on the hello."""
    child = make(start, hello_deadline=0.1 if start == "hang" else PATIENT)
    with pytest.raises(name) as raised:
        child.hello()
    assert text in str(raised.value)


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


def test_noise_on_standard_output_does_no_harm(make: Make) -> None:
    """Lines that are no messages are kept, before the hello and after, and named with their usual cause."""
    child = make("noise")
    assert echo(child) == {"answer": 42}
    before = child.take_output()
    assert "stdout_noise: 'Compiling 12 files'" in before
    assert "before the hello" in before
    assert child.call("noise", {"still": "right"}, NOWHERE, PATIENT) == {"still": "right"}
    after = child.take_output()
    assert "stdout_noise: '[info] asking the Hub'" in after
    assert "logger" in after


def test_a_second_answer_is_not_taken_for_the_next_call(make: Make) -> None:
    """An answer that comes twice leaves the next call's answer alone, and is told."""
    child = make("ok")
    child.call("twice", {"first": 1}, NOWHERE, PATIENT)
    assert echo(child) == {"answer": 42}
    assert "a second answer to message" in child.take_output()


def test_standard_error_is_evidence_and_no_error(make: Make) -> None:
    """What a port writes to standard error can be taken once."""
    child = make("ok")
    child.call("stderr", {}, NOWHERE, PATIENT)
    child.close()
    assert child.take_output() == "a warning\n"
    assert child.take_output() == ""


def test_nothing_is_left_behind(make: Make) -> None:
    """Closing ends the port and what it started, and takes its home away."""
    child = make("ok")
    home = Path(child.call("environment", {"name": "HF_HOME"}, NOWHERE, PATIENT))
    pids = [child.call("pid", {}, NOWHERE, PATIENT), child.call("leave-a-child", {}, NOWHERE, PATIENT)]
    assert home.is_dir()
    assert all(is_running(pid) for pid in pids)
    child.close()
    child.close()
    assert all(ends(pid) for pid in pids)
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
