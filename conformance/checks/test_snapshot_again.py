"""What a snapshot costs: nothing is asked for twice, and nothing that is on disk already."""

from __future__ import annotations

from collections import Counter

from conformance.catalogue.check import Checks
from conformance.checks.support import MANY_FILES, Port, fetched, twice
from conformance.checks.support_disk import damage, read
from conformance.checks.support_history import added_later, changed_later
from conformance.checks.support_snapshot import during_the_stall, file_requests, held, require_files, snapshot
from conformance.replay import ReplayHub, Stall, Status
from conformance.roles import lfs_file, other_lfs_file
from conformance.verdict.require import require, require_bytes, require_equal

SNAPSHOT = "Hub docs: download an entire repository; huggingface_hub snapshot_download"
LISTING = "Hub API: GET /api/{repo_type}s/{repo_id}/tree/{revision}?recursive=true, pages by Link"
WARM = "huggingface_hub snapshot_download: what is in the cache is not asked for again"


check = Checks("snapshot_download", source=WARM)


@check("snapshot/every-page-once[contract]", kills=("tree-first-page-only", "snapshot-lists-twice"), source=LISTING)
def test_every_page_once(hub: ReplayHub, port: Port) -> None:
    """A listing of over a thousand files has two pages: both are read, and each is asked for once.

    Only the last file of the listing is wanted here, so who stops after the first page gets nothing.
    """
    repo = hub.repo(MANY_FILES)
    name, file = list(repo.files().items())[-1]
    body = b"c 349\n"
    said = {"X-Repo-Commit": repo.head, "ETag": f'"{file.oid}"'}
    hub.fault(Status(200, headers=said, body=body), path=f"*/resolve/*/{name}", times=None)
    folder = snapshot(port, repo, allow_patterns=[name])
    require_equal(held(folder, [name]), [name], "wrong-files", "the folder does not hold exactly the last file")
    require_bytes(read(folder / name), body)
    pages = Counter(entry.request.target for entry in hub.wire if "/tree/" in entry.path)
    again = sorted(target for target, times in pages.items() if times > 1)
    require_equal(again, [], "pages-asked-again", "a page of the listing was requested more than once")


@check("snapshot/no-body-twice[gsm8k]", kills="fetches-twice", source=SNAPSHOT)
def test_no_body_twice(hub: ReplayHub, port: Port) -> None:
    """Each file's body is fetched once: as many bodies as files, and no byte of any of them twice.

    A body may come whole or by ranges. A request for a single byte, to learn what a file is, fetches no body.
    """
    repo = hub.subject
    require_files(snapshot(port, repo), repo)
    parts = fetched(hub)
    again = sorted(path for path, sent in parts.items() if twice(sent))
    require_equal(again, [], "fetched-twice", "bytes of a body were fetched twice")
    require_equal(len(parts), len(repo.files()), "fetched-twice", "the number of bodies is not the number of files")


@check("snapshot/warm-by-commit[gsm8k]", kills="snapshot-asks-for-each-file", level="SHOULD", cache="own")
def test_warm_by_commit(hub: ReplayHub, port: Port) -> None:
    """A second snapshot of the same commit hash costs no request: a commit never changes, nor what it consists of.

    For that, the listing of the commit is kept in the cache as well.
    """
    repo = hub.subject
    snapshot(port, repo, revision=repo.head)
    hub.wire.clear()
    path = snapshot(port, repo, revision=repo.head)
    require_equal([str(entry) for entry in hub.wire], [], "needless-request", "a request was sent")
    require_files(path, repo)


@check("snapshot/warm-by-branch[gsm8k]", kills="snapshot-asks-for-each-file", cache="own")
def test_warm_by_branch(hub: ReplayHub, port: Port) -> None:
    """A second snapshot of a branch that has not moved resolves the branch, and requests no file."""
    repo = hub.subject
    snapshot(port, repo)
    hub.wire.clear()
    path = snapshot(port, repo)
    require_equal(file_requests(hub), [], "needless-request", "files that are in the cache were requested")
    require_files(path, repo)


@check(
    "snapshot/takes-single-downloads[gsm8k]", kills="snapshot-always-fetches", needs=("hf_hub_download",), cache="own"
)
def test_takes_single_downloads(hub: ReplayHub, port: Port) -> None:
    """A file that was downloaded by itself before is not fetched again for the snapshot: both have one cache."""
    repo = hub.subject
    large = lfs_file(repo)
    port.download(repo, large)
    hub.wire.clear()
    require_files(snapshot(port, repo), repo)
    asked = [line for line in file_requests(hub) if " GET " in line and large in line]
    require_equal(asked, [], "fetched-again", "the file was fetched again though the cache has it")


@check("snapshot/gives-single-downloads[gsm8k]", kills="snapshot-copies-apart", needs=("hf_hub_download",), cache="own")
def test_gives_single_downloads(hub: ReplayHub, port: Port) -> None:
    """After a snapshot, each of its files by itself costs no request if it is asked for by the commit."""
    repo = hub.subject
    other = other_lfs_file(repo)
    snapshot(port, repo)
    hub.wire.clear()
    path = port.download(repo, other, revision=repo.head)
    require_equal([str(entry) for entry in hub.wire], [], "needless-request", "a request was sent")
    require_bytes(read(path), repo.files()[other].body)


@check("snapshot/only-what-changed[gsm8k]", kills="snapshot-always-fetches", cache="own")
def test_only_what_changed(hub: ReplayHub, port: Port) -> None:
    """When the branch has moved, the new snapshot is whole, and no body is fetched of a file that did not change."""
    repo = hub.subject
    other = other_lfs_file(repo)
    old, new, _ = changed_later(repo, other)
    hub.move("main", to=old, repo=repo.id)
    snapshot(port, repo)
    hub.move("main", to=new, repo=repo.id)
    hub.wire.clear()
    require_files(snapshot(port, repo), repo, new)
    before = set(repo.files(old).values())
    changed = [name for name, file in repo.files(new).items() if file not in before]
    require_equal(len(fetched(hub)), len(changed), "fetched-again", "unchanged files were fetched again")


@check("snapshot/removed-files-are-gone[gsm8k]", kills="snapshot-keeps-removed-files", source=SNAPSHOT, cache="own")
def test_removed_files_are_gone(hub: ReplayHub, port: Port) -> None:
    """A file that the branch's commit does not have is not in its snapshot; in that of the other commit it stays."""
    repo = hub.subject
    without, with_file, _ = added_later(repo)
    hub.move("main", to=with_file, repo=repo.id)
    before = snapshot(port, repo)
    hub.move("main", to=without, repo=repo.id)
    require_files(snapshot(port, repo), repo, without)
    require_files(before, repo, with_file)


@check(
    "snapshot/forced[gsm8k]",
    kills="snapshot-never-forces",
    source="huggingface_hub snapshot_download(force_download=True)",
)
def test_forced(hub: ReplayHub, port: Port) -> None:
    """With `force_download` every file is fetched again, and a damaged one is made good."""
    repo = hub.subject
    other = other_lfs_file(repo)
    damage(snapshot(port, repo) / other, bytes(repo.files()[other].size))
    require_files(snapshot(port, repo, force_download=True), repo)


@check(
    "snapshot/side-by-side[gsm8k]",
    kills="snapshot-one-by-one",
    level="MAY",
    source="huggingface_hub snapshot_download(max_workers=8)",
)
def test_side_by_side(hub: ReplayHub, port: Port) -> None:
    """While one file keeps the library waiting, others are downloaded."""
    repo = hub.subject
    hub.fault(Stall(1.0, after=-1), path="/datasets/*/resolve/*")
    require_files(snapshot(port, repo), repo)
    require(during_the_stall(hub), "one-by-one", "no other request was sent while one response was pending")


@check(
    "snapshot/one-worker[gsm8k]",
    kills="snapshot-ignores-max-workers",
    level="SHOULD",
    source="huggingface_hub snapshot_download(max_workers=1)",
)
def test_one_worker(hub: ReplayHub, port: Port) -> None:
    """With `max_workers=1` one file is downloaded after the other: the caller has a reason for it."""
    repo = hub.subject
    hub.fault(Stall(0.3, after=-1), path="/datasets/*/resolve/*")
    require_files(snapshot(port, repo, max_workers=1), repo)
    require_equal(during_the_stall(hub), [], "more-workers", "another file was requested at the same time")
