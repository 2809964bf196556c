"""Downloads into the store that fail halfway: what stays, and how the next one goes on."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.selftest.reference_client.conftest import GSM8K, TRAIN, Hub
from conformance.selftest.reference_client.stores import Watcher, contents, cut, of
from conformance.traffic.exchange import Request, Response, headers
from reference_client.datasets.store import DatasetConfig, Store, StoreError
from reference_client.metadata import HfFileMetadata
from reference_client.session import Session
from reference_client.transfer import fetch

TEST = "main/test-00000-of-00001.parquet"


def test_a_folder_stays_of_its_commit_until_the_new_one_is_whole(hub: Hub, store: Store, waits: list[float]) -> None:
    """A download of a moved branch that fails leaves the earlier commit as it was."""
    new, _, oldest = hub.commits(GSM8K)
    hub.move(GSM8K, oldest)
    config = DatasetConfig(GSM8K, file_pattern="**")
    before = store.download(config)
    files = contents(before.local_path)
    hub.move(GSM8K, new)
    hub.meddle = cut(TEST, 100)

    with pytest.raises(StoreError, match="Consistency check failed: got 100 of"):
        store.download(config)

    assert contents(before.local_path) == files
    assert store.list_downloaded() == [before]
    hub.meddle = lambda _, response: response
    assert store.download(config).commit_hash == new
    assert contents(before.local_path) == of(hub, "**")


def test_a_failure_keeps_what_came_and_the_next_download_continues(hub: Hub, store: Store, waits: list[float]) -> None:
    """Whole files stay, in their places; half of one is continued with a Range; nothing is fetched twice."""
    size = hub.files(GSM8K)[TRAIN].size
    hub.meddle = cut(TRAIN, 1000)
    config = DatasetConfig(GSM8K, file_pattern="main/*")
    with pytest.raises(StoreError):
        store.download(config)
    assert TRAIN not in contents(store.root / "openai" / "gsm8k")
    assert not store.is_downloaded(GSM8K)
    (partly,) = store.list_downloaded()
    assert not partly.complete
    assert {file.path for file in partly.files} == set(contents(partly.local_path))
    hub.meddle = lambda _, response: response
    hub.requests()

    watcher = Watcher()
    dataset = store.download(config, progress=watcher)

    ranges = {entry.request.headers.get("range") for entry in hub.requests() if "train" in entry.request.target}
    assert len(ranges) == 1
    assert watcher.present[TRAIN] + watcher.fetched[TRAIN] == size
    assert f"bytes={watcher.present[TRAIN]}-" in ranges
    assert watcher.present[TRAIN] >= 1000
    assert watcher.total == (2, dataset.total_bytes)
    assert watcher.complete == {TEST, TRAIN}
    assert not list(store.root.rglob("arriving"))
    assert contents(dataset.local_path) == of(hub, "main/*")


def test_a_wrong_beginning_is_fetched_anew(hub: Hub, store: Store, waits: list[float]) -> None:
    """What is left of an earlier download is trusted no more than the network."""
    hub.meddle = cut(TRAIN, 1000)
    config = DatasetConfig(GSM8K, file_pattern=TRAIN)
    with pytest.raises(StoreError):
        store.download(config)
    (incomplete,) = store.root.rglob("*.incomplete")
    incomplete.write_bytes(bytes(2000))
    hub.meddle = lambda _, response: response

    dataset = store.download(config)

    assert contents(dataset.local_path) == of(hub, TRAIN)
    assert not list(store.root.rglob("*.incomplete"))


def test_a_wrong_body_never_gets_its_name(hub: Hub, store: Store) -> None:
    """A body of the right size with one wrong byte is refused."""

    def corrupt(request: Request, response: Response) -> Response:
        return replace(response, body=b"X" + response.body[1:]) if request.origin == "cdn" else response

    hub.meddle = corrupt
    with pytest.raises(StoreError, match="Consistency check failed"):
        store.download(DatasetConfig(GSM8K, file_pattern=TRAIN))
    assert not (store.root / "openai" / "gsm8k" / TRAIN).exists()
    assert not list(store.root.rglob("*.incomplete"))


def test_a_body_without_end_cannot_fill_the_disk(hub: Hub, store: Store) -> None:
    """More bytes than the list of files says are not even kept."""

    def swell(request: Request, response: Response) -> Response:
        if request.origin != "cdn":
            return response
        body = response.body + bytes(1 << 20)
        return replace(response, body=body).with_headers({"Content-Length": str(len(body))})

    hub.meddle = swell
    with pytest.raises(StoreError, match="more than"):
        store.download(DatasetConfig(GSM8K, file_pattern=TRAIN))
    assert not list(store.root.rglob("*.incomplete"))


def test_a_full_disk_is_told_and_leaves_a_state_to_continue(
    hub: Hub, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index stays whole."""
    with monkeypatch.context() as patch:
        patch.setattr("reference_client.datasets.store.download.fetch", _no_space)
        with pytest.raises(StoreError, match=r"The disk is full.*what has arrived is kept"):
            store.download(DatasetConfig(GSM8K))
    assert not store.is_downloaded(GSM8K)
    assert contents(store.download(DatasetConfig(GSM8K)).local_path) == of(hub, "**/*.parquet")


def _no_space(*arguments: object, **options: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_the_first_failure_stops_the_others(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of their bodies."""
    begun = threading.Barrier(4)
    stopped = []

    def fetch(
        session: object, file: HfFileMetadata, *places: Path, resume: bool, received: Callable[[int], None]
    ) -> None:
        begun.wait()
        if file.location.endswith(TRAIN):
            raise OSError("broken")
        try:
            for length in range(1, 10_000):
                received(length)
                time.sleep(0.001)
        except InterruptedError:
            stopped.append(file.location)
            raise

    monkeypatch.setattr("reference_client.datasets.store.download.fetch", fetch)
    with pytest.raises(StoreError, match="broken"):
        store.download(DatasetConfig(GSM8K))
    assert len(stopped) == 3


def test_a_failure_is_told_without_waiting_for_other_attempts(
    hub: Hub, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that the server is too busy for is not asked for again once another one has failed."""
    waiting = threading.Event()
    pause = Session.pause

    def watched(session: Session, seconds: float) -> None:
        waiting.set()
        pause(session, seconds)

    def fetch_train(session: Session, file: HfFileMetadata, *places: Path, **options: Any) -> None:
        if file.location.endswith(TRAIN):
            return fetch(session, file, *places, **options)
        waiting.wait(60)
        raise OSError("broken")

    busy = Response(503, headers({"Retry-After": "5"}))
    hub.meddle = lambda request, response: busy if request.origin == "cdn" else response
    monkeypatch.setattr(Session, "pause", watched)
    monkeypatch.setattr("reference_client.datasets.store.download.fetch", fetch_train)
    with pytest.raises(StoreError, match="broken"):
        store.download(DatasetConfig(GSM8K, file_pattern="main/*"))
    assert [entry.request.origin for entry in hub.requests()].count("cdn") == 1


def test_what_has_its_name_is_on_the_disk_itself(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file is flushed before it is renamed, the index too: a power cut leaves no empty ones."""
    flushed = set()
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        flushed.add(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    monkeypatch.setattr("os.fsync", watched)
    dataset = store.download(DatasetConfig(GSM8K))
    written = [*(dataset.local_path / file.path for file in dataset.files), store.root / "index.json"]
    assert {path.stat().st_ino for path in written} <= flushed
