"""Proxies: in many companies and clusters they are the only way out.

The endpoint is a host that no resolver knows, so that a client can reach it by its proxy alone; the proxy is the
Hub's own origin.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace

from conformance.catalogue.check import Checks
from conformance.checks.support import Port, authorization
from conformance.ports import PortError
from conformance.replay import ReplayHub
from conformance.roles import git_file
from conformance.traffic.identity import TOKENS
from conformance.verdict.require import control, require, require_bytes, require_equal

PROXIES = "Hub docs: HTTP_PROXY and HTTPS_PROXY as the HTTP library reads them; curl, requests, httpx"
BEYOND = "http://hub.invalid"


check = Checks(("dataset_info", "repo_info", "list_repo_tree", "hf_hub_download"), source=PROXIES, level="SHOULD")


def beyond(port: Port, **variables: str) -> Port:
    """The library with an endpoint that only a proxy can reach."""
    return replace(port, context=replace(port.context, endpoint=BEYOND)).with_environment(**variables)


@check.each(
    "environment/proxy-by-{}[gsm8k]",
    {"http-proxy-in-small-letters": "http_proxy", "all-proxy": "ALL_PROXY"},
    kills="proxies-ignored",
    operation=("dataset_info", "repo_info", "list_repo_tree"),
)
def test_proxy(hub: ReplayHub, port: Port, member: str) -> None:
    """An endpoint that only a proxy can reach is asked by way of the one that the environment names: {}."""
    beyond(port, **{member: hub.endpoint}).ask(hub.subject.id)
    require(len(hub.wire) > 0, "no-request", "no request reached the proxy")


@check("environment/download-by-a-proxy[gsm8k]", kills="proxies-ignored", operation="hf_hub_download")
def test_download_by_a_proxy(hub: ReplayHub, port: Port) -> None:
    """A file is downloaded by way of the proxy, each hop of it."""
    repo = hub.subject
    small = git_file(repo)
    path = beyond(port, http_proxy=hub.endpoint).download(repo, small)
    require_bytes(path.read_bytes(), repo.files()[small].body)


@check(
    "environment/host-that-needs-no-proxy[gsm8k]",
    kills="no-proxy-ignored",
    source=f"{PROXIES}; NO_PROXY names hosts that are asked directly",
)
def test_host_that_needs_no_proxy(hub: ReplayHub, port: Port) -> None:
    """A host that `NO_PROXY` names is asked directly, though there is a proxy: it may not know that host."""
    proxy = hub.url("stranger")
    port.with_environment(http_proxy=proxy, HTTP_PROXY=proxy, no_proxy="127.0.0.1", NO_PROXY="127.0.0.1").ask(
        hub.subject.id
    )
    seen = [str(entry) for entry in hub.wire if entry.origin == "stranger"]
    require_equal(seen, [], "proxy-asked", "the proxy got a request for a host in NO_PROXY")


@check(
    "environment/credentials-of-a-proxy-are-its-own[gsm8k]",
    kills="proxy-login-takes-the-tokens-place",
    level="MUST",
    source="RFC 9110 §11.7.1: Proxy-Authorization is for the proxy; RFC 6750: the token is for the Hub",
)
def test_credentials_of_a_proxy_are_its_own(hub: ReplayHub, port: Port) -> None:
    """The name and password in a proxy's URL do not take the place of the token, which reaches the Hub as ever."""
    proxy = hub.endpoint.replace("://", "://somebody:secret@")
    with contextlib.suppress(PortError):
        beyond(port, http_proxy=proxy).ask(hub.subject.id, token=TOKENS["reader"])
    control(len(hub.wire) > 0, "no request reached the proxy")
    seen = {authorization(entry.request) for entry in hub.wire}
    require_equal(seen, {f"Bearer {TOKENS['reader']}"}, "wrong-token", "another authorization was sent, or none")
