"""Tokens: sent to the Hub when there is one, and to nobody else."""

from __future__ import annotations

from conformance.cases.support import GATED, GSM8K, PRIVATE, TRAIN, Port
from conformance.catalogue.check import check
from conformance.replay import ReplayHub
from conformance.verdict.require import require, require_bytes, require_equal
from conformance.wire.identity import TOKENS

TOKEN = "Hub docs: user access tokens, `Authorization: Bearer`; RFC 6750 §2.1; huggingface_hub build_hf_headers"
HOSTS = "RFC 9110 §15.4: a client drops credentials on a redirect to another origin; huggingface_hub http_get"
READER = TOKENS["reader"]


def authorizations(hub: ReplayHub, origin: str) -> list[str | None]:
    """The Authorization header of each request to an origin, in order."""
    return [entry.request.headers.get("authorization") for entry in hub.wire if entry.origin == origin]


@check("auth/token-goes-to-the-hub[gsm8k]", "MUST", "dataset_info", source=TOKEN, mutants=("token-not-sent",))
def test_token_goes_to_the_hub(hub: ReplayHub, port: Port) -> None:
    """A token given with the call is sent to the Hub as `Authorization: Bearer <token>`, to the letter."""
    port.dataset_info(repo_id=GSM8K, token=READER)
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
    port.download(hub.repo(GSM8K), "README.md", token=READER)
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
    port.download(hub.repo(GSM8K), TRAIN, token=READER)
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
    "dataset_info",
    source="huggingface_hub: token=False sends no token though the user is logged in",
    mutants=("token-false-ignored",),
)
def test_false_means_no_token(hub: ReplayHub, port: Port) -> None:
    """`token=False` sends no token, though the user of the machine is logged in."""
    port.logged_in(READER).dataset_info(repo_id=GSM8K, token=False)
    require_equal(authorizations(hub, "hub"), [None], "token-sent", "the user's token was sent")


@check("auth/login-is-used[gsm8k]", "MUST", "dataset_info", source=TOKEN, mutants=("login-ignored",))
def test_login_is_used(hub: ReplayHub, port: Port) -> None:
    """Without a token in the call, that of the logged-in user is sent."""
    port.logged_in(READER).dataset_info(repo_id=GSM8K)
    require_equal(authorizations(hub, "hub"), [f"Bearer {READER}"], "no-token", "the user's token was not sent")


@check(
    "auth/call-goes-before-login[gsm8k]",
    "MUST",
    "dataset_info",
    source=TOKEN,
    mutants=("login-goes-before-call",),
)
def test_call_goes_before_login(hub: ReplayHub, port: Port) -> None:
    """A token in the call goes before that of the logged-in user."""
    port.logged_in(TOKENS["owner"]).dataset_info(repo_id=GSM8K, token=READER)
    require_equal(authorizations(hub, "hub"), [f"Bearer {READER}"], "wrong-token", "another token was sent")


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
    path = port.download(repo, "README.md", token=TOKENS["owner"])
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
    me = port.whoami(token=READER)
    require_equal([me["type"], me["name"]], ["user", "reader"], "wrong-user", "type or name is wrong")


@check(
    "auth/token-is-in-no-url[gsm8k]",
    "MUST",
    "hf_hub_download",
    source="RFC 6750 §2.3",
    mutants=("token-in-the-url",),
)
def test_token_is_in_no_url(hub: ReplayHub, port: Port) -> None:
    """The token stands in no URL: URLs are logged, by proxies and by servers."""
    port.download(hub.repo(GSM8K), "README.md", token=READER)
    port.download(hub.repo(GSM8K), TRAIN, token=READER)
    seen = [entry.path for entry in hub.wire if READER in entry.request.target]
    require_equal(seen, [], "token-in-url", "the token was sent in a URL")


@check(
    "auth/token-is-in-no-error[contract]",
    "MUST",
    "hf_hub_download",
    source="OWASP: session identifiers do not belong in logs; huggingface_hub HfHubHTTPError",
    mutants=("token-in-the-error",),
)
def test_token_is_in_no_error(hub: ReplayHub, port: Port) -> None:
    """The text of an error does not hold the token: users paste errors into public issues."""
    error = port.error("hf_hub_download", repo_id=GATED, repo_type="dataset", filename=".gitattributes", token=READER)
    require(READER not in error.message, "token-in-error", "the token stands in the error's text")
