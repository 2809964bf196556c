"""Downloading into the store: what arrives, what it costs, and what is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance.selftest.reference_client.conftest import GSM8K, TRAIN, Hub
from conformance.selftest.reference_client.stores import Watcher, bodies, contents, of
from reference_client.datasets.globs import matches
from reference_client.datasets.store import DatasetConfig, Store, StoreError

TEST = "main/test-00000-of-00001.parquet"


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


def test_without_the_hub_what_is_there_serves(hub: Hub, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Offline, a complete download is the answer; what would have to be fetched is an error."""
    dataset = store.download(DatasetConfig(GSM8K))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert store.download(DatasetConfig(GSM8K)) == dataset
    with pytest.raises(StoreError, match="HF_HUB_OFFLINE"):
        store.download(DatasetConfig(GSM8K, file_pattern="*.md"))


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
