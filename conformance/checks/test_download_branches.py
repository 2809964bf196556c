"""Branches whose names hold what a URL has other uses for: git allows all but blanks and `~^:?*[\\`."""

from __future__ import annotations

from typing import Final

from conformance.catalogue.check import Checks
from conformance.checks.support import Port
from conformance.checks.support_disk import read
from conformance.checks.support_history import added_later, changed_later
from conformance.replay import ReplayHub
from conformance.roles import other_lfs_file
from conformance.verdict.require import require_bytes, require_equal

NAMES: Final = {"a-number-sign": "fix#12", "a-percent-sign": "100%25", "letters-beyond-ascii": "entwürfe"}


check = Checks(
    "hf_hub_download",
    source="git check-ref-format; RFC 3986 §2.1 and §2.4; huggingface_hub hf_hub_url quotes a revision whole",
)


@check.each("download/at-a-branch-with-{}[gsm8k]", NAMES, kills="revision-encoded-but-for-slashes")
def test_download_at_a_branch(hub: ReplayHub, port: Port, member: str) -> None:
    """A file of a branch with {} in its name is that branch's: the name is percent-encoded once, and whole."""
    repo = hub.subject
    old, _, name = changed_later(repo, other_lfs_file(repo))
    hub.branch(member, at=old, repo=repo.id)
    require_bytes(read(port.download(repo, name, revision=member)), repo.files(old)[name].body)


@check.each(
    "tree/at-a-branch-with-{}[gsm8k]", NAMES, kills="revision-encoded-but-for-slashes", operation="list_repo_tree"
)
def test_tree_at_a_branch(hub: ReplayHub, port: Port, member: str) -> None:
    """The listing of a branch with {} in its name is that branch's: the name is percent-encoded once, and whole."""
    repo = hub.subject
    old, _, _ = added_later(repo)
    hub.branch(member, at=old, repo=repo.id)
    tree = port.list_repo_tree(**repo.named, revision=member, recursive=True)
    seen = sorted(item["path"] for item in tree if item["type"] == "file")
    require_equal(seen, sorted(repo.files(old)), "wrong-files", "the listing is not that of the branch")
