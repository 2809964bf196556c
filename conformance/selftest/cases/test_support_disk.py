"""Whatever a port leaves on disk, or does not, the functions by which cases look at it end in a finding."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.cases.support import twice
from conformance.cases.support_disk import children, damage, holds, is_same, read, remove, remove_folder, text
from conformance.verdict.outcome import CheckFailed, Inconclusive


def _nothing(path: Path) -> None:
    pass


def _link_to_nothing(path: Path) -> None:
    path.symlink_to("gone")


def _link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


ODD = [_nothing, Path.mkdir, _link_to_nothing, _link_to_itself]


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
