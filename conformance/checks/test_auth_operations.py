"""A private repository answers its owner, by every operation that asks the Hub: the token goes with each."""

from __future__ import annotations

from typing import Any, Final

from conformance.catalogue.check import Checks
from conformance.checks.support import PRIVATE, Port
from conformance.replay import ReplayHub
from conformance.traffic.identity import TOKENS
from conformance.verdict.require import require_equal

OWNED: Final = {"repo_id": PRIVATE, "repo_type": "dataset", "token": TOKENS["owner"]}
CARD: Final = "README.md"


check = Checks("list_repo_files", source="huggingface_hub HfApi: every method takes a token; Hub: access tokens")


def require_answer(seen: Any, expected: Any) -> None:
    require_equal(seen, expected, "wrong-answer", "the answer is not the one about the private repository")


@check("auth/token-goes-with-names-of-files[contract]", kills="token-not-sent")
def test_names_of_files(hub: ReplayHub, port: Port) -> None:
    """With the owner's token in the call, the names of a private repository's files are listed."""
    require_answer(sorted(port.list_repo_files(**OWNED)), sorted(hub.repo(PRIVATE).files()))


@check("auth/token-goes-with-paths[contract]", kills="token-not-sent", operation="get_paths_info")
def test_paths(hub: ReplayHub, port: Port) -> None:
    """With the owner's token in the call, paths of a private repository are described."""
    require_answer([item["path"] for item in port.get_paths_info(**OWNED, paths=[CARD])], [CARD])


@check("auth/token-goes-with-refs[contract]", kills="token-not-sent", operation="list_repo_refs")
def test_refs(hub: ReplayHub, port: Port) -> None:
    """With the owner's token in the call, the refs of a private repository are listed."""
    branches = {ref["name"]: ref["target_commit"] for ref in port.list_repo_refs(**OWNED)["branches"]}
    require_answer(branches, hub.repo(PRIVATE).branches)


@check("auth/token-goes-with-a-history[contract]", kills="token-not-sent", operation="list_repo_commits")
def test_history(hub: ReplayHub, port: Port) -> None:
    """With the owner's token in the call, the history of a private repository is listed."""
    commits = [commit["commit_id"] for commit in port.list_repo_commits(**OWNED)]
    require_answer(commits, list(hub.repo(PRIVATE).commits))


@check("auth/token-goes-with-existence[contract]", kills="token-not-sent", operation="repo_exists")
def test_existence(hub: ReplayHub, port: Port) -> None:
    """With the owner's token in the call, a private repository exists."""
    require_answer(port.repo_exists(**OWNED), True)


@check("auth/token-goes-with-existence-of-a-file[contract]", kills="token-not-sent", operation="file_exists")
def test_existence_of_a_file(hub: ReplayHub, port: Port) -> None:
    """With the owner's token in the call, a file of a private repository exists."""
    require_answer(port.file_exists(**OWNED, filename=CARD), True)


@check("auth/token-goes-with-existence-of-a-revision[contract]", kills="token-not-sent", operation="revision_exists")
def test_existence_of_a_revision(hub: ReplayHub, port: Port) -> None:
    """With the owner's token in the call, a revision of a private repository exists."""
    require_answer(port.revision_exists(**OWNED, revision="main"), True)


@check("auth/token-goes-with-reading[contract]", kills="token-not-sent", operation="read_file")
def test_reading(hub: ReplayHub, port: Port) -> None:
    """With the owner's token in the call, a file of a private repository is read."""
    require_answer(port.read_file(**OWNED, filename=CARD)["size"], hub.repo(PRIVATE).files()[CARD].size)
