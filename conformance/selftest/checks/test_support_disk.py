"""Whatever a port leaves on disk, or does not, the functions by which cases look at it end in a finding."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.checks.support import Disk, twice
from conformance.checks.support_disk import (
    children,
    damage,
    holds,
    is_same,
    read,
    remove,
    remove_folder,
    require_finite,
    text,
)
from conformance.verdict.outcome import CheckFailed, Inconclusive


def _nothing(path: Path) -> None:
    pass


def _link_to_nothing(path: Path) -> None:
    path.symlink_to("gone")


def _link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _link_to_a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _larger_than_memory(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 43)


ODD = [_nothing, Path.mkdir, _link_to_nothing, _link_to_itself, _pipe, _link_to_a_device, _larger_than_memory]


@pytest.mark.parametrize("make", ODD)
def test_what_is_no_file_is_a_finding(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "file"
    make(path)
    with pytest.raises(CheckFailed) as failed:
        read(path, "no-blob")
    assert failed.value.finding.code == "no-blob"
    assert not holds(path, b"")
    assert not is_same(path, tmp_path / "other")


def test_a_file_in_place_of_a_folder_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CheckFailed) as failed:
        children(tmp_path / "file")
    assert failed.value.finding.code == "no-folder"


def test_bytes_that_are_no_text_are_a_finding(tmp_path: Path) -> None:
    (tmp_path / "ref").write_bytes(b"\xff\xfe")
    with pytest.raises(CheckFailed):
        text(tmp_path / "ref")


@pytest.mark.parametrize("change", [lambda path: damage(path / "x", b""), remove, remove_folder])
def test_what_cannot_be_changed_is_inconclusive(tmp_path: Path, change: Callable[[Path], None]) -> None:
    with pytest.raises(Inconclusive):
        change(tmp_path / "no" / "file")


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([range(10)], False),
        ([range(5, 10), range(5)], False),
        ([range(6), range(5, 10)], True),
        ([range(10), range(10)], True),
        ([range(10), range(3, 3)], False),
    ],
)
def test_bytes_that_were_sent_twice_are_seen(parts: list[range], expected: bool) -> None:
    assert twice(parts) is expected


@pytest.mark.parametrize("make", [_pipe, _link_to_a_device, _larger_than_memory])
def test_the_cache_is_described_whatever_lies_in_it(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """No pipe is waited for, no device read, and nothing read that is larger than memory."""
    make(tmp_path / "odd")
    told = Disk(tmp_path).files(tmp_path)["odd"]
    assert told == "link → /dev/zero" or told.startswith("unreadable: ")


def test_a_pipe_is_not_written_to(tmp_path: Path) -> None:
    """Writing would wait for its reader."""
    _pipe(tmp_path / "file")
    with pytest.raises(Inconclusive):
        damage(tmp_path / "file", b"x")


def test_a_file_may_be_read_whole(tmp_path: Path) -> None:
    """What a download returned is looked at before it is read; an empty file is as good as any."""
    (tmp_path / "empty").touch()
    require_finite(tmp_path / "empty")
    _larger_than_memory(tmp_path / "large")
    for path in (tmp_path / "large", Path("/proc/self/environ")):
        with pytest.raises(CheckFailed):
            require_finite(path)
