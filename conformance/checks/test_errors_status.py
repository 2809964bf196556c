"""Errors: what the code and the status of an answer mean."""

from __future__ import annotations

from conformance.catalogue.check import Checks
from conformance.checks.answers import UNREADABLE
from conformance.checks.support import GATED, PRIVATE, TINY_MODEL, Disk, Port, require_kind, works
from conformance.checks.support_errors import API, ASKED_BY, OF_A_MODEL, OPEN, answers, refused
from conformance.ports import PortError
from conformance.replay import Fault, ReplayHub, Status
from conformance.roles import git_file
from conformance.traffic.identity import TOKENS
from conformance.verdict.require import control, require_equal

STATUS = "RFC 9110 §15; Hub API: status codes; huggingface_hub hf_raise_for_status"
GATED_FILE = "data.txt"
CODE = "Hub: X-Error-Code; huggingface_hub hf_raise_for_status: the code decides, whatever the status"


check = Checks(ASKED_BY, source=CODE)


@check.each(
    "errors/status-{}[gsm8k]",
    {
        "400": (400, "bad_request"),
        "403": (403, "forbidden"),
        "409": (409, "http_error"),
        "429": (429, "rate_limited"),
        "502": (502, "server_error"),
        "503": (503, "server_error"),
        "504": (504, "server_error"),
    },
    kills="errors-all-alike",
    source=STATUS,
)
def test_status(hub: ReplayHub, port: Port, disk: Disk, member: tuple[int, str]) -> None:
    """An answer with the status {} and no code is distinguished from every other failure.

    The caller does different things about each: correct the request, ask for a right, wait, or try again later.
    """
    code, kind = member
    require_kind(refused(hub, port, disk, Status(code, retry_after=0)), kind)


@check("errors/status-is-kept[gsm8k]", kills="errors-all-alike", level="SHOULD", source=STATUS)
def test_status_is_kept(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The error holds the HTTP status as a number, so that the caller need not parse a text."""
    require_equal(refused(hub, port, disk, Status(409)).status, 409, "status-lost", "the status is not kept")


@check.each(
    "errors/code-goes-before-status-{}[gsm8k]",
    {
        "403-of-a-missing-repository": (403, "RepoNotFound", "repository_not_found"),
        "400-of-a-missing-revision": (400, "RevisionNotFound", "revision_not_found"),
        "410-of-a-missing-entry": (410, "EntryNotFound", "entry_not_found"),
        "404-of-a-gated-repository": (404, "GatedRepo", "gated_repo"),
    },
    kills="status-decides-alone",
    level="SHOULD",
)
def test_code_goes_before_status(hub: ReplayHub, port: Port, disk: Disk, member: tuple[int, str, str]) -> None:
    """`X-Error-Code` decides the error, with any status beside it; here a {}.

    The Hub gives one and the same code with several statuses, as it does for a gated repository (401 and 403).
    """
    status, code, kind = member
    require_kind(refused(hub, port, disk, Status(status, {"X-Error-Code": code})), kind)


@check.each(
    "errors/unknown-code-with-{}[gsm8k]",
    {"403": (403, "forbidden"), "404": (404, "http_error"), "500": (500, "server_error")},
    kills="unknown-code-is-a-missing-repository",
    source="Hub: codes are added over time; RFC 9110 §15",
)
def test_unknown_code(hub: ReplayHub, port: Port, disk: Disk, member: tuple[int, str]) -> None:
    """With an `X-Error-Code` that the library does not know, the status decides; here {}."""
    status, kind = member
    answer = Status(status, {"X-Error-Code": "SomethingNew"}, retry_after=0)
    require_kind(refused(hub, port, disk, answer), kind)


@check.each(
    "errors/code-header-in-{}[gsm8k]",
    {"small-letters": str.lower, "capitals": str.upper},
    kills="header-names-to-the-letter",
    source="RFC 9110 §5.1: field names are case-insensitive",
)
def test_code_header(hub: ReplayHub, port: Port, disk: Disk, member: type[str]) -> None:
    """The header with the code is read with its name in {}: over HTTP/2 all names have small letters."""
    name = member("X-Error-Code")
    require_kind(refused(hub, port, disk, Status(404, {name: "RevisionNotFound"})), "revision_not_found")


@check(
    "errors/missing-page-is-no-missing-repository[gsm8k]",
    kills="every-404-is-a-repository",
    source="Hub: a missing repository is 404 with X-Error-Code; huggingface_hub hf_raise_for_status",
)
def test_missing_page_is_no_missing_repository(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A 404 without a code does not mean that the repository is missing: a proxy, or a wrong endpoint, sends it too."""
    page = b"<!doctype html><title>404</title><p>Sorry, we can't find the page you are looking for.</p>"
    answer = Status(404, {"Content-Type": "text/html; charset=utf-8"}, body=page)
    require_kind(refused(hub, port, disk, answer), "http_error")


@check(
    "errors/disabled-repository[gsm8k]",
    kills="disabled-not-understood",
    source="Hub: 403 `Access to this resource is disabled.`; huggingface_hub DisabledRepoError",
)
def test_disabled_repository(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A repository that the Hub has disabled is distinguished from one that only this caller may not see."""
    message = {"X-Error-Message": "Access to this resource is disabled."}
    require_kind(refused(hub, port, disk, Status(403, message)), "disabled_repo")


@check(
    "errors/unreadable-token[contract]",
    kills="every-401-is-a-repository",
    level="SHOULD",
    source="huggingface_hub hf_raise_for_status: 401 `Invalid credentials in Authorization header`",
    secure=True,
)
def test_unreadable_token(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """When the Hub cannot read the token, the error is one of authorisation, not a missing repository."""
    message = {"X-Error-Message": "Invalid credentials in Authorization header"}
    error = refused(hub, port, disk, Status(401, message), repo_id=GATED, token=TOKENS["reader"])
    require_kind(error, "unauthorized")


@check("errors/private-repository-of-somebody-else[contract]", kills="errors-all-alike", operation=API)
def test_private_repository_of_somebody_else(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """To a user who may not see it, a private repository is a missing one, as in the Hub's answer."""
    answers(port, disk, OPEN)
    error = port.ask_error(PRIVATE, token=TOKENS["reader"])
    require_kind(error, "repository_not_found")


@check(
    "errors/download-from-a-private-repository-of-somebody-else[contract]",
    kills="errors-all-alike",
    operation="hf_hub_download",
)
def test_download_from_a_private_repository_of_somebody_else(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """So it is for a download: the error reports a missing repository, not a missing file."""
    answers(port, disk, OPEN)
    error = port.error(
        "hf_hub_download", repo_id=PRIVATE, repo_type="dataset", filename="README.md", token=TOKENS["reader"]
    )
    require_kind(error, "repository_not_found")


@check("errors/missing-revision-of-a-model[contract]", kills="errors-all-alike", operation=OF_A_MODEL)
def test_missing_revision_of_a_model(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A revision that a model lacks is a missing revision; the model itself is there."""
    answers(port, disk, TINY_MODEL, "model")
    error = port.ask_error(TINY_MODEL, "model", revision="no-such-branch")
    require_kind(error, "revision_not_found")


@check("errors/missing-file-of-a-model[contract]", kills="errors-all-alike", operation="hf_hub_download")
def test_missing_file_of_a_model(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A file that a model lacks is a missing entry."""
    answers(port, disk, TINY_MODEL, "model")
    error = port.error("hf_hub_download", repo_id=TINY_MODEL, filename="no-such-file.txt")
    require_kind(error, "entry_not_found")


@check("errors/missing-folder[gsm8k]", kills="errors-all-alike", operation="list_repo_tree")
def test_missing_folder(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Listing a folder that the revision lacks reports a missing entry; it does not give an empty list."""
    answers(port, disk)
    error = port.error("list_repo_tree", repo_id=hub.subject.id, repo_type="dataset", path_in_repo="no-such-folder")
    require_kind(error, "entry_not_found")


@check(
    "errors/info-of-a-gated-repository[contract]",
    kills="gated-hidden-from-strangers",
    operation="dataset_info",
    source="Hub docs: gated datasets: who has no access sees the card and the list of files",
)
def test_info_of_a_gated_repository(hub: ReplayHub, port: Port) -> None:
    """Information about a gated repository is open to all, and shows the gate."""
    require_equal(
        port.dataset_info(repo_id=GATED)["gated"], "manual", "gate-not-told", "the error did not name the gate"
    )


@check(
    "errors/listing-of-a-gated-repository[contract]",
    kills="gated-hidden-from-strangers",
    operation="list_repo_tree",
    source="Hub docs: gated datasets: who has no access sees the card and the list of files",
)
def test_listing_of_a_gated_repository(hub: ReplayHub, port: Port) -> None:
    """The list of a gated repository's files is open to all: a library does not refuse what the Hub gives."""
    entries = port.list_repo_tree(repo_id=GATED, repo_type="dataset", recursive=True)
    seen = [entry["path"] for entry in entries if entry["type"] == "file"]
    require_equal(sorted(seen), sorted(hub.repo(GATED).files()), "wrong-files", "the list of files is wrong")


@check(
    "errors/snapshot-of-a-gated-repository[contract]",
    kills="gated-is-missing",
    operation="snapshot_download",
    source="Hub docs: gated models and datasets; X-Error-Code: GatedRepo with 401 or 403",
)
def test_snapshot_of_a_gated_repository(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A snapshot of a gated repository, to a caller without access, ends with an error that names the gate.

    Though the list of files was given, and some of the files would be.
    """
    answers(port, disk, OPEN)
    error = port.error("snapshot_download", repo_id=GATED, repo_type="dataset", token=TOKENS["reader"])
    require_kind(error, "gated_repo")


@check(
    "errors/no-file-for-a-refusal[contract]",
    kills="refusal-is-an-empty-file",
    operation="hf_hub_download",
    source="Hub: a refused file is 401 or 403, its body a text",
)
def test_no_file_for_a_refusal(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A refused file never comes back as a path: not of an empty file, and not of one with the refusal in it.

    Which error is reported does not matter here.
    """
    granted = port.with_cache(disk.root / "granted" / "hub")
    works("the download with access", lambda: granted.download(hub.repo(GATED), GATED_FILE, token=TOKENS["granted"]))
    port.error("hf_hub_download", repo_id=GATED, repo_type="dataset", filename=GATED_FILE)


@check("errors/file-in-place-of-a-folder[gsm8k]", kills="errors-all-alike", operation="list_repo_tree")
def test_file_in_place_of_a_folder(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Asked for the listing of a file as if it were a folder, the library reports a missing entry, as the Hub does."""
    repo = hub.subject
    small = git_file(repo)
    answers(port, disk)
    error = port.error("list_repo_tree", repo_id=repo.id, repo_type="dataset", path_in_repo=small)
    require_kind(error, "entry_not_found")


@check("errors/missing-revision-of-paths[gsm8k]", kills="errors-all-alike", operation="get_paths_info")
def test_missing_revision_of_paths(hub: ReplayHub, port: Port) -> None:
    """Asked for paths at a revision that does not exist, the library reports a missing revision."""
    repo = hub.subject
    small = git_file(repo)
    asked = {"repo_id": repo.id, "repo_type": "dataset", "paths": [small]}
    works("a path", lambda: port.get_paths_info(**asked))
    require_kind(port.error("get_paths_info", **asked, revision="no-branch"), "revision_not_found")


@check(
    "errors/existence-behind-a-gate[contract]",
    kills="gate-on-existence-is-a-status",
    operation="file_exists",
    source="huggingface_hub HfApi.file_exists raises GatedRepoError",
)
def test_existence_behind_a_gate(hub: ReplayHub, port: Port) -> None:
    """Asked whether a file behind a gate exists, the library reports the gate: the user can do something about it."""
    asked = {"repo_id": GATED, "repo_type": "dataset", "filename": GATED_FILE}
    works("the existence check with access", lambda: port.file_exists(**asked, token=TOKENS["granted"]))
    try:
        found = port.file_exists(**asked, token=TOKENS["reader"])
    except PortError as error:
        require_kind(error, "gated_repo")
    else:
        control(False, "the existence check of a gated file was not an error", seen=found)


@check.each(
    "errors/answer-that-is-{}[gsm8k]",
    UNREADABLE,
    kills="unreadable-is-a-broken-connection",
    level="SHOULD",
    operation=API,
    source="RFC 8259; huggingface_hub raises what the JSON parser raises",
)
def test_unreadable_answer(hub: ReplayHub, port: Port, disk: Disk, member: Fault) -> None:
    """Given {} with status 200 by the API, the library reports an answer that it cannot use, and no other error.

    Proxies and login pages of networks answer so. The user looks at the network then, and not for the repository.
    """
    require_kind(refused(hub, port, disk, member), "invalid_response")
