"""`serve` holds a check before a call, with its origins open."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from conformance.selftest.author.conftest import Command

Serve = Callable[..., "Served"]


class Served:
    """A running `serve`, read up to the line after which requests are shown."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "conformance", "serve", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        # Reading has no deadline of its own; what hangs is ended, and then the test fails.
        self._watchdog = threading.Timer(60, self.process.kill)
        self._watchdog.start()
        self.head: list[str] = []
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.head.append(line.rstrip("\n"))
            if line.startswith("requests ("):
                break

    def told(self, name: str) -> str:
        """A value that was printed beside its name."""
        return next(line.split(maxsplit=1)[1] for line in self.head if line.strip().startswith(f"{name} "))

    def next_line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def stop(self) -> None:
        self._watchdog.cancel()
        self.process.kill()
        self.process.communicate()

    def finish(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=60)
        self._watchdog.cancel()
        return self.process.returncode, out, err


@pytest.fixture
def serve() -> Iterator[Serve]:
    started: list[Served] = []

    def start(*arguments: str) -> Served:
        started.append(Served(*arguments))
        return started[-1]

    yield start
    for one in started:
        one.stop()


def test_requests_are_shown_as_they_come(serve: Serve) -> None:
    """The Hub answers as in the check, each request is shown at once, and the end of standard input is the end."""
    served = serve("info/sha-is-the-head[gsm8k]")
    with urllib.request.urlopen(f"{served.told('endpoint')}/api/datasets/openai/gsm8k") as response:
        assert json.load(response)["id"] == "openai/gsm8k"
    assert "GET   /api/datasets/openai/gsm8k  → 200" in served.next_line()
    code, _, err = served.finish()
    assert (code, err) == (0, "")


def test_the_call_is_printed_for_a_shim(serve: Serve) -> None:
    """Between hello and bye stands the call that the check is held before."""
    served = serve("info/sha-is-the-head[gsm8k]")
    messages = [json.loads(line) for line in served.head if line.startswith('{"type"')]
    assert [message["type"] for message in messages] == ["hello", "call", "bye"]
    assert messages[1]["context"]["endpoint"] == served.told("endpoint")
    assert served.finish()[0] == 0


def test_planned_faults_are_there(serve: Serve) -> None:
    """What the check plans before the call strikes; what fault not applied is said at the end."""
    served = serve("download/recovers-from-a-cut[gsm8k]")
    assert "cut (" in served.told("planned")
    assert f"  export CDN={served.told('content host').split()[-1]}" in served.head
    code, out, _ = served.finish()
    assert code == 0
    assert "fault not applied: cut (" in out


def test_a_later_call_finds_what_came_before(serve: Serve) -> None:
    """With --call, the calls before it are made: the cache holds what the check left there."""
    served = serve("cache/dangling-link-is-mended[gsm8k]", "--call", "2")
    assert served.head[0] == "cache/dangling-link-is-mended[gsm8k], call 2"
    assert served.finish()[0] == 0


def test_ctrl_c_is_an_end_like_any_other(serve: Serve) -> None:
    """An interrupt ends it without a traceback, exit code 0."""
    served = serve("info/sha-is-the-head[gsm8k]")
    served.process.send_signal(signal.SIGINT)
    code, _, err = served.finish()
    assert (code, err) == (0, "")


def test_a_call_that_there_is_not_is_refused(command: Command) -> None:
    """One line with the number of the last call, and exit code 2."""
    ended = command("serve", "info/sha-is-the-head[gsm8k]", "--call", "9")
    assert ended.returncode == 2
    assert ended.stderr == "Error: info/sha-is-the-head[gsm8k] has no call 9: its last is call 1\n"


def test_no_input_does_not_end_it() -> None:
    """A shell gives a job in the background /dev/null, as CI systems do: the Hub stays open until a signal."""
    command = [sys.executable, "-m", "conformance", "serve", "download/git-file[gsm8k]"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if line.startswith("requests"):
                break
        with pytest.raises(subprocess.TimeoutExpired):
            running.wait(1)
        running.terminate()
        assert running.wait(30) == 0
