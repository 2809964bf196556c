"""Downloading into the store: what arrives, what it costs, and what is told."""

from __future__ import annotations

import errno
import json
import os
import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.selftest.reference_client.conftest import GSM8K, TRAIN, Hub
from conformance.wire.exchange import Delivery, Request, Response, headers
from conformance.wire.identity import TOKENS
from reference_client.globs import matches
from reference_client.metadata import HfFileMetadata
from reference_client.session import Session
from reference_client.store import DatasetConfig, Store, StoreError, StoreUsageError
from reference_client.transfer import fetch

TEST = "main/test-00000-of-00001.parquet"


class Watcher:
    """A progress that remembers what it was told."""

    def __init__(self) -> None:
        self.total = (0, 0)
        self.present: dict[str, int] = {}
        self.fetched: dict[str, int] = {}
        self.complete: set[str] = set()

    def planned(self, files: int, size: int) -> None:
        self.total = (files, size)

    def started(self, path: str, size: int, present: int) -> None:
        self.present[path] = present
        self.fetched[path] = 0

    def advanced(self, path: str, count: int) -> None:
        self.fetched[path] += count

    def finished(self, path: str) -> None:
        self.complete.add(path)


@pytest.fixture
def store(hub: Hub, tmp_path: Path) -> Store:
    return Store(tmp_path / "store", endpoint=hub.endpoint)


def contents(folder: Path) -> dict[str, bytes]:
    """Path to bytes of all files of a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def bodies(hub: Hub) -> list[str]:
    """The names of files whose bodies were asked for since the last time, one for each request."""
    asked = [entry.request for entry in hub.requests()]
    return [
        request.path.rpartition("/")[2] for request in asked if request.origin == "hub" and "/resolve/" in request.path
    ]


def of(hub: Hub, *globs: str) -> dict[str, bytes]:
    """Path to bytes of the files that the Hub has for these globs."""
    files = hub.files(GSM8K)
    return {path: file.data for path, file in files.items() if any(matches(glob, path) for glob in globs)}


def cut(path: str, after: int) -> Callable[[Request, Response], Response]:
    """Break off the body of one file, and send nothing of the rest."""

    def meddle(request: Request, response: Response) -> Response:
        named = request.origin == "cdn" and path.rpartition("/")[2] in request.target
        stop = 0 if "range" in request.headers else after
        return replace(response, delivery=Delivery(stop_after=stop)) if named else response

    return meddle


def relist(change: Callable[[list[dict[str, object]]], object]) -> Callable[[Request, Response], Response]:
    """Change what the Hub lists."""

    def meddle(request: Request, response: Response) -> Response:
        if "/tree/" not in request.path:
            return response
        items = json.loads(response.body)
        change(items)
        body = json.dumps(items).encode()
        return replace(response, body=body).with_headers({"Content-Length": str(len(body))})

    return meddle


def test_the_default_pattern_brings_every_parquet_file(hub: Hub, store: Store) -> None:
    """Whole, at their paths in the repository, and described as they are."""
    dataset = store.download(DatasetConfig(GSM8K))

    assert dataset.local_path == store.root / "openai" / "gsm8k"
    expected = of(hub, "**/*.parquet")
    assert contents(dataset.local_path) == expected
    files = hub.files(GSM8K)
    assert [(file.path, file.size, file.sha256) for file in dataset.files] == [
        (path, len(expected[path]), files[path].sha256) for path in sorted(expected)
    ]
    assert dataset.total_bytes == sum(map(len, expected.values()))
    assert (dataset.repo, dataset.revision, dataset.patterns) == (GSM8K, "main", ("**/*.parquet",))
    assert dataset.commit_hash == hub.commits(GSM8K)[0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", dataset.downloaded_at)
    assert dataset.complete


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("**/*.parquet", "a.parquet", True),
        ("**/*.parquet", "a/b/c.parquet", True),
        ("*.parquet", "a/b.parquet", False),
        ("data/*.parquet", "data/a.parquet", True),
        ("data/*.parquet", "data/a/b.parquet", False),
        ("data/**", "data/a/b.parquet", True),
        ("data/**", "data", False),
        ("**", ".gitattributes", True),
        ("a/**/b/*.txt", "a/b/c.txt", True),
        ("a/**/b/*.txt", "a/x/y/b/c.txt", True),
        ("a/**/b/*.txt", "a/x/c.txt", False),
        ("train-?.parquet", "train-1.parquet", True),
        ("train?1", "train/1", False),
        ("train-[0-2]", "train-3", False),
        ("train-[!0-2]", "train-3", True),
        ("a[+-9]b", "a/b", False),
        ("[z-a]", "z", False),
        ("README.md", "README.md", True),
        ("README.md", "readme.md", False),
    ],
)
def test_globs_mean_what_a_shell_user_expects(glob: str, path: str, expected: bool) -> None:
    """Stars, marks and sets stop at slashes; two stars don't, and also stand for no folder."""
    assert matches(glob, path) is expected


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["*.md", TRAIN], ["README.md", TRAIN]),
        ("main/", [TEST, TRAIN]),
        ("**/train-[0-9]*", [TRAIN, "socratic/train-00000-of-00001.parquet"]),
    ],
)
def test_patterns_choose_files(hub: Hub, store: Store, patterns: str | list[str], expected: list[str]) -> None:
    """One or several; a folder with a slash is all that is in it."""
    dataset = store.download(DatasetConfig(GSM8K, file_pattern=patterns))
    assert [file.path for file in dataset.files] == expected == sorted(contents(dataset.local_path))


def test_a_pattern_without_a_match_is_an_error_that_lists_what_is_there(store: Store) -> None:
    """Also when others match: nothing is left out in silence, and nothing is fetched."""
    with pytest.raises(StoreUsageError, match=r"No file .* matches '\*\.csv'.*README\.md"):
        store.download(DatasetConfig(GSM8K, file_pattern=["*.md", "*.csv"]))
    assert not (store.root / "openai").exists()
    with pytest.raises(StoreUsageError, match="must be a file pattern"):
        store.download(DatasetConfig(GSM8K, file_pattern=[]))


def test_what_is_there_is_not_fetched_again(hub: Hub, store: Store) -> None:
    """A branch costs one small request, a commit none; the progress tells that nothing came."""
    first = store.download(DatasetConfig(GSM8K))
    hub.requests()
    watcher = Watcher()

    assert store.download(DatasetConfig(GSM8K), progress=watcher) == first

    assert len(hub.requests()) == 1
    assert watcher.present == {file.path: file.size for file in first.files}
    assert not any(watcher.fetched.values())
    pinned = DatasetConfig(GSM8K, revision=first.commit_hash)
    store.download(pinned)
    hub.requests()
    store.download(pinned)
    assert hub.requests() == []


def test_patterns_add_up_at_one_commit(hub: Hub, store: Store) -> None:
    """The second download fetches only what the first hadn't, and the index knows of both."""
    store.download(DatasetConfig(GSM8K, file_pattern="main/*"))
    bodies(hub)
    dataset = store.download(DatasetConfig(GSM8K, file_pattern="*.md"))
    assert bodies(hub) == ["README.md"]
    assert contents(dataset.local_path) == of(hub, "main/*", "*.md")
    assert dataset.patterns == ("main/*", "*.md")
    assert store.list_downloaded() == [dataset]


def test_revisions_are_kept_apart(hub: Hub, store: Store) -> None:
    """`main` and a commit of its own can be there together, each whole and of its own commit."""
    new, old = hub.commits(GSM8K)[0], hub.commits(GSM8K)[2]
    of_main = store.download(DatasetConfig(GSM8K, file_pattern="**"))
    of_old = store.download(DatasetConfig(GSM8K, revision=old, file_pattern="**"))

    assert of_old.local_path == store.root / "openai" / f"gsm8k@{old}"
    assert (of_main.commit_hash, of_old.commit_hash) == (new, old)
    assert contents(of_main.local_path) == of(hub, "**")
    assert contents(of_old.local_path)["README.md"] != of(hub, "**")["README.md"]
    assert store.get_local_path(GSM8K) == of_main.local_path
    assert store.get_local_path(GSM8K, revision=old) == of_old.local_path
    assert store.list_downloaded() == [of_main, of_old]


def test_a_moved_branch_takes_its_folder_along(hub: Hub, store: Store) -> None:
    """Only what changed is fetched, what the new commit hasn't is removed, and earlier patterns are kept up to date."""
    new, old = hub.commits(GSM8K)[:2]
    store.download(DatasetConfig(GSM8K, file_pattern=["*.yaml", "**/*.parquet"]))
    hub.move(GSM8K, old)
    bodies(hub)

    dataset = store.download(DatasetConfig(GSM8K, file_pattern="*.md"))

    assert dataset.commit_hash == old
    assert bodies(hub) == ["README.md"]
    assert set(contents(dataset.local_path)) == {"README.md"} | set(of(hub, "**/*.parquet"))
    hub.move(GSM8K, new)
    store.download(DatasetConfig(GSM8K, file_pattern="*.md"))
    assert contents(dataset.local_path) == of(hub, "*.md", "*.yaml", "**/*.parquet")


def test_a_folder_stays_of_its_commit_until_the_new_one_is_whole(hub: Hub, store: Store, waits: list[float]) -> None:
    """A download of a moved branch that fails leaves the earlier commit as it was."""
    new, _, oldest = hub.commits(GSM8K)
    hub.move(GSM8K, oldest)
    config = DatasetConfig(GSM8K, file_pattern="**")
    before = store.download(config)
    files = contents(before.local_path)
    hub.move(GSM8K, new)
    hub.meddle = cut(TEST, 100)

    with pytest.raises(StoreError, match="Consistency check failed: got 100 of"):
        store.download(config)

    assert contents(before.local_path) == files
    assert store.list_downloaded() == [before]
    hub.meddle = lambda _, response: response
    assert store.download(config).commit_hash == new
    assert contents(before.local_path) == of(hub, "**")


def test_a_failure_keeps_what_came_and_the_next_download_continues(hub: Hub, store: Store, waits: list[float]) -> None:
    """Whole files stay, in their places; half of one is continued with a Range; nothing is fetched twice."""
    size = hub.files(GSM8K)[TRAIN].size
    hub.meddle = cut(TRAIN, 1000)
    config = DatasetConfig(GSM8K, file_pattern="main/*")
    with pytest.raises(StoreError):
        store.download(config)
    assert TRAIN not in contents(store.root / "openai" / "gsm8k")
    assert not store.is_downloaded(GSM8K)
    (partly,) = store.list_downloaded()
    assert not partly.complete
    assert {file.path for file in partly.files} == set(contents(partly.local_path))
    hub.meddle = lambda _, response: response
    hub.requests()

    watcher = Watcher()
    dataset = store.download(config, progress=watcher)

    ranges = {entry.request.headers.get("range") for entry in hub.requests() if "train" in entry.request.target}
    assert len(ranges) == 1
    assert watcher.present[TRAIN] + watcher.fetched[TRAIN] == size
    assert f"bytes={watcher.present[TRAIN]}-" in ranges
    assert watcher.present[TRAIN] >= 1000
    assert watcher.total == (2, dataset.total_bytes)
    assert watcher.complete == {TEST, TRAIN}
    assert not list(store.root.rglob("arriving"))
    assert contents(dataset.local_path) == of(hub, "main/*")


def test_a_wrong_beginning_is_fetched_anew(hub: Hub, store: Store, waits: list[float]) -> None:
    """What is left of an earlier download is trusted no more than the network."""
    hub.meddle = cut(TRAIN, 1000)
    config = DatasetConfig(GSM8K, file_pattern=TRAIN)
    with pytest.raises(StoreError):
        store.download(config)
    (incomplete,) = store.root.rglob("*.incomplete")
    incomplete.write_bytes(bytes(2000))
    hub.meddle = lambda _, response: response

    dataset = store.download(config)

    assert contents(dataset.local_path) == of(hub, TRAIN)
    assert not list(store.root.rglob("*.incomplete"))


def test_a_wrong_body_never_gets_its_name(hub: Hub, store: Store) -> None:
    """A body of the right size with one wrong byte is refused."""

    def corrupt(request: Request, response: Response) -> Response:
        return replace(response, body=b"X" + response.body[1:]) if request.origin == "cdn" else response

    hub.meddle = corrupt
    with pytest.raises(StoreError, match="Consistency check failed"):
        store.download(DatasetConfig(GSM8K, file_pattern=TRAIN))
    assert not (store.root / "openai" / "gsm8k" / TRAIN).exists()
    assert not list(store.root.rglob("*.incomplete"))


def test_a_body_without_end_cannot_fill_the_disk(hub: Hub, store: Store) -> None:
    """More bytes than the list of files says are not even kept."""

    def swell(request: Request, response: Response) -> Response:
        if request.origin != "cdn":
            return response
        body = response.body + bytes(1 << 20)
        return replace(response, body=body).with_headers({"Content-Length": str(len(body))})

    hub.meddle = swell
    with pytest.raises(StoreError, match="but the Hub sends more"):
        store.download(DatasetConfig(GSM8K, file_pattern=TRAIN))
    assert not list(store.root.rglob("*.incomplete"))


def test_without_the_hub_what_is_there_serves(hub: Hub, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Offline, a complete download is the answer; what would have to be fetched is an error."""
    dataset = store.download(DatasetConfig(GSM8K))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert store.download(DatasetConfig(GSM8K)) == dataset
    with pytest.raises(StoreError, match="HF_HUB_OFFLINE"):
        store.download(DatasetConfig(GSM8K, file_pattern="*.md"))


@pytest.mark.parametrize("path", ["../../evil.parquet", "/evil.parquet", "a/../../b.parquet", "C:\\a.parquet", "a//b"])
def test_a_listing_that_leads_out_is_refused_whole(hub: Hub, store: Store, tmp_path: Path, path: str) -> None:
    """Not even the good files of such a list are fetched."""
    hub.meddle = relist(lambda items: items[-1].update(path=path))
    with pytest.raises(StoreError, match="cannot be right"):
        store.download(DatasetConfig(GSM8K))
    assert not (store.root / "openai").exists()
    assert not list(tmp_path.rglob("*evil*"))


@pytest.mark.parametrize(
    "change", [{"size": -1}, {"size": "many"}, {"size": True}, {"oid": 5, "lfs": None}, {"path": "\ud800"}]
)
def test_a_listing_that_makes_no_sense_is_an_error(hub: Hub, store: Store, change: dict[str, object]) -> None:
    """And not a traceback."""
    hub.meddle = relist(lambda items: items[-1].update(change))
    with pytest.raises(StoreError):
        store.download(DatasetConfig(GSM8K, file_pattern="**"))


def test_a_file_and_a_folder_of_one_name_are_an_error(hub: Hub, store: Store) -> None:
    """Before anything is fetched."""
    hub.meddle = relist(lambda items: items[-1].update(path="README.md/train.parquet"))
    with pytest.raises(StoreError, match=r"'README.md/train.parquet' and 'README.md' cannot both be"):
        store.download(DatasetConfig(GSM8K, file_pattern="**"))
    assert not (store.root / "openai").exists()


def test_names_that_differ_in_case_need_a_disk_that_tells_them_apart(
    hub: Hub, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On another one the second would overwrite the first."""
    hub.meddle = relist(lambda items: items.append(items[-1] | {"path": str(items[-1]["path"]).upper()}))
    monkeypatch.setattr("reference_client.store.place.Place.ignores_case", lambda _: True)
    with pytest.raises(StoreError, match="cannot both be on this disk"):
        store.download(DatasetConfig(GSM8K, file_pattern="**"))


@pytest.mark.parametrize(
    "repo", ["a/../../x", "..", "a/b/c", "/etc/passwd", "gsm8k", "", "a\\b/c", "a/b\n", "toString"]
)
def test_names_that_no_repository_has_are_refused_before_any_request(hub: Hub, store: Store, repo: str) -> None:
    """By every method, and nothing is written."""
    for call in (
        lambda: store.download(DatasetConfig(repo)),
        lambda: store.delete(repo),
        lambda: store.is_downloaded(repo),
    ):
        with pytest.raises(StoreUsageError):
            call()
    assert hub.requests() == []
    assert not store.root.exists()


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (DatasetConfig("conformance/gated", file_pattern="**"), "is gated: ask for access"),
        (DatasetConfig("conformance/none"), "no repository 'conformance/none'"),
        (DatasetConfig("conformance/disabled"), "has been disabled"),
        (DatasetConfig(GSM8K, revision="none"), "has no revision 'none'"),
        (DatasetConfig(GSM8K, revision="../../x"), "Invalid revision"),
    ],
)
def test_what_the_hub_refuses_is_said_in_plain_words(store: Store, config: DatasetConfig, message: str) -> None:
    """With what to do about it."""
    with pytest.raises(StoreError, match=message):
        store.download(config)


def test_the_token_of_the_config_is_sent_and_written_nowhere(store: Store) -> None:
    """It opens a private repository."""
    config = DatasetConfig("conformance/private", access_token=TOKENS["owner"], file_pattern="**")
    with pytest.raises(StoreError, match="no repository"):
        store.download(replace(config, access_token=None))
    store.download(config)
    assert TOKENS["owner"] not in repr(config)
    assert not any(TOKENS["owner"].encode() in data for data in contents(store.root).values())


def test_a_full_disk_is_told_and_leaves_a_state_to_continue(
    hub: Hub, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index stays whole."""
    with monkeypatch.context() as patch:
        patch.setattr("reference_client.store.download.fetch", _no_space)
        with pytest.raises(StoreError, match=r"The disk is full.*what has arrived is kept"):
            store.download(DatasetConfig(GSM8K))
    assert not store.is_downloaded(GSM8K)
    assert contents(store.download(DatasetConfig(GSM8K)).local_path) == of(hub, "**/*.parquet")


def _no_space(*arguments: object, **options: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_the_first_failure_stops_the_others(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of their bodies."""
    begun = threading.Barrier(4)
    stopped = []

    def fetch(
        session: object, file: HfFileMetadata, *places: Path, resume: bool, received: Callable[[int], None]
    ) -> None:
        begun.wait()
        if file.location.endswith(TRAIN):
            raise OSError("broken")
        try:
            for length in range(1, 10_000):
                received(length)
                time.sleep(0.001)
        except InterruptedError:
            stopped.append(file.location)
            raise

    monkeypatch.setattr("reference_client.store.download.fetch", fetch)
    with pytest.raises(StoreError, match="broken"):
        store.download(DatasetConfig(GSM8K))
    assert len(stopped) == 3


def test_a_failure_is_told_without_waiting_for_other_attempts(
    hub: Hub, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that the server is too busy for is not asked for again once another one has failed."""
    waiting = threading.Event()
    pause = Session.pause

    def watched(session: Session, seconds: float) -> None:
        waiting.set()
        pause(session, seconds)

    def fetch_train(session: Session, file: HfFileMetadata, *places: Path, **options: Any) -> None:
        if file.location.endswith(TRAIN):
            return fetch(session, file, *places, **options)
        waiting.wait(60)
        raise OSError("broken")

    busy = Response(503, headers({"Retry-After": "5"}))
    hub.meddle = lambda request, response: busy if request.origin == "cdn" else response
    monkeypatch.setattr(Session, "pause", watched)
    monkeypatch.setattr("reference_client.store.download.fetch", fetch_train)
    with pytest.raises(StoreError, match="broken"):
        store.download(DatasetConfig(GSM8K, file_pattern="main/*"))
    assert [entry.request.origin for entry in hub.requests()].count("cdn") == 1


def test_what_has_its_name_is_on_the_disk_itself(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file is flushed before it is renamed, the index too: a power cut leaves no empty ones."""
    flushed = set()
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        flushed.add(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    monkeypatch.setattr("os.fsync", watched)
    dataset = store.download(DatasetConfig(GSM8K))
    written = [*(dataset.local_path / file.path for file in dataset.files), store.root / "index.json"]
    assert {path.stat().st_ino for path in written} <= flushed


def test_the_root_is_the_argument_else_the_environment_else_a_folder_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this order."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HUB_REFERENCE_DIR", raising=False)
    assert Store().root == tmp_path / ".openagents" / "datasets"
    monkeypatch.setenv("HUB_REFERENCE_DIR", str(tmp_path / "named"))
    assert Store().root == tmp_path / "named"
    assert Store(tmp_path / "told").root == tmp_path / "told"


def test_git_ignores_a_store_but_not_a_folder_of_the_users_own(hub: Hub, tmp_path: Path) -> None:
    """A new or empty root is covered whole; one that had files is left to its owner."""
    config = DatasetConfig(GSM8K, file_pattern="*.md")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "notes.txt").touch()
    for name in ("new", "own"):
        Store(tmp_path / name, endpoint=hub.endpoint).download(config)
    assert (tmp_path / "new" / ".gitignore").read_text() == "*\n"
    assert not (tmp_path / "own" / ".gitignore").exists()
