"""The user's own files in a dataset's folder, and files that changed there."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from conformance.cases.support import GSM8K, TEST, TRAIN, Disk, Port
from conformance.cases.support_datasets import fetched
from conformance.cases.support_disk import read
from conformance.cases.support_store import (
    DOWNLOAD,
    STORE,
    download,
    files,
    folder,
    is_downloaded,
    parquet_files,
    require_files,
    root,
)
from conformance.catalogue.check import check, family
from conformance.replay import ReplayHub
from conformance.verdict.require import require, require_equal

DELETE = "delete_downloaded"
OWN = "the protocol's *store*: a file that no download has brought is the user's, and stays"
WHOLE = "README: files are whole, verified by their digests; the protocol's *store*"
_TEXT = "Mine.\n"


def put_own(disk: Disk) -> Path:
    """Write a file of the user's own beside the dataset's, in one of its folders."""
    own = folder(disk) / "main" / "notes.txt"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text(_TEXT, encoding="utf-8")
    return own


def require_own(own: Path) -> None:
    require(own.is_file(), "file-lost", "a file of the user's own is gone")
    require_equal(own.read_text("utf-8"), _TEXT, "file-changed", "a file of the user's own has another content")


@check(
    "store/delete-leaves-own-files[gsm8k]",
    "MUST",
    DELETE,
    source=OWN,
    mutants=("delete-takes-the-folder",),
    needs=(DOWNLOAD,),
)
def test_delete(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Deleting a dataset takes its files away, and leaves a file that the user has put into its folder."""
    download(port, disk)
    require_files(folder(disk), hub.repo(GSM8K), parquet_files(hub.repo(GSM8K)))
    own = put_own(disk)
    port.delete_downloaded(repo_id=GSM8K, root=root(disk))
    require_own(own)
    left = sorted(set(files(folder(disk))) - {"main/notes.txt"})
    require_equal(left, [], "not-deleted", "files of the dataset are still there")


@check(
    "store/next-commit-leaves-own-files[gsm8k]",
    "MUST",
    DOWNLOAD,
    source=OWN,
    mutants=("store-tidies-the-folder",),
)
def test_next_commit(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """When a download brings the files of a new commit, a file of the user's own stays."""
    repo = hub.repo(GSM8K)
    head = repo.head
    hub.move("main", to=repo.commits[-1], repo=GSM8K)
    download(port, disk)
    own = put_own(disk)
    hub.move("main", to=head, repo=GSM8K)
    download(port, disk)
    require_own(own)
    own.unlink()
    require_files(folder(disk), repo, parquet_files(repo), head)


@check(
    "store/another-pattern-leaves-own-files[gsm8k]",
    "MUST",
    DOWNLOAD,
    source=OWN,
    mutants=("store-tidies-the-folder",),
)
def test_another_pattern(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """When a download brings further files, a file of the user's own stays."""
    download(port, disk, file_pattern=TEST)
    own = put_own(disk)
    download(port, disk, file_pattern="README.md")
    require_own(own)
    own.unlink()
    require_files(folder(disk), hub.repo(GSM8K), ["README.md", TEST])


@check(
    "store/own-files-are-not-listed[gsm8k]",
    "SHOULD",
    "list_downloaded",
    source=STORE,
    mutants=("list-of-the-folder",),
    needs=(DOWNLOAD,),
)
def test_own_is_not_listed(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The list of what was downloaded has the dataset's files, and no others that lie in its folder."""
    download(port, disk)
    put_own(disk)
    listed = [dataset for dataset in port.list_downloaded(root=root(disk)) if dataset["repo_id"] == GSM8K]
    require_equal(len(listed), 1, "wrong-list", "the dataset is not listed once")
    expected = parquet_files(hub.repo(GSM8K))
    require_equal(sorted(listed[0]["files"]), expected, "wrong-files", "the list has other files")


def _flipped(path: Path) -> None:
    """One byte is another. The time is told apart from the old one, however coarse the disk's clock is."""
    body = bytearray(read(path))
    body[len(body) // 2] ^= 1
    path.write_bytes(body)
    _later(path)


def _later(path: Path) -> None:
    told = path.stat().st_mtime + 5
    os.utime(path, (told, told))


def _grown(path: Path) -> None:
    path.write_bytes(read(path) + b"more")


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


def _of_another(path: Path) -> None:
    path.write_bytes(read(path.parents[1].joinpath(TEST)))
    _later(path)


_DAMAGE: dict[str, Callable[[Path], None]] = {
    "with-a-changed-byte": _flipped,
    "that-was-emptied": _emptied,
    "that-has-grown": _grown,
    "of-another-content": _of_another,
}


@family(
    "store/file-{}-is-noticed[gsm8k]",
    "SHOULD",
    "is_downloaded",
    members=_DAMAGE,
    source=WHOLE,
    mutants=("existing-file-is-enough",),
    needs=(DOWNLOAD,),
)
def test_noticed(hub: ReplayHub, port: Port, disk: Disk, member: Callable[[Path], None]) -> None:
    """A dataset with a file {} does not count as downloaded."""
    download(port, disk)
    require(is_downloaded(port, disk), "not-downloaded", "what was downloaded does not count as downloaded")
    member(folder(disk) / TRAIN)
    require(not is_downloaded(port, disk), "is-downloaded", "a dataset with a wrong file counts as downloaded")


@family(
    "store/file-{}-is-mended[gsm8k]",
    "SHOULD",
    DOWNLOAD,
    members=_DAMAGE,
    source=WHOLE,
    mutants=("existing-file-is-enough",),
)
def test_mended(hub: ReplayHub, port: Port, disk: Disk, member: Callable[[Path], None]) -> None:
    """The next download puts a file {} right."""
    download(port, disk)
    member(folder(disk) / TRAIN)
    download(port, disk)
    require_files(folder(disk), hub.repo(GSM8K), parquet_files(hub.repo(GSM8K)))


@check(
    "store/folder-for-a-file-is-noticed[gsm8k]",
    "SHOULD",
    "is_downloaded",
    source=WHOLE,
    mutants=("existing-file-is-enough",),
    needs=(DOWNLOAD,),
)
def test_folder_for_a_file(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A folder in the place of a file is not the file."""
    download(port, disk)
    path = folder(disk) / TRAIN
    path.unlink()
    path.mkdir()
    require(not is_downloaded(port, disk), "is-downloaded", "a dataset with a folder for a file counts as downloaded")


@check(
    "store/touched-file-is-no-change[gsm8k]",
    "SHOULD",
    DOWNLOAD,
    source="economy: a file with the right digest need not be fetched, whatever its time",
    mutants=("store-trusts-times",),
    needs=("is_downloaded",),
)
def test_touched(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A file whose time changed and whose bytes did not counts as downloaded, and is not fetched again."""
    download(port, disk)
    _later(folder(disk) / TRAIN)
    require(is_downloaded(port, disk), "not-downloaded", "a dataset whose files are right counts as not downloaded")
    hub.wire.clear()
    download(port, disk)
    require_equal(fetched(hub), [], "fetched-again", "a file was fetched again though its bytes are right")
