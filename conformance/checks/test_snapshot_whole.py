"""Snapshots that are whole: with any list of files in the info, and after any failure before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from conformance.catalogue.check import Checks
from conformance.checks.answers import Edited
from conformance.checks.support import AWKWARD_NAMES, Disk, Port
from conformance.checks.support_disk import read
from conformance.replay import Dealt, ReplayHub, Stall, Status
from conformance.roles import git_file
from conformance.verdict.require import require, require_bytes, require_equal, role

WHOLE = "huggingface_hub#3119, #3240: siblings of large repositories are cut; the tree is whole"
CROWD = 16
"""Requests at once. The official client has 8 workers; twice as many is still no attack."""


check = Checks("snapshot_download", source=WHOLE)


def require_whole(hub: ReplayHub, port: Port, repo_id: str) -> None:
    """The snapshot holds every file with its bytes."""
    folder = Path(port.snapshot_download(repo_id=repo_id, repo_type="dataset")["path"])
    files = hub.repo(repo_id).files()
    seen = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    missing = sorted(set(files) - seen)
    require_equal(missing, [], "missing-files", "the snapshot lacks files of the tree")
    for name, file in files.items():
        require_bytes(read(folder / name), file.body)


@check.each("snapshot/siblings-that-are-{}[gsm8k]", {"cut-short": 2, "empty": 0}, kills="snapshot-of-the-siblings")
def test_siblings(hub: ReplayHub, port: Port, member: int) -> None:
    """A snapshot holds every file of the tree, also where the `siblings` of the info are {}."""
    repo = hub.subject

    def cut(said: Any) -> Any:
        return (
            {**said, "siblings": said["siblings"][:member]} if isinstance(said, dict) and "siblings" in said else said
        )

    hub.fault(Edited(cut), answer="info", repo=repo.id, times=None, needed=False)
    require_whole(hub, port, repo.id)


@check("snapshot/siblings-that-are-null[gsm8k]", kills="snapshot-of-the-siblings")
def test_siblings_that_are_null(hub: ReplayHub, port: Port) -> None:
    """A snapshot holds every file of the tree, also where the info has no `siblings` at all."""
    repo = hub.subject

    def without(said: Any) -> Any:
        return {name: value for name, value in said.items() if name != "siblings"} if isinstance(said, dict) else said

    hub.fault(Edited(without), answer="info", repo=repo.id, times=None, needed=False)
    require_whole(hub, port, repo.id)


@check(
    "snapshot/of-a-tree-in-many-pages[gsm8k]",
    kills="snapshot-of-the-first-pages",
    source="Hub: Link, rel=next; huggingface_hub snapshot_download lists the tree where siblings may be cut",
)
def test_of_a_tree_in_many_pages(hub: ReplayHub, port: Port) -> None:
    """A snapshot holds every file of a tree that comes one entry a page."""
    repo = hub.subject
    hub.fault(Dealt(1), answer="listing", repo=repo.id, times=None, needed=False)
    hub.fault(Edited(lambda said: {**said, "siblings": []}), answer="info", repo=repo.id, times=None, needed=False)
    require_whole(hub, port, repo.id)


@check(
    "snapshot/failure-takes-nothing-away[gsm8k]",
    kills="failed-snapshot-is-cleared",
    source="huggingface_hub: a snapshot adds to the cache, and removes nothing",
    needs=("hf_hub_download",),
    cache="own",
)
def test_failure_takes_nothing_away(hub: ReplayHub, port: Port) -> None:
    """A snapshot that fails takes nothing away that was in the cache before: its path holds the file as ever."""
    repo = hub.subject
    small = git_file(repo)
    path = port.download(repo, small)
    hub.fault(Status(403), origin="cdn", times=None)
    port.error("snapshot_download", repo_id=repo.id, repo_type="dataset")
    require(path.is_file(), "file-gone", "the file of an earlier download is gone")
    require_bytes(path.read_bytes(), repo.files()[small].body)


@check(
    "snapshot/failure-takes-nothing-out-of-a-folder[gsm8k]",
    kills="failed-folder-is-cleared",
    source="huggingface_hub: local_dir holds the user's own files as well",
)
def test_failure_takes_nothing_out_of_a_folder(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A snapshot into a folder of the user's own that fails leaves their files there as they are."""
    folder = disk.root / "mine"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine", "utf-8")
    hub.fault(Status(403), origin="cdn", times=None)
    port.error("snapshot_download", repo_id=hub.subject.id, repo_type="dataset", local_dir=str(folder))
    left = (folder / "notes.txt").read_text("utf-8") if (folder / "notes.txt").is_file() else None
    require_equal(left, "mine", "file-gone", "a file of the user's own is gone, or changed")


@check(
    "snapshot/no-crowd-of-requests[contract]",
    kills="everything-at-once",
    level="SHOULD",
    source="huggingface_hub snapshot_download(max_workers=8): a client that sends all at once is taken for an attack",
)
def test_no_crowd_of_requests(hub: ReplayHub, port: Port) -> None:
    """No more than 16 requests are under way at once, however many files a snapshot has."""
    role(len(hub.repo(AWKWARD_NAMES).files()) > 2 * CROWD, "a repository of many files whose contents are recorded")
    hub.fault(Stall(0.2, after=-1), answer="metadata", repo=AWKWARD_NAMES, times=None)
    port.snapshot_download(repo_id=AWKWARD_NAMES, repo_type="dataset")
    begun = sorted((entry.at, entry.at + entry.took) for entry in hub.wire)
    most = max(sum(start <= at < end for start, end in begun) for at, _ in begun)
    require(most <= CROWD, "crowd", "too many requests are under way at once", expected=f"≤ {CROWD}", seen=most)
