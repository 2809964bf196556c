"""Questions of existence: "no" is an answer of the Hub, and a broken Hub gives none."""

from __future__ import annotations

from typing import Any

from conformance.catalogue.check import Checks
from conformance.checks.support import Port
from conformance.replay import Fault, ReplayHub, Reset, Status
from conformance.roles import git_file
from conformance.verdict.require import control, require, require_equal

NO = "huggingface_hub HfApi.repo_exists, revision_exists, file_exists: only the not-found errors become False"
BROKEN: dict[str, Fault] = {
    "a-broken-hub": Status(500, retry_after=0),
    "a-busy-hub": Status(503, retry_after=0),
    "a-refusing-hub": Status(403, {"X-Error-Message": "Forbidden"}),
}
QUESTIONS: dict[str, dict[str, Any]] = {
    "repo_exists": {},
    "revision_exists": {"revision": "main"},
    "file_exists": {"filename": "README.md"},
}


check = Checks("repo_exists", source=NO)


def require_no_answer(hub: ReplayHub, port: Port, operation: str, fault: Fault) -> None:
    """An existing item is not reported as missing unless the Hub reports that: that is an error."""
    question = {"repo_id": hub.subject.id, "repo_type": "dataset", **QUESTIONS[operation]}
    control(getattr(port, operation)(**question) is True, "an existing item was not found in the first step")
    hub.fault(fault, origin="hub", times=None)
    port.error(operation, **question)


@check.each("info/repo-exists-of-{}[gsm8k]", BROKEN, kills="any-error-is-a-no")
def test_repo_exists(hub: ReplayHub, port: Port, member: Fault) -> None:
    """Whether a repository exists is not known from {}: that is an error, and neither yes nor no."""
    require_no_answer(hub, port, "repo_exists", member)


@check.each("info/revision-exists-of-{}[gsm8k]", BROKEN, kills="any-error-is-a-no", operation="revision_exists")
def test_revision_exists(hub: ReplayHub, port: Port, member: Fault) -> None:
    """Whether a revision exists is not known from {}: that is an error, and neither yes nor no."""
    require_no_answer(hub, port, "revision_exists", member)


@check.each(
    "info/file-exists-of-{}[gsm8k]",
    {**BROKEN, "a-breaking-connection": Reset()},
    kills="any-error-is-a-no",
    operation="file_exists",
)
def test_file_exists(hub: ReplayHub, port: Port, member: Fault) -> None:
    """Whether a file exists is not known from {}: that is an error, and neither yes nor no.

    A caller that gets "no" may write a file of that name, or take the repository for empty.
    """
    require_no_answer(hub, port, "file_exists", member)


def require_no_answer_without_a_hub(hub: ReplayHub, port: Port, operation: str) -> None:
    question = {"repo_id": hub.subject.id, "repo_type": "dataset", **QUESTIONS[operation]}
    control(getattr(port, operation)(**question) is True, "an existing item was not found in the first step")
    hub.close()
    port.error(operation, **question)


@check("info/repo-exists-without-a-hub[gsm8k]", kills="any-error-is-a-no")
def test_repo_exists_without_a_hub(hub: ReplayHub, port: Port) -> None:
    """Without a server, whether a repository exists is not known: that is an error."""
    require_no_answer_without_a_hub(hub, port, "repo_exists")


@check("info/revision-exists-without-a-hub[gsm8k]", kills="any-error-is-a-no", operation="revision_exists")
def test_revision_exists_without_a_hub(hub: ReplayHub, port: Port) -> None:
    """Without a server, whether a revision exists is not known: that is an error."""
    require_no_answer_without_a_hub(hub, port, "revision_exists")


@check("info/file-exists-without-a-hub[gsm8k]", kills="any-error-is-a-no", operation="file_exists")
def test_file_exists_without_a_hub(hub: ReplayHub, port: Port) -> None:
    """Without a server, whether a file exists is not known: that is an error."""
    require_no_answer_without_a_hub(hub, port, "file_exists")


@check(
    "info/existence-costs-one-request[gsm8k]",
    kills="existence-by-listing",
    level="SHOULD",
    source="huggingface_hub HfApi.repo_exists: one GET of the info",
)
def test_existence_costs_one_request(hub: ReplayHub, port: Port) -> None:
    """To see whether a repository exists, one request is sent, and no listing is read: repositories can be huge."""
    require(
        port.repo_exists(repo_id=hub.subject.id, repo_type="dataset") is True,
        "not-found",
        "the repository was not found",
    )
    listings = [entry.path for entry in hub.wire if "/tree/" in entry.path]
    require_equal(listings, [], "listing-read", "a listing was read")
    seen = [str(entry) for entry in hub.wire]
    require(len(seen) <= 1, "too-many-requests", "more than one request was sent", expected=1, seen=seen)


@check(
    "info/existence-of-a-file-costs-no-listing[gsm8k]",
    kills="file-existence-by-listing",
    level="SHOULD",
    operation="file_exists",
    source="huggingface_hub HfApi.file_exists: get_hf_file_metadata, a HEAD request",
)
def test_existence_of_a_file_costs_no_listing(hub: ReplayHub, port: Port) -> None:
    """To see whether a file exists, it alone is asked for, and no listing of the repository is read."""
    repo = hub.subject
    small = git_file(repo)
    found = port.file_exists(repo_id=repo.id, repo_type="dataset", filename=small)
    require(found is True, "not-found", "the file was not found")
    listings = [entry.path for entry in hub.wire if "/tree/" in entry.path]
    require_equal(listings, [], "listing-read", "a listing was read")
