"""What the tests of ports share: the misbehaving shim, and a look at what is left after it."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from conformance.ports import PortDescription
from conformance.ports.drivers.child import Child

SHIM = Path(__file__).with_name("misbehaving.py")
PATIENT = 30.0
"""Seconds that something may take on a machine that has much to do. Nothing waits that long if all is well."""

Make = Callable[..., Child]


@pytest.fixture
def make() -> Iterator[Make]:
    """A driver of the misbehaving shim, given the words that it starts with."""
    made: list[Child] = []

    def child(*start: str, hello_deadline: float = PATIENT, memory_limit: int | None = None) -> Child:
        description = PortDescription(
            name="misbehaving",
            language="python",
            folder=SHIM.parent,
            operations=("hf_hub_download", "dataset_info"),
            command=(sys.executable, "-I", "-S", str(SHIM), *start),
        )
        made.append(Child(description, hello_deadline=hello_deadline, memory_limit=memory_limit))
        return made[-1]

    yield child
    for one in made:
        one.close()


@pytest.fixture
def nothing_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails the test if it leaves a process, an open descriptor, a thread or a temporary file."""
    mark = uuid.uuid4().hex
    monkeypatch.setenv("HUB_CONFORMANCE_SELFTEST", mark)  # every process that the test starts inherits it
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    before, threads = _descriptors(), set(threading.enumerate())
    yield
    # An older test's connections may be closed meanwhile, so what is gone says nothing.
    assert _descriptors() - before == set()
    assert set(threading.enumerate()) <= threads
    assert list(scratch.iterdir()) == []
    until = time.monotonic() + PATIENT
    while _processes(mark) and time.monotonic() < until:
        time.sleep(0.01)
    assert _processes(mark) == []


def _descriptors() -> set[tuple[str, str]]:
    """The open files of this process, with their numbers; empty on a system without /proc."""
    folder = Path("/proc/self/fd")
    links = list(folder.iterdir()) if folder.is_dir() else []
    found = set()
    for link in links:
        with contextlib.suppress(FileNotFoundError):  # the listing's own, or closed by another thread meanwhile
            found.add((link.name, str(link.readlink())))
    return found


def _processes(mark: str) -> list[psutil.Process]:
    """The processes, but this one, that have inherited the mark."""
    found = []
    for process in psutil.process_iter():
        try:
            inherited = process.environ().get("HUB_CONFORMANCE_SELFTEST") == mark
        except psutil.Error:
            continue
        if inherited and process.pid != os.getpid():
            found.append(process)
    return found
