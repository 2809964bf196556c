"""The cache on disk: what it spares the network."""

from __future__ import annotations

import shutil
from pathlib import Path

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port, bodies, describe, sent_again
from conformance.checks.support_disk import holds, named_by, read, remove_folder
from conformance.checks.support_history import changed_later, kept_later
from conformance.ports import PortError
from conformance.replay import ReplayHub, Stall
from conformance.roles import git_file, lfs_file, other_lfs_file, two_lfs_files
from conformance.verdict.require import control, require, require_bytes, require_equal

LAYOUT = "Hub docs: manage-cache, understand caching; huggingface_hub file_download (blobs, refs, snapshots)"
REUSE = "huggingface_hub hf_hub_download: one question for a branch, none for a commit hash"


check = Checks("hf_hub_download", source=REUSE)


@check("cache/second-call-fetches-nothing[gsm8k]", kills="always-fetches", cache="own")
def test_second_call_fetches_nothing(hub: ReplayHub, port: Port) -> None:
    """Called again for a branch that has not moved, a library does not fetch the file's body again.

    It may ask whether the file is still the same in any way that is cheap: by HEAD, by the file's entry in the tree,
    by a single byte.
    """
    repo = hub.subject
    small = git_file(repo)
    first = port.download(repo, small)
    hub.wire.clear()
    second = port.download(repo, small)
    require_equal(bodies(hub), [], "fetched-again", "the file was fetched again though it has not changed")
    require(second == first, "other-path", "the second call returned another path")


@check("cache/second-call-asks-one-question[gsm8k]", kills="asks-twice", level="SHOULD", cache="own")
def test_second_call_asks_one_question(hub: ReplayHub, port: Port) -> None:
    """Called again for a branch that has not moved, a library asks the Hub once, and not more, about the file.

    (The question may follow the Hub's redirect to its own cache, one request more.)
    """
    repo = hub.subject
    small = git_file(repo)
    path = port.download(repo, small)
    require_bytes(read(path), repo.files()[small].body)
    hub.wire.clear()
    port.download(repo, small)
    asked = [str(entry) for entry in hub.wire if "/resolve-cache/" not in entry.path]
    require(len(asked) == 1, "not-one-question", "the Hub did not get exactly one request", expected=1, seen=asked)


@check("cache/large-file-is-not-fetched-again[gsm8k]", kills="always-fetches", cache="own")
def test_large_file_is_not_fetched_again(hub: ReplayHub, port: Port) -> None:
    """A large file that has not changed is not fetched again: neither whole nor in parts."""
    repo = hub.subject
    large = lfs_file(repo)
    port.download(repo, large)
    hub.wire.clear()
    path = port.download(repo, large)
    require_equal(bodies(hub), [], "fetched-again", "the file was fetched again though it has not changed")
    require_bytes(read(path), repo.files()[large].body)


@check("cache/large-file-asks-one-question[gsm8k]", kills="asks-twice", level="SHOULD", cache="own")
def test_large_file_asks_one_question(hub: ReplayHub, port: Port) -> None:
    """For a large file that has not changed, one small question to the Hub will do, too.

    The host that has the content is not asked at all.
    """
    repo = hub.subject
    large = lfs_file(repo)
    require_bytes(read(port.download(repo, large)), repo.files()[large].body)
    hub.wire.clear()
    port.download(repo, large)
    asked = [str(entry) for entry in hub.wire]
    require(len(asked) == 1, "not-one-question", "not exactly one request was sent", expected=1, seen=asked)


@check("cache/commit-asks-nothing[gsm8k]", kills="commit-asks-again", cache="own")
def test_commit_asks_nothing(hub: ReplayHub, port: Port) -> None:
    """A file in the cache that is asked for by its commit hash costs no request: a commit never changes."""
    repo = hub.subject
    large = lfs_file(repo)
    port.download(repo, large, revision=repo.head)
    hub.wire.clear()
    port.download(repo, large, revision=repo.head)
    require_equal([str(entry) for entry in hub.wire], [], "needless-request", "a request was sent")


@check("cache/moved-branch-is-seen[gsm8k]", kills="branch-never-refreshes", cache="own")
def test_moved_branch_is_seen(hub: ReplayHub, port: Port) -> None:
    """When the branch has moved to a commit with another version of the file, the next call returns that version.

    The old version stays where it was.
    """
    repo = hub.subject
    other = other_lfs_file(repo)
    old, new, name = changed_later(repo, other)
    hub.move("main", to=old, repo=repo.id)
    before = port.download(repo, name)
    hub.move("main", to=new, repo=repo.id)
    after = port.download(repo, name)
    require(read(after) == repo.files(new)[name].body, "stale-file", "the file is not that of the new commit")
    require(holds(before, repo.files(old)[name].body), "old-version-lost", "the old commit's file is gone or changed")


@check("cache/moved-branch-moves-the-ref[gsm8k]", kills="ref-never-rewritten", source=LAYOUT)
def test_moved_branch_moves_the_ref(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """When the branch has moved, `refs/main` names the new commit after the next call."""
    repo = hub.subject
    other = other_lfs_file(repo)
    old, new, name = changed_later(repo, other)
    for commit in (old, new):
        hub.move("main", to=commit, repo=repo.id)
        port.download(repo, name)
        require_equal(
            named_by(disk.ref(repo, "main")), commit, "stale-ref", "refs/main does not name the branch's commit"
        )


@check("cache/unchanged-file-of-a-new-commit[gsm8k]", kills="blobs-not-shared", cache="own")
def test_unchanged_file_of_a_new_commit(hub: ReplayHub, port: Port) -> None:
    """When the branch has moved and the file is the same, the content in the cache is used again: no body is sent."""
    repo = hub.subject
    large = lfs_file(repo)
    old, new, name = kept_later(repo, large)
    hub.move("main", to=old, repo=repo.id)
    port.download(repo, name)
    hub.move("main", to=new, repo=repo.id)
    hub.wire.clear()
    path = port.download(repo, name)
    require_equal(bodies(hub), [], "fetched-again", "the file was fetched again though its content is there")
    require_bytes(read(path), repo.files(new)[name].body)


@check("cache/unchanged-file-is-linked[gsm8k]", kills="blobs-copied-to-new-commits", source=LAYOUT)
def test_unchanged_file_is_linked(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """When the branch has moved and the file is the same, the new snapshot has a link to the blob of the old one."""
    repo = hub.subject
    large = lfs_file(repo)
    old, new, name = kept_later(repo, large)
    hub.move("main", to=old, repo=repo.id)
    port.download(repo, name)
    hub.move("main", to=new, repo=repo.id)
    port.download(repo, name)
    link = disk.snapshot(repo, new) / name
    expected = f"link → ../../{'../' * name.count('/')}blobs/{repo.files(new)[name].etag}"
    require_equal(
        describe(link) if link.exists() else None, expected, "no-link", "the new snapshot has no link to the blob"
    )


@check("cache/failed-download-leaves-nothing[gsm8k]", kills="error-leaves-a-file", source=LAYOUT, cache="own")
def test_missing_file_leaves_no_file(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A download that ends in an error leaves no file of that name: not an empty file, not the error.

    In the official layout nothing new is in `blobs` and `snapshots`; elsewhere no new file has the name, unless it
    is empty and only a note.
    """
    repo = hub.subject
    small = git_file(repo)
    port.with_cache(disk.root / "another").download(repo, small)
    port.error("hf_hub_download", repo_id=repo.id, repo_type="dataset", filename="no-such-file.txt")
    new = disk.files(disk.cache)
    if disk.kind == "hub":
        left = [name for name in new if {"blobs", "snapshots"} & set(name.split("/")[:2])]
    else:
        left = [name for name, what in new.items() if "no-such-file.txt" in name and not what.startswith("file 0 ")]
    require_equal(left, [], "left-behind", "something was written to the cache for a file that does not exist")


@check(
    "cache/serves-when-the-hub-is-away[gsm8k]",
    kills="no-fallback-to-the-cache",
    source="huggingface_hub hf_hub_download falls back to the cache when the HEAD fails",
    cache="own",
)
def test_serves_when_the_hub_is_away(hub: ReplayHub, port: Port) -> None:
    """When the Hub cannot be reached, a cached file is returned by its branch, as it was last seen."""
    repo = hub.subject
    large = lfs_file(repo)
    first = port.download(repo, large)
    hub.close()
    second = port.download(repo, large)
    require(second == first, "other-path", "another path was returned")


@check(
    "cache/local-files-only[gsm8k]",
    kills="local-files-only-ignored",
    source="huggingface_hub hf_hub_download(local_files_only=True)",
    cache="own",
)
def test_local_files_only(hub: ReplayHub, port: Port) -> None:
    """With `local_files_only`, no request is sent: a cached file is returned, for any other an error is reported."""
    repo = hub.subject
    large, other = two_lfs_files(repo)
    path = port.download(repo, large)
    hub.wire.clear()
    again = port.download(repo, large, local_files_only=True)
    require(again == path, "other-path", "another path was returned for the cached file")
    port.error("hf_hub_download", repo_id=repo.id, repo_type="dataset", filename=other, local_files_only=True)
    require_equal([str(entry) for entry in hub.wire], [], "needless-request", "a request was sent")


@check("cache/moved-cache-still-works[gsm8k]", kills="absolute-links", source=LAYOUT, cache="own")
def test_moved_cache_still_works(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A cache that was moved to another folder holds what it held, and is used there without fetching anything.

    People move it to a larger disk, and copy it into images. In the official layout the links hold there as well.
    """
    repo = hub.subject
    large = lfs_file(repo)
    port.download(repo, large)
    moved = disk.root / "elsewhere" / "cache"
    require(disk.files(disk.cache), "no-cache", "the cache directory holds nothing after a download")
    hub.wire.clear()
    port.download(repo, large)
    control(not bodies(hub), "the cache is not used where it was made")
    shutil.copytree(disk.cache, moved, symlinks=True)
    shutil.rmtree(disk.cache)
    if disk.kind == "hub":
        file = moved / disk.snapshot(repo, repo.head).relative_to(disk.cache) / large
        require(file.is_file(), "no-file", "the file of the moved snapshot cannot be opened", seen=disk.files(moved))
    hub.wire.clear()
    path = port.with_cache(moved).download(repo, large)
    require_equal(bodies(hub), [], "fetched-again", "the file was fetched again though the moved cache has it")
    require_bytes(read(path), repo.files()[large].body)


@check("cache/deleted-snapshot-is-linked-again[gsm8k]", kills="blobs-not-shared", source=LAYOUT)
def test_deleted_snapshot_is_linked_again(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """When the snapshot's folder is gone and the blob is there, the file is linked again; no body is fetched."""
    repo = hub.subject
    large = lfs_file(repo)
    port.download(repo, large)
    remove_folder(disk.folder(repo) / "snapshots")
    hub.wire.clear()
    path = port.download(repo, large)
    require_equal(bodies(hub), [], "fetched-again", "the file was fetched again though its blob is there")
    require_bytes(read(path), repo.files()[large].body)


@check(
    "cache/two-at-once-fetch-one-body[gsm8k]",
    kills="no-lock",
    source="huggingface_hub file_download: a lock for each blob",
    cache="own",
)
def test_two_at_once_fetch_one_body(hub: ReplayHub, port: Port) -> None:
    """When the same file is asked for twice at the same time, its body is fetched once, and both get the file.

    The jobs of a cluster start together and share a cache. (The answer is slow here, so that the two do meet.)
    """
    repo = hub.subject
    large = lfs_file(repo)
    slow = hub.fault(Stall(0.5, after=0), answer="content")
    wanted = ("hf_hub_download", {"repo_id": repo.id, "repo_type": "dataset", "filename": large})
    for result in port.at_once(wanted, wanted):
        require(not isinstance(result, PortError), "not-both", "one of the two got an error", seen=str(result))
        require_bytes(read(Path(result["path"])), repo.files()[large].body)
    if slow.fired:  # otherwise the content came from elsewhere
        require_equal(sent_again(hub), [], "fetched-twice", "the body was not fetched exactly once")


@check(
    "cache/two-files-at-once[gsm8k]",
    kills="one-name-for-all-temporary-files",
    source="huggingface_hub file_download: temporary names of a process's own",
    cache="own",
)
def test_two_files_at_once(hub: ReplayHub, port: Port) -> None:
    """Two files of a repository that are fetched at the same time do not disturb each other."""
    repo = hub.subject
    large, other = two_lfs_files(repo)
    hub.fault(Stall(0.3, after=100), answer="content", times=2)
    names = (large, other)
    wanted = [("hf_hub_download", {"repo_id": repo.id, "repo_type": "dataset", "filename": name}) for name in names]
    results = port.at_once(*wanted)
    if hub.is_bypassed:  # the pause did not reach the two transfers: whether they met is chance
        return
    for name, result in zip(names, results, strict=True):
        require(not isinstance(result, PortError), "not-both", f"{name} was not fetched", seen=str(result))
        require_bytes(read(Path(result["path"])), repo.files()[name].body)
