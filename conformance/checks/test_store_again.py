"""The store: downloads that come after others, or beside them, and of other revisions."""

from __future__ import annotations

from pathlib import Path

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port, sent_again
from conformance.checks.support_datasets import TULU3, fetched
from conformance.checks.support_disk import read
from conformance.checks.support_history import changed_later
from conformance.checks.support_store import (
    DOWNLOAD,
    STORE,
    download,
    files,
    folder,
    pair,
    parquet_files,
    read_index,
    require_files,
    root,
)
from conformance.ports import PortError
from conformance.replay import ReplayHub, Stall
from conformance.roles import other_lfs_file, two_lfs_files
from conformance.verdict.require import require, require_equal

check = Checks(DOWNLOAD, source=STORE)


@check(
    "store/second-download-fetches-nothing[gsm8k]",
    kills="store-fetches-anew",
    source="economy: what is on disk need not be fetched",
)
def test_second_download(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """What is downloaded and whole is not fetched again while the branch stays."""
    download(port, disk)
    hub.wire.clear()
    download(port, disk)
    require_equal(fetched(hub), [], "fetched-again", "files were fetched again though they are on disk")
    require_files(folder(disk), hub.subject, parquet_files(hub.subject))


@check(
    "store/away-hub-serves-what-is-there[gsm8k]",
    kills="store-needs-the-hub",
    level="SHOULD",
    source="Hub docs: a cached file is served when the Hub cannot be reached",
)
def test_away_hub(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Without a server, a download of a dataset that is complete on disk succeeds."""
    download(port, disk)
    hub.close()
    try:
        value = download(port, disk)
    except PortError as error:
        require(
            False,
            "not-served",
            "data on disk was not returned without the Hub",
            seen=f"{error.native}: {error.message}",
        )
    else:
        require_files(Path(value["local_path"]), hub.subject, parquet_files(hub.subject))


@check("store/revision-is-downloaded[gsm8k]", kills="store-of-main-always")
def test_revision(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """With a commit as revision, the files are those of that commit: here before two answers were corrected."""
    repo = hub.subject
    large, other = two_lfs_files(repo)
    first, _, _ = changed_later(repo, other)
    value = download(port, disk, revision=first, file_pattern=pair(hub.subject))
    require_files(Path(value["local_path"]), repo, [other, large], first)


@check(
    "store/revisions-are-not-mixed[gsm8k]",
    kills="revisions-mixed",
    source="files of two commits in one folder are a dataset that never was",
)
def test_revisions_not_mixed(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """When another revision is downloaded after `main`, the folder that is named has files of that revision only.

    It may be a separate folder, or the same one with other contents; here one file differs between the two.
    """
    repo = hub.subject
    large, other = two_lfs_files(repo)
    first, _, _ = changed_later(repo, other)
    download(port, disk, file_pattern=pair(hub.subject))
    value = download(port, disk, revision=first, file_pattern=large)
    found = files(Path(value["local_path"]))
    require(large in found, "no-file", "the folder that is named does not hold the file", seen=sorted(found))
    for name, path in found.items():
        file = repo.files(first).get(name)
        require(
            file is not None and read(path) == file.body,
            "mixed-revisions",
            "a file in the folder is of another commit",
            seen=name,
        )


@check("store/moved-branch-is-followed[gsm8k]", kills="store-never-refreshes")
def test_moved_branch(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """When the branch has moved, a download brings the files of the new commit, though the old ones are there."""
    repo = hub.subject
    other = other_lfs_file(repo)
    old, head, _ = changed_later(repo, other)
    hub.move("main", to=old, repo=repo.id)
    download(port, disk)
    hub.move("main", to=head, repo=repo.id)
    download(port, disk)
    require_files(folder(disk), repo, parquet_files(repo), head)


@check(
    "store/two-at-once-both-succeed[gsm8k]",
    kills="leftover-lock-means-busy",
    source="two programs of one user share a folder",
)
def test_two_at_once(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Two downloads of the same dataset at the same time both succeed, and the files are right."""
    _twice(port, disk)
    require_files(folder(disk), hub.subject, parquet_files(hub.subject))
    read_index(disk)


@check(
    "store/two-at-once-fetch-once[tulu3]",
    kills="store-without-locks",
    level="SHOULD",
    source="economy: what another program is fetching need not be fetched as well",
)
def test_two_at_once_fetch_once(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Two downloads of the same dataset at the same time fetch each body once between them.

    (One answer is slow here, so that the two do meet.)
    """
    hub.fault(Stall(0.5, after=0), answer="content")
    _twice(port, disk, TULU3)
    require_equal(sent_again(hub), [], "fetched-twice", "bodies were fetched more than once")


def _twice(port: Port, disk: Disk, repo_id: str | None = None) -> None:
    arguments = {"repo_id": repo_id or disk.repo_id, "root": root(disk)}
    for value in port.at_once((DOWNLOAD, arguments), (DOWNLOAD, arguments)):
        if isinstance(value, PortError):
            require(False, "refused", "one of two downloads failed", seen=f"{value.native}: {value.message}")
