"""A snapshot of what is there already: what is known of a file costs no request, and a wait ends with a failure."""

from __future__ import annotations

import errno
import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.selftest.reference_client.raw_server import Bytes, RawServer, answer
from conformance.selftest.reference_client.test_disk_and_hub import FIRST, SmallHub, bare, blob_id, get, snapshot
from reference_client import HfApi, RepoFile, RepoFolder
from reference_client.datasets.store import DatasetConfig, Store, StoreError
from reference_client.errors import HfHubHTTPError, LocalEntryNotFoundError
from reference_client.locks import lock

__all__ = ["bare"]  # a fixture that every test here has, too

CONTENT = b"PAR1hello"


@pytest.mark.parametrize("damage", [b"PAR1", b"PAR1hello+", b""])
@pytest.mark.parametrize("revision", ["main", FIRST])
@pytest.mark.parametrize("place", ["cache", "local_dir"])
def test_a_file_of_another_size_is_fetched_again(tmp_path: Path, damage: bytes, revision: str, place: str) -> None:
    """The listing tells the size, and is at hand. The time of the file may be the old one, as after a bad copy."""
    here = tmp_path / "here" if place == "local_dir" else None
    with RawServer(SmallHub({FIRST: {"a": CONTENT, "b": b"2"}})) as hub:
        file = Path(snapshot(hub, tmp_path, local_dir=here, revision=FIRST)) / "a"
        times = file.stat()
        file.resolve().write_bytes(damage)
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
        hub.heads.clear()
        snapshot(hub, tmp_path, local_dir=here, revision=revision)
        assert file.read_bytes() == CONTENT
        assert [head.split()[0] for head in hub.heads if "/resolve/" in head] == ["GET"]
        hub.heads.clear()
        snapshot(hub, tmp_path, local_dir=here, revision=revision)
        assert not [head for head in hub.heads if "/resolve/" in head]


@pytest.mark.parametrize("place", ["cache", "local_dir"])
@pytest.mark.parametrize("soft", [False, True])
def test_who_waits_for_a_lock_stops_when_another_file_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, soft: bool
) -> None:
    """Another process may hold the lock for long."""
    if soft:

        def refuse(*_: object) -> None:
            raise OSError(errno.ENOSYS, "no locks")

        monkeypatch.setattr("fcntl.flock", refuse)
    here = tmp_path / "here"
    hub_of = SmallHub({FIRST: {"a": CONTENT, "b": b"2"}})

    def without_b(head: str) -> Bytes:
        return answer(b"", status="403 Forbidden") if "/resolve/" in head and "/b " in head else hub_of(head)

    held = tmp_path / ".locks" / "models--o--n" / f"{blob_id(CONTENT)}.lock"
    if place == "local_dir":
        held = here / ".cache" / "huggingface" / "download" / "a.lock"
    options = {"local_dir": here} if place == "local_dir" else {}
    end, begun = threading.Event(), threading.Event()

    def hold() -> None:
        with lock(held):
            begun.set()
            end.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        begun.wait(5)
        before = time.monotonic()
        with RawServer(without_b) as hub, pytest.raises(HfHubHTTPError, match="403"):
            snapshot(hub, tmp_path, revision=FIRST, **options)
        assert time.monotonic() - before < 5
    finally:
        end.set()
        thread.join()
    with RawServer(hub_of) as hub:
        assert get(hub, "a", tmp_path, **options).read_bytes() == CONTENT


@pytest.mark.parametrize("status", ["400 Bad Request", "403 Forbidden", "500 Internal Server Error"])
@pytest.mark.usefixtures("waits")
def test_what_the_hub_answers_wrongly_does_not_hide_what_is_there(tmp_path: Path, status: str) -> None:
    """A bad request is no wrong argument of the caller's, though its error is a ValueError, too."""
    hub_of = SmallHub({FIRST: {"a": CONTENT}})
    broken = False

    def of(head: str) -> Bytes:
        return answer(b"{}", status=status) if broken else hub_of(head)

    with RawServer(of) as hub:
        kept = get(hub, "a", tmp_path)
        folder = snapshot(hub, tmp_path)
        broken = True
        assert get(hub, "a", tmp_path) == kept
        assert snapshot(hub, tmp_path) == folder
        for ask in (lambda: get(hub, "a", tmp_path / "empty"), lambda: snapshot(hub, tmp_path / "empty")):
            with pytest.raises(LocalEntryNotFoundError, match="could not be asked"):
                ask()


@pytest.mark.parametrize("kind", ["commit", "submodule"])
def test_a_submodule_costs_no_file(tmp_path: Path, kind: str) -> None:
    """The official client takes all that is no file for a folder."""
    listed = [{"type": kind, "path": "sub", "oid": "c" * 40, "size": 0}]
    hub_of = SmallHub({FIRST: {"a": CONTENT}})

    def of(head: str) -> Bytes:
        if "/tree/" not in head:
            return hub_of(head)
        file = {"type": "file", "path": "a", "oid": blob_id(CONTENT), "size": len(CONTENT)}
        return answer(json.dumps([*listed, file]).encode())

    with RawServer(of) as hub:
        found = list(HfApi(hub.url, False).list_repo_tree("o/n"))
        assert [(type(item), item.path) for item in found] == [(RepoFolder, "sub"), (RepoFile, "a")]
        assert [path.name for path in Path(snapshot(hub, tmp_path)).iterdir()] == ["a"]


@pytest.mark.parametrize("place", ["cache", "local_dir", "store"])
@pytest.mark.parametrize(
    "sent", [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nPAR1", b"HTTP/1.1 200 OK\r\nContent-", b""]
)
def test_a_silent_answer_is_broken_off_when_another_file_fails(tmp_path: Path, place: str, sent: bytes) -> None:
    """And not waited for, however long the timeout is and wherever the silence begins."""
    hub_of = SmallHub({FIRST: {"a": CONTENT, "b": b"2"}})
    ended = threading.Event()

    def silent(head: str) -> Iterator[bytes]:
        if head.startswith("GET") and "/resolve/" in head and "/a " in head:
            yield sent
            ended.wait(30)
        elif "/resolve/" in head and "/b " in head:
            time.sleep(0.5)
            yield from answer(b"", status="403 Forbidden")
        else:
            yield from hub_of(head)

    before = time.monotonic()
    with RawServer(silent) as hub:
        try:
            with pytest.raises((HfHubHTTPError, StoreError), match="403"):
                if place == "store":
                    Store(tmp_path / "store", endpoint=hub.url).download(DatasetConfig("o/n", FIRST, file_pattern="**"))
                else:
                    snapshot(hub, tmp_path, revision=FIRST, local_dir=tmp_path / "here" if place != "cache" else None)
            assert time.monotonic() - before < 5
        finally:
            ended.set()
    assert not list(tmp_path.rglob("models--o--n/**/*.incomplete"))
