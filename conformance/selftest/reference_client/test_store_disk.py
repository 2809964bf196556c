"""The store and its index when the disk isn't as they left it."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.selftest.reference_client.conftest import GSM8K, TRAIN, Hub
from conformance.selftest.reference_client.stores import bodies, contents
from reference_client.datasets.store import DatasetConfig, DownloadedDataset, Store, StoreError
from reference_client.datasets.store.place import Place

CONFIG = DatasetConfig(GSM8K, file_pattern="main/*")


@pytest.fixture
def dataset(hub: Hub, store: Store) -> DownloadedDataset:
    dataset = store.download(CONFIG)
    hub.requests()
    return dataset


def set_aside(store: Store) -> list[str]:
    return sorted(path.name for path in store.root.glob("index.json.corrupt-*"))


def tamper(store: Store, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the only entry of the index and of the notes."""
    index = store.root / "index.json"
    said = json.loads(index.read_text())
    change(said["datasets"][0])
    index.write_text(json.dumps(said))
    for note in store.root.rglob("entry.json"):
        note.write_text(json.dumps(said["datasets"][0]))


def test_the_index_says_what_there_is_in_plain_json(store: Store, dataset: DownloadedDataset) -> None:
    """With paths below the root, so that the store can be moved."""
    (entry,) = json.loads((store.root / "index.json").read_text())["datasets"]
    assert entry["local_path"] == GSM8K
    assert [(file["path"], file["size"], file["sha256"]) for file in entry["files"]] == [
        (file.path, file.size, file.sha256) for file in dataset.files
    ]
    for name in ("repo", "revision", "commit_hash", "total_bytes", "downloaded_at"):
        assert entry[name] == getattr(dataset, name)
    assert entry["patterns"] == list(dataset.patterns)

    moved = shutil.move(store.root, store.root.with_name("moved"))
    assert Store(moved).get_local_path(GSM8K) == Path(moved) / GSM8K


def test_an_empty_store_has_nothing_and_looking_writes_nothing(store: Store) -> None:
    """Nor is it an error to delete what isn't there."""
    assert store.list_downloaded() == []
    assert not store.is_downloaded(GSM8K)
    assert store.get_local_path(GSM8K) is None
    assert store.delete(GSM8K) is False
    assert not store.root.exists()


@pytest.mark.parametrize("lost", ["removed", "cut", "changed", "a folder", "a link"])
def test_files_that_vanished_or_changed_are_noticed_and_fetched_again(
    hub: Hub, store: Store, dataset: DownloadedDataset, lost: str
) -> None:
    """Only they are."""
    file = dataset.local_path / TRAIN
    data = file.read_bytes()
    file.unlink()
    if lost == "cut":
        file.write_bytes(data[:-1])
    elif lost == "changed":
        file.write_bytes(data[:-1] + b"?")
    elif lost == "a folder":
        file.mkdir()
        file.rmdir()
    elif lost == "a link":
        elsewhere = store.root.parent / "elsewhere"
        elsewhere.write_bytes(data)
        file.symlink_to(elsewhere)

    assert not store.is_downloaded(GSM8K)
    assert store.get_local_path(GSM8K) is None
    assert [known.complete for known in store.list_downloaded()] == [False]
    store.download(CONFIG)
    assert bodies(hub) == [Path(TRAIN).name]
    assert file.read_bytes() == data
    assert not file.is_symlink()


def test_a_copy_with_other_times_is_hashed_once_and_not_fetched(
    hub: Hub, store: Store, dataset: DownloadedDataset
) -> None:
    """A time that changed makes unsure, no more; the download notes the new one."""
    os.utime(dataset.local_path / TRAIN, (1, 1))
    assert store.is_downloaded(GSM8K)
    assert store.download(CONFIG) == dataset
    assert bodies(hub) == []
    (entry,) = json.loads((store.root / "index.json").read_text())["datasets"]
    assert {file["path"]: file["mtime_ns"] for file in entry["files"]}[TRAIN] == 1_000_000_000


def test_a_change_that_hides_is_found_when_asked_to_verify(hub: Hub, store: Store, dataset: DownloadedDataset) -> None:
    """Same size, same time, another byte."""
    file = dataset.local_path / TRAIN
    data, time = file.read_bytes(), file.stat().st_mtime_ns
    file.write_bytes(b"X" + data[1:])
    os.utime(file, ns=(time, time))
    assert store.is_downloaded(GSM8K)
    store.download(CONFIG, verify=True)
    assert file.read_bytes() == data


@pytest.mark.parametrize(
    "text",
    [
        *(b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"format_version": 1}'),
        b'{"format_version": 1, "datasets": {}}',
        b'{"format_version": 1, "datasets": ""}',
        *(b'{"format_version": %s, "datasets": []}' % version for version in (b"true", b"1.0", b"0", b'"1"', b"null")),
    ],
)
def test_a_corrupt_index_is_set_aside_and_made_anew(
    hub: Hub, store: Store, dataset: DownloadedDataset, text: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """From the notes: nothing is lost, nothing is fetched, and the next one gets a name of its own."""
    for number in (1, 2):
        (store.root / "index.json").write_bytes(text)
        assert store.list_downloaded() == [dataset]
        assert (store.root / f"index.json.corrupt-{number}").read_bytes() == text
    assert "rebuilt" in caplog.text
    assert store.download(CONFIG) == dataset
    assert bodies(hub) == []


@pytest.mark.parametrize("below", ["", "x"])
def test_a_file_in_place_of_the_store(tmp_path: Path, below: str) -> None:
    """One error that names it; it was an error about a lock file."""
    file = tmp_path / "file"
    file.write_text("precious")
    for call in (Store(file / below).list_downloaded, lambda: Store(file / below).is_downloaded(GSM8K)):
        with pytest.raises(StoreError, match=rf"^{file} is no folder"):
            call()


def test_without_any_notes_the_files_are_recognized(hub: Hub, store: Store, dataset: DownloadedDataset) -> None:
    """By their digests: the index is complete again without a body."""
    (store.root / "index.json").unlink()
    shutil.rmtree(store.root / ".hub-reference")
    assert store.list_downloaded() == []
    again = store.download(CONFIG)
    assert again.files == dataset.files
    assert bodies(hub) == []


def test_an_index_of_a_newer_version_is_left_alone(store: Store, dataset: DownloadedDataset) -> None:
    """It isn't corrupt."""
    index = store.root / "index.json"
    index.write_text('{"format_version": 2, "datasets": "?"}')
    with pytest.raises(StoreError, match="newer version"):
        store.list_downloaded()
    assert set_aside(store) == []


def outward(entry: dict[str, Any]) -> None:
    entry["files"][0]["path"] = "../../../victim/file.txt"


@pytest.mark.parametrize(
    "change",
    [
        outward,
        lambda entry: entry.update(local_path="../victim"),
        lambda entry: entry.update(local_path="victim"),
        lambda entry: entry.update(repo="../victim"),
        lambda entry: entry.update(revision="../../victim"),
        lambda entry: entry.update(obsolete=["../../../victim/file.txt"]),
        lambda entry: entry.update(commit_hash=None),
        lambda entry: entry.update(files=[{"path": 7}]),
        lambda entry: entry["files"][0].update(size=-1),
        lambda entry: entry["files"][0].update(etag="../x"),
    ],
)
def test_an_index_that_points_elsewhere_is_not_followed(
    store: Store, dataset: DownloadedDataset, tmp_path: Path, change: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor are notes. They are ignored with a warning, nothing elsewhere is touched, and a download mends it all."""
    victim = tmp_path / "victim" / "file.txt"
    victim.parent.mkdir()
    victim.write_text("precious")
    tamper(store, change)

    assert store.delete(GSM8K) is False

    assert victim.read_text() == "precious"
    assert set_aside(store) == ["index.json.corrupt-1"]
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    assert store.download(CONFIG).files == dataset.files
    assert store.is_downloaded(GSM8K)


@pytest.mark.parametrize("linked", ["openai", "openai/gsm8k", "openai/gsm8k/main", ".hub-reference/datasets/openai"])
def test_symbolic_links_out_of_the_store_are_not_followed(
    store: Store, dataset: DownloadedDataset, tmp_path: Path, linked: str
) -> None:
    """Neither for reading nor for writing nor for deleting, whichever folder was replaced by one."""
    victim = tmp_path / "victim"
    shutil.move(store.root / linked, victim)
    (store.root / linked).symlink_to(victim)
    before = contents(victim)

    with pytest.raises(StoreError, match="symbolic link"):
        store.download(DatasetConfig(GSM8K, file_pattern=["main/*", "*.md"]))
    with contextlib.suppress(StoreError):
        store.delete(GSM8K)

    assert contents(victim) == before


def test_delete_removes_what_was_downloaded_and_nothing_else(store: Store, dataset: DownloadedDataset) -> None:
    """All revisions, or one; the user's own files stay, and empty folders go, the owner's too."""
    of_commit = store.download(DatasetConfig(GSM8K, revision=dataset.commit_hash, file_pattern="*.md"))
    mine = of_commit.local_path / "mine.txt"
    mine.touch()

    assert store.delete(GSM8K, revision="main") is True
    assert not dataset.local_path.exists()
    assert store.list_downloaded() == [of_commit]

    assert store.delete(GSM8K) is True
    assert [path for path in (store.root / "openai").rglob("*") if path.is_file()] == [mine]
    assert store.list_downloaded() == []
    assert store.delete(GSM8K) is False


def test_delete_of_a_folder_that_is_gone_is_fine(store: Store, dataset: DownloadedDataset) -> None:
    """The entry goes, too."""
    shutil.rmtree(store.root / "openai")
    assert store.delete(GSM8K) is True
    assert store.list_downloaded() == []
    assert not (store.root / "openai").exists()


def test_delete_removes_what_a_broken_download_left(hub: Hub, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole files and half ones."""
    monkeypatch.setattr("reference_client.datasets.store.download.verified", _fails)
    with pytest.raises(StoreError):
        store.download(CONFIG)
    assert [path for path in store.root.rglob("*") if path.stat().st_size > 10_000]
    assert store.delete(GSM8K) is True
    assert not [path for path in store.root.rglob("*") if path.stat().st_size > 10_000]


def _fails(*arguments: object) -> None:
    raise OSError("broken")


def test_repositories_do_not_wait_for_each_other(store: Store) -> None:
    """A download goes on while another repository's place is locked."""
    with Place.of(store.root, "allenai/tulu-3-sft-mixture", "dataset", "main").lock():
        assert store.download(CONFIG).complete


def test_types_of_repositories_are_kept_apart(hub: Hub, store: Store, dataset: DownloadedDataset) -> None:
    """A model can have a dataset's name."""
    model = store.download(DatasetConfig("conformance/tiny-model", repo_type="model", file_pattern="*.json"))
    assert model.local_path == store.root / "models--conformance" / "tiny-model"
    assert not store.is_downloaded("conformance/tiny-model")
    assert store.is_downloaded("conformance/tiny-model", repo_type="model")


@pytest.mark.parametrize("kind", ["folder", "file", "pipe"])
def test_what_is_in_the_way_is_named(store: Store, kind: str) -> None:
    """It is the user's own, so it stays; the message says what to do about it."""
    folder = store.root / "openai" / "gsm8k"
    folder.mkdir(parents=True)
    place = folder / ("README.md" if kind == "folder" else "main")
    if kind == "folder":
        (place / "mine").mkdir(parents=True)
    elif kind == "file":
        place.write_text("mine")
    else:
        os.mkfifo(place)
    for _ in range(2):
        with pytest.raises(StoreError, match=f"something else is at {place} .*Remove or rename it"):
            store.download(DatasetConfig(GSM8K, file_pattern="**"))
    assert place.exists()
    shutil.rmtree(place) if kind == "folder" else place.unlink()
    assert store.download(DatasetConfig(GSM8K, file_pattern="**")).complete
