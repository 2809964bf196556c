"""Snapshots in a folder of the user's own."""

from __future__ import annotations

from conformance.catalogue.check import Checks
from conformance.checks.support import AWKWARD_NAMES, Disk, Port
from conformance.checks.support_disk import is_same, read
from conformance.checks.support_history import changed_later
from conformance.checks.support_snapshot import file_requests, held, require_files, snapshot
from conformance.replay import ReplayHub
from conformance.verdict.require import require, require_bytes, require_equal

LOCAL = "Hub docs: download files to a local folder; huggingface_hub snapshot_download(local_dir=…)"


check = Checks("snapshot_download", source=LOCAL)


@check("snapshot/local-dir[gsm8k]", kills=("snapshot-local-dir-ignored", "local-dir-flattened"))
def test_local_dir(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """With `local_dir` all files lie there at their paths, and the path that is returned is that folder's."""
    repo = hub.subject
    mine = disk.root / "data of my own"
    path = snapshot(port, repo, local_dir=str(mine))
    require(is_same(path, mine), "other-path", "the path is not that of the folder")
    require_files(mine, repo)
    links = [name for name in held(mine, repo.files()) if (mine / name).is_symlink()]
    require_equal(links, [], "link", "the folder holds symbolic links")


@check("snapshot/local-dir-warm[gsm8k]", kills="local-notes-unread-by-commit")
def test_local_dir_warm(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A second snapshot into the same folder asks for no file, if the branch has not moved."""
    repo = hub.subject
    mine = disk.root / "data of my own"
    snapshot(port, repo, local_dir=str(mine))
    hub.wire.clear()
    snapshot(port, repo, local_dir=str(mine))
    require_equal(file_requests(hub), [], "needless-request", "files that the folder has were requested")


@check("snapshot/local-dir-follows-the-branch[gsm8k]", kills="local-presence-is-enough")
def test_local_dir_follows_the_branch(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """When the branch has moved, changed files in the folder are replaced; files of the user's own are left alone."""
    repo = hub.subject
    old, new, _ = changed_later(repo)
    mine = disk.root / "data of my own"
    hub.move("main", to=old, repo=repo.id)
    snapshot(port, repo, local_dir=str(mine))
    require(mine.is_dir(), "other-path", "the folder given as local_dir does not exist")
    (mine / "notes.txt").write_bytes(b"mine")
    hub.move("main", to=new, repo=repo.id)
    snapshot(port, repo, local_dir=str(mine))
    for name, file in repo.files(new).items():
        require_bytes(read(mine / name), file.body, "stale-file")
    require_bytes(read(mine / "notes.txt"), b"mine", "own-file-lost")


@check.each(
    "snapshot/local-dir-of-{}[contract]",
    {"awkward-names": "*#*", "deep-folders": "one/*", "empty-files": "empty.txt"},
    kills="local-names-shorn",
)
def test_local_dir_of(hub: ReplayHub, port: Port, disk: Disk, member: str) -> None:
    """Files with {} lie in the folder under their very names."""
    repo = hub.repo(AWKWARD_NAMES)
    middle = member.strip("*")
    folder = snapshot(port, repo, local_dir=str(disk.root / "mine"), allow_patterns=[member])
    require_files(folder, repo, names={name for name in repo.files() if middle in name})
