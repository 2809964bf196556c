"""What is asked of tokens and trust, asked of downloads: clients often have another way to the network for them."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from conformance.catalogue.check import Checks
from conformance.checks.support import Port, authorization, authorizations, require_kind
from conformance.checks.support_hosts import resolving
from conformance.ports import PortError
from conformance.replay import Redirect, ReplayHub, Rewrite, Stall, Status
from conformance.roles import git_file, lfs_file
from conformance.traffic.identity import TOKENS
from conformance.verdict.require import control, require, require_equal

ORIGIN = "RFC 6454 §4 and §5: an origin is scheme, host and port; RFC 9110 §15.4"
CODE = "Hub: X-Error-Code; huggingface_hub hf_raise_for_status reads it before anything else"
READER, OWNER = TOKENS["reader"], TOKENS["owner"]
SMALL = (".gitattributes", "README.md")


check = Checks("hf_hub_download", source=CODE)


@check.each(
    "auth/body-at-{}-gets-no-token[gsm8k]",
    {"a-subdomain-of-the-hub": "evil.localhost", "a-host-whose-name-ends-alike": "evillocalhost"},
    kills="hosts-with-the-same-letters-are-one",
    source=ORIGIN,
)
def test_body_at_a_host_that_looks_alike(hub: ReplayHub, port: Port, member: str) -> None:
    """When a download is led to {}, no token goes along: names of hosts are compared whole.

    (For a port in a separate process, the machine's resolver must know such names.)
    """
    repo = hub.subject
    small = git_file(repo)
    large = lfs_file(repo)
    endpoint = hub.endpoint.replace("127.0.0.1", "localhost")
    stranger = hub.url("stranger").replace("127.0.0.2", member)
    port = replace(port, context=replace(port.context, endpoint=endpoint))
    with resolving(port, {member: "127.0.0.2"}):
        port.download(hub.subject, large, token=READER)
        control(f"Bearer {READER}" in authorizations(hub, "hub"), "the token was not sent to the Hub")
        hub.fault(Redirect(f"{stranger}/mirror"), answer=("metadata", "content"), filename=small, times=None)
        hub.fault(Status(404), origin="stranger", times=None, needed=False)
        with contextlib.suppress(PortError):
            port.download(hub.subject, small, token=READER)
    seen = [value for value in authorizations(hub, "stranger") if value]
    require(not seen, "token-leaked", "the token was sent to another host", seen=len(seen))


@check(
    "auth/content-host-with-another-hosts-certificate[gsm8k]",
    kills="host-of-the-certificate-not-read",
    source="RFC 9110 §4.3.4: a client verifies that the certificate is the host's",
    secure=True,
)
def test_content_host_with_another_hosts_certificate(hub: ReplayHub, port: Port) -> None:
    """A content host whose certificate is another host's is refused: no request is sent to it, and no file returned.

    (For a port in a separate process, the machine's resolver must know names below `localhost`.)
    """
    repo = hub.subject
    small = git_file(repo)
    large = lfs_file(repo)
    elsewhere = hub.url("cdn").replace("//localhost", "//other.localhost")
    with resolving(port, {"other.localhost": "127.0.0.1"}):
        port.download(hub.subject, small)
        hub.fault(Rewrite(headers={"Location": f"{elsewhere}/any"}), answer="redirect", filename=large, times=None)
        hub.fault(Status(404), origin="cdn", times=None, needed=False)
        port.error("hf_hub_download", **hub.subject.named, filename=large)
    seen = [str(entry) for entry in hub.wire if entry.origin == "cdn"]
    require_equal(seen, [], "request-sent", "a request was sent to a host with another host's certificate")


@check(
    "auth/downloads-at-once-keep-their-tokens[gsm8k]",
    kills="last-token-downloads-all",
    source="RFC 6750: a token is the caller's; huggingface_hub may be used from several threads",
)
def test_downloads_at_once_keep_their_tokens(hub: ReplayHub, port: Port) -> None:
    """Two downloads at the same time with a token each send their own with every hop, after a wait as well.

    (A port in a separate process gets one process for each call, so this proves little about it.)
    """
    hub.fault(Stall(0.3, after=-1), answer="metadata", repo=hub.subject.id, times=2)
    pairs = dict(zip(SMALL, (READER, OWNER), strict=True))
    ended = port.at_once(
        *(("hf_hub_download", {**hub.subject.named, "filename": name, "token": token}) for name, token in pairs.items())
    )
    failed = [str(value) for value in ended if isinstance(value, PortError)]
    require_equal(failed, [], "unexpected-error", "two downloads at the same time disturb each other")
    for name, token in pairs.items():
        seen = {authorization(e.request) for e in hub.wire if e.path.endswith(f"/{name}")}
        require_equal(seen, {f"Bearer {token}"}, "wrong-token", "a request was sent with another caller's token")


@check.each(
    "errors/download-with-other-words-for-{}[gsm8k]",
    {
        "a-missing-revision": ("RevisionNotFound", "There is no such branch", "revision_not_found"),
        "a-missing-file": ("EntryNotFound", "No such thing", "entry_not_found"),
    },
    kills="words-decide",
    level="SHOULD",
)
def test_download_with_other_words(hub: ReplayHub, port: Port, member: tuple[str, str, str]) -> None:
    """A download understands the `X-Error-Code` of {} beside other words than usual."""
    repo = hub.subject
    small = git_file(repo)
    large = lfs_file(repo)
    code, words, kind = member
    port.download(hub.subject, large)
    answer = Status(404, {"X-Error-Code": code, "X-Error-Message": words})
    hub.fault(answer, answer=("metadata", "content"), filename=small, times=None)
    require_kind(port.error("hf_hub_download", **hub.subject.named, filename=small), kind)


@check.each(
    "errors/listing-with-other-words-for-{}[gsm8k]",
    {
        "a-missing-revision": ("RevisionNotFound", "There is no such branch", "revision_not_found"),
        "a-missing-folder": ("EntryNotFound", "No such thing", "entry_not_found"),
    },
    kills="words-decide",
    level="SHOULD",
    operation="list_repo_tree",
)
def test_listing_with_other_words(hub: ReplayHub, port: Port, member: tuple[str, str, str]) -> None:
    """A listing understands the `X-Error-Code` of {} beside other words than usual."""
    code, words, kind = member
    control(port.list_repo_tree(**hub.subject.named), "the first listing is empty")
    answer = Status(404, {"X-Error-Code": code, "X-Error-Message": words})
    hub.fault(answer, answer="listing", repo=hub.subject.id, times=None)
    require_kind(port.error("list_repo_tree", **hub.subject.named), kind)
