"""Errors: each failure of the Hub is distinguished from the others, and no information from the Hub is lost."""

from __future__ import annotations

from conformance.catalogue.check import Checks
from conformance.checks.support import GATED, MISSING, PRIVATE, TINY_MODEL, Disk, Port, require_kind, works
from conformance.checks.support_errors import API, ASKED_BY, OF_A_MODEL, OPEN, answers, refused, require_other
from conformance.replay import ReplayHub, Status
from conformance.roles import git_file, two_lfs_files
from conformance.traffic.identity import TOKENS
from conformance.verdict.require import control, require, require_bytes

CODES = "Hub: X-Error-Code and status; huggingface_hub hf_raise_for_status"
ANONYMOUS = "Hub: an anonymous caller gets 401 without a code for a missing or private repository"
NO_BRANCH = "no-such-branch"
GATES = "Hub docs: gated models and datasets; X-Error-Code: GatedRepo with 401 or 403"


check = Checks("hf_hub_download", source=CODES)


@check("errors/missing-repository[contract]", kills="errors-all-alike", operation=API)
def test_missing_repository(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """To a caller with a token, a repository that does not exist is a missing repository: 404, `RepoNotFound`."""
    answers(port, disk, OPEN)
    error = port.ask_error(MISSING, token=TOKENS["reader"])
    require_kind(error, "repository_not_found")


@check(
    "errors/missing-repository-anonymous[contract]",
    kills="anonymous-401-not-understood",
    operation=API,
    source=ANONYMOUS,
    secure=True,
)
def test_missing_repository_anonymous(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """To an anonymous caller too, though the Hub answers 401 and gives no code: missing and private look the same."""
    answers(port, disk, OPEN)
    error = port.ask_error(MISSING)
    require_kind(error, "repository_not_found")


@check("errors/missing-model[contract]", kills="errors-all-alike", operation=OF_A_MODEL)
def test_missing_model(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A missing model is a missing repository as well."""
    answers(port, disk, TINY_MODEL, "model")
    error = port.ask_error(MISSING, "model", token=TOKENS["reader"])
    require_kind(error, "repository_not_found")


@check("errors/download-from-missing-repository[contract]", kills="errors-all-alike")
def test_download_from_missing_repository(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A download from a repository that does not exist reports that: it is not the file that is missing."""
    answers(port, disk, OPEN)
    error = port.error(
        "hf_hub_download", repo_id=MISSING, repo_type="dataset", filename="README.md", token=TOKENS["reader"]
    )
    require_kind(error, "repository_not_found")


@check(
    "errors/download-from-missing-repository-anonymous[contract]",
    kills="anonymous-401-not-understood",
    source=ANONYMOUS,
    secure=True,
)
def test_download_from_missing_repository_anonymous(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A download without a token from a repository that does not exist reports a missing repository."""
    answers(port, disk, OPEN)
    error = port.error("hf_hub_download", repo_id=MISSING, repo_type="dataset", filename="README.md")
    require_kind(error, "repository_not_found")


@check(
    "errors/private-repository-anonymous[contract]",
    kills="anonymous-401-not-understood",
    operation=API,
    source=ANONYMOUS,
    secure=True,
)
def test_private_repository_anonymous(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A private repository looks to an anonymous caller as if it did not exist."""
    answers(port, disk, OPEN)
    error = port.ask_error(PRIVATE)
    require_kind(error, "repository_not_found")


@check("errors/missing-revision-of-info[gsm8k]", kills="errors-all-alike", operation="dataset_info")
def test_missing_revision_of_info(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Asked for info at a revision that does not exist, the library reports a missing revision."""
    answers(port, disk)
    require_kind(port.error("dataset_info", repo_id=hub.subject.id, revision=NO_BRANCH), "revision_not_found")


@check(
    "errors/missing-revision-of-a-listing[gsm8k]",
    kills="errors-all-alike",
    operation=("list_repo_tree", "list_repo_files"),
)
def test_missing_revision_of_a_listing(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Asked for a listing at a revision that does not exist, the library reports a missing revision."""
    answers(port, disk)
    require_kind(port.ask_error(hub.subject.id, revision=NO_BRANCH), "revision_not_found")


@check("errors/missing-revision-of-a-file[gsm8k]", kills="errors-all-alike")
def test_missing_revision_of_a_file(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Asked for a file at a revision that does not exist, the library reports a missing revision, no missing file."""
    repo = hub.subject
    small = git_file(repo)
    answers(port, disk)
    error = port.error("hf_hub_download", repo_id=repo.id, repo_type="dataset", filename=small, revision=NO_BRANCH)
    require_kind(error, "revision_not_found")


@check("errors/missing-file[gsm8k]", kills="errors-all-alike")
def test_missing_file(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A file that the revision lacks is a missing entry: 404, `EntryNotFound`."""
    answers(port, disk)
    error = port.error("hf_hub_download", repo_id=hub.subject.id, repo_type="dataset", filename="no-such-file.txt")
    require_kind(error, "entry_not_found")


@check.each(
    "errors/gated-to-{}[contract]",
    {
        "an-anonymous-caller": None,
        "a-caller-without-a-request": "reader",
        "a-caller-whose-request-is-pending": "pending",
        "a-caller-whose-request-was-rejected": "rejected",
        "a-caller-with-an-unknown-token": "invalid",
    },
    kills="gated-is-missing",
    source=GATES,
)
def test_gated(hub: ReplayHub, port: Port, disk: Disk, member: str | None) -> None:
    """A file of a gated repository is refused to {}, and the error names the gate.

    Only then does the user know what to do: log in, and ask for access.
    """
    answers(port, disk, OPEN)
    error = port.error(
        "hf_hub_download",
        repo_id=GATED,
        repo_type="dataset",
        filename=".gitattributes",
        token=TOKENS[member] if member else None,
    )
    require_kind(error, "gated_repo")


@check("errors/gate-is-open-to-the-granted[contract]", kills="token-not-sent-with-downloads", source=GATES)
def test_gate_is_open_to_the_granted(hub: ReplayHub, port: Port) -> None:
    """A caller whose request was granted downloads from a gated repository as from any other."""
    repo = hub.repo(GATED)
    path = port.download(repo, ".gitattributes", token=TOKENS["granted"])
    require_bytes(path.read_bytes(), repo.files()[".gitattributes"].body)


@check(
    "errors/readme-of-a-gated-repository[contract]",
    kills="refuses-gated-before-asking",
    source="Hub: README.md and licence files of a gated repository are open to all",
)
def test_readme_of_a_gated_repository(hub: ReplayHub, port: Port) -> None:
    """README.md of a gated repository is open to all: the library leaves it to the Hub whom it refuses what."""
    repo = hub.repo(GATED)
    path = port.download(repo, "README.md")
    require_bytes(path.read_bytes(), repo.files()["README.md"].body)


@check(
    "errors/what-the-hub-says[contract]",
    kills="server-message-dropped",
    source="Hub: X-Error-Message; huggingface_hub HfHubHTTPError.server_message",
)
def test_what_the_hub_says(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The text of the error holds the Hub's message, here that the request is awaiting a review."""
    answers(port, disk, OPEN)
    error = port.error(
        "hf_hub_download", repo_id=GATED, repo_type="dataset", filename=".gitattributes", token=TOKENS["pending"]
    )
    require(
        "awaiting a review" in error.message,
        "message-lost",
        "the Hub's message is not in the error's text",
        expected="… is awaiting a review from the repo authors.",
        seen=error.message,
    )


@check(
    "errors/request-id[gsm8k]",
    kills="request-id-dropped",
    level="SHOULD",
    source="Hub: X-Request-Id; huggingface_hub HfHubHTTPError.request_id",
)
def test_request_id(hub: ReplayHub, port: Port) -> None:
    """The text of the error names the Hub's request id: the one thing that its support can look up."""
    error = port.error("hf_hub_download", repo_id=hub.subject.id, repo_type="dataset", filename="no-such-file.txt")
    ids = [told for entry in hub.wire if (told := entry.response_headers.get("x-request-id"))]
    control(ids, "no answer had a request id")
    require(
        any(told in error.message for told in ids),
        "request-id-lost",
        "no request id of the Hub is in the error's text",
        expected=ids[-1:],
        seen=error.message,
    )


@check(
    "errors/unknown-token[contract]",
    kills="errors-all-alike",
    operation="whoami",
    source="Hub API: GET /api/whoami-v2 answers 401 to an unknown token",
)
def test_unknown_token(hub: ReplayHub, port: Port) -> None:
    """A token that the Hub does not know is refused, and the error is one of authorisation."""
    works("whoami", lambda: port.whoami(token=TOKENS["reader"]))
    require_kind(port.error("whoami", token=TOKENS["invalid"]), "unauthorized")


@check(
    "errors/server-error-is-not-missing[gsm8k]",
    kills="errors-all-alike",
    operation=ASKED_BY,
    source="RFC 9110 §15.6; huggingface_hub HfHubHTTPError",
)
def test_server_error_is_not_missing(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """An internal error of the Hub is reported as the server's error, never as a missing repository or file."""
    require_kind(refused(hub, port, disk, Status(500, retry_after=0)), "server_error")


@check(
    "errors/forbidden-content[gsm8k]",
    kills="error-page-as-file",
    source="Hub: the content host answers 403 to a link that has expired",
)
def test_forbidden_content(hub: ReplayHub, port: Port) -> None:
    """When the content host refuses a link, an error is reported; its error page is never stored as the file."""
    repo = hub.subject
    large, other = two_lfs_files(repo)
    works("the download of another file", lambda: port.download(hub.subject, other))
    refusal = Status(403, body=b"Auth failed: invalid range")
    hub.fault(refusal, method="GET", origin="cdn", filename=large, times=None)
    error = port.error("hf_hub_download", repo_id=repo.id, repo_type="dataset", filename=large)
    require_other(error, "repository_not_found", "entry_not_found", "revision_not_found")
