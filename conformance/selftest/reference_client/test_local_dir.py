"""`local_dir`: names that notes have to give way to, and what other commits have left."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest

from conformance.selftest.reference_client.raw_server import RawServer
from conformance.selftest.reference_client.test_disk_and_hub import FIRST, SECOND, SmallHub, bare, get, snapshot
from reference_client import errors, local_dir

__all__ = ["bare"]  # a fixture that every test here has, too


@pytest.mark.parametrize("name", ["a" * 246, "a" * 247, "a" * 250, "a" * 255, "é" * 127, "folder/" + "b" * 255])
def test_a_long_name(tmp_path: Path, name: str) -> None:
    """What a file system takes as a file's name has room for its note, which is read again."""
    with RawServer(SmallHub({FIRST: {name: b"1"}})) as hub:
        for _ in range(2):
            assert get(hub, name, tmp_path, local_dir=tmp_path / "here").read_bytes() == b"1"
        assert len([head for head in hub.heads if head.startswith("GET")]) == 1


def test_notes_have_the_official_names(tmp_path: Path) -> None:
    """A note's name follows from the file's, as `huggingface_hub` has it, as long as that is possible."""
    name = "folder/" + "a" * 246
    with RawServer(SmallHub({FIRST: {name: b"1"}})) as hub:
        get(hub, name, tmp_path, local_dir=tmp_path / "here")
    assert (tmp_path / "here" / ".cache" / "huggingface" / "download" / f"{name}.metadata").is_file()


@pytest.mark.parametrize("suffix", [".metadata", ".lock", ".soft", ".METADATA"])
def test_a_folder_with_the_name_of_a_note(tmp_path: Path, suffix: str) -> None:
    """Both files arrive, in either order."""
    files = {"a": b"1", f"a{suffix}/x": b"2", f"a{suffix}/y{suffix}/z": b"3"}
    with RawServer(SmallHub({FIRST: files})) as hub:
        for folder, names in (("here", list(files)), ("there", list(files)[::-1])):
            for name in names:
                get(hub, name, tmp_path, local_dir=tmp_path / folder)
            snapshot(hub, tmp_path, local_dir=tmp_path / folder)
            assert {name: (tmp_path / folder / name).read_bytes() for name in files} == files


def test_a_file_that_becomes_a_folder(tmp_path: Path) -> None:
    """A file that another commit brought, and nobody has changed, gives way. One of the user's does not."""
    here = tmp_path / "here"
    with RawServer(SmallHub({FIRST: {"a": b"1"}, SECOND: {"a/x/y": b"2"}})) as hub:
        get(hub, "a", tmp_path, local_dir=here, revision=FIRST)
        assert get(hub, "a/x/y", tmp_path, local_dir=here, revision=SECOND).read_bytes() == b"2"
        other = tmp_path / "other"
        other.mkdir()
        (other / "a").write_text("mine")
        with pytest.raises(OSError, match=r"a' is a file, and has to become a folder for '.*a/x/y'.*Remove it"):
            get(hub, "a/x/y", tmp_path, local_dir=other, revision=SECOND)
        assert (other / "a").read_text() == "mine"


def test_a_folder_that_becomes_a_file(tmp_path: Path) -> None:
    """The folder may hold what is the user's: it stays, and the error says what to do."""
    here = tmp_path / "here"
    with RawServer(SmallHub({FIRST: {"a/x": b"1"}, SECOND: {"a": b"2"}})) as hub:
        get(hub, "a/x", tmp_path, local_dir=here, revision=FIRST)
        with pytest.raises(OSError, match=r"a' is a folder, and has to become a file\. Remove it"):
            get(hub, "a", tmp_path, local_dir=here, revision=SECOND)
    assert (here / "a" / "x").read_bytes() == b"1"


def test_a_part_of_the_folder_on_another_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is copied beside its place and gets its name at once."""
    here, rename = tmp_path / "here", Path.replace

    def within_a_file_system(path: Path, target: Any) -> Path:
        if (".cache" in path.parts) != (".cache" in Path(target).parts):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(path, target)

    monkeypatch.setattr(Path, "replace", within_a_file_system)
    with RawServer(SmallHub({FIRST: {"main/x": b"1"}})) as hub:
        get(hub, "main/x", tmp_path, local_dir=here)
        assert get(hub, "main/x", tmp_path, local_dir=here).read_bytes() == b"1"
    assert [path.name for path in (here / "main").iterdir()] == ["x"]
    assert not list(here.rglob("*.tmp"))


@pytest.mark.parametrize("kind", ["folder", "full disk"])
def test_a_note_that_cannot_be_written_costs_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """It is a hint. The old one must not stay: it describes another content."""
    here, name = tmp_path / "here", "a"
    note = here / ".cache" / "huggingface" / "download" / "a.metadata"
    old, new = FIRST, SECOND
    with RawServer(SmallHub({old: {name: b"old"}, new: {name: b"new"}})) as hub:
        if kind == "folder":  # as huggingface_hub leaves it, for a file `a.metadata/x`
            note.mkdir(parents=True)
            (note / "x.metadata").write_text("a note")
        else:
            assert get(hub, name, tmp_path, local_dir=here, revision=old).read_bytes() == b"old"

            def full(path: Path, text: str) -> None:
                raise OSError(errno.ENOSPC, "No space left on device", str(path))

            monkeypatch.setattr(local_dir, "write", full)
        assert get(hub, name, tmp_path, local_dir=here, revision=new).read_bytes() == b"new"
        assert kind == "folder" or not note.exists()
        assert get(hub, name, tmp_path, local_dir=here, revision=old).read_bytes() == b"old"


@pytest.mark.parametrize("made", [False, True])
def test_looking_into_a_folder_writes_nothing(tmp_path: Path, made: bool) -> None:
    """It may be another user's. A file that is there is found, and one that the Hub lacks is missing."""
    here = tmp_path / "here"
    with RawServer(SmallHub({FIRST: {"a": b"1"}})) as hub:
        if made:
            here.mkdir()
            (here / "mine").write_bytes(b"2")
            assert get(hub, "mine", tmp_path, local_dir=here, local_files_only=True) == here / "mine"
        for name, options in (("x/y", {}), ("a", {"local_files_only": True})):
            with pytest.raises(errors.EntryNotFoundError):
                get(hub, name, tmp_path, local_dir=here, **options)
        assert [path.name for path in here.rglob("*")] == ["mine"] * made
        assert get(hub, "a", tmp_path, local_dir=here).read_bytes() == b"1"
        assert (here / ".cache" / "huggingface" / ".gitignore").read_text() == "*"


@pytest.mark.parametrize("written", ["4000000000", "inf", "1e400", "nan"])
def test_a_note_of_the_future_is_not_believed(tmp_path: Path, written: str) -> None:
    """The clock was wrong then, so the time says nothing of what was changed since."""
    here = tmp_path / "here"
    with RawServer(SmallHub({FIRST: {"a": b"right"}})) as hub:
        get(hub, "a", tmp_path / "c", local_dir=here, revision=FIRST)
        note = here / ".cache" / "huggingface" / "download" / "a.metadata"
        note.write_text("\n".join([*note.read_text().splitlines()[:2], written, ""]))
        (here / "a").write_bytes(b"other")
        for _ in range(2):
            found = get(hub, "a", tmp_path / "empty", local_dir=here, revision=FIRST)
            assert found.read_bytes() == b"right"
        assert len([head for head in hub.heads if head.startswith("GET")]) == 2


def test_a_folder_without_a_listing_is_used_by_its_notes(tmp_path: Path) -> None:
    """huggingface_hub 0.36 keeps no listing, and nobody does for a single file. Its own cache may be elsewhere."""
    here = tmp_path / "here"
    with RawServer(SmallHub({FIRST: {"a": b"1", "b": b"2"}})) as hub:
        get(hub, "a", tmp_path / "c", local_dir=here)
        assert snapshot(hub, tmp_path / "empty", local_dir=here, local_files_only=True) == str(here)
        note = here / ".cache" / "huggingface" / "download" / "a.metadata"
        for kind in (b"\xff\xfe", b"main\n1\n1\n"):
            note.write_bytes(kind)
            with pytest.raises(errors.LocalEntryNotFoundError):
                snapshot(hub, tmp_path / "empty", local_dir=here, local_files_only=True)
