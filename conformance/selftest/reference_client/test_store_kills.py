"""Downloads that are killed at any moment, and downloads of the same set by two processes at once."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from multiprocessing.synchronize import Barrier
from pathlib import Path
from types import FrameType
from typing import TypeAlias

import pytest

import reference_client
from conformance.hub.repository import Repository
from conformance.selftest.reference_client.conftest import GSM8K, Hub
from conformance.selftest.reference_client.stores import bodies, contents
from reference_client.datasets.store import DatasetConfig, Store

TraceFunction: TypeAlias = Callable[[FrameType, str, object], "TraceFunction | None"]

KILLS = int(os.environ.get("HUB_REFERENCE_KILLS", "24"))
CONFIG = DatasetConfig(GSM8K, file_pattern="**")
CODE = (str(Path(reference_client.__file__).parent), json.__file__)
"""The code between whose lines a download is killed: the client's, and what writes the index."""


class Moments:
    """Counts the lines of `CODE` that this process runs, in all threads, and kills it at the last."""

    def __init__(self, last: int | None) -> None:
        self.count = 0
        self._last = last
        self._lock = threading.Lock()

    def __enter__(self) -> Moments:
        threading.settrace(self._trace)
        sys.settrace(self._trace)
        return self

    def __exit__(self, *details: object) -> None:
        sys.settrace(None)
        threading.settrace(None)

    def _trace(self, frame: FrameType, event: str, argument: object) -> TraceFunction | None:
        if not frame.f_code.co_filename.startswith(CODE):
            return None
        if event == "line":
            self._pass()
        return self._trace

    def _pass(self) -> None:
        with self._lock:
            self.count += 1
            if self.count == self._last:
                os.kill(os.getpid(), signal.SIGKILL)


def download(endpoint: str, root: Path, last: int | None, counted: Path) -> None:
    """In a process of its own: download, and be killed at a moment, or note how many there were."""
    store = Store(root, endpoint=endpoint)
    with Moments(last) as moments:
        store.download(CONFIG)
    counted.write_text(str(moments.count))


def download_together(endpoint: str, root: Path, together: Barrier) -> None:
    """In a process of its own: download at the same time as others."""
    together.wait(60)
    Store(root, endpoint=endpoint).download(CONFIG)


PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__, "reference_client.datasets.store.store", "urllib3", "filelock"])


def run(*processes: ForkServerProcess) -> list[int | None]:
    """Run processes side by side. Returns their exit codes."""
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    return [process.exitcode for process in processes]


@pytest.mark.parametrize("moved", [False, True], ids=["new", "moved"])
def test_a_killed_download_leaves_nothing_wrong_and_the_next_completes(
    hub: Hub, repositories: list[Repository], tmp_path: Path, moved: bool
) -> None:
    """Whether all is new, or a folder is taken from one commit to another."""
    (repository,) = (repository for repository in repositories if repository.repo_id == GSM8K)
    new, *_, old = repository.branches["main"].history()
    allowed = {path: {file.data for file in (new.files.get(path), old.files.get(path)) if file} for path in new.files}
    expected = {path: file.data for path, file in new.files.items()}
    template = tmp_path / "template"
    template.mkdir()
    if moved:
        hub.move(GSM8K, old.sha)
        Store(template, endpoint=hub.endpoint).download(CONFIG)
        hub.move(GSM8K, new.sha)

    def start(root: Path, last: int | None) -> int | None:
        shutil.copytree(template, root)
        return run(PROCESSES.Process(target=download, args=(hub.endpoint, root, last, tmp_path / "counted")))[0]

    assert start(tmp_path / "whole", None) == 0
    moments = int((tmp_path / "counted").read_text())

    exits = []
    for kill in range(KILLS // 2):
        last = 1 + kill * moments // (KILLS // 2)
        root = tmp_path / f"killed-at-{last}-{kill}"
        exits.append(start(root, last))

        store = Store(root, endpoint=hub.endpoint)
        found = contents(root / GSM8K)
        assert all(data in allowed[path] for path, data in found.items()), last
        for dataset in store.list_downloaded():
            of_commit = new if dataset.commit_hash == new.sha else old
            assert not dataset.complete or found == {path: file.data for path, file in of_commit.files.items()}, last
        assert not list(root.glob("index.json.corrupt-*")), last
        assert store.download(CONFIG).commit_hash == new.sha
        assert contents(root / GSM8K) == expected, last
        assert {dataset.complete for dataset in store.list_downloaded()} == {True}
        assert not list(root.rglob("*.incomplete")), last
        shutil.rmtree(root)
    # In how many pieces a body comes is up to the network, so the very last moments may not be reached.
    assert exits.count(-signal.SIGKILL) >= 0.9 * len(exits)
    assert set(exits) <= {-signal.SIGKILL, 0}


def test_two_processes_that_download_the_same_set_fetch_it_once(hub: Hub, tmp_path: Path) -> None:
    """Both succeed."""
    together = PROCESSES.Barrier(2)
    arguments = (hub.endpoint, tmp_path, together)
    assert run(*(PROCESSES.Process(target=download_together, args=arguments) for _ in range(2))) == [0, 0]
    files = hub.files(GSM8K)
    assert sorted(bodies(hub)) == sorted(Path(path).name for path in files)
    assert contents(tmp_path / GSM8K) == {path: file.data for path, file in files.items()}
