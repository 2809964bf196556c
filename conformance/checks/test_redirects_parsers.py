"""Redirects and links that two parsers of URLs read in two ways: the token must not depend on which one is asked."""

from __future__ import annotations

import contextlib

from conformance.catalogue.check import Checks
from conformance.checks.support import ASKS, Port
from conformance.checks.test_redirects import READER, asking_with_a_token, require_no_token
from conformance.ports import PortError
from conformance.replay import Redirect, ReplayHub, Rewrite

READINGS = "RFC 3986 §3.2: no backslash in a URL; WHATWG URL: a backslash ends the host; RFC 6454 §4"


check = Checks(ASKS, source=READINGS)


@check.each(
    "redirects/no-token-behind-a-backslash-{}[gsm8k]",
    {
        "of-a-url": "http://{stranger}\\@{hub}/api/datasets/openai/gsm8k",
        "of-a-host": "//{stranger}\\@{hub}/api/datasets/openai/gsm8k",
    },
    kills="origin-by-another-parser",
)
def test_no_token_behind_a_backslash(hub: ReplayHub, port: Port, member: str) -> None:
    """A redirect that reads as the Hub's to some and as another host's to others takes no token there.

    What decides about the token must read a URL as that does which connects. Refusing such a URL is allowed.
    """
    hosts = {name: hub.url(name).partition("://")[2] for name in ("hub", "stranger")}
    reader = asking_with_a_token(hub, port)
    hub.fault(Redirect(member.format(**hosts)), origin="hub", times=None)
    with contextlib.suppress(PortError):
        reader.ask(hub.subject.id)
    require_no_token(hub, "stranger")


@check(
    "tree/no-token-behind-a-backslash-of-a-link[gsm8k]", kills="origin-by-another-parser", operation="list_repo_tree"
)
def test_no_token_behind_a_backslash_of_a_link(hub: ReplayHub, port: Port) -> None:
    """A `Link` that reads as the Hub's to some and as another host's to others takes no token there."""
    hosts = {name: hub.url(name).partition("://")[2] for name in ("hub", "stranger")}
    link = '<http://{stranger}\\@{hub}/next>; rel="next"'.format(**hosts)
    hub.fault(Rewrite(headers={"Link": link}), path="/api/datasets/*/tree/*", times=None)
    for origin in (None, "stranger"):  # whichever is asked
        hub.fault(Rewrite(status=200, body=b"[]"), path="/next", origin=origin, times=None, needed=False)
    with contextlib.suppress(PortError):
        port.logged_in(READER).list_repo_tree(repo_id=hub.subject.id, repo_type="dataset", recursive=True)
    require_no_token(hub, "stranger")
