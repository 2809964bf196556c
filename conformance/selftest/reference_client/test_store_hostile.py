"""A store whose index, notes or folders somebody has damaged: each command goes on, and the store heals."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.hub.repository import Commit, Repository, utc
from conformance.selftest.reference_client.conftest import GSM8K, TRAIN, Hub
from conformance.selftest.reference_client.stores import bodies
from reference_client.datasets.store import DatasetConfig, Store, StoreError, StoreUsageError
from reference_client.datasets.store.place import Place
from reference_client.limits import PATTERN_BYTES

CONFIG = DatasetConfig(GSM8K, file_pattern="main/*")
NOTE = f".hub-reference/datasets/{GSM8K}/entry.json"
ARRIVING = f".hub-reference/datasets/{GSM8K}/arriving"


@pytest.fixture
def root(hub: Hub, store: Store) -> Path:
    store.download(CONFIG)
    hub.requests()
    return store.root


def _first_file(**changed: Any) -> Callable[[dict[str, Any]], None]:
    return lambda entry: entry["files"][0].update(changed)


def _field(**changed: Any) -> Callable[[dict[str, Any]], None]:
    return lambda entry: entry.update(changed)


def _tamper(file: Path, change: Callable[[dict[str, Any]], None]) -> None:
    said = json.loads(file.read_text())
    change(said["datasets"][0] if "datasets" in said else said)
    file.write_text(json.dumps(said))


ONES: dict[str, list[Any]] = {
    "revision": [5, None, ["main"], {}],
    "repo": [5, None, [GSM8K]],
    "repo_type": [5, None, []],
    "obsolete": [[5], [None], "abc", {"a": 1}, ["\ud800"], 5],
    "patterns": [[5], "abc", None],
    "files": [{}, "abc", [5], None],
    "commit_hash": [5, None, "main"],
    "downloaded_at": [5, None, "now"],
}
PATHS: list[Any] = [5, None, ["a"], "\ud800", "../a", "d/" * 300 + "a"]
WRONG = [
    *(_field(**{name: value}) for name, values in ONES.items() for value in values),
    *(_first_file(path=value) for value in PATHS),
]


@pytest.mark.parametrize("change", WRONG)
@pytest.mark.parametrize("note_too", [False, True])
def test_fields_of_a_wrong_type(hub: Hub, store: Store, root: Path, change: Any, note_too: bool) -> None:
    """The index is set aside and made anew from the notes; a note that can't be right is ignored."""
    _tamper(root / "index.json", change)
    if note_too:
        _tamper(root / NOTE, change)
    assert [found.complete for found in store.list_downloaded()] == ([] if note_too else [True])
    assert (root / "index.json.corrupt-1").is_file()
    assert store.download(CONFIG).complete
    assert bodies(hub) == []
    assert store.delete(GSM8K)
    assert not (root / GSM8K).exists()


@pytest.mark.parametrize("change", [_first_file(path="x" * 300), _field(obsolete=["x" * 300, "d/" + "x" * 300])])
def test_names_that_no_disk_can_hold(hub: Hub, store: Store, root: Path, change: Any) -> None:
    """Such a file isn't there, and everything goes on."""
    for file in ("index.json", NOTE):
        _tamper(root / file, change)
    store.list_downloaded()
    assert store.download(CONFIG).complete
    for file in ("index.json", NOTE):
        _tamper(root / file, change)
    assert store.delete(GSM8K)
    assert store.list_downloaded() == []


def test_folders_where_files_were_on_their_way(hub: Hub, store: Store, root: Path) -> None:
    (root / ARRIVING / "x" / "y").mkdir(parents=True)
    (root / GSM8K / TRAIN).unlink()
    assert store.download(CONFIG).complete
    assert not (root / ARRIVING).exists()
    (root / ARRIVING / "x" / "y").mkdir(parents=True)
    assert store.delete(GSM8K)
    assert not (root / ARRIVING).exists()
    assert store.list_downloaded() == []


def test_a_folder_under_the_name_of_a_file_that_arrives(hub: Hub, store: Store, root: Path) -> None:
    """And a file in the place of the folder for what arrives."""
    (root / GSM8K / TRAIN).unlink()
    etag = next(file["etag"] for file in json.loads((root / NOTE).read_text())["files"] if file["path"] == TRAIN)
    place = Place.of(root, GSM8K, "dataset", "main")
    place.arrived(TRAIN, etag).mkdir(parents=True)
    (place.incomplete(TRAIN, etag) / "x").mkdir(parents=True)
    assert store.download(CONFIG).complete
    (root / GSM8K / TRAIN).unlink()
    (root / ARRIVING).write_text("")
    assert store.download(CONFIG).complete


@pytest.mark.parametrize("name", ["index.json", NOTE, "index.json.new"])
def test_a_folder_in_the_place_of_index_or_note(store: Store, root: Path, name: str) -> None:
    file = root / name
    file.unlink(missing_ok=True)
    (file / "x").mkdir(parents=True)
    store.list_downloaded()
    assert store.download(CONFIG).complete
    (root / GSM8K / TRAIN).unlink()
    assert store.download(CONFIG).complete
    assert store.delete(GSM8K)
    assert store.list_downloaded() == []


def test_a_folder_in_the_place_of_a_file_is_not_removed(store: Store, root: Path) -> None:
    """It is the user's; the rest goes."""
    (root / GSM8K / TRAIN).unlink()
    (root / GSM8K / TRAIN / "mine").mkdir(parents=True)
    assert store.delete(GSM8K)
    assert [path.name for path in (root / GSM8K).rglob("*") if not any(path.iterdir())] == ["mine"]


def test_a_deletion_that_was_broken_off_is_completed(store: Store, root: Path) -> None:
    shutil.rmtree(root / GSM8K / "main")
    (root / NOTE).unlink()
    assert store.delete(GSM8K)
    assert store.list_downloaded() == []


@pytest.mark.parametrize("folder", ["loop", "~there-is-no-such-user/x"])
def test_a_root_that_there_cannot_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("loop").symlink_to("loop")
    with pytest.raises(OSError, match=r"There is no folder|[Ss]ymlink loop"):
        Store(folder)


def test_the_lock_follows_no_link(store: Store, root: Path) -> None:
    lock = root / ".hub-reference" / "index.lock"
    lock.unlink()
    lock.symlink_to(root / "made")
    (root / GSM8K / TRAIN).unlink()
    with pytest.raises(OSError, match="symbolic link"):
        store.download(CONFIG)
    assert not (root / "made").exists()


@pytest.mark.parametrize("owner", ["index.json", "INDEX.JSON", "index.json.new", "index.json.corrupt-1"])
def test_a_repository_called_like_the_index(hub: Hub, store: Store, owner: str) -> None:
    with pytest.raises(StoreUsageError, match="index"):
        store.download(DatasetConfig(f"{owner}/n"))
    assert hub.requests() == []


def test_a_path_to_the_letter_means_that_file(tmp_path: Path) -> None:
    """Whatever its signs would mean in a glob."""
    paths = ["data/train[1].csv", "data/a*.csv", "data/ab.csv", "data/b?.csv", "data/train1.csv"]
    commit = Commit.of(dict.fromkeys(paths, b"a\n1\n"), title="initial commit", date=utc("2026-10-01T08:00:00"))
    with Hub([Repository("o/n", {"main": commit})]) as hub:
        for path in (paths[0], paths[1], paths[3]):
            store = Store(tmp_path / str(paths.index(path)), endpoint=hub.endpoint)
            found = store.download(DatasetConfig("o/n", file_pattern=path))
            assert [file.path for file in found.files] == [path]


def test_a_pattern_has_a_length() -> None:
    DatasetConfig("o/n", file_pattern="é" * (PATTERN_BYTES // 2)).patterns()
    with pytest.raises(StoreUsageError, match="PATTERN_BYTES = 4096"):
        DatasetConfig("o/n", file_pattern="é" * (PATTERN_BYTES // 2) + "a").patterns()


@pytest.mark.parametrize("path", ["index.json", NOTE])
@pytest.mark.parametrize("kind", ["pipe", "circle", "folder", "large"])
def test_an_index_that_is_no_file(
    store: Store, root: Path, monkeypatch: pytest.MonkeyPatch, path: str, kind: str
) -> None:
    """It is made again, and nobody waits for the writer of a pipe."""
    (root / path).unlink()
    if kind == "pipe":
        os.mkfifo(root / path)
    elif kind == "circle":
        (root / path).symlink_to(Path(path).name)
    elif kind == "folder":
        (root / path).mkdir()
    else:
        monkeypatch.setattr("reference_client.datasets.store.index.KEPT_LISTING_BYTES", 10_000)
        (root / path).write_text(" " * 10_000 + "{}")
    assert [dataset.repo for dataset in store.list_downloaded()] == [GSM8K]
    assert store.download(CONFIG).complete
    assert stat.S_ISREG((root / "index.json").lstat().st_mode)
    assert store.delete(GSM8K)
    assert store.list_downloaded() == []


@pytest.mark.parametrize("folder", [GSM8K, f"{GSM8K}/main", "openai"])
def test_a_circle_of_links_in_the_store(store: Store, root: Path, folder: str) -> None:
    """It is an error of the store, as other links are, and listing and deleting go on."""
    shutil.rmtree(root / folder)
    (root / folder).symlink_to(Path(folder).name)
    assert [dataset.complete for dataset in store.list_downloaded()] == [False]
    with pytest.raises(StoreError, match="symbolic link"):
        store.download(CONFIG)
    assert store.delete(GSM8K)
    assert store.list_downloaded() == []
