"""Manners on the wire: what a Hub may expect of every client."""

from __future__ import annotations

import contextlib
from collections import Counter
from urllib.parse import unquote

from conformance.catalogue.check import Checks
from conformance.checks.support import Port, is_probe
from conformance.checks.support_disk import read
from conformance.ports import PortError
from conformance.replay import ReplayHub, Status
from conformance.roles import git_file, lfs_file, other_lfs_file, pull_request
from conformance.traffic.identity import TOKENS
from conformance.verdict.judges import judge, judge_output
from conformance.verdict.require import require, require_bytes, require_equal

check = Checks("hf_hub_download", source="RFC 9110 §10.1.5; huggingface_hub build_hf_headers")


def require_rule(hub: ReplayHub, port: Port, check: str) -> None:
    """The wire log keeps a rule that holds for every request."""
    for violation in judge(hub.wire.whole(), port=port.name):
        require(violation.check != check, violation.code, violation.message)


@check("wire/user-agent[gsm8k]", kills="no-user-agent", level="SHOULD")
def test_user_agent(hub: ReplayHub, port: Port) -> None:
    """Every request names the client in `User-Agent`, and not only the HTTP library that sends it."""
    large = lfs_file(hub.subject)
    port.download(hub.subject, large)
    require_rule(hub, port, "wire/user-agent[gsm8k]")


@check(
    "wire/head-asks-for-identity[gsm8k]",
    kills="head-accepts-gzip",
    source="huggingface_hub get_hf_file_metadata: Accept-Encoding: identity",
)
def test_head_asks_for_identity(hub: ReplayHub, port: Port) -> None:
    """A HEAD for the size of a file asks for `Accept-Encoding: identity`.

    A compressed answer has another length, or none, and the size would be wrong. A library that learns the size in
    another way, by `Content-Range` or from the list of files, has nothing to ask for here.
    """
    small = git_file(hub.subject)
    port.download(hub.subject, small)
    require_rule(hub, port, "wire/head-asks-for-identity[gsm8k]")


@check(
    "wire/one-body-a-download[gsm8k]",
    kills="fetches-twice",
    source="huggingface_hub hf_hub_download: HEAD, then one GET of the content",
)
def test_one_body_a_download(hub: ReplayHub, port: Port) -> None:
    """The content of a file is sent once for a download, to the last byte and no more.

    Its first byte may be asked for before (`Range: bytes=0-0`), to learn what the file is.
    """
    repo = hub.subject
    other = other_lfs_file(repo)
    port.download(repo, other)
    sent = sum(entry.sent for entry in hub.wire if entry.origin == "cdn" and not is_probe(entry.request))
    require_equal(sent, repo.files()[other].size, "body-sent-again", "the bytes sent are not the file's size")


@check(
    "wire/missing-is-final[gsm8k]",
    kills="retries-404",
    source="RFC 9110 §15.5.5: 404 is no temporary failure; huggingface_hub http_backoff retries 429 and 5xx only",
)
def test_missing_is_final(hub: ReplayHub, port: Port) -> None:
    """A file that the Hub reports as missing is requested once: 404 is an answer, and asking again will not change it.

    The list of files may be asked before, and no such question twice either.
    """
    repo = hub.subject
    small = git_file(repo)
    port.download(hub.subject, small)
    hub.wire.clear()
    port.error("hf_hub_download", repo_id=repo.id, repo_type="dataset", filename="no-such-file.txt")
    refused = [str(entry) for entry in hub.wire if entry.status == 404]
    require(len(refused) <= 1, "asked-again", "a missing file was requested again", expected="≤ 1", seen=refused)
    questions = Counter((entry.method, entry.request.target, entry.request.body) for entry in hub.wire)
    again = [f"{method} {target}" for (method, target, _), times in questions.items() if times > 1]
    require_equal(again, [], "asked-again", "the same request was sent more than once")


@check(
    "wire/revision-is-one-segment[gsm8k]",
    kills="revision-slash-not-encoded",
    source="Hub: an unencoded slash in a revision is not accepted; huggingface_hub hf_hub_url quotes it whole",
)
def test_revision_is_one_segment(hub: ReplayHub, port: Port) -> None:
    """A revision with slashes is one segment of the path: `refs%2Fpr%2F1`.

    (A client may look the commit up among the refs, and never name the revision in a URL.)
    """
    pull = pull_request(hub.subject)
    small = git_file(hub.subject)
    path = port.download(hub.subject, small, revision=pull)
    require_bytes(read(path), hub.subject.files(pull)[small].body)
    named = [entry.path for entry in hub.wire if f"/{pull}" in unquote(entry.path)]
    wrong = [path for path in named if pull not in map(unquote, path.split("/"))]
    require_equal(wrong, [], "not-encoded", "the revision is not one segment")


@check(
    "wire/slashes-of-a-path-stay[gsm8k]",
    kills="path-slashes-encoded",
    source="Hub API: GET /datasets/{repo_id}/resolve/{revision}/{path}; huggingface_hub hf_hub_url",
)
def test_slashes_of_a_path_stay(hub: ReplayHub, port: Port) -> None:
    """The slashes of a file's path stay slashes in the URL."""
    large = lfs_file(hub.subject)
    port.download(hub.subject, large)
    named = [entry.path for entry in hub.wire if unquote(entry.path).endswith(f"/{large}")]
    segments = large.split("/")  # in which other characters may be encoded
    wrong = [path for path in named if [unquote(part) for part in path.split("/")[-len(segments) :]] != segments]
    require(named and not wrong, "encoded", "the path's slashes were encoded", seen=wrong)


@check(
    "wire/size-is-not-the-redirects[gsm8k]",
    kills="size-of-the-redirect",
    source="Hub: Content-Length of a redirect is its own body's; X-Linked-Size is the file's",
)
def test_size_is_not_the_redirects(hub: ReplayHub, port: Port) -> None:
    """The `Content-Length` of a redirect is that of its few words of text; the size of the file is `X-Linked-Size`.

    A library that takes the one for the other cuts the file short, or refuses a right one.
    """
    repo = hub.subject
    large = lfs_file(repo)
    path = port.download(repo, large)
    require_equal(path.stat().st_size, repo.files()[large].size, "wrong-size", "the file does not have the Hub's size")


TOUR = ("hf_hub_download", "snapshot_download", "dataset_info", "list_repo_tree", "list_repo_files", "model_info")
"""Any of these shows a rule for every request."""


def tour(port: Port, hub: ReplayHub) -> None:
    """A call of each kind that the library has, with a token: info, listing, small file, large file, missing file."""
    large = lfs_file(hub.subject)
    reader = port.logged_in(TOKENS["reader"])
    repo = {"repo_id": hub.subject.id, "repo_type": "dataset"}
    if reader.offers("dataset_info"):
        reader.dataset_info(repo_id=hub.subject.id)
    if reader.offers("list_repo_tree"):
        reader.list_repo_tree(**repo, recursive=True)
    if reader.offers("hf_hub_download"):
        reader.download(hub.subject, "README.md")
        reader.download(hub.subject, large)
        reader.error("hf_hub_download", **repo, filename="no-such-file.txt")
    if len(hub.wire) == 0:
        reader.ask(hub.subject.id)
    require(len(hub.wire) > 0, "no-request", "no request reached the Hub")


@check(
    "wire/token-stays-at-the-hub[gsm8k]",
    kills="token-sent-to-cdn",
    operation=TOUR,
    source="RFC 6750 §5.3: do not leak bearer tokens; RFC 9110 §15.4",
)
def test_token_stays_at_the_hub(hub: ReplayHub, port: Port) -> None:
    """A token is sent to the Hub and to no other host: not in a header, not in a URL, not in a body.

    This holds for every request of every check. A leak in any of them fails this one.
    """
    tour(port, hub)
    require_rule(hub, port, "wire/token-stays-at-the-hub[gsm8k]")


@check(
    "wire/retries-are-bounded[gsm8k]",
    kills="retries-for-ever",
    operation=("list_repo_tree", *TOUR),
    source="RFC 9110 §9.2.2; huggingface_hub http_backoff gives up after five retries",
)
def test_retries_are_bounded(hub: ReplayHub, port: Port) -> None:
    """No client sends the same request without end: a Hub in trouble is not helped by a client that never gives up.

    The same request is sent at most 30 times, which is far more than any library needs. This holds for every check.
    """
    hub.fault(Status(503, retry_after=0), times=None)
    with contextlib.suppress(PortError):
        port.ask(hub.subject.id)
    require_rule(hub, port, "wire/retries-are-bounded[gsm8k]")


@check(
    "wire/nobody-else-is-asked[gsm8k]",
    kills="reports-to-a-stranger",
    operation=TOUR,
    source="Hub API: every answer of the Hub leads to the Hub or to its content host",
)
def test_nobody_else_is_asked(hub: ReplayHub, port: Port) -> None:
    """No host is asked but the Hub and those that its answers lead to: no third party is informed.

    This holds for every check. The suite refuses such connections; it sees them of Python libraries only.
    """
    tour(port, hub)
    for violation in judge_output(port.output()):
        require(False, violation.code, violation.message)
