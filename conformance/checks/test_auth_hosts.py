"""Secrets and other hosts: names that look alike, paths that look alike, cookies, referrers, and a `.netrc`."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port, authorizations, is_api
from conformance.checks.support_hosts import resolving
from conformance.ports import PortError
from conformance.replay import Redirect, ReplayHub, Rewrite, Status, Truth
from conformance.roles import git_file, lfs_file
from conformance.traffic.identity import TOKENS
from conformance.verdict.require import control, require, require_bytes, require_equal

ORIGIN = "RFC 6454 §4 and §5: an origin is scheme, host and port; RFC 9110 §15.4"
READER = TOKENS["reader"]
ANY = ("dataset_info", "repo_info", "list_repo_tree", "hf_hub_download", "read_file")


check = Checks("hf_hub_download", source=ORIGIN)


def look_alike(repo: Truth) -> str:
    """The path of a file of the Hub, on another host."""
    return f"/datasets/{repo.id}/resolve/main/{git_file(repo)}"


def require_no_token(hub: ReplayHub) -> None:
    """The other host saw no token."""
    seen = [value for value in authorizations(hub, "stranger") if value]
    require(not seen, "token-leaked", "the token was sent to another host", seen=len(seen))


def asked_with_a_token(hub: ReplayHub, port: Port) -> None:
    """The library sends the token, so that it has one to leak."""
    port.ask(hub.subject.id, token=READER)
    control(f"Bearer {READER}" in authorizations(hub, "hub"), "the token was not sent to the Hub")


@check.each(
    "auth/token-stays-away-from-{}[gsm8k]",
    {
        "a-subdomain-of-the-hub": "evil.localhost",
        "a-host-whose-name-ends-alike": "evillocalhost",
        "a-host-whose-name-begins-alike": "localhost.evil.localhost",
    },
    kills="hosts-with-the-same-letters-are-one",
    operation=ANY,
)
def test_token_stays_away_from_hosts_that_look_alike(hub: ReplayHub, port: Port, member: str) -> None:
    """The token does not go to {}: the owner of any name there would get it. Names are compared whole.

    (For a port in a separate process, the machine's resolver must know such names.)
    """
    repo = hub.subject
    endpoint = hub.endpoint.replace("127.0.0.1", "localhost")
    stranger = hub.url("stranger").replace("127.0.0.2", member)
    port = replace(port, context=replace(port.context, endpoint=endpoint))
    with resolving(port, {member: "127.0.0.2"}):
        asked_with_a_token(hub, port)
        hub.fault(Redirect(f"{stranger}{look_alike(hub.subject)}"), path=f"*{repo.id}*", origin="hub", times=None)
        with contextlib.suppress(PortError):
            port.ask(repo.id, token=READER)
    require_no_token(hub)


@check("auth/token-stays-away-from-a-path-like-the-hubs[gsm8k]", kills="known-paths-get-the-token", operation=ANY)
def test_token_stays_away_from_a_path_like_the_hubs(hub: ReplayHub, port: Port) -> None:
    """A redirect to another host gets no token, though its path looks like one of the Hub's: `/…/resolve/main/…`."""
    repo = hub.subject
    asked_with_a_token(hub, port)
    hub.fault(Redirect(f"{{stranger}}{look_alike(hub.subject)}"), path=f"*{repo.id}*", origin="hub", times=None)
    with contextlib.suppress(PortError):
        port.ask(repo.id, token=READER)
    require_no_token(hub)


@check("auth/body-at-a-path-like-the-hubs-gets-no-token[gsm8k]", kills="known-paths-get-the-token")
def test_body_at_a_path_like_the_hubs_gets_no_token(hub: ReplayHub, port: Port) -> None:
    """When the request for a body leads to another host, the path there makes no difference: no token goes along."""
    repo = hub.subject
    small = git_file(repo)
    large = lfs_file(repo)
    port.download(hub.subject, large, token=READER)
    hub.fault(Redirect(f"{{stranger}}{look_alike(hub.subject)}"), answer="content", repo=repo.id, times=None)
    hub.fault(Status(404), origin="stranger", times=None, needed=False)
    with contextlib.suppress(PortError):
        port.download(hub.subject, small, token=READER)
    require_no_token(hub)


@check(
    "auth/token-stays-off-after-a-stranger[gsm8k]",
    kills="token-comes-back",
    level="MAY",
    operation=("dataset_info", "repo_info"),
    source="WHATWG Fetch, HTTP-redirect fetch: credentials that were taken off at another origin stay off",
)
def test_token_stays_off_after_a_stranger(hub: ReplayHub, port: Port) -> None:
    """After redirects that left the Hub and came back, the token stays off: the other host chose that last URL."""
    repo = hub.subject
    asked_with_a_token(hub, port)
    hub.wire.clear()
    hub.fault(Redirect("{stranger}/there"), answer="info", repo=repo.id)
    hub.fault(Redirect(f"{{hub}}/api/datasets/{repo.id}?chosen=elsewhere"), origin="stranger", needed=False)
    with contextlib.suppress(PortError):
        port.ask(repo.id, token=READER)
    seen = [entry.path for entry in hub.wire if "chosen=elsewhere" in entry.request.target and entry.request.token]
    require_equal(seen, [], "token-came-back", "the token was sent to a URL that another host chose")


@check(
    "auth/token-stays-off-where-a-stranger-led-to[gsm8k]",
    kills="token-comes-back",
    level="MAY",
    source="WHATWG Fetch, HTTP-redirect fetch: credentials that were taken off at another origin stay off",
)
def test_token_stays_off_where_a_stranger_led_to(hub: ReplayHub, port: Port) -> None:
    """When the question about a file leaves the Hub and comes back, no token goes to the last URL, then or later."""
    repo = hub.subject
    port.download(repo, lfs_file(repo), token=READER)
    control(f"Bearer {READER}" in authorizations(hub, "hub"), "the token was not sent to the Hub")
    chosen = f"/datasets/{repo.id}/resolve/main/{git_file(repo)}?chosen=elsewhere"
    hub.fault(Redirect("{stranger}/there"), answer="metadata", repo=repo.id)
    hub.fault(Redirect(f"{{hub}}{chosen}"), origin="stranger", times=None, needed=False)
    with contextlib.suppress(PortError):
        port.download(repo, git_file(repo), token=READER)
    seen = [entry.path for entry in hub.wire if "chosen=elsewhere" in entry.request.target and entry.request.token]
    require_equal(seen, [], "token-came-back", "the token was sent to a URL that another host chose")


@check(
    "auth/cookie-stays-at-the-hub[gsm8k]",
    kills="cookie-sent-everywhere",
    level="SHOULD",
    source="RFC 6265 §5.4: a cookie goes back to the host that has set it",
)
def test_cookie_stays_at_the_hub(hub: ReplayHub, port: Port) -> None:
    """A cookie that the Hub sets is sent to no other host, the one with the contents included."""
    repo = hub.subject
    large = lfs_file(repo)
    hub.fault(
        Rewrite(headers={"Set-Cookie": "session=of-the-hub; Path=/"}), answer="metadata", repo=repo.id, times=None
    )
    port.download(hub.subject, large, token=READER)
    elsewhere = [entry for entry in hub.wire if entry.origin != "hub"]
    control(elsewhere, "the content was not fetched from another host")
    seen = [entry.path for entry in elsewhere if "of-the-hub" in entry.request.headers.get("Cookie", "")]
    require_equal(seen, [], "cookie-leaked", "the Hub's cookie was sent to another host")


@check(
    "auth/cookie-of-the-content-host-stays-there[gsm8k]",
    kills="cookie-sent-everywhere",
    level="SHOULD",
    source="RFC 6265 §5.4: a cookie goes back to the host that has set it",
)
def test_cookie_of_the_content_host_stays_there(hub: ReplayHub, port: Port) -> None:
    """A cookie that the host with the contents sets is not sent to the Hub."""
    repo = hub.subject
    small = git_file(repo)
    large = lfs_file(repo)
    hub.fault(Rewrite(headers={"Set-Cookie": "tracking=of-the-content-host; Path=/"}), origin="cdn", times=None)
    port.download(hub.subject, large)
    port.download(hub.subject, small)
    to_the_hub = [entry for entry in hub.wire if entry.origin == "hub"]
    seen = [entry.path for entry in to_the_hub if "of-the-content-host" in entry.request.headers.get("Cookie", "")]
    require_equal(seen, [], "cookie-leaked", "another host's cookie was sent to the Hub")


@check(
    "auth/signed-url-is-in-no-referer[gsm8k]",
    kills="signed-url-sent-as-referer",
    level="SHOULD",
    source="RFC 9110 §10.1.3 and §17.9: a Referer with a query reveals a secret to another host",
)
def test_signed_url_is_in_no_referer(hub: ReplayHub, port: Port) -> None:
    """No `Referer` with a query goes to another host: the query of a signed URL is the right to the content."""
    repo = hub.subject
    large = lfs_file(repo)
    body = repo.files()[large].body
    hub.fault(Redirect("{stranger}/mirror", 302), method="GET", origin="cdn", times=None)
    hub.fault(Rewrite(status=200, body=body), path="/mirror", origin="stranger", times=None)
    require_bytes(port.download(repo, large).read_bytes(), body)
    seen = [entry.path for entry in hub.wire if "?" in entry.request.headers.get("Referer", "")]
    require_equal(seen, [], "secret-in-referer", "a URL with its query was sent as Referer")


@check(
    "auth/token-is-in-no-other-header[gsm8k]",
    kills="token-in-another-header",
    source="RFC 6750 §2: a bearer token is sent in the Authorization header",
)
def test_token_is_in_no_other_header(hub: ReplayHub, port: Port) -> None:
    """The token is sent in `Authorization` and in no other header: those are logged, cached and passed on."""
    large = lfs_file(hub.subject)
    port.download(hub.subject, large, token=READER)
    control(f"Bearer {READER}" in authorizations(hub, "hub"), "the token was not sent to the Hub")
    seen = sorted(
        {
            name.lower()
            for entry in hub.wire
            for name, value in entry.request.headers.items()
            if READER in value and name.lower() != "authorization"
        }
    )
    require_equal(seen, [], "token-in-a-header", "another header holds the token")


@check.each(
    "auth/no-credentials-of-{}[gsm8k]",
    {"a-netrc": "NETRC", "a-netrc-in-the-home": "HOME"},
    kills="netrc-is-read",
    level="SHOULD",
    source="Hub docs: bearer tokens only; curl and requests read ~/.netrc",
)
def test_no_credentials_of_a_netrc(hub: ReplayHub, port: Port, disk: Disk, member: str) -> None:
    """The credentials of {} go neither to the Hub nor to the host with the contents: they are meant for others.

    Sent to the Hub they would even replace a token, and reveal a password.
    """
    large = lfs_file(hub.subject)
    home = disk.root / "user"
    home.mkdir()
    lines = [f"machine {host} login somebody password secret\n" for host in ("127.0.0.1", "localhost", "127.0.0.2")]
    netrc = home / ".netrc"
    netrc.write_text("".join(lines), "utf-8")
    netrc.chmod(0o600)
    where: Path | None = netrc if member == "NETRC" else None
    port = port.with_environment(NETRC=None if where is None else str(where), HOME=str(home))
    port.download(hub.subject, large)
    seen = [f"{e.origin} {e.path}" for e in hub.wire if "authorization" in e.request.headers and not is_api(e.request)]
    require_equal(seen, [], "credentials-sent", "credentials of the user's .netrc were sent")
