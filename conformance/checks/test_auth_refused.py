"""Tokens that the Hub refuses, and tokens of several callers at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from conformance.catalogue.check import Checks
from conformance.checks.support import MANY_FILES, PRIVATE, Disk, Port, authorizations
from conformance.ports import PortError
from conformance.replay import ReplayHub, Stall, Status
from conformance.roles import git_file, lfs_file
from conformance.traffic.exchange import Request, Response
from conformance.traffic.identity import TOKENS
from conformance.verdict.require import control, require, require_equal

REFUSED = (
    "Hub: 401 with `Invalid credentials in Authorization header` for a bad token; huggingface_hub hf_raise_for_status"
)
READER, OWNER = TOKENS["reader"], TOKENS["owner"]


check = Checks("list_repo_tree", source=REFUSED)


@dataclass(frozen=True, slots=True)
class Refusing:
    """A Hub that knows no token: it refuses every request that has one, and answers all others."""

    def apply(self, request: Request, response: Response) -> Response | None:
        if "authorization" not in request.headers:
            return None
        said = {"X-Error-Message": "Invalid credentials in Authorization header"}
        return Status(401, said).apply(request, response)


def require_refusal(
    hub: ReplayHub, port: Port, disk: Disk, operation: str, first: Mapping[str, Any], **arguments: Any
) -> None:
    """The operation works without a token; with a token that is refused it is an error, and no further request is sent.

    `first` are the arguments of the call without: for what is not cached by it.
    """
    repo = hub.subject
    getattr(port.with_cache(disk.root / "first"), operation)(repo_id=repo.id, **{**arguments, **first})
    hub.wire.clear()
    hub.fault(Refusing(), origin="hub", times=None)
    ended: PortError | None = None
    try:
        getattr(port, operation)(repo_id=repo.id, token=READER, **arguments)
    except PortError as error:
        ended = error
    bare = [str(entry) for entry in hub.wire if "authorization" not in entry.request.headers]
    require_equal(bare, [], "asked-without-the-token", "a refused request was sent again without the token")
    require(ended, "no-error", "the Hub refused the token, and no error was reported", expected="an error")


@check("auth/refused-token-ends-an-info[gsm8k]", kills="refused-token-left-out", operation="dataset_info")
def test_refused_token_ends_an_info(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A token that the Hub refuses (401) is an error. The info is not asked for again without it.

    A caller who gives a token must learn that it is refused, and must not continue as an anonymous caller.
    """
    require_refusal(hub, port, disk, "dataset_info", {})


@check("auth/refused-token-ends-a-download[gsm8k]", kills="refused-token-left-out", operation="hf_hub_download")
def test_refused_token_ends_a_download(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A download with a token that the Hub refuses (401) is an error, also where anybody may have the file."""
    repo = hub.subject
    small = git_file(repo)
    large = lfs_file(repo)
    require_refusal(hub, port, disk, "hf_hub_download", {"filename": small}, repo_type="dataset", filename=large)


@check("auth/refused-token-ends-a-listing[gsm8k]", kills="refused-token-left-out")
def test_refused_token_ends_a_listing(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A listing with a token that the Hub refuses (401) is an error: neither empty, nor what anybody may see."""
    require_refusal(hub, port, disk, "list_repo_tree", {}, repo_type="dataset")


@check("auth/refused-token-ends-a-snapshot[gsm8k]", kills="refused-token-left-out", operation="snapshot_download")
def test_refused_token_ends_a_snapshot(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A snapshot with a token that the Hub refuses (401) is an error, also where anybody may have the files."""
    small = git_file(hub.subject)
    require_refusal(hub, port, disk, "snapshot_download", {"allow_patterns": [small]}, repo_type="dataset")


@check(
    "auth/callers-at-once-keep-their-tokens[contract]",
    kills="last-token-is-everybodys",
    source="RFC 6750: a token is the caller's; huggingface_hub HfApi may be used from several threads",
)
def test_callers_at_once_keep_their_tokens(hub: ReplayHub, port: Port) -> None:
    """Two calls at the same time with a token each send their own with every request, after a wait as well.

    Both wait for their first page; the pages after that show whose token each of them holds. (A port in a separate
    process gets one process for each call, so this proves little about it.)
    """
    hub.fault(Stall(0.3, after=-1), answer="listing", repo=MANY_FILES, times=2)
    tree = {"repo_id": MANY_FILES, "repo_type": "dataset", "recursive": True}
    ended = port.at_once(*(("list_repo_tree", {**tree, "token": token}) for token in (READER, OWNER)))
    failed = [str(value) for value in ended if isinstance(value, PortError)]
    require_equal(failed, [], "unexpected-error", "two calls at the same time disturb each other")
    sent = Counter(authorizations(hub, "hub"))
    control(len(hub.wire) > 2, "the listing was not read beyond its first page")
    seen = {token: sent[f"Bearer {token}"] for token in (READER, OWNER)}
    half = len(hub.wire) // 2
    require_equal(seen, dict.fromkeys(seen, half), "wrong-token", "a request was sent with another caller's token")


@check(
    "auth/one-callers-token-is-not-the-nexts[gsm8k]",
    kills="token-outlives-its-call",
    operation=("dataset_info", "repo_info", "list_repo_tree", "hf_hub_download", "read_file"),
    source="RFC 6750: a token is the caller's",
)
def test_one_callers_token_is_not_the_nexts(hub: ReplayHub, port: Port) -> None:
    """The token of one call is not sent by the next one that has none: a server acts for many users."""
    repo = hub.subject
    port.ask(repo.id, token=READER)
    control(f"Bearer {READER}" in authorizations(hub, "hub"), "the token was not sent to the Hub")
    hub.wire.clear()
    port.ask(repo.id)
    require(len(hub.wire) > 0, "no-request", "the second call sent no request")
    require_equal(set(authorizations(hub, "hub")), {None}, "token-sent", "the token of an earlier call was sent")


@check(
    "auth/rights-are-not-cached[contract]",
    kills="listing-is-everybodys",
    source="RFC 9111 §3.5: an answer to a request with Authorization is not given to others",
)
def test_rights_are_not_cached(hub: ReplayHub, port: Port) -> None:
    """What the owner got from a private repository is not returned to the next caller: an answer is its caller's."""
    seen = port.list_repo_tree(repo_id=PRIVATE, repo_type="dataset", token=OWNER)
    control(seen, "the owner got no content")
    port.error("list_repo_tree", repo_id=PRIVATE, repo_type="dataset", token=READER)
    port.error("list_repo_tree", repo_id=PRIVATE, repo_type="dataset", token=False)


@check(
    "auth/login-of-another-user-is-noticed[gsm8k]",
    kills="token-outlives-its-call",
    level="SHOULD",
    operation=("dataset_info", "repo_info", "list_repo_tree", "hf_hub_download", "read_file"),
    source="protocol: the token of the context is that of the user who is logged in at the time of the call",
)
def test_login_of_another_user_is_noticed(hub: ReplayHub, port: Port) -> None:
    """When another user has logged in between two calls, the second is made with that user's token."""
    repo = hub.subject
    port.logged_in(READER).ask(repo.id)
    control(f"Bearer {READER}" in authorizations(hub, "hub"), "the token was not sent to the Hub")
    hub.wire.clear()
    replace(port, context=replace(port.context, token=OWNER)).ask(repo.id)
    require_equal(set(authorizations(hub, "hub")), {f"Bearer {OWNER}"}, "wrong-token", "another token was sent")
