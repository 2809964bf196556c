"""Offline by configuration, one file: what is on disk is used, what is not is refused, nothing is sent."""

from __future__ import annotations

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port
from conformance.checks.support_disk import read
from conformance.checks.support_history import added_later, changed_later
from conformance.checks.support_offline import OFFLINE, offline, online, require_refused, require_silence
from conformance.replay import ReplayHub
from conformance.roles import Role, branch_with_a_slash, git_file, other_lfs_file, pull_request, tag
from conformance.verdict.require import require, require_bytes, require_equal, role

check = Checks("hf_hub_download", source=OFFLINE)


@check("offline/file-of-a-branch[gsm8k]", kills="offline-ignored", cache="own")
def test_file_of_a_branch(hub: ReplayHub, port: Port) -> None:
    """Offline, a file that is in the cache is returned for its branch, as the branch was when last asked for.

    Not even the HEAD that would show whether it is current is sent.
    """
    repo = hub.subject
    other = other_lfs_file(repo)
    port.download(repo, other)
    hub.wire.clear()
    path = offline(port).download(repo, other)
    require_silence(hub)
    require_bytes(read(path), repo.files()[other].body)


@check("offline/file-of-a-commit[gsm8k]", kills="offline-refuses-all", cache="own")
def test_file_of_a_commit(hub: ReplayHub, port: Port) -> None:
    """Offline, a file that is in the cache is returned for its commit hash."""
    repo = hub.subject
    other = other_lfs_file(repo)
    port.download(repo, other, revision=repo.head)
    hub.wire.clear()
    path = offline(port).download(repo, other, revision=repo.head)
    require_silence(hub)
    require_bytes(read(path), repo.files()[other].body)


@check.each(
    "offline/file-of-a-{}[gsm8k]",
    {"tag": tag, "branch-with-a-slash": branch_with_a_slash, "pull-request": pull_request},
    kills="offline-knows-main-only",
    cache="own",
)
def test_file_of_a(hub: ReplayHub, port: Port, member: Role[str]) -> None:
    """Offline, a file that is in the cache is returned for the {} by which it was downloaded, slashes or not."""
    repo = hub.subject
    revision = member(repo)
    small = git_file(repo)
    role(revision in repo.refs, f"a revision {revision}")
    port.download(repo, small, revision=revision)
    hub.wire.clear()
    path = offline(port).download(repo, small, revision=revision)
    require_silence(hub)
    require_bytes(read(path), repo.files(revision)[small].body)


@check("offline/file-of-another-commit[gsm8k]", kills="offline-takes-any-commit", cache="own")
def test_file_of_another_commit(hub: ReplayHub, port: Port) -> None:
    """Offline, a file of some commit is not returned for a branch of which nothing is known.

    The branch may be anywhere: the wrong version of a file is worse than none.
    """
    repo = hub.subject
    small = git_file(repo)
    old, _, _ = changed_later(repo)
    port.download(repo, small, revision=old)
    hub.wire.clear()
    offline(port).error("hf_hub_download", **hub.subject.named, filename=small)
    require_silence(hub)


@check("offline/file-of-a-branch-that-moved[gsm8k]", kills="first-snapshot-is-the-branch", cache="own")
def test_file_of_a_branch_that_moved(hub: ReplayHub, port: Port) -> None:
    """Offline, a file is returned for its branch as of the commit that the branch was last seen at.

    The cache may hold others, newer ones as well: the branch moves to a commit, to the next one, and back.
    """
    repo = hub.subject
    old, new, name = changed_later(repo, other_lfs_file(repo))
    for commit in (old, new, old):
        hub.move("main", to=commit, repo=repo.id)
        port.download(repo, name)
        hub.wire.clear()
        seen = read(offline(port).download(repo, name))
        require(seen == repo.files(commit)[name].body, "other-version", "the file is that of another commit")
        require_silence(hub)


@check("offline/file-that-the-branch-has-lost[gsm8k]", kills="any-snapshot-has-the-file", cache="own")
def test_file_that_the_branch_has_lost(hub: ReplayHub, port: Port) -> None:
    """Offline, a file of an earlier commit is not returned for a branch that was last seen at one without it."""
    repo = hub.subject
    without, having, name = added_later(repo)
    kept = next(iter(repo.files(without).keys() & repo.files(having).keys()))
    hub.move("main", to=having, repo=repo.id)
    port.download(repo, name)
    hub.move("main", to=without, repo=repo.id)
    port.download(repo, kept)
    hub.wire.clear()
    offline(port).download(repo, kept)
    require_refused(offline(port).error("hf_hub_download", **repo.named, filename=name))
    require_silence(hub)


@check("offline/file-that-is-not-there[gsm8k]", kills=("offline-ignored", "offline-means-missing"), cache="own")
def test_file_that_is_not_there(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Offline, a file that is not in the cache is an error that reports that: not "the repository does not exist".

    The caller must be able to distinguish a file that the Hub lacks from one that was never requested.
    """
    small = git_file(hub.subject)
    other = other_lfs_file(hub.subject)
    port.download(hub.subject, other)
    hub.wire.clear()
    require_refused(offline(port).error("hf_hub_download", **hub.subject.named, filename=small))
    require_silence(hub)


@check(
    "offline/nothing-is-noted-as-missing[gsm8k]",
    kills="offline-notes-as-missing",
    source="huggingface_hub .no_exist: what the Hub said does not exist",
    needs=("try_to_load_from_cache",),
    cache="own",
)
def test_nothing_is_noted_as_missing(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A file that was requested while offline is not recorded as missing on the Hub."""
    repo = hub.subject
    small = git_file(repo)
    other = other_lfs_file(repo)
    port.download(repo, other)
    offline(port).error("hf_hub_download", **hub.subject.named, filename=small)
    if disk.kind == "hub":
        seen = list(disk.files(disk.folder(repo) / ".no_exist"))
        require_equal(seen, [], "noted-as-missing", "the file was recorded as missing")
    known = port.try_to_load_from_cache(**hub.subject.named, filename=small)
    require(known is None, "noted-as-missing", "the cache reports the file as missing", seen=known)


@check("offline/empty-cache[gsm8k]", kills=("offline-ignored", "offline-means-missing"))
def test_empty_cache(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Offline, with nothing on disk at all, the error is the same, and no request is sent."""
    small = git_file(hub.subject)
    online(hub, port, disk, "hf_hub_download", {**hub.subject.named, "filename": small})
    require_refused(offline(port).error("hf_hub_download", **hub.subject.named, filename=small))
    require_silence(hub)


@check(
    "offline/forced[gsm8k]",
    kills="offline-forgets-force",
    source="huggingface_hub: force_download is impossible in offline mode (ValueError)",
    cache="own",
)
def test_forced(hub: ReplayHub, port: Port) -> None:
    """Offline, `force_download` is refused with an error, and the file in the cache stays as it is."""
    repo = hub.subject
    small = git_file(repo)
    path = port.download(repo, small)
    hub.wire.clear()
    offline(port).error("hf_hub_download", **hub.subject.named, filename=small, force_download=True)
    require_silence(hub)
    require(path.is_file(), "file-lost", "the file that was in the cache is gone")
    require_bytes(read(path), repo.files()[small].body)


@check(
    "offline/local-dir[gsm8k]",
    kills=("offline-ignored", "offline-refuses-all"),
    source="huggingface_hub hf_hub_download(local_dir=…): without the Hub, the file that is there is returned",
)
def test_local_dir(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Offline, a file in `local_dir` is returned as it is there; for one that is not, an error is reported."""
    repo = hub.subject
    small = git_file(repo)
    other = other_lfs_file(repo)
    mine = str(disk.root / "mine")
    port.download(repo, other, local_dir=mine)
    hub.wire.clear()
    path = offline(port).download(repo, other, local_dir=mine)
    require_bytes(read(path), repo.files()[other].body)
    require_refused(offline(port).error("hf_hub_download", **hub.subject.named, filename=small, local_dir=mine))
    require_silence(hub)


@check(
    "offline/look-up[gsm8k]",
    kills="look-up-always-misses",
    operation="try_to_load_from_cache",
    source="huggingface_hub try_to_load_from_cache",
    needs=("hf_hub_download",),
    cache="own",
)
def test_look_up(hub: ReplayHub, port: Port) -> None:
    """A look into the cache needs no Hub, and is the same offline."""
    small = git_file(hub.subject)
    port.download(hub.subject, small)
    hub.wire.clear()
    online = port.try_to_load_from_cache(**hub.subject.named, filename=small)
    found = offline(port).try_to_load_from_cache(**hub.subject.named, filename=small)
    require(found is not None and found == online, "not-found", "the file that is in the cache was not found")
    require_silence(hub)
