"""Snapshots when something goes wrong: an error, no half files, and a second call that completes the work."""

from __future__ import annotations

import contextlib
from collections.abc import Collection

from conformance.catalogue.check import Checks
from conformance.checks.support import AWKWARD_NAMES, GATED, MISSING, TINY_MODEL, Disk, Port, works
from conformance.checks.support_disk import read
from conformance.checks.support_snapshot import file_requests, require_files, snapshot
from conformance.ports import PortError
from conformance.replay import ReplayHub, Reset, Status, Truth
from conformance.roles import git_file, other_lfs_file, two_lfs_files
from conformance.verdict.require import require, require_bytes, require_equal

MISSING_KINDS = ("entry_not_found", "revision_not_found", "repository_not_found")
NOT_ASKED = ("local_entry_not_found", "offline")
"""Kinds of error that report that the Hub was not asked."""
FAILURE = "huggingface_hub snapshot_download: the first failure of a file ends it with that error"

GONE = Status(404, headers={"X-Error-Code": "EntryNotFound", "X-Error-Message": "Entry not found"})
CLOSED = Status(403, headers={"X-Error-Code": "GatedRepo", "X-Error-Message": "Access to this dataset is restricted"})


check = Checks("snapshot_download", source=FAILURE)


def require_no_kind(error: PortError, wrong: Collection[str]) -> None:
    """The error does not name a wrong cause."""
    message = f"the library reported {error.native}: {error.message}"
    require(error.kind not in wrong, "wrong-error", message, expected="another kind of error", seen=error.kind)


def require_right_parts(disk: Disk, repo: Truth) -> None:
    """What there is of a snapshot is right, as far as it goes: no incomplete file has the final name."""
    for name, file in repo.files().items():
        for found in disk.named(name):
            require_bytes(read(disk.cache / found), file.body, "half-a-file")


@check("snapshot/one-file-missing[gsm8k]", kills="snapshot-swallows-errors")
def test_one_file_missing(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """If the Hub refuses one of the files (404), that error is reported, and no incomplete snapshot.

    Other files may be there by then, but each of them whole, and none of the name of the refused one.
    """
    repo = hub.subject
    other = other_lfs_file(repo)
    hub.fault(GONE, answer="metadata", filename=other, times=None)
    port.error("snapshot_download", repo_id=repo.id, repo_type="dataset")
    require_equal(disk.named(other), [], "half-a-file", "the refused file exists on disk")
    require_right_parts(disk, repo)


@check("snapshot/completed-by-a-second-run[gsm8k]", kills="snapshot-half-as-whole")
def test_completed_by_a_second_run(hub: ReplayHub, port: Port) -> None:
    """After a snapshot that failed, a second call ends with a whole one: existing files are not a reason to stop.

    What came whole the first time is used. Only one file is lacking here, and only its body is fetched.
    """
    repo = hub.subject
    large, other = two_lfs_files(repo)
    names = set(repo.files()) - {other}
    snapshot(port, repo, allow_patterns=sorted(names))
    hub.fault(GONE, path=f"/datasets/*/resolve/*/{other}")
    with contextlib.suppress(PortError):  # one that misses nothing shows that below
        port.snapshot_download(repo_id=repo.id, repo_type="dataset", max_workers=1)
    hub.wire.clear()
    require_files(snapshot(port, repo), repo)
    again = [line for line in file_requests(hub) if large in line]
    require_equal(again, [], "needless-request", "a file that the first call had completed was requested again")


@check(
    "snapshot/access-taken-away[contract]",
    kills=("snapshot-swallows-errors", "gated-is-missing"),
    source="Hub: X-Error-Code GatedRepo with 403; huggingface_hub GatedRepoError",
)
def test_access_taken_away(hub: ReplayHub, port: Port) -> None:
    """If the listing is returned and a file is then refused for lack of access, the error reports that.

    The user must learn to ask for access, and not that a file is missing. (Which kind of error it
    is beyond that, area errors tests.)
    """
    hub.fault(CLOSED, path="/datasets/*/resolve/*/data.txt", times=None)
    error = port.error("snapshot_download", repo_id=AWKWARD_NAMES, repo_type="dataset", allow_patterns=["data*"])
    require_no_kind(error, MISSING_KINDS)


@check(
    "snapshot/of-a-gated-repository[contract]",
    kills="gated-is-missing",
    source="Hub: X-Error-Code GatedRepo; huggingface_hub GatedRepoError",
)
def test_of_a_gated_repository(hub: ReplayHub, port: Port) -> None:
    """Without access to a gated repository, the error does not report a missing item."""
    works("the snapshot of a repository that is open", lambda: port.snapshot_download(repo_id=TINY_MODEL))
    error = port.error("snapshot_download", repo_id=GATED, repo_type="dataset")
    require_no_kind(error, MISSING_KINDS)


@check(
    "snapshot/missing-revision[gsm8k]",
    kills=("snapshot-ignores-revision", "snapshot-falls-back-to-main"),
    source="Hub: X-Error-Code RevisionNotFound; huggingface_hub RevisionNotFoundError",
)
def test_missing_revision(hub: ReplayHub, port: Port) -> None:
    """A revision that the repository does not have is reported as that, also if another one is in the cache."""
    repo = hub.subject
    small = git_file(repo)
    snapshot(port, repo, allow_patterns=[small])
    error = port.error("snapshot_download", repo_id=repo.id, repo_type="dataset", revision="no-such-branch")
    require_no_kind(error, NOT_ASKED)


@check(
    "snapshot/missing-repository[contract]",
    kills="snapshot-fails-as-not-asked",
    source="Hub: X-Error-Code RepoNotFound; huggingface_hub RepositoryNotFoundError",
    secure=True,
)
def test_missing_repository(hub: ReplayHub, port: Port) -> None:
    """A repository that does not exist is reported as that, not as an incomplete cache."""
    works("the snapshot of a repository that is there", lambda: port.snapshot_download(repo_id=TINY_MODEL))
    error = port.error("snapshot_download", repo_id=MISSING, repo_type="dataset", token=False)
    require_no_kind(error, NOT_ASKED)


@check(
    "snapshot/broken-body[gsm8k]",
    kills="short-body-accepted",
    source="RFC 9112 §8: a body shorter than its Content-Length is incomplete",
)
def test_broken_body(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """If one of the bodies breaks off, the snapshot is completed or an error is reported; no file is there by half."""
    repo = hub.subject
    hub.fault(Reset(after=10_000), method="GET", origin="cdn")
    try:
        require_files(snapshot(port, repo), repo)
    except PortError:
        require_right_parts(disk, repo)
