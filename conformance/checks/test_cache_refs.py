"""Revisions that are no commits: what their names look like, tags that move, branches that appear later."""

from __future__ import annotations

from conformance.catalogue.check import Checks
from conformance.checks.support import Port
from conformance.checks.support_disk import read
from conformance.checks.support_history import changed_later
from conformance.replay import ReplayHub
from conformance.roles import git_file, other_lfs_file, tag
from conformance.verdict.require import require, require_bytes

COMMITS = "huggingface_hub REGEX_COMMIT_HASH: 40 hex digits are a commit hash, and nothing else is"


check = Checks("hf_hub_download", source=COMMITS)


def require_seen_to_move(hub: ReplayHub, port: Port, revision: str) -> None:
    """Require that each call returns the version of the commit that the revision stands for by then."""
    repo = hub.subject
    old, new, name = changed_later(repo, other_lfs_file(repo))
    hub.move(revision, to=old, repo=repo.id)
    require_bytes(read(port.download(repo, name, revision=revision)), repo.files(old)[name].body)
    hub.move(revision, to=new, repo=repo.id)
    after = port.download(repo, name, revision=revision)
    require(read(after) == repo.files(new)[name].body, "stale-file", "the file is not that of the new commit")


@check.each(
    "cache/branch-with-{}-is-seen-to-move[gsm8k]",
    {"the-name-of-a-short-hash": "cafe123", "the-name-of-a-sha256": "ab" * 32, "digits-alone-for-a-name": "2024"},
    kills="hexadecimal-names-are-commits",
    cache="own",
)
def test_hexadecimal_branch(hub: ReplayHub, port: Port, member: str) -> None:
    """A branch with {} is a branch: when it has moved, the next call returns the new version of the file."""
    hub.branch(member, at=hub.subject.head, repo=hub.subject.id)
    require_seen_to_move(hub, port, member)


@check(
    "cache/tag-that-moved-is-seen[gsm8k]",
    kills="tags-never-refresh",
    cache="own",
    level="SHOULD",
    source="git tag --force: a tag can be moved; huggingface_hub asks what it stands for at each call",
)
def test_moved_tag(hub: ReplayHub, port: Port) -> None:
    """When a tag has been moved to another commit, the next call returns that commit's version of the file."""
    require_seen_to_move(hub, port, tag(hub.subject))


@check(
    "cache/branch-that-appears-is-found[gsm8k]",
    kills="missing-revisions-are-remembered",
    source="huggingface_hub hf_hub_download: only a missing file of a commit is remembered (`.no_exist`)",
)
def test_branch_that_appears(hub: ReplayHub, port: Port) -> None:
    """A branch that did not exist at the first call and exists at the second is found: it is asked for again."""
    repo, branch = hub.subject, "created-later"
    small = git_file(repo)
    port.error("hf_hub_download", repo_id=repo.id, repo_type="dataset", filename=small, revision=branch)
    hub.branch(branch, at=repo.head, repo=repo.id)
    require_bytes(read(port.download(repo, small, revision=branch)), repo.files()[small].body)
