"""A shim that somebody else has started: it is spoken to without deadlines, and left alone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.ports import Context, PortCrashed, PortDescription, PortDescriptionError, Unsupported
from conformance.ports.drivers.attached import FROM_PORT, TO_PORT, Attached
from conformance.selftest.ports.conftest import SHIM

NOWHERE = Context(endpoint=None, cache_dir=None)
ANY = 0.0
"""A deadline that would have passed, were there one."""


class Author:
    """Starts the shim by the line that is shown, as someone at a shell does."""

    def __init__(self) -> None:
        self.started: list[subprocess.Popen[bytes]] = []

    def tell(self, text: str) -> None:
        introduction, line = text.split("\n")
        assert introduction == "waiting for the shim; start it by:"
        self.started.append(subprocess.Popen(["sh", "-c", f"exec {line.strip()}"]))


@pytest.fixture
def author(nothing_left: None) -> Iterator[Author]:
    author = Author()
    yield author
    for process in author.started:
        process.wait(30)


def attached(folder: Path, author: Author) -> Attached:
    command = (sys.executable, "-I", "-S", str(SHIM), "ok")
    return Attached(PortDescription("mine", "python", folder, ("echo",), command=command), folder, author.tell)


def test_calls_go_to_the_process_that_was_started(tmp_path: Path, author: Author) -> None:
    """One process answers all calls, and ends by itself when the pipes are closed; the pipes are removed."""
    driver = attached(tmp_path, author)
    assert driver.hello().name == "misbehaving"
    assert driver.call("late", {"seconds": 0.1}, NOWHERE, ANY) == {"seconds": 0.1}
    assert driver.call("pid", {}, NOWHERE, ANY) == author.started[0].pid
    driver.close()
    assert author.started[0].wait(30) == 0
    assert not (tmp_path / TO_PORT).exists()
    assert not (tmp_path / FROM_PORT).exists()


def test_a_shim_that_ended_is_waited_for_again(tmp_path: Path, author: Author) -> None:
    """It crashed in the call in flight; the next one asks the author to start it anew."""
    driver = attached(tmp_path, author)
    with pytest.raises(PortCrashed, match="the shim ended during crash"):
        driver.call("crash", {}, NOWHERE, ANY)
    assert driver.call("echo", {"still": "here"}, NOWHERE, ANY) == {"still": "here"}
    assert len(author.started) == 2
    driver.close()


def test_what_needs_another_process_is_unsupported(tmp_path: Path, author: Author) -> None:
    """Another environment and calls at the same time are no failure of the library."""
    driver = attached(tmp_path, author)
    with pytest.raises(Unsupported, match="environment of an attached process cannot be changed"):
        driver.call("echo", {}, Context(None, None, env={"HF_TOKEN": "x"}), ANY)
    with pytest.raises(Unsupported, match="need several processes"):
        driver.at_once([("echo", {})], NOWHERE, ANY)
    driver.close()


def test_a_file_in_the_place_of_a_pipe_is_somebody_else_s(tmp_path: Path, author: Author) -> None:
    """It is left alone, and named."""
    (tmp_path / TO_PORT).touch()
    with pytest.raises(PortDescriptionError, match=r"the pipe cannot be made: File exists"):
        attached(tmp_path, author)
    assert (tmp_path / TO_PORT).is_file()
