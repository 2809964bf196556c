"""The cache on disk, shared by two libraries: the one under test, and another in a separate process.

Two programs of one user need only one copy of a dataset, whichever library each of them uses.
"""

from __future__ import annotations

from pathlib import Path

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port, bodies
from conformance.replay import ReplayHub
from conformance.roles import Role, git_file, lfs_file, pull_request
from conformance.verdict.require import control, require, require_equal

SHARED = "Hub docs: manage-cache, one cache for all libraries; huggingface_hub file_download"
NO_EXIST = "huggingface_hub .no_exist, try_to_load_from_cache"


check = Checks("hf_hub_download", source=SHARED)


@check.each(
    "cache/uses-{}-of-another-client[gsm8k]",
    {"a-small-file": git_file, "a-large-file": lfs_file},
    kills="folder-without-type",
)
def test_uses_what_another_client_downloaded(hub: ReplayHub, port: Port, member: Role[str]) -> None:
    """{} that another library has downloaded is used: the same path comes back, and no body is fetched."""
    repo = hub.subject
    name = member(repo)
    theirs = port.another_client().download(repo, name)
    hub.wire.clear()
    ours = port.download(repo, name)
    require_equal(bodies(hub), [], "fetched-again", "the file was fetched though another library had left it there")
    require(ours == theirs, "other-path", "another path was returned than the other library's", seen=ours.name)


@check.each(
    "cache/leaves-{}-for-another-client[gsm8k]",
    {"a-small-file": git_file, "a-large-file": lfs_file},
    kills=("blob-names-of-its-own", "folder-without-type"),
)
def test_leaves_what_another_client_uses(hub: ReplayHub, port: Port, member: Role[str]) -> None:
    """{} that was downloaded is used by another library, which fetches no body and gives the same path.

    To see that the blob counts and not only the link, the link is taken away: the other library creates it again.
    """
    repo = hub.subject
    name = member(repo)
    ours = port.download(repo, name)
    control(ours.is_file(), "the port has written no file")
    ours.unlink()
    hub.wire.clear()
    theirs = port.another_client().download(repo, name)
    require_equal(bodies(hub), [], "fetched-again", "another library did not find the blob and fetched it again")
    require(ours == theirs, "other-path", "another library returned another path", seen=theirs.name)


@check("cache/uses-a-commit-of-another-client[gsm8k]", kills="commit-asks-again")
def test_uses_a_commit_of_another_client(hub: ReplayHub, port: Port) -> None:
    """A file that another library has downloaded by branch costs no request at all by the commit's hash."""
    repo = hub.subject
    large = lfs_file(repo)
    port.another_client().download(repo, large)
    hub.wire.clear()
    port.download(repo, large, revision=repo.head)
    require_equal([str(entry) for entry in hub.wire], [], "needless-request", "a request was sent")


@check("cache/uses-a-snapshot-of-another-client[gsm8k]", kills="folder-without-type", operation="snapshot_download")
def test_uses_a_snapshot_of_another_client(hub: ReplayHub, port: Port) -> None:
    """A whole snapshot that another library has downloaded is used: no body is fetched, the same folder returned."""
    repo = hub.subject
    other = port.another_client()
    theirs = other.snapshot_download(repo_id=repo.id, repo_type="dataset")
    hub.wire.clear()
    ours = port.snapshot_download(repo_id=repo.id, repo_type="dataset")
    require_equal(bodies(hub), [], "fetched-again", "files were fetched though another library had left them there")
    require(Path(ours["path"]) == Path(theirs["path"]), "other-path", "another folder was returned")


@check("cache/leaves-a-snapshot-for-another-client[gsm8k]", kills="folder-without-type", operation="snapshot_download")
def test_leaves_a_snapshot_for_another_client(hub: ReplayHub, port: Port) -> None:
    """A whole snapshot that was downloaded is used by another library, also without the Hub."""
    repo = hub.subject
    ours = port.snapshot_download(repo_id=repo.id, repo_type="dataset")
    hub.wire.clear()
    other = port.another_client()
    theirs = other.snapshot_download(repo_id=repo.id, repo_type="dataset", local_files_only=True)
    require_equal([str(entry) for entry in hub.wire], [], "needless-request", "a request was sent")
    require(Path(ours["path"]) == Path(theirs["path"]), "other-path", "another library returned another folder")


@check("cache/ref-is-read-by-another-client[gsm8k]", kills=("ref-name-flattened", "ref-with-newline"))
def test_ref_is_read_by_another_client(hub: ReplayHub, port: Port) -> None:
    """From the ref that was written, another library knows the commit without asking the Hub."""
    repo = hub.subject
    pull = pull_request(repo)
    small = git_file(repo)
    path = port.download(hub.subject, small, revision=pull)
    where = {"repo_id": repo.id, "repo_type": "dataset", "filename": small, "revision": pull}
    found = port.another_client().try_to_load_from_cache(**where)
    require_equal(found, {"path": str(path)}, "not-found", "another library did not find the file by its revision")


@check(
    "cache/uses-an-absence-of-another-client[gsm8k]",
    kills="absence-noted-its-own-way",
    level="SHOULD",
    operation="try_to_load_from_cache",
    source=NO_EXIST,
)
def test_uses_an_absence_of_another_client(hub: ReplayHub, port: Port) -> None:
    """What another library has found missing is known as missing."""
    where = {"repo_id": hub.subject.id, "repo_type": "dataset", "filename": "no-such-file.txt"}
    port.another_client().error("hf_hub_download", **where)
    found = port.try_to_load_from_cache(**where)
    require_equal(found, {"no_exist": True}, "wrong-answer", "the other library's record was not found")


@check(
    "cache/leaves-an-absence-for-another-client[gsm8k]",
    kills="absence-noted-its-own-way",
    level="SHOULD",
    source=NO_EXIST,
)
def test_leaves_an_absence_for_another_client(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """What was found missing is known as missing to another library."""
    where = {"repo_id": hub.subject.id, "repo_type": "dataset", "filename": "no-such-file.txt"}
    port.error("hf_hub_download", **where)
    found = port.another_client().try_to_load_from_cache(**where)
    noted = disk.files(disk.folder(hub.subject))
    require(found == {"no_exist": True}, "wrong-answer", "another library did not find the record", seen=noted)
