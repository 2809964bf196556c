"""Tokens: sent to the Hub when there is one, and to nobody else."""

from __future__ import annotations

import contextlib
from pathlib import Path

from conformance.cases.support import ASKS, GSM8K, MANY_FILES, PRIVATE, TRAIN, Port, authorizations, works
from conformance.cases.support_disk import read
from conformance.catalogue.check import check
from conformance.ports import PortError
from conformance.replay import Cut, ReplayHub
from conformance.verdict.require import require, require_bytes, require_equal
from conformance.wire.identity import TOKENS

TOKEN = "Hub docs: user access tokens, `Authorization: Bearer`; RFC 6750 §2.1; huggingface_hub build_hf_headers"
HOSTS = "RFC 9110 §15.4: a client drops credentials on a redirect to another origin; huggingface_hub http_get"
READER = TOKENS["reader"]


@check("auth/token-goes-to-the-hub[gsm8k]", "MUST", ASKS, source=TOKEN, mutants=("token-not-sent",))
def test_token_goes_to_the_hub(hub: ReplayHub, port: Port) -> None:
    """A token given with the call is sent to the Hub as `Authorization: Bearer <token>`, to the letter."""
    port.ask(GSM8K, token=READER)
    seen = authorizations(hub, "hub")
    require_equal(set(seen), {f"Bearer {READER}"}, "no-token", "a request to the Hub lacks the token")


@check(
    "auth/token-goes-with-every-hop-to-the-hub[gsm8k]",
    "MUST",
    "hf_hub_download",
    source=TOKEN,
    mutants=("token-dropped-on-redirect",),
)
def test_token_goes_with_every_hop(hub: ReplayHub, port: Port) -> None:
    """On a redirect within the Hub the token goes along, else a private file would be refused at the second hop."""
    port.logged_in(READER).download(hub.repo(GSM8K), "README.md")
    seen = authorizations(hub, "hub")
    require(len(seen) > 1, "no-redirect", "the redirect was not followed", seen=seen)
    require(None not in seen, "no-token", "a request to the Hub lacks the token", seen=seen)


@check(
    "auth/token-never-goes-to-the-cdn[gsm8k]",
    "MUST",
    "hf_hub_download",
    source=HOSTS,
    mutants=("token-sent-to-cdn",),
)
def test_token_never_goes_to_the_cdn(hub: ReplayHub, port: Port) -> None:
    """On the redirect to the host with the content the token stays behind: that host has its own right in the URL.

    Whoever runs or watches that host could act as the user otherwise.
    """
    port.logged_in(READER).download(hub.repo(GSM8K), TRAIN)
    seen = authorizations(hub, "cdn")
    require(seen, "no-request", "the content was not fetched from the other host")
    require(not any(seen), "token-leaked", "the token was sent to the host with the content", seen=len(seen))


@check("auth/no-token-no-header[gsm8k]", "MUST", "hf_hub_download", source=TOKEN, mutants=("empty-bearer-sent",))
def test_no_token_no_header(hub: ReplayHub, port: Port) -> None:
    """Without a token there is no `Authorization` header at all: not an empty one, no `Bearer None`."""
    port.download(hub.repo(GSM8K), TRAIN)
    seen = [value for value in authorizations(hub, "hub") + authorizations(hub, "cdn") if value is not None]
    require_equal(seen, [], "needless-header", "an Authorization header was sent without a token")


@check(
    "auth/false-means-no-token[gsm8k]",
    "MUST",
    ASKS,
    source="huggingface_hub: token=False sends no token though the user is logged in",
    mutants=("token-false-ignored",),
)
def test_false_means_no_token(hub: ReplayHub, port: Port) -> None:
    """`token=False` sends no token, though the user of the machine is logged in."""
    port.logged_in(READER).ask(GSM8K, token=False)
    require_equal(set(authorizations(hub, "hub")), {None}, "token-sent", "the user's token was sent")


@check("auth/login-is-used[gsm8k]", "MUST", ASKS, source=TOKEN, mutants=("login-ignored",))
def test_login_is_used(hub: ReplayHub, port: Port) -> None:
    """Without a token in the call, that of the logged-in user is sent."""
    port.logged_in(READER).ask(GSM8K)
    require_equal(set(authorizations(hub, "hub")), {f"Bearer {READER}"}, "no-token", "the user's token was not sent")


@check(
    "auth/call-goes-before-login[gsm8k]",
    "MUST",
    ASKS,
    source=TOKEN,
    mutants=("login-goes-before-call",),
)
def test_call_goes_before_login(hub: ReplayHub, port: Port) -> None:
    """A token in the call goes before that of the logged-in user."""
    port.logged_in(TOKENS["owner"]).ask(GSM8K, token=READER)
    require_equal(set(authorizations(hub, "hub")), {f"Bearer {READER}"}, "wrong-token", "another token was sent")


@check(
    "auth/private-repository-of-ones-own[contract]",
    "MUST",
    "hf_hub_download",
    source=TOKEN,
    mutants=("token-not-sent-with-downloads",),
)
def test_private_repository_of_ones_own(hub: ReplayHub, port: Port) -> None:
    """With the owner's token a file of a private repository is downloaded."""
    repo = hub.repo(PRIVATE)
    path = port.logged_in(TOKENS["owner"]).download(repo, "README.md")
    require_bytes(path.read_bytes(), repo.files()["README.md"].body)


@check(
    "auth/who-am-i[contract]",
    "MUST",
    "whoami",
    source="Hub API: GET /api/whoami-v2; huggingface_hub HfApi.whoami",
    mutants=("whoami-invented",),
)
def test_who_am_i(hub: ReplayHub, port: Port) -> None:
    """`whoami` tells the name that belongs to the token, and that it is a user's."""
    me = port.logged_in(READER).whoami()
    require_equal([me.get("type"), me.get("name")], ["user", "reader"], "wrong-user", "type or name is wrong")


@check(
    "auth/every-page-of-a-listing[contract]",
    "MUST",
    "list_repo_tree",
    source=TOKEN,
    mutants=("token-on-the-first-page-only",),
)
def test_every_page_of_a_listing(hub: ReplayHub, port: Port) -> None:
    """The token goes with the request for every page of a listing, not only for the first."""
    port.logged_in(READER).list_repo_tree(repo_id=MANY_FILES, repo_type="dataset", recursive=True)
    seen = authorizations(hub, "hub")
    require(len(seen) > 1, "one-page", "the listing was not read beyond its first page", seen=len(seen))
    require_equal(set(seen), {f"Bearer {READER}"}, "no-token", "a request for a page lacks the token")


@check(
    "auth/snapshot-of-a-private-repository[contract]",
    "MUST",
    "snapshot_download",
    source=TOKEN,
    mutants=("snapshot-files-without-token",),
)
def test_snapshot_of_a_private_repository(hub: ReplayHub, port: Port) -> None:
    """A snapshot of a private repository is downloaded with its owner's token, which goes with every request."""
    repo = hub.repo(PRIVATE)
    folder = port.logged_in(TOKENS["owner"]).snapshot_download(repo_id=PRIVATE, repo_type="dataset")
    for name, file in repo.files().items():
        require_bytes(read(Path(folder["path"], name)), file.body)
    seen = authorizations(hub, "hub")
    require(None not in seen, "no-token", "a request to the Hub lacks the token", seen=seen)


@check(
    "auth/snapshot-keeps-the-token-from-the-cdn[gsm8k]",
    "MUST",
    "snapshot_download",
    source=HOSTS,
    mutants=("token-sent-to-cdn",),
)
def test_snapshot_keeps_the_token_from_the_cdn(hub: ReplayHub, port: Port) -> None:
    """Of all the requests of a snapshot, none takes the token to the host with the content."""
    port.logged_in(READER).snapshot_download(repo_id=GSM8K, repo_type="dataset")
    seen = authorizations(hub, "cdn")
    require(seen, "no-request", "no content was fetched from the other host")
    require(not any(seen), "token-leaked", "the token was sent to the host with the content", seen=len(seen))


@check(
    "auth/resumed-download-keeps-the-token-from-the-cdn[gsm8k]",
    "MUST",
    "hf_hub_download",
    source=HOSTS,
    mutants=("token-sent-to-cdn",),
)
def test_resumed_download_keeps_the_token_from_the_cdn(hub: ReplayHub, port: Port) -> None:
    """When a body breaks off and is asked for again, the token still stays with the Hub.

    (A library may also give up at a break; what it has sent until then is what counts here.)
    """
    hub.fault(Cut(1000), answer="content", origin="cdn")
    with contextlib.suppress(PortError):
        port.logged_in(READER).download(hub.repo(GSM8K), TRAIN)
    seen = authorizations(hub, "cdn")
    require(not any(seen), "token-leaked", "the token was sent to the host with the content", seen=len(seen))


@check(
    "auth/true-insists-on-a-login[gsm8k]",
    "MUST",
    ASKS,
    source="huggingface_hub: token=True raises LocalTokenNotFoundError where nobody is logged in",
    mutants=("true-does-not-insist",),
)
def test_true_insists_on_a_login(hub: ReplayHub, port: Port) -> None:
    """`token=True` where nobody is logged in is an error, before any request: the caller insists on being somebody."""
    works("the same call without a token", lambda: port.with_cache(Path(f"{port.context.cache_dir}-before")).ask(GSM8K))
    hub.wire.clear()
    port.ask_error(GSM8K, token=True)
    require_equal([str(entry) for entry in hub.wire], [], "needless-request", "a request was sent")
