"""The store: names, tokens and refusals, and what is kept out of git."""

from __future__ import annotations

from pathlib import Path

from conformance.catalogue.check import Checks
from conformance.checks.support import GATED, MISSING, PRIVATE, Disk, Port, authorizations, require_kind
from conformance.checks.support_disk import read, text
from conformance.checks.support_store import DOWNLOAD, download, files, folder, index, require_files, root
from conformance.replay import ReplayHub
from conformance.roles import git_file
from conformance.traffic.identity import TOKENS
from conformance.verdict.require import require, require_equal

check = Checks(DOWNLOAD, source="huggingface_hub validate_repo_id")


@check.each(
    "store/name-{}-is-refused[gsm8k]",
    {
        "with-a-way-up": "openai/../../elsewhere",
        "that-is-a-way-up": "..",
        "of-three-parts": "openai/gsm8k/main",
        "that-is-absolute": "/openai/gsm8k",
    },
    kills="store-names-not-checked",
)
def test_bad_name(hub: ReplayHub, port: Port, disk: Disk, member: str) -> None:
    """A repository name {} is an error before any request is sent, and nothing is written."""
    error = port.error(DOWNLOAD, repo_id=member, root=root(disk))
    require_equal([str(entry) for entry in hub.wire], [], "request-sent", "a request was sent for a bad name")
    require_equal(disk.files(disk.root), {}, "written", "something was written for a bad name")
    require_kind(error, "invalid_argument")


@check.each(
    "store/{}-is-an-error[contract]",
    {"missing-repository": (MISSING, "repository_not_found"), "gated-repository": (GATED, "gated_repo")},
    kills="refusal-is-an-empty-dataset",
    source="huggingface_hub RepositoryNotFoundError, GatedRepoError",
)
def test_refused(hub: ReplayHub, port: Port, disk: Disk, member: tuple[str, str]) -> None:
    """A {} ends in an error of this kind, and is not downloaded."""
    repo_id, kind = member
    error = port.error(DOWNLOAD, repo_id=repo_id, root=root(disk), file_pattern="**/*.bin")
    require_kind(error, kind)
    require_equal(files(Path(root(disk))).keys() & {f"{repo_id}/data.bin"}, set(), "file-left", "a file was written")


@check(
    "store/token-opens-a-private-dataset[contract]",
    kills="store-without-a-token",
    source="Hub docs: user access tokens",
)
def test_private(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """With the token of a user who may read it, a private dataset is downloaded; the content host gets no token."""
    download(port.logged_in(TOKENS["owner"]), disk, PRIVATE, file_pattern="**/*.bin")
    require_files(folder(disk, PRIVATE), hub.repo(PRIVATE), ["data.bin"])
    elsewhere = [said for said in authorizations(hub, "cdn") if said is not None]
    require_equal(len(elsewhere), 0, "token-leaked", "the token was sent to the content host")


@check(
    "store/token-is-not-written[contract]",
    kills="store-keeps-the-token",
    source="Hub docs: user access tokens are secrets",
)
def test_token_not_written(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The token is in no file of the store."""
    token = TOKENS["owner"]
    download(port.logged_in(token), disk, PRIVATE, file_pattern="**/*.bin")
    found = [name for name, path in files(Path(root(disk))).items() if token.encode() in read(path)]
    require_equal(found, [], "token-written", "the token was written to a file")


@check(
    "store/git-ignores-it[gsm8k]",
    kills="store-in-git",
    level="SHOULD",
    source="git docs, gitignore: patterns of the same or a parent folder",
)
def test_git_ignores_it(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A separate store is kept out of git: a `.gitignore` in its folder covers all, or one beside it the folder."""
    small = git_file(hub.subject)
    download(port, disk, file_pattern=small)
    inside = _lines(index(disk).with_name(".gitignore"))
    beside = _lines(disk.root / ".gitignore")
    covered = "*" in inside or any(line.strip("/") == "datasets" for line in beside)
    require(covered, "not-ignored", "no .gitignore covers the store", seen={"inside": inside, "beside": beside})


def _lines(path: Path) -> list[str]:
    return text(path).split() if path.is_file() else []
