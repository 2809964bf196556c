"""Names of files that are not usual: what a disk can hold arrives, all else ends in the documented error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.selftest.reference_client.raw_server import RawServer
from conformance.selftest.reference_client.test_disk_and_hub import FIRST, SmallHub, bare, get, snapshot
from reference_client import HfApi
from reference_client.datasets.store import DatasetConfig, Store, StoreError
from reference_client.errors import LocalEntryNotFoundError, RemoteEntryNotFoundError

__all__ = ["bare"]  # a fixture that every test here has, too


@pytest.mark.parametrize("name", ["a:b", "a:", "d/C:x", "d/C:", "a:/b"])
def test_a_drive_in_a_name(tmp_path: Path, name: str) -> None:
    """A listing shows it. It is not fetched, on any system, and costs only what it is asked for with."""
    with RawServer(SmallHub({FIRST: {name: b"1", "other": b"2"}})) as hub:
        assert sorted(HfApi(hub.url, False).list_repo_files("o/n", revision=FIRST)) == sorted([name, "other"])
        assert HfApi(hub.url, False).file_exists("o/n", name)
        for here in (None, tmp_path / "here"):
            with pytest.raises(ValueError, match="Invalid filename"):
                get(hub, name, tmp_path, local_dir=here)
            with pytest.raises(LocalEntryNotFoundError, match="Invalid filename"):
                snapshot(hub, tmp_path, local_dir=here)
            for options in ({"allow_patterns": "other"}, {"ignore_patterns": "*:*"}):
                folder = Path(snapshot(hub, tmp_path, local_dir=here, **options))
                assert (folder / "other").read_bytes() == b"2"
        store = Store(tmp_path / "store", endpoint=hub.url)
        with pytest.raises(StoreError, match=r"Invalid filename.*by a pattern"):
            store.download(DatasetConfig("o/n", FIRST, file_pattern="**"))
        where = store.download(DatasetConfig("o/n", FIRST, file_pattern="oth*")).local_path
        assert (where / "other").read_bytes() == b"2"
    assert not [path for path in tmp_path.rglob("*") if ":" in path.name]


@pytest.mark.parametrize("name", ["12:30.csv", "ab:c", "x/ab:c"])
def test_a_colon_that_is_no_drive(tmp_path: Path, name: str) -> None:
    """A drive has one letter."""
    with RawServer(SmallHub({FIRST: {name: b"1"}})) as hub:
        folder = Path(snapshot(hub, tmp_path))
    assert (folder / name).read_bytes() == b"1"


@pytest.mark.parametrize("names", [["a", "a/b"], ["a/b", "a"], ["a/b/c", "a"], ["x/a/b/c", "x/a", "z"]])
@pytest.mark.parametrize("place", ["cache", "local_dir"])
def test_a_file_that_is_a_folder_too(tmp_path: Path, names: list[str], place: str) -> None:
    """No commit can have both, so nothing is fetched, and the listing is not kept."""
    local_dir = tmp_path / "here" if place == "local_dir" else None
    with RawServer(SmallHub({FIRST: dict.fromkeys(names, b"1")})) as hub:
        with pytest.raises(LocalEntryNotFoundError, match=r"a' is a file, and the folder of '.*a/b"):
            snapshot(hub, tmp_path, local_dir=local_dir)
        assert not [head for head in hub.heads if "/resolve/" in head]
    assert not list(tmp_path.rglob("trees"))


def test_a_kept_listing_with_a_file_that_is_a_folder_too(tmp_path: Path) -> None:
    """It is not believed, and the Hub is asked again."""
    with RawServer(SmallHub({FIRST: {"a": b"1"}})) as hub:
        folder = snapshot(hub, tmp_path)
        kept = Path(folder).parent.parent / "trees" / f"{FIRST}.json"
        listing = json.loads(kept.read_text())
        listing["files"]["a/b"] = listing["files"]["a"]
        kept.write_text(json.dumps(listing))
        assert snapshot(hub, tmp_path) == folder
    assert "a/b" not in kept.read_text()


@pytest.mark.parametrize("name", ["x" * 300 + "/b", "y/" + "é" * 128 + "/b", "x" * 300 + ".lock/b"])
def test_a_folder_that_no_disk_can_have(tmp_path: Path, name: str) -> None:
    """The Hub knows whether there is such a file. If there is, the disk says what is wrong with its own name."""
    with RawServer(SmallHub({FIRST: {"a": b"1"}})) as hub, pytest.raises(RemoteEntryNotFoundError):
        get(hub, name, tmp_path, local_dir=tmp_path / "here")
    with RawServer(SmallHub({FIRST: {name: b"1"}})) as hub, pytest.raises(OSError, match="too long") as caught:
        get(hub, name, tmp_path, local_dir=tmp_path / "here")
    assert ".cache" not in str(caught.value.filename)


@pytest.mark.parametrize("name", ["x" * 255 + "/b", "é" * 127 + "/b"])
def test_a_folder_of_the_longest_name(tmp_path: Path, name: str) -> None:
    """Its notes are in a folder of the same name, as `huggingface_hub` has it."""
    here = tmp_path / "here"
    with RawServer(SmallHub({FIRST: {name: b"1"}})) as hub:
        assert get(hub, name, tmp_path, local_dir=here).read_bytes() == b"1"
    assert (here / ".cache" / "huggingface" / "download" / f"{name}.metadata").is_file()
