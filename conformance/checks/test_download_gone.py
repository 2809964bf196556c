"""What is gone from the Hub, and is still on disk: an earlier version is not returned in place of the new state."""

from __future__ import annotations

from typing import Any

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port
from conformance.ports import PortError
from conformance.replay import ReplayHub, Status, Truth
from conformance.roles import additions, git_file, pull_request
from conformance.verdict.require import require, require_bytes, role

GONE = "huggingface_hub _get_metadata_or_catch_error: a missing entry or revision is raised, whatever is cached"
NO_REVISION = Status(404, {"X-Error-Code": "RevisionNotFound"})


check = Checks("hf_hub_download", source=GONE)


def removed_file(hub: ReplayHub) -> tuple[Truth, str, str]:
    """A repository, an earlier commit of its, and a file that the head has and the commit lacks."""
    repo = hub.subject
    earlier, name = next(((old, path) for old, new, path in additions(repo) if new == repo.head), ("", ""))
    role(name, "a file that an earlier commit lacks")
    return repo, earlier, name


def require_missing(error: PortError, kind: str) -> None:
    """The error reports that it is missing: by its kind, or by the Hub's status."""
    told = error.kind == kind or error.status == 404
    require(told, "wrong-error", "the error did not report that it is gone", expected=kind, seen=str(error))


def error_of_the_gone(hub: ReplayHub, port: Port, operation: str, revision: str, **arguments: str) -> PortError:
    """The error of a call for a revision that is gone. A port that asks the Hub nothing is wrong.

    One that asks in a way that the fault does not strike is not judged.
    """
    hub.wire.clear()
    answered: dict[str, Any] = {"revision": revision, "times": None, "needed": False}
    gone = hub.fault(NO_REVISION, answer=("metadata", "info", "paths-info", "listing"), **answered)
    try:
        return port.error(operation, repo_id=hub.subject.id, repo_type="dataset", revision=revision, **arguments)
    finally:
        gone.needed = bool(hub.wire) and not gone.fired


@check("download/file-that-is-gone[gsm8k]", kills="cache-hides-what-is-gone")
def test_file_that_is_gone(hub: ReplayHub, port: Port) -> None:
    """A file that a branch does not have any more is reported as missing, though an earlier version is on disk."""
    repo, earlier, name = removed_file(hub)
    require_bytes(port.download(repo, name).read_bytes(), repo.files()[name].body)
    hub.move("main", to=earlier, repo=hub.subject.id)
    error = port.error("hf_hub_download", repo_id=hub.subject.id, repo_type="dataset", filename=name)
    require_missing(error, "entry_not_found")


@check("download/revision-that-is-gone[gsm8k]", kills="cache-hides-what-is-gone")
def test_revision_that_is_gone(hub: ReplayHub, port: Port) -> None:
    """A revision that is gone from the Hub is reported as missing, though a file of it is on disk.

    A pull request was merged or a branch deleted: the old content is not what was requested.
    """
    repo = hub.subject
    small = git_file(repo)
    revision = pull_request(repo)
    port.download(repo, small, revision=revision)
    error = error_of_the_gone(hub, port, "hf_hub_download", revision, filename=small)
    require_missing(error, "revision_not_found")


@check("download/local-dir-file-that-is-gone[gsm8k]", kills="folder-hides-what-is-gone")
def test_local_dir_file_that_is_gone(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A file that a branch does not have any more is reported as missing, though the user's folder still holds it."""
    repo, earlier, name = removed_file(hub)
    folder = str(disk.root / "mine")
    port.download(repo, name, local_dir=folder)
    hub.move("main", to=earlier, repo=hub.subject.id)
    arguments = {"repo_id": hub.subject.id, "repo_type": "dataset", "filename": name, "local_dir": folder}
    require_missing(port.error("hf_hub_download", **arguments), "entry_not_found")


@check(
    "download/file-that-comes-back[gsm8k]",
    kills="absence-is-final",
    source="huggingface_hub: .no_exist is a hint for look-ups; hf_hub_download asks the Hub what a branch has now",
)
def test_file_that_comes_back(hub: ReplayHub, port: Port) -> None:
    """A file that was missing when it was asked for first, and is there now, is downloaded."""
    repo, earlier, name = removed_file(hub)
    head = repo.head
    hub.move("main", to=earlier, repo=hub.subject.id)
    port.error("hf_hub_download", repo_id=hub.subject.id, repo_type="dataset", filename=name)
    hub.move("main", to=head, repo=hub.subject.id)
    require_bytes(port.download(repo, name).read_bytes(), repo.files(head)[name].body)


@check(
    "snapshot/revision-that-is-gone[gsm8k]",
    kills="snapshot-hides-what-is-gone",
    operation="snapshot_download",
    source="huggingface_hub snapshot_download: RevisionNotFoundError is raised, whatever is cached",
)
def test_snapshot_of_a_revision_that_is_gone(hub: ReplayHub, port: Port) -> None:
    """A revision that is gone from the Hub is reported as missing, though a snapshot of it is on disk."""
    repo = hub.subject
    revision = pull_request(repo)
    port.snapshot_download(repo_id=repo.id, repo_type="dataset", revision=revision)
    require_missing(error_of_the_gone(hub, port, "snapshot_download", revision), "revision_not_found")


@check(
    "info/what-is-gone-is-not-remembered[gsm8k]",
    kills="existence-is-remembered",
    operation="file_exists",
    source="huggingface_hub HfApi.file_exists: asks the Hub each time",
)
def test_what_is_gone_is_not_remembered(hub: ReplayHub, port: Port) -> None:
    """Whether a branch has a file is asked each time: what was there a moment ago may be gone."""
    repo, earlier, name = removed_file(hub)
    question = {"repo_id": hub.subject.id, "repo_type": "dataset", "filename": name}
    require(port.file_exists(**question) is True, "not-found", "an existing file was reported as missing")
    hub.move("main", to=earlier, repo=repo.id)
    require(port.file_exists(**question) is False, "found", "a deleted file was reported as existing")
