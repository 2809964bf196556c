"""The user's own files in a dataset's folder, and files that changed there."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port
from conformance.checks.support_datasets import fetched
from conformance.checks.support_disk import read
from conformance.checks.support_history import changed_later
from conformance.checks.support_store import (
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
from conformance.replay import ReplayHub
from conformance.roles import git_file, lfs_file, other_lfs_file
from conformance.verdict.require import require, require_equal

DELETE = "delete_downloaded"
OWN = "the protocol's *store*: a file that no download has brought is the user's, and stays"
WHOLE = "README: files are whole, verified by their digests; the protocol's *store*"
_TEXT = "Mine.\n"


check = Checks(DOWNLOAD, source=OWN, level="SHOULD")


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
    kills="delete-takes-the-folder",
    level="MUST",
    operation=DELETE,
    needs=(DOWNLOAD,),
)
def test_delete(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Deleting a dataset takes its files away, and leaves a file that the user has put into its folder."""
    download(port, disk)
    require_files(folder(disk), hub.subject, parquet_files(hub.subject))
    own = put_own(disk)
    port.delete_downloaded(repo_id=hub.subject.id, root=root(disk))
    require_own(own)
    left = sorted(set(files(folder(disk))) - {"main/notes.txt"})
    require_equal(left, [], "not-deleted", "files of the dataset are still there")


@check("store/next-commit-leaves-own-files[gsm8k]", kills="store-tidies-the-folder", level="MUST")
def test_next_commit(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """When a download brings the files of a new commit, a file of the user's own stays."""
    repo = hub.subject
    old, head, _ = changed_later(repo, other_lfs_file(repo))
    hub.move("main", to=old, repo=repo.id)
    download(port, disk)
    own = put_own(disk)
    hub.move("main", to=head, repo=repo.id)
    download(port, disk)
    require_own(own)
    own.unlink()
    require_files(folder(disk), repo, parquet_files(repo), head)


@check("store/another-pattern-leaves-own-files[gsm8k]", kills="store-tidies-the-folder", level="MUST")
def test_another_pattern(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """When a download brings further files, a file of the user's own stays."""
    repo = hub.subject
    small = git_file(repo)
    other = other_lfs_file(repo)
    download(port, disk, file_pattern=other)
    own = put_own(disk)
    download(port, disk, file_pattern=small)
    require_own(own)
    own.unlink()
    require_files(folder(disk), hub.subject, [small, other])


@check(
    "store/own-files-are-not-listed[gsm8k]",
    kills="list-of-the-folder",
    operation="list_downloaded",
    source=STORE,
    needs=(DOWNLOAD,),
)
def test_own_is_not_listed(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The list of what was downloaded has the dataset's files, and no others that lie in its folder."""
    download(port, disk)
    put_own(disk)
    listed = [dataset for dataset in port.list_downloaded(root=root(disk)) if dataset["repo_id"] == hub.subject.id]
    require_equal(len(listed), 1, "wrong-list", "the dataset is not listed once")
    expected = parquet_files(hub.subject)
    require_equal(sorted(listed[0]["files"]), expected, "wrong-files", "the list has other files")


def _flipped(path: Path) -> None:
    """One byte is another. The new time differs from the old one, however coarse the disk's clock is."""
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
    path.write_bytes(b"another file\n" * 100)
    _later(path)


_DAMAGE: dict[str, Callable[[Path], None]] = {
    "with-a-changed-byte": _flipped,
    "that-was-emptied": _emptied,
    "that-has-grown": _grown,
    "of-another-content": _of_another,
}


@check.each(
    "store/file-{}-is-noticed[gsm8k]",
    _DAMAGE,
    kills="existing-file-is-enough",
    operation="is_downloaded",
    source=WHOLE,
    needs=(DOWNLOAD,),
)
def test_noticed(hub: ReplayHub, port: Port, disk: Disk, member: Callable[[Path], None]) -> None:
    """A dataset with a file {} does not count as downloaded."""
    large = lfs_file(hub.subject)
    download(port, disk)
    require(is_downloaded(port, disk), "not-downloaded", "a downloaded dataset does not count as downloaded")
    member(folder(disk) / large)
    require(not is_downloaded(port, disk), "is-downloaded", "a dataset with a wrong file counts as downloaded")


@check.each("store/file-{}-is-mended[gsm8k]", _DAMAGE, kills="existing-file-is-enough", source=WHOLE)
def test_mended(hub: ReplayHub, port: Port, disk: Disk, member: Callable[[Path], None]) -> None:
    """The next download puts a file {} right."""
    large = lfs_file(hub.subject)
    download(port, disk)
    member(folder(disk) / large)
    download(port, disk)
    require_files(folder(disk), hub.subject, parquet_files(hub.subject))


@check(
    "store/folder-for-a-file-is-noticed[gsm8k]",
    kills="existing-file-is-enough",
    operation="is_downloaded",
    source=WHOLE,
    needs=(DOWNLOAD,),
)
def test_folder_for_a_file(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A folder in the place of a file is not the file."""
    large = lfs_file(hub.subject)
    download(port, disk)
    path = folder(disk) / large
    path.unlink()
    path.mkdir()
    require(not is_downloaded(port, disk), "is-downloaded", "a dataset with a folder for a file counts as downloaded")


@check(
    "store/touched-file-is-no-change[gsm8k]",
    kills="store-trusts-times",
    source="economy: a file with the right digest need not be fetched, whatever its time",
    needs=("is_downloaded",),
)
def test_touched(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A file whose time changed and whose bytes did not counts as downloaded, and is not fetched again."""
    large = lfs_file(hub.subject)
    download(port, disk)
    _later(folder(disk) / large)
    require(is_downloaded(port, disk), "not-downloaded", "a dataset whose files are right counts as not downloaded")
    hub.wire.clear()
    download(port, disk)
    require_equal(fetched(hub), [], "fetched-again", "a file was fetched again though its bytes are right")
