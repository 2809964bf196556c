"""Whatever a port leaves in a temporary folder, the folder is removed and the run goes on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from conformance.ports.drivers.scratch import Scratch


def _deep(folder: Path) -> None:
    """Folders in each other, deeper than Python's stack and than the longest path."""
    here = os.open(folder, os.O_RDONLY)
    for _ in range(2500):
        os.mkdir("d", dir_fd=here)
        inner = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)


def _shut(folder: Path) -> None:
    (folder / "shut" / "inner").mkdir(parents=True)
    (folder / "shut" / "inner" / "file").touch()
    (folder / "shut" / "inner").chmod(0)
    (folder / "shut").chmod(0)


def _odd(folder: Path) -> None:
    (folder / "up").symlink_to("..")
    (folder / "loop").symlink_to("loop")
    os.mkfifo(folder / "pipe")
    (Path(os.fsdecode(b"%s/\xff\n" % os.fsencode(folder)))).touch()


@pytest.mark.parametrize("leave", [_deep, _shut, _odd])
def test_it_is_removed(leave: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With all in it, and nothing beside it."""
    (tmp_path / "beside").touch()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Scratch("hub-conformance-") as name:
        leave(Path(name))  # type: ignore[operator]
    assert [path.name for path in tmp_path.iterdir()] == ["beside"]


def test_what_cannot_be_removed_costs_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A process that was not found may still write there."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    scratch = Scratch("hub-conformance-")
    (Path(scratch.name) / "file").touch()

    def refused(*_: object, **__: object) -> None:
        raise OSError("busy")

    for name in ("unlink", "rmdir", "rename"):
        monkeypatch.setattr(os, name, refused)
    scratch.cleanup()
    monkeypatch.undo()
    scratch.cleanup()
