"""Every question may be redirected: the token goes to no other host with any of them."""

from __future__ import annotations

import contextlib
from typing import Any

from conformance.catalogue.check import Checks
from conformance.checks.support import Port, authorizations
from conformance.ports import PortError
from conformance.replay import AnswerKind, Redirect, ReplayHub
from conformance.roles import git_file
from conformance.traffic.identity import TOKENS
from conformance.verdict.require import control, require

HOSTS = "RFC 9110 §15.4: a client drops credentials on a redirect to another origin; RFC 6454 §5"
READER = TOKENS["reader"]


check = Checks("list_repo_tree", source=HOSTS)


def require_kept(
    hub: ReplayHub, port: Port, answer: AnswerKind | tuple[AnswerKind, ...], operation: str, **arguments: Any
) -> None:
    """The token is sent to the Hub, and not to the other host that the Hub redirects this question to."""
    getattr(port, operation)(**arguments, token=READER)
    control(f"Bearer {READER}" in authorizations(hub, "hub"), "the token was not sent to the Hub")
    hub.fault(Redirect("{stranger}{target}"), answer=answer, times=None)
    with contextlib.suppress(PortError):
        getattr(port, operation)(**arguments, token=READER)
    seen = [value for value in authorizations(hub, "stranger") if value]
    require(not seen, "token-leaked", "the token was sent to another host", seen=len(seen))


@check("redirects/no-token-to-a-stranger-for-a-listing[gsm8k]", kills="token-sent-to-cdn")
def test_listing(hub: ReplayHub, port: Port) -> None:
    """A listing that is redirected to another host gets no token there."""
    require_kept(hub, port, "listing", "list_repo_tree", **hub.subject.named)


@check("redirects/no-token-to-a-stranger-for-paths[gsm8k]", kills="token-sent-to-cdn", operation="get_paths_info")
def test_paths(hub: ReplayHub, port: Port) -> None:
    """A question about some paths that is redirected to another host gets no token there, though it is a POST."""
    small = git_file(hub.subject)
    require_kept(hub, port, ("paths-info", "listing"), "get_paths_info", **hub.subject.named, paths=[small])


@check("redirects/no-token-to-a-stranger-for-refs[gsm8k]", kills="token-sent-to-cdn", operation="list_repo_refs")
def test_refs(hub: ReplayHub, port: Port) -> None:
    """A question for the refs that is redirected to another host gets no token there."""
    require_kept(hub, port, "refs", "list_repo_refs", **hub.subject.named)


@check("redirects/no-token-to-a-stranger-for-commits[gsm8k]", kills="token-sent-to-cdn", operation="list_repo_commits")
def test_commits(hub: ReplayHub, port: Port) -> None:
    """A question for the history that is redirected to another host gets no token there."""
    require_kept(hub, port, "commits", "list_repo_commits", **hub.subject.named)


@check("redirects/no-token-to-a-stranger-for-existence[gsm8k]", kills="token-sent-to-cdn", operation="file_exists")
def test_existence(hub: ReplayHub, port: Port) -> None:
    """A question whether a file exists that is redirected to another host gets no token there."""
    small = git_file(hub.subject)
    require_kept(
        hub, port, ("metadata", "paths-info", "listing", "info"), "file_exists", **hub.subject.named, filename=small
    )


@check("redirects/no-token-to-a-stranger-for-who-am-i[contract]", kills="token-sent-to-cdn", operation="whoami")
def test_who_am_i(hub: ReplayHub, port: Port) -> None:
    """The question who the caller is, redirected to another host, gets no token there: it is all about the token."""
    require_kept(hub, port, "whoami", "whoami")


@check(
    "redirects/no-token-to-a-stranger-for-a-snapshot[gsm8k]", kills="token-sent-to-cdn", operation="snapshot_download"
)
def test_snapshot(hub: ReplayHub, port: Port) -> None:
    """A file of a snapshot that is redirected to another host gets no token there."""
    repo = hub.subject
    small = git_file(repo)
    hub.fault(Redirect("{stranger}{target}"), answer="metadata", repo=repo.id, filename=small, times=None)
    with contextlib.suppress(PortError):
        port.snapshot_download(**hub.subject.named, token=READER)
    control(f"Bearer {READER}" in authorizations(hub, "hub"), "the token was not sent to the Hub")
    seen = [value for value in authorizations(hub, "stranger") if value]
    require(not seen, "token-leaked", "the token was sent to another host", seen=len(seen))
