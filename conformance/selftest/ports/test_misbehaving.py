"""Whatever a port does: it gets the right name, the next call works, and nothing is left behind."""

from __future__ import annotations

import contextlib
import time
import tracemalloc
from dataclasses import dataclass, field
from typing import Any

import psutil
import pytest

from conformance.ports import Context, PortCrashed, PortTimedOut, ProtocolError
from conformance.ports.drivers.child import Child
from conformance.selftest.ports.conftest import PATIENT, Make

NOWHERE = Context(endpoint=None, cache_dir=None)
AT_ONCE = 0.2
"""A deadline that is meant to be missed."""

pytestmark = pytest.mark.usefixtures("nothing_left")


@dataclass(frozen=True)
class Row:
    """A way to misbehave, the exception that names it, and what this says."""

    does: str
    name: type[Exception]
    told: str
    arguments: dict[str, Any] = field(default_factory=dict)
    deadline: float = PATIENT


IN_A_CALL = [
    Row("crash", PortCrashed, "the port ended with exit code 3 during crash; it wrote:\nout of luck"),
    Row("kill", PortCrashed, "the port was ended by SIGKILL during kill"),
    Row(
        "half-line", PortCrashed, 'ended with exit code 0 during half-line; it wrote:\nstdout_noise: \'{"type": "res\''
    ),
    Row("close-stdout", PortCrashed, "the port closed its standard output during close-stdout and did not end"),
    Row("leave-a-child-and-crash", PortCrashed, "ended with exit code 3 during leave-a-child-and-crash"),
    Row("leave-a-child-of-its-own-session-and-crash", PortCrashed, "ended with exit code 3 during leave-a-child"),
    Row("hang", PortTimedOut, "no answer to hang within 0.2 s", deadline=AT_ONCE),
    Row("ignore-signals", PortTimedOut, "no answer to ignore-signals within 0.2 s", deadline=AT_ONCE),
    Row(
        "half-line-and-hang",
        PortTimedOut,
        "half-line-and-hang within 0.2 s; it began a line and did not end it",
        deadline=AT_ONCE,
    ),
    Row("late", PortTimedOut, "no answer to late within 0.2 s", {"seconds": 0.3}, AT_ONCE),
    Row("for-ever", PortTimedOut, "a second answer to message 1 was ignored", deadline=AT_ONCE),
    Row("rubbish", ProtocolError, '"id" is missing'),
    Row("unknown-kind", ProtocolError, "'bad_luck'; it must be one of: repository_not_found"),
    Row("wrong-id", ProtocolError, "the answer to wrong-id has id 102; the message had 2"),
    Row("huge-answer", ProtocolError, "a line on standard output has more than 16 MiB: send rows in several pages"),
    Row("noise-without-end", ProtocolError, "a line on standard output has more than 16 MiB"),
]

AT_THE_START = [
    Row("crash", PortCrashed, "the port ended with exit code 7 during hello; it wrote:\nno licence found"),
    Row("half-welcome", PortCrashed, 'ended with exit code 0 during hello; it wrote:\nstdout_noise: \'{"type": "wel\''),
    Row("hang", PortTimedOut, "no answer to hello within 0.2 s", deadline=AT_ONCE),
    Row("newer-protocol", ProtocolError, "the shim chose protocol 9; the suite offered 1 to 1"),
    Row("wrong-answer", ProtocolError, 'the answer to a hello is a "welcome"'),
]

HARMLESS = {
    "twice": "a second answer to message 2 was ignored",
    "noise": "stdout_noise: '[info] asking the Hub' (standard output is for the protocol; the usual cause is a logger",
    "no-text": 'stdout_noise: \'{"type": "result", "id": 2, "value": "\N{REPLACEMENT CHARACTER}"}\' (it begins '
    "like JSON and is not a JSON object",
    "much-noise": "stdout_noise: '… and 9980 more lines'",
    "stderr": "a warning\n",
    "much-stderr": "eeeeeeee",
}
"""What a port does that nevertheless answers, and what is told beside the next failure."""


def echo(child: Child) -> object:
    return child.call("echo", {"answer": 42}, NOWHERE, PATIENT)


@pytest.mark.parametrize("row", IN_A_CALL, ids=lambda row: row.does)
def test_in_a_call(make: Make, row: Row) -> None:
    """What happened is said of the call in which it happened, and a new process serves the next."""
    child = make("ok")
    child.hello()
    with pytest.raises(row.name) as raised:
        child.call(row.does, row.arguments, NOWHERE, row.deadline)
    assert row.told in str(raised.value)
    assert echo(child) == {"answer": 42}
    child.close()


@pytest.mark.parametrize("row", AT_THE_START, ids=lambda row: row.does)
def test_at_the_start(make: Make, row: Row) -> None:
    """What goes wrong before the first call is blamed on the hello."""
    child = make(row.does, hello_deadline=row.deadline)
    with pytest.raises(row.name) as raised:
        child.hello()
    assert row.told in str(raised.value)
    child.close()


@pytest.mark.parametrize("how", ["crash-at-bye", "stay-at-bye"])
def test_at_the_end(make: Make, how: str) -> None:
    """A port that has answered may end as it likes; one that does not is ended."""
    child = make(how)
    assert echo(child) == {"answer": 42}
    child.close()


@pytest.mark.parametrize(("does", "told"), HARMLESS.items())
def test_what_does_no_harm(make: Make, does: str, told: str) -> None:
    """The answer counts, the next call works, and what was odd is told; of 100 MB, little is kept at any time."""
    child = make("ok")
    child.hello()
    tracemalloc.start()
    try:
        assert child.call(does, {"still": "right"}, NOWHERE, PATIENT) == {"still": "right"}
        assert echo(child) == {"answer": 42}
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert told in child.take_output()
    assert most < 16 << 20
    child.close()


def test_between_two_calls(make: Make) -> None:
    """A port that ends after its answer has answered; the next call gets a new one, and it is told."""
    child = make("ok")
    port = psutil.Process(child.call("pid", {}, NOWHERE, PATIENT))
    assert child.call("answer-and-crash", {"still": "right"}, NOWHERE, PATIENT) == {"still": "right"}
    with contextlib.suppress(psutil.NoSuchProcess):  # its driver may have seen its end already
        while port.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
    assert echo(child) == {"answer": 42}
    assert child.take_output() == "the port ended with exit code 3 between two calls; a new one was started\n"
    child.close()


def test_a_port_that_reads_no_more(make: Make) -> None:
    """A call of more than a pipe holds, which nobody reads, ends at its deadline."""
    child = make("ok")
    child.call("read-no-more", {}, NOWHERE, PATIENT)
    with pytest.raises(PortTimedOut, match=r"no answer to echo within 0\.2 s"):
        child.call("echo", {"much": "x" * 8_000_000}, NOWHERE, AT_ONCE)
    assert echo(child) == {"answer": 42}
    child.close()


@pytest.mark.parametrize("does", ["leave-a-child", "leave-a-child-of-its-own-session"])
def test_a_child_that_would_outlive_the_port(make: Make, does: str) -> None:
    """It is ended with the port, in whichever process group it is."""
    child = make("ok")
    assert child.call(does, {}, NOWHERE, PATIENT) > 0
    child.close()


def test_a_port_that_needs_more_memory_than_it_may_have(make: Make) -> None:
    """It is killed, and what it used is said."""
    child = make("ok", memory_limit=100 << 20)
    assert echo(child) == {"answer": 42}
    with pytest.raises(PortCrashed, match=r"used \d{3} MiB of memory; the limit is 100 MiB; it was killed during eat"):
        child.call("eat", {}, NOWHERE, PATIENT)
    assert echo(child) == {"answer": 42}
    child.close()
