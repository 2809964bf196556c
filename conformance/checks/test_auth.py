"""Tokens: sent to the Hub if there is one, and to no other host."""

from __future__ import annotations

import contextlib
from pathlib import Path

from conformance.catalogue.check import Checks
from conformance.checks.support import ASKS, MANY_FILES, PRIVATE, Port, authorizations, works
from conformance.checks.support_disk import read
from conformance.ports import PortError
from conformance.replay import Cut, ReplayHub
from conformance.roles import git_file, lfs_file
from conformance.traffic.identity import TOKENS
from conformance.verdict.require import require, require_bytes, require_equal

TOKEN = "Hub docs: user access tokens, `Authorization: Bearer`; RFC 6750 §2.1; huggingface_hub build_hf_headers"
HOSTS = "RFC 9110 §15.4: a client drops credentials on a redirect to another origin; huggingface_hub http_get"
READER = TOKENS["reader"]


check = Checks(ASKS, source=TOKEN)


@check("auth/token-goes-to-the-hub[gsm8k]", kills="token-not-sent")
def test_token_goes_to_the_hub(hub: ReplayHub, port: Port) -> None:
    """A token given with the call is sent to the Hub unchanged, as `Authorization: Bearer <token>`."""
    port.ask(hub.subject.id, token=READER)
    seen = authorizations(hub, "hub")
    require_equal(set(seen), {f"Bearer {READER}"}, "no-token", "a request to the Hub lacks the token")


@check(
    "auth/token-goes-with-every-hop-to-the-hub[gsm8k]", kills="token-dropped-on-redirect", operation="hf_hub_download"
)
def test_token_goes_with_every_hop(hub: ReplayHub, port: Port) -> None:
    """On a redirect within the Hub the token goes along, else a private file would be refused at the second hop."""
    small = git_file(hub.subject)
    port.logged_in(READER).download(hub.subject, small)
    seen = authorizations(hub, "hub")
    require(len(seen) > 1, "no-redirect", "the redirect was not followed", seen=seen)
    require(None not in seen, "no-token", "a request to the Hub lacks the token", seen=seen)


@check("auth/token-never-goes-to-the-cdn[gsm8k]", kills="token-sent-to-cdn", operation="hf_hub_download", source=HOSTS)
def test_token_never_goes_to_the_cdn(hub: ReplayHub, port: Port) -> None:
    """On the redirect to the host with the content the token is not sent: that host has its own right in the URL.

    Otherwise the operator of that host could act as the user.
    """
    large = lfs_file(hub.subject)
    port.logged_in(READER).download(hub.subject, large)
    seen = authorizations(hub, "cdn")
    require(seen, "no-request", "the content was not fetched from the other host")
    require(not any(seen), "token-leaked", "the token was sent to the host with the content", seen=len(seen))


@check("auth/no-token-no-header[gsm8k]", kills="empty-bearer-sent", operation="hf_hub_download")
def test_no_token_no_header(hub: ReplayHub, port: Port) -> None:
    """Without a token there is no `Authorization` header at all: not an empty one, no `Bearer None`."""
    large = lfs_file(hub.subject)
    port.download(hub.subject, large)
    seen = [value for value in authorizations(hub, "hub") + authorizations(hub, "cdn") if value is not None]
    require_equal(seen, [], "needless-header", "an Authorization header was sent without a token")


@check(
    "auth/false-means-no-token[gsm8k]",
    kills="token-false-ignored",
    source="huggingface_hub: token=False sends no token though the user is logged in",
)
def test_false_means_no_token(hub: ReplayHub, port: Port) -> None:
    """`token=False` sends no token, though the user of the machine is logged in."""
    port.logged_in(READER).ask(hub.subject.id, token=False)
    require_equal(set(authorizations(hub, "hub")), {None}, "token-sent", "the user's token was sent")


@check("auth/login-is-used[gsm8k]", kills="login-ignored")
def test_login_is_used(hub: ReplayHub, port: Port) -> None:
    """Without a token in the call, that of the logged-in user is sent."""
    port.logged_in(READER).ask(hub.subject.id)
    require_equal(set(authorizations(hub, "hub")), {f"Bearer {READER}"}, "no-token", "the user's token was not sent")


@check("auth/call-goes-before-login[gsm8k]", kills="login-goes-before-call")
def test_call_goes_before_login(hub: ReplayHub, port: Port) -> None:
    """A token in the call takes precedence over that of the logged-in user."""
    port.logged_in(TOKENS["owner"]).ask(hub.subject.id, token=READER)
    require_equal(set(authorizations(hub, "hub")), {f"Bearer {READER}"}, "wrong-token", "another token was sent")


@check(
    "auth/private-repository-of-ones-own[contract]", kills="token-not-sent-with-downloads", operation="hf_hub_download"
)
def test_private_repository_of_ones_own(hub: ReplayHub, port: Port) -> None:
    """With the owner's token a file of a private repository is downloaded."""
    repo = hub.repo(PRIVATE)
    path = port.logged_in(TOKENS["owner"]).download(repo, "README.md")
    require_bytes(path.read_bytes(), repo.files()["README.md"].body)


@check(
    "auth/who-am-i[contract]",
    kills="whoami-invented",
    operation="whoami",
    source="Hub API: GET /api/whoami-v2; huggingface_hub HfApi.whoami",
)
def test_who_am_i(hub: ReplayHub, port: Port) -> None:
    """`whoami` returns the name that belongs to the token, and the type `user`."""
    me = port.logged_in(READER).whoami()
    require_equal([me.get("type"), me.get("name")], ["user", "reader"], "wrong-user", "type or name is wrong")


@check("auth/every-page-of-a-listing[contract]", kills="token-on-the-first-page-only", operation="list_repo_tree")
def test_every_page_of_a_listing(hub: ReplayHub, port: Port) -> None:
    """The token goes with the request for every page of a listing, not only for the first."""
    port.logged_in(READER).list_repo_tree(repo_id=MANY_FILES, repo_type="dataset", recursive=True)
    seen = authorizations(hub, "hub")
    require(len(seen) > 1, "one-page", "the listing was not read beyond its first page", seen=len(seen))
    require_equal(set(seen), {f"Bearer {READER}"}, "no-token", "a request for a page lacks the token")


@check(
    "auth/snapshot-of-a-private-repository[contract]",
    kills="snapshot-files-without-token",
    operation="snapshot_download",
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
    kills="token-sent-to-cdn",
    operation="snapshot_download",
    source=HOSTS,
)
def test_snapshot_keeps_the_token_from_the_cdn(hub: ReplayHub, port: Port) -> None:
    """Of all the requests of a snapshot, none takes the token to the host with the content."""
    port.logged_in(READER).snapshot_download(repo_id=hub.subject.id, repo_type="dataset")
    seen = authorizations(hub, "cdn")
    require(seen, "no-request", "no content was fetched from the other host")
    require(not any(seen), "token-leaked", "the token was sent to the host with the content", seen=len(seen))


@check(
    "auth/resumed-download-keeps-the-token-from-the-cdn[gsm8k]",
    kills="token-sent-to-cdn",
    operation="hf_hub_download",
    source=HOSTS,
)
def test_resumed_download_keeps_the_token_from_the_cdn(hub: ReplayHub, port: Port) -> None:
    """When a body breaks off and is asked for again, the token still stays with the Hub.

    (A library may also give up at a break; what it has sent until then is what counts here.)
    """
    large = lfs_file(hub.subject)
    hub.fault(Cut(1000), answer="content", origin="cdn")
    with contextlib.suppress(PortError):
        port.logged_in(READER).download(hub.subject, large)
    seen = authorizations(hub, "cdn")
    require(not any(seen), "token-leaked", "the token was sent to the host with the content", seen=len(seen))


@check(
    "auth/true-insists-on-a-login[gsm8k]",
    kills="true-does-not-insist",
    source="huggingface_hub: token=True raises LocalTokenNotFoundError where nobody is logged in",
)
def test_true_insists_on_a_login(hub: ReplayHub, port: Port) -> None:
    """`token=True` without a logged-in user is an error, before any request: the caller requires a token."""
    repo = hub.subject
    works(
        "the same call without a token", lambda: port.with_cache(Path(f"{port.context.cache_dir}-before")).ask(repo.id)
    )
    hub.wire.clear()
    port.ask_error(repo.id, token=True)
    require_equal([str(entry) for entry in hub.wire], [], "needless-request", "a request was sent")
