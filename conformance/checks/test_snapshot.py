"""Downloading all files of a commit: the right ones, and all of one commit."""

from __future__ import annotations

import itertools
from pathlib import Path

from conformance.catalogue.check import Checks
from conformance.checks.support import AWKWARD_NAMES, PRIVATE, TINY_MODEL, Disk, Port
from conformance.checks.support_disk import is_same, named_by
from conformance.checks.support_history import changed_beside_others, changed_later
from conformance.checks.support_snapshot import Meanwhile, Renamed, held, require_files, snapshot
from conformance.replay import ReplayHub
from conformance.roles import Role, branch_with_a_slash, other_lfs_file, pull_request, tag
from conformance.traffic.identity import TOKENS
from conformance.verdict.require import require, require_equal

SNAPSHOT = "Hub docs: download an entire repository; huggingface_hub snapshot_download"
PINNED = "huggingface_hub snapshot_download resolves the revision once and downloads by commit hash"


check = Checks("snapshot_download", source=SNAPSHOT)


@check("snapshot/all-files[gsm8k]", kills=("snapshot-drops-folders", "body-first-chunk-lost"))
def test_all_files(hub: ReplayHub, port: Port) -> None:
    """A snapshot holds every file of the commit at its path, byte for byte, and nothing else."""
    repo = hub.subject
    require_files(snapshot(port, repo), repo)


@check(
    "snapshot/returns-the-commits-folder[gsm8k]",
    kills="snapshot-path-of-the-repository",
    source="Hub docs: understand caching; huggingface_hub snapshot_download",
    cache="hub",
)
def test_returns_the_commits_folder(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The path that is returned is `snapshots/<commit>` in the repository's folder of the cache."""
    repo = hub.subject
    path = snapshot(port, repo)
    require(
        is_same(path, disk.snapshot(repo, repo.head)),
        "other-path",
        "the path is not that of the snapshot",
        expected=f"snapshots/{repo.head}",
        seen="/".join(path.parts[-2:]),
    )


@check(
    "snapshot/notes-the-ref[gsm8k]",
    kills="snapshot-notes-no-ref",
    source="Hub docs: understand caching, refs",
    cache="hub",
)
def test_notes_the_ref(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """After a snapshot of a branch `refs/<branch>` holds its commit, so that it is found again without the Hub."""
    repo = hub.subject
    snapshot(port, repo)
    ref = disk.ref(repo, "main")
    require_equal(named_by(ref), repo.head, "wrong-ref", "refs/main does not hold the commit hash")


@check(
    "snapshot/pinned-after-the-first-answer[gsm8k]",
    kills=("snapshot-lists-the-branch", "snapshot-fetches-from-the-branch"),
    source=PINNED,
)
def test_pinned_after_the_first_answer(hub: ReplayHub, port: Port) -> None:
    """If the branch moves just after the Hub's first answer, the snapshot is whole and of one commit.

    The revision is resolved once; listing and files are requested by commit hash. Otherwise a push in the wrong moment
    makes a mixture that no commit ever was. Here the branch moves on and back, answer by answer.
    """
    repo = hub.subject
    old, new, _ = changed_beside_others(repo, other_lfs_file(repo))
    turns = itertools.cycle([new, new, old])  # the branch differs from the first answer, and from a third one
    hub.move("main", to=old, repo=repo.id)
    moves = Meanwhile(lambda: hub.move("main", to=next(turns), repo=repo.id))
    hub.fault(moves, path="/api/datasets/*", times=None)
    found = snapshot(port, repo)
    is_new = set(held(found, repo.files(new))) == set(repo.files(new))  # of a client that asks twice
    require_files(found, repo, new if is_new else old)


@check("snapshot/pinned-between-files[gsm8k]", kills="snapshot-fetches-from-the-branch", source=PINNED)
def test_pinned_between_files(hub: ReplayHub, port: Port) -> None:
    """If the branch moves after the first file was asked for, the other files are still those of the same commit."""
    repo = hub.subject
    other = other_lfs_file(repo)
    old, new, _ = changed_later(repo, other)
    hub.move("main", to=old, repo=repo.id)
    hub.fault(Meanwhile(lambda: hub.move("main", to=new, repo=repo.id)), path="/datasets/*/resolve/*")
    require_files(snapshot(port, repo, max_workers=1), repo, old)


@check.each(
    "snapshot/at-a-{}[gsm8k]",
    {"tag": tag, "branch-with-a-slash": branch_with_a_slash, "pull-request": pull_request},
    kills="snapshot-ignores-revision",
)
def test_at_a(hub: ReplayHub, port: Port, member: Role[str]) -> None:
    """With a {} as revision, the snapshot holds the files of the commit that it names."""
    repo = hub.subject
    revision = member(repo)
    require_files(snapshot(port, repo, revision=revision), repo, revision)


@check("snapshot/of-a-model[contract]", kills="snapshot-of-datasets-only")
def test_of_a_model(hub: ReplayHub, port: Port) -> None:
    """Without a type, the snapshot is a model's."""
    repo = hub.repo(TINY_MODEL)
    path = Path(port.snapshot_download(repo_id=TINY_MODEL)["path"])
    require_files(path, repo)


@check(
    "snapshot/by-a-former-name[gsm8k]",
    kills="redirects-not-followed",
    source="Hub: a renamed repository answers 307 with a relative Location, on its API and for its files",
)
def test_by_a_former_name(hub: ReplayHub, port: Port) -> None:
    """A renamed repository is downloaded by its former name: every request is redirected once."""
    repo = hub.subject
    hub.fault(Renamed("gsm8k", repo.id), path="*/datasets/gsm8k*", repo_type="dataset", times=None)
    require_files(snapshot(port, repo, repo_id="gsm8k"), repo)


@check(
    "snapshot/awkward-names[contract]",
    kills=("paths-encoded-twice", "snapshot-skips-empty-files"),
    source="RFC 3986 §2.1; huggingface_hub hf_hub_url quotes the file's path",
)
def test_awkward_names(hub: ReplayHub, port: Port) -> None:
    """Whatever characters a file's name holds, however deep it lies, and if it is empty: it is in the snapshot."""
    repo = hub.repo(AWKWARD_NAMES)
    require_files(snapshot(port, repo), repo)


@check(
    "snapshot/of-a-private-repository[contract]",
    kills="snapshot-fetches-without-token",
    source="Hub docs: user access tokens; huggingface_hub snapshot_download(token=…)",
)
def test_of_a_private_repository(hub: ReplayHub, port: Port) -> None:
    """The token that is given goes with the listing and with every file's request."""
    repo = hub.repo(PRIVATE)
    require_files(snapshot(port, repo, token=TOKENS["owner"]), repo)


@check("snapshot/very-deep-paths[contract]", kills="snapshot-drops-folders")
def test_very_deep_paths(hub: ReplayHub, port: Port) -> None:
    """A file many folders down is in the snapshot, and so is one whose folders have its own name."""
    repo = hub.repo("conformance/deep-paths")
    require_files(snapshot(port, repo), repo)
