"""The cache on disk: asking it alone, and what it knows to be missing."""

from __future__ import annotations

from conformance.catalogue.check import Checks
from conformance.checks.support import TINY_MODEL, Disk, Port
from conformance.checks.support_disk import read
from conformance.checks.support_history import added_later
from conformance.replay import ReplayHub, Status
from conformance.roles import git_file, lfs_file, pull_request
from conformance.verdict.require import control, require, require_equal

NO_EXIST = "huggingface_hub .no_exist, try_to_load_from_cache"


check = Checks("try_to_load_from_cache", source=NO_EXIST)


@check(
    "cache/missing-file-is-remembered[gsm8k]", kills="no-exist-not-written", level="SHOULD", operation="hf_hub_download"
)
def test_missing_file_is_remembered(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """That a commit lacks a file is noted in the cache as an empty file `.no_exist/<commit>/<path>`."""
    repo = hub.subject
    small = git_file(repo)
    port.download(repo, small)
    port.error("hf_hub_download", repo_id=repo.id, repo_type="dataset", filename="no/such/file.txt")
    seen = disk.files(disk.folder(repo) / ".no_exist")
    expected = f"{repo.head}/no/such/file.txt"
    require_equal(list(seen), [expected], "not-remembered", "the missing file was not recorded in .no_exist")
    require(read(disk.folder(repo) / ".no_exist" / expected) == b"", "not-empty", "the file in .no_exist is not empty")


@check("cache/look-up-of-a-cached-file[gsm8k]", kills="look-up-always-misses", needs=("hf_hub_download",), cache="own")
def test_look_up_of_a_cached_file(hub: ReplayHub, port: Port) -> None:
    """The look-up in the cache finds a file that was downloaded, by branch and by commit, and sends no request."""
    repo = hub.subject
    large = lfs_file(repo)
    path = port.download(repo, large)
    hub.wire.clear()
    for revision in ("main", repo.head):
        found = port.try_to_load_from_cache(repo_id=repo.id, repo_type="dataset", filename=large, revision=revision)
        require(found == {"path": str(path)}, "not-found", f"the cached file was not found by {revision}", seen=found)
    require_equal([str(entry) for entry in hub.wire], [], "needless-request", "the look-up sent a request")


@check(
    "cache/look-up-of-an-unknown-file[gsm8k]", kills="look-up-invents-paths", needs=("hf_hub_download",), cache="own"
)
def test_look_up_of_an_unknown_file(hub: ReplayHub, port: Port) -> None:
    """The look-up of a file that was never downloaded gives null: whether it exists is not known."""
    repo = hub.subject
    small = git_file(repo)
    large = lfs_file(repo)
    path = port.download(hub.subject, small)
    found = port.try_to_load_from_cache(repo_id=repo.id, repo_type="dataset", filename=small)
    control(found == {"path": str(path)}, "the look-up did not find a file that was downloaded", seen=found)
    found = port.try_to_load_from_cache(repo_id=repo.id, repo_type="dataset", filename=large)
    require_equal(found, None, "wrong-answer", "a file that was never downloaded was found")


@check(
    "cache/look-up-of-a-missing-file[gsm8k]",
    kills="no-exist-not-written",
    level="SHOULD",
    needs=("hf_hub_download",),
    cache="own",
)
def test_look_up_of_a_missing_file(hub: ReplayHub, port: Port) -> None:
    """The look-up distinguishes a file that the commit is known to lack from one that was never requested."""
    repo = hub.subject
    port.error("hf_hub_download", repo_id=repo.id, repo_type="dataset", filename="no-such-file.txt")
    found = port.try_to_load_from_cache(repo_id=repo.id, repo_type="dataset", filename="no-such-file.txt")
    require_equal(found, {"no_exist": True}, "wrong-answer", "the missing file was not reported as missing")


@check.each(
    "cache/look-up-after-{}[gsm8k]",
    {
        "a-missing-page": Status(404),
        "a-missing-repository": Status(404, {"X-Error-Code": "RepoNotFound"}),
        "a-server-error": Status(500, retry_after=0),
    },
    kills="absence-after-any-error",
    needs=("hf_hub_download",),
    cache="own",
    source="huggingface_hub hf_hub_download: `.no_exist` is written for X-Error-Code EntryNotFound alone",
)
def test_look_up_after(hub: ReplayHub, port: Port, member: Status) -> None:
    """After {} the look-up gives null: that a download failed does not show that the commit lacks the file."""
    repo = hub.subject
    small = git_file(repo)
    large = lfs_file(repo)
    path = port.download(repo, small)
    found = port.try_to_load_from_cache(**repo.named, filename=small)
    control(found == {"path": str(path)}, "the look-up did not find a file that was downloaded", seen=found)
    hub.fault(member, repo=repo.id, times=None)
    port.error("hf_hub_download", **repo.named, filename=large)
    found = port.try_to_load_from_cache(**repo.named, filename=large)
    require_equal(found, None, "wrong-answer", "a file that could not be fetched was reported as missing")


@check("cache/look-up-by-tag[contract]", kills="ref-of-main-only", needs=("hf_hub_download",), cache="own")
def test_look_up_by_tag(hub: ReplayHub, port: Port) -> None:
    """A file that was downloaded by a tag is found by that tag, and by the tag's commit; not by `main`."""
    repo = hub.repo(TINY_MODEL)
    path = port.download(repo, "README.md", revision="v1.0")
    for revision in ("v1.0", repo.sha("v1.0")):
        found = port.try_to_load_from_cache(repo_id=TINY_MODEL, filename="README.md", revision=revision)
        require_equal(found, {"path": str(path)}, "not-found", f"the cached file was not found by {revision}")
    found = port.try_to_load_from_cache(repo_id=TINY_MODEL, filename="README.md")
    require_equal(found, None, "wrong-answer", "the tag's file was returned for main, which was never requested")


@check("cache/look-up-by-pull-request[gsm8k]", kills="ref-of-main-only", needs=("hf_hub_download",), cache="own")
def test_look_up_by_pull_request(hub: ReplayHub, port: Port) -> None:
    """A file that was downloaded from `refs/pr/1` is found by that name, slashes and all."""
    repo = hub.subject
    pull = pull_request(repo)
    small = git_file(repo)
    path = port.download(hub.subject, small, revision=pull)
    found = port.try_to_load_from_cache(repo_id=repo.id, repo_type="dataset", filename=small, revision=pull)
    require_equal(found, {"path": str(path)}, "not-found", "the cached file was not found by the pull request's ref")


@check("cache/look-up-tells-types-apart[gsm8k]", kills="folder-without-type", needs=("hf_hub_download",), cache="own")
def test_look_up_tells_types_apart(hub: ReplayHub, port: Port) -> None:
    """A dataset's file is not found in the model and the space of the same name."""
    repo = hub.subject
    small = git_file(repo)
    path = port.download(hub.subject, small)
    found = port.try_to_load_from_cache(repo_id=repo.id, repo_type="dataset", filename=small)
    control(found == {"path": str(path)}, "the look-up did not find a file that was downloaded", seen=found)
    for repo_type in ("model", "space"):
        found = port.try_to_load_from_cache(repo_id=repo.id, repo_type=repo_type, filename=small)
        require_equal(found, None, "wrong-answer", f"a dataset's file was found in a {repo_type}")


@check(
    "cache/missing-file-is-asked-for-again[gsm8k]",
    kills="absence-is-for-ever",
    operation="hf_hub_download",
    source="huggingface_hub hf_hub_download: .no_exist answers look-ups, never a download of a branch",
    cache="own",
)
def test_missing_file_is_asked_for_again(hub: ReplayHub, port: Port) -> None:
    """A file that a branch once lacked is asked for again: by now it may be there."""
    repo = hub.subject
    old, new, added = added_later(repo)
    hub.move("main", to=old, repo=repo.id)
    port.error("hf_hub_download", repo_id=repo.id, repo_type="dataset", filename=added)
    hub.move("main", to=new, repo=repo.id)
    path = port.download(repo, added)
    require_equal(read(path), repo.files(new)[added].body, "wrong-bytes", "the file is not the new commit's")
