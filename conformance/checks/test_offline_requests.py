"""Offline by configuration: snapshots, questions to the Hub, and the environment variable for offline mode."""

from __future__ import annotations

from pathlib import Path

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port
from conformance.checks.support_disk import read
from conformance.checks.support_history import changed_later
from conformance.checks.support_offline import (
    OFFLINE,
    offline,
    online,
    require_refused,
    require_silence,
    with_environment,
)
from conformance.checks.support_snapshot import require_files
from conformance.replay import ReplayHub
from conformance.roles import folder, git_file, other_lfs_file
from conformance.verdict.require import require, require_bytes

FLAG = "huggingface_hub constants: a flag is set by 1, ON, YES and TRUE in any letter case, and by nothing else"


check = Checks("snapshot_download", source=OFFLINE)


@check("offline/info[gsm8k]", kills="offline-ignored", operation="dataset_info")
def test_info(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Offline, a question that only the Hub can answer ends in an error that reports that the Hub was not asked: here,
    the info.

    No request is sent.
    """
    repo = hub.subject
    online(hub, port, disk, "dataset_info", {"repo_id": repo.id})
    require_refused(offline(port).error("dataset_info", repo_id=repo.id))
    require_silence(hub)


@check("offline/info-of-a-revision[gsm8k]", kills="offline-ignored", operation="repo_info")
def test_info_of_a_revision(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Offline, the info of a revision ends in an error that reports that the Hub was not asked."""
    online(hub, port, disk, "repo_info", hub.subject.named)
    require_refused(offline(port).error("repo_info", **hub.subject.named, revision="v1.0"))
    require_silence(hub)


@check("offline/tree[gsm8k]", kills=("offline-ignored", "offline-is-empty"), operation="list_repo_tree")
def test_tree(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Offline, a listing ends in an error that reports offline mode. An empty list would mean that the repository has
    no files.
    """
    online(hub, port, disk, "list_repo_tree", hub.subject.named)
    require_refused(offline(port).error("list_repo_tree", **hub.subject.named))
    require_silence(hub)


@check("offline/file-list[gsm8k]", kills=("offline-ignored", "offline-is-empty"), operation="list_repo_files")
def test_file_list(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Offline, the list of file names ends in an error that reports that, too."""
    online(hub, port, disk, "list_repo_files", hub.subject.named)
    require_refused(offline(port).error("list_repo_files", **hub.subject.named))
    require_silence(hub)


@check("offline/snapshot[gsm8k]", kills="offline-ignored", cache="own")
def test_snapshot(hub: ReplayHub, port: Port) -> None:
    """Offline, a snapshot that is in the cache is returned for its branch, with all its files."""
    first = port.snapshot_download(**hub.subject.named)
    hub.wire.clear()
    second = offline(port).snapshot_download(**hub.subject.named)
    require_silence(hub)
    require(second == first, "other-path", "another path was returned")
    require_files(Path(second["path"]), hub.subject)


@check("offline/snapshot-of-a-branch-that-moved[gsm8k]", kills="first-snapshot-is-the-branch", cache="own")
def test_snapshot_of_a_branch_that_moved(hub: ReplayHub, port: Port) -> None:
    """Offline, the snapshot of a branch is that of the commit that the branch was last seen at, and of no other."""
    repo = hub.subject
    old, new, name = changed_later(repo, other_lfs_file(repo))
    for commit in (old, new, old):
        hub.move("main", to=commit, repo=repo.id)
        port.snapshot_download(**repo.named)
        hub.wire.clear()
        found = offline(port).snapshot_download(**repo.named)
        seen = read(Path(found["path"], name))
        require(seen == repo.files(commit)[name].body, "other-version", "the snapshot is that of another commit")
        require_silence(hub)


@check("offline/snapshot-of-a-commit[gsm8k]", kills="offline-refuses-snapshots", cache="own")
def test_snapshot_of_a_commit(hub: ReplayHub, port: Port) -> None:
    """Offline, a snapshot that is in the cache is returned for its commit hash."""
    revision = hub.subject.head
    first = port.snapshot_download(**hub.subject.named, revision=revision)
    hub.wire.clear()
    second = offline(port).snapshot_download(**hub.subject.named, revision=revision)
    require_silence(hub)
    require(second == first, "other-path", "another path was returned")


@check(
    "offline/part-of-a-snapshot[gsm8k]",
    kills="snapshot-half-as-whole",
    level="SHOULD",
    source="huggingface_hub IncompleteSnapshotError, a LocalEntryNotFoundError",
    cache="own",
)
def test_part_of_a_snapshot(hub: ReplayHub, port: Port) -> None:
    """Offline, a snapshot that lacks wanted files is refused; by patterns for which all is there, it is returned."""
    part = [f"{folder(hub.subject)}/*"]
    first = port.snapshot_download(**hub.subject.named, allow_patterns=part)
    hub.wire.clear()
    require_refused(offline(port).error("snapshot_download", **hub.subject.named))
    second = offline(port).snapshot_download(**hub.subject.named, allow_patterns=part)
    require(second == first, "other-path", "another path was returned")
    require_silence(hub)


@check("offline/no-snapshot[gsm8k]", kills=("offline-ignored", "snapshot-invents-a-folder"))
def test_no_snapshot(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Offline, a snapshot of which nothing is on disk is refused, and no request is sent."""
    online(hub, port, disk, "snapshot_download", hub.subject.named)
    require_refused(offline(port).error("snapshot_download", **hub.subject.named))
    require_silence(hub)


@check.each(
    "offline/flag-set-by-{}[gsm8k]",
    {"1": "1", "true": "true", "on-in-capitals": "ON", "yes": "yes"},
    kills=("offline-ignored", "offline-by-title-only"),
    operation="hf_hub_download",
    source=FLAG,
)
def test_flag_set_by(hub: ReplayHub, port: Port, disk: Disk, member: str) -> None:
    """`HF_HUB_OFFLINE` set by {} in the environment makes the library offline: no request is sent."""
    small = git_file(hub.subject)
    online(hub, port, disk, "hf_hub_download", {**hub.subject.named, "filename": small})
    with_environment(port, {"HF_HUB_OFFLINE": member}).error("hf_hub_download", **hub.subject.named, filename=small)
    require_silence(hub)


@check.each(
    "offline/flag-not-set-by-{}[gsm8k]",
    {"0": "0", "false": "false"},
    kills="offline-whenever-set",
    operation="hf_hub_download",
    source=FLAG,
)
def test_flag_not_set_by(hub: ReplayHub, port: Port, member: str) -> None:
    """`HF_HUB_OFFLINE` that is {} does not make the library offline: the file is downloaded."""
    repo = hub.subject
    small = git_file(repo)
    path = with_environment(port, {"HF_HUB_OFFLINE": member}).download(repo, small)
    require_bytes(read(path), repo.files()[small].body)
