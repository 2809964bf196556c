"""Locks hold off whoever takes them in the same way, and that is filelock, too."""

from __future__ import annotations

import errno
import logging
import os
import threading
from pathlib import Path

import filelock
import pytest

from reference_client import locks
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
    """A file that was removed before it was locked is made again, with its folder: others would lock another one."""
    import fcntl

    path, flock = tmp_path / ".locks" / "etag.lock", fcntl.flock
    calls: list[int] = []

    def remove_first(descriptor: int, operation: int) -> None:
        if not calls:
            path.unlink()
            path.parent.rmdir()
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


def test_a_group_may_lock(tmp_path: Path) -> None:
    """A lock file has the mode of the other files that users share: the umask decides."""
    before = os.umask(0o002)
    try:
        with lock(tmp_path / "etag.lock"):
            pass
    finally:
        os.umask(before)
    assert (tmp_path / "etag.lock").stat().st_mode & 0o777 == 0o664


def test_a_lock_file_that_may_only_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another user made it with a stricter umask. It can be locked nevertheless."""
    path, opened = tmp_path / "etag.lock", os.open
    path.touch()

    def may_read(name: Path, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_RDWR:
            raise PermissionError(errno.EACCES, "Permission denied", str(name))
        return opened(name, flags, mode)

    monkeypatch.setattr(os, "open", may_read)
    with lock(path), pytest.raises(filelock.Timeout):
        monkeypatch.undo()
        filelock.FileLock(path).acquire(blocking=False)


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOLCK])
def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """A file that exists as long as the lock is held does instead, and holds others off."""
    import fcntl

    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", refuse)
    path, order = tmp_path / "etag.lock", []

    def wait() -> None:
        with lock(path):
            order.append("second")

    with lock(path):
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join(0.3)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]


def test_waiting_is_logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Who waits for long learns for what."""
    path = tmp_path / "etag.lock"
    monkeypatch.setattr(locks, "REPORT_EVERY", 0.1)

    def wait() -> None:
        with lock(path):
            pass

    with caplog.at_level(logging.WARNING), lock(path):
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join(0.5)
    thread.join(10)
    assert f"Waiting for {path}" in caplog.text


@pytest.mark.parametrize("made", [True, False])
def test_a_lock_in_a_folder_of_another_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: bool) -> None:
    """One that is there can be locked; that none can be made is no missing file, which would mean another thing."""
    path = tmp_path / "etag.lock"
    if made:
        path.touch()
    opens = os.open

    def open_(name: Path, flags: int, *mode: int) -> int:
        if flags & os.O_RDWR:
            raise PermissionError(errno.EACCES, "Permission denied", str(name))
        return opens(name, flags, *mode)

    monkeypatch.setattr(os, "open", open_)
    if made:
        with lock(path):
            pass
    else:
        with pytest.raises(PermissionError), lock(path):
            pass
