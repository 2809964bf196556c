"""Locks hold off whoever takes them in the same way, and that is filelock, too."""

from __future__ import annotations

import threading
from pathlib import Path

import filelock
import pytest

from reference_client.locks import lock


def test_a_lock_holds_off_filelock(tmp_path: Path) -> None:
    """Which `huggingface_hub` uses: while one holds the file, the other can't have it, and afterwards can."""
    path = tmp_path / "blobs" / "etag.lock"
    with lock(path), pytest.raises(filelock.Timeout):
        filelock.FileLock(path).acquire(blocking=False)
    with filelock.FileLock(path, blocking=False):
        pass


def test_filelock_holds_off_a_lock(tmp_path: Path) -> None:
    """Who waits has the lock when the other has ended it, though filelock removes the file at its end."""
    path, order = tmp_path / "etag.lock", []

    def wait() -> None:
        with lock(path):
            order.append("second")
            with pytest.raises(filelock.Timeout):
                filelock.FileLock(path).acquire(blocking=False)

    with filelock.FileLock(path):
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join(0.1)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]


def test_a_lock_on_a_removed_file_is_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that was removed before it was locked is made anew: nobody else can lock one without a name."""
    import fcntl

    path, flock = tmp_path / "etag.lock", fcntl.flock
    calls: list[int] = []

    def remove_first(descriptor: int, operation: int) -> None:
        if not calls:
            path.unlink()
        calls.append(descriptor)
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", remove_first)
    with lock(path):
        assert path.exists()
    assert len(calls) == 2


def test_a_lock_ends_with_an_error(tmp_path: Path) -> None:
    """As with any other end of what it was held for."""
    path = tmp_path / "etag.lock"
    with pytest.raises(KeyError), lock(path):
        raise KeyError
    with filelock.FileLock(path, blocking=False):
        pass
