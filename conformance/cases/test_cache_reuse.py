"""The cache on disk: what it spares the network."""

from __future__ import annotations

import shutil
from pathlib import Path

from conformance.cases.support import GSM8K, TEST, TRAIN, Disk, Port, bodies, describe, require_kind
from conformance.cases.support_disk import read, text_or_none
from conformance.catalogue.check import check
from conformance.ports import PortError
from conformance.replay import ReplayHub, Stall
from conformance.verdict.require import require, require_bytes, require_equal

LAYOUT = "Hub docs: manage-cache, understand caching; huggingface_hub file_download (blobs, refs, snapshots)"
REUSE = "huggingface_hub hf_hub_download: one question for a branch, none for a commit hash"


@check(
    "cache/second-call-fetches-nothing[gsm8k]",
    "MUST",
    "hf_hub_download",
    source=REUSE,
    mutants=("always-fetches",),
)
def test_second_call_fetches_nothing(hub: ReplayHub, port: Port) -> None:
    """Called again for a branch that has not moved, a library asks once whether the file is still the same.

    A HEAD will do, and so will any other small question, such as one for the file's entry in the tree or for a single
    byte; the body is not fetched. (The question may follow the Hub's redirect to its own cache, one request more.)
    """
    repo = hub.repo(GSM8K)
    first = port.download(repo, "README.md")
    hub.wire.clear()
    second = port.download(repo, "README.md")
    require_equal(bodies(hub), [], "fetched-again", "the file was fetched again though it has not changed")
    asked = [str(entry) for entry in hub.wire if "/resolve-cache/" not in entry.path]
    require(len(asked) == 1, "not-one-question", "the Hub was not asked exactly once", expected=1, seen=asked)
    require(second == first, "other-path", "the second call returned another path")


@check(
    "cache/large-file-is-not-fetched-again[gsm8k]",
    "MUST",
    "hf_hub_download",
    source=REUSE,
    mutants=("always-fetches",),
)
def test_large_file_is_not_fetched_again(hub: ReplayHub, port: Port) -> None:
    """For a large file that has not changed, one small question will do, too; the other host is not troubled at all."""
    repo = hub.repo(GSM8K)
    port.download(repo, TRAIN)
    hub.wire.clear()
    port.download(repo, TRAIN)
    seen = [entry.origin for entry in hub.wire]
    require_equal(seen, ["hub"], "not-one-question", "an unchanged file costs more than one question to the Hub")
    require_equal(bodies(hub), [], "fetched-again", "the file was fetched again though it has not changed")


@check(
    "cache/commit-asks-nothing[gsm8k]",
    "MUST",
    "hf_hub_download",
    source=REUSE,
    mutants=("commit-asks-again",),
)
def test_commit_asks_nothing(hub: ReplayHub, port: Port) -> None:
    """A file in the cache that is asked for by its commit hash costs no request: a commit never changes."""
    repo = hub.repo(GSM8K)
    port.download(repo, TRAIN, revision=repo.head)
    hub.wire.clear()
    port.download(repo, TRAIN, revision=repo.head)
    require_equal([str(entry) for entry in hub.wire], [], "needless-request", "a request was sent")


@check(
    "cache/moved-branch-is-seen[gsm8k]",
    "MUST",
    "hf_hub_download",
    source=REUSE,
    mutants=("branch-never-refreshes",),
)
def test_moved_branch_is_seen(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """When the branch has moved to a commit with another version of the file, the next call returns that version.

    The ref names the new commit, and the old version stays where it was.
    """
    repo = hub.repo(GSM8K)
    old, new = repo.commits[-1], repo.head
    require(repo.files(old)[TEST] != repo.files(new)[TEST], "no-difference", "the recording is of no use")
    hub.move("main", to=old, repo=GSM8K)
    before = port.download(repo, TEST)
    hub.move("main", to=new, repo=GSM8K)
    after = port.download(repo, TEST)
    require(
        read(after) == repo.files(new)[TEST].body,
        "stale-file",
        "the file is not that of the new commit",
    )
    require(
        before.is_file() and read(before) == repo.files(old)[TEST].body,
        "old-version-lost",
        "the old commit's file is gone or changed",
    )
    ref = disk.ref(repo, "main")
    seen = text_or_none(ref)
    require_equal(seen, new, "stale-ref", "refs/main does not name the new commit")


@check(
    "cache/unchanged-file-of-a-new-commit[gsm8k]",
    "MUST",
    "hf_hub_download",
    source=REUSE,
    mutants=("blobs-not-shared",),
)
def test_unchanged_file_of_a_new_commit(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """When the branch has moved and the file is the same, the blob is used again: a link is made, no body sent."""
    repo = hub.repo(GSM8K)
    new, old = repo.commits[0], repo.commits[1]
    require(repo.files(new)[TRAIN] == repo.files(old)[TRAIN], "no-match", "the recording is of no use")
    hub.move("main", to=old, repo=GSM8K)
    port.download(repo, TRAIN)
    hub.move("main", to=new, repo=GSM8K)
    hub.wire.clear()
    port.download(repo, TRAIN)
    require_equal(bodies(hub), [], "fetched-again", "the file was fetched again though its blob is there")
    link = disk.snapshot(repo, new) / TRAIN
    expected = f"link → ../../../blobs/{repo.files(new)[TRAIN].sha256}"
    require_equal(
        describe(link) if link.exists() else None,
        expected,
        "no-link",
        "the new snapshot has no link to the blob",
    )


@check(
    "cache/failed-download-leaves-nothing[gsm8k]",
    "MUST",
    "hf_hub_download",
    source=LAYOUT,
    mutants=("error-leaves-a-file",),
)
def test_missing_file_leaves_no_file(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A download that ends in an error puts nothing into `blobs` and `snapshots`: not an empty file, not the error."""
    repo = hub.repo(GSM8K)
    port.error("hf_hub_download", repo_id=GSM8K, repo_type="dataset", filename="no-such-file.txt")
    seen = [name for name in disk.files(disk.folder(repo)) if name.startswith(("blobs/", "snapshots/"))]
    require_equal(seen, [], "left-behind", "something was put into the cache for a file that does not exist")


@check(
    "cache/serves-when-the-hub-is-away[gsm8k]",
    "MUST",
    "hf_hub_download",
    source="huggingface_hub hf_hub_download falls back to the cache when the HEAD fails",
    mutants=("no-fallback-to-the-cache",),
)
def test_serves_when_the_hub_is_away(hub: ReplayHub, port: Port) -> None:
    """When the Hub cannot be reached, a cached file is returned by its branch, as it was last seen."""
    repo = hub.repo(GSM8K)
    first = port.download(repo, TRAIN)
    hub.close()
    second = port.download(repo, TRAIN)
    require(second == first, "other-path", "another path was returned")


@check(
    "cache/local-files-only[gsm8k]",
    "MUST",
    "hf_hub_download",
    source="huggingface_hub hf_hub_download(local_files_only=True)",
    mutants=("local-files-only-ignored",),
)
def test_local_files_only(hub: ReplayHub, port: Port) -> None:
    """With `local_files_only`, no request is sent: a cached file is returned, for any other an error is reported."""
    repo = hub.repo(GSM8K)
    path = port.download(repo, TRAIN)
    hub.wire.clear()
    again = port.download(repo, TRAIN, local_files_only=True)
    require(again == path, "other-path", "another path was returned for the cached file")
    error: PortError = port.error(
        "hf_hub_download", repo_id=GSM8K, repo_type="dataset", filename=TEST, local_files_only=True
    )
    require_kind(error, "local_entry_not_found")
    require_equal([str(entry) for entry in hub.wire], [], "needless-request", "a request was sent")


@check(
    "cache/moved-cache-still-works[gsm8k]",
    "MUST",
    "hf_hub_download",
    source=LAYOUT,
    mutants=("absolute-links",),
)
def test_moved_cache_still_works(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A cache that was moved to another folder holds what it held, and is used there without fetching anything.

    People move it to a larger disk, and copy it into images.
    """
    repo = hub.repo(GSM8K)
    port.download(repo, TRAIN)
    moved = disk.root / "elsewhere" / "cache"
    shutil.copytree(disk.cache, moved, symlinks=True)
    shutil.rmtree(disk.cache)
    file = moved / disk.snapshot(repo, repo.head).relative_to(disk.cache) / TRAIN
    require(file.is_file(), "no-file", "the file of the moved snapshot cannot be opened", seen=disk.files(moved))
    hub.wire.clear()
    path = port.with_cache(moved).download(repo, TRAIN)
    require_equal(bodies(hub), [], "fetched-again", "the file was fetched again though the moved cache has it")
    require_bytes(read(path), repo.files()[TRAIN].body)


@check(
    "cache/deleted-snapshot-is-linked-again[gsm8k]",
    "MUST",
    "hf_hub_download",
    source=LAYOUT,
    mutants=("blobs-not-shared",),
)
def test_deleted_snapshot_is_linked_again(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """When the snapshot's folder is gone and the blob is there, the file is linked again; no body is fetched."""
    repo = hub.repo(GSM8K)
    port.download(repo, TRAIN)
    shutil.rmtree(disk.folder(repo) / "snapshots")
    hub.wire.clear()
    path = port.download(repo, TRAIN)
    require_equal(bodies(hub), [], "fetched-again", "the file was fetched again though its blob is there")
    require_bytes(read(path), repo.files()[TRAIN].body)


@check(
    "cache/two-at-once-fetch-one-body[gsm8k]",
    "MUST",
    "hf_hub_download",
    source="huggingface_hub file_download: a lock for each blob",
    mutants=("no-lock",),
)
def test_two_at_once_fetch_one_body(hub: ReplayHub, port: Port) -> None:
    """When the same file is asked for twice at the same time, its body is fetched once, and both get the file.

    The jobs of a cluster start together and share a cache. (The answer is slow here, so that the two do meet.)
    """
    repo = hub.repo(GSM8K)
    hub.fault(Stall(0.5, after=0), method="GET", origin="cdn")
    wanted = ("hf_hub_download", {"repo_id": GSM8K, "repo_type": "dataset", "filename": TRAIN})
    for result in port.at_once(wanted, wanted):
        require(not isinstance(result, PortError), "not-both", "one of the two got an error", seen=str(result))
        require_bytes(read(Path(result["path"])), repo.files()[TRAIN].body)
    fetched = [str(entry) for entry in hub.wire if entry.origin == "cdn" and entry.method == "GET"]
    require_equal(len(fetched), 1, "fetched-twice", "the body was not fetched exactly once")


@check(
    "cache/two-files-at-once[gsm8k]",
    "MUST",
    "hf_hub_download",
    source="huggingface_hub file_download: temporary names of a process's own",
    mutants=("one-name-for-all-temporary-files",),
)
def test_two_files_at_once(hub: ReplayHub, port: Port) -> None:
    """Two files of a repository that are fetched at the same time do not disturb each other."""
    repo = hub.repo(GSM8K)
    hub.fault(Stall(0.3, after=100), method="GET", origin="cdn", times=2)
    names = (TRAIN, TEST)
    wanted = [("hf_hub_download", {"repo_id": GSM8K, "repo_type": "dataset", "filename": name}) for name in names]
    for name, result in zip(names, port.at_once(*wanted), strict=True):
        require(not isinstance(result, PortError), "not-both", f"{name} was not fetched", seen=str(result))
        require_bytes(read(Path(result["path"])), repo.files()[name].body)
