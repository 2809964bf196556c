"""Redirects: followed wherever the contents are, and never to where a client has nothing to look for."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from conformance.catalogue.check import Checks
from conformance.checks.answers import AGAIN, FirstHop
from conformance.checks.support import ASKS, Disk, Port, authorizations, works
from conformance.checks.support_disk import read
from conformance.ports import PortError
from conformance.replay import Redirect, ReplayHub, Rewrite, Status, load
from conformance.roles import former_name, git_file, lfs_file, pull_request
from conformance.traffic.exchange import Request, Response
from conformance.traffic.identity import TOKENS
from conformance.verdict.require import control, require, require_bytes, require_equal

FOLLOWED = "RFC 9110 §15.4; Hub: renamed repositories and most files are answered with a redirect"
LOCATION = "RFC 9110 §10.2.2: Location is a URI reference, resolved against the URL that was asked; RFC 3986 §5"
HOSTS = "RFC 9110 §15.4: a client drops credentials on a redirect to another origin; RFC 6454 §4"
SCHEMES = "RFC 9110 §17: a server must not make a client open what is not the web's; WHATWG Fetch, HTTP-redirect fetch"
BOUNDED = "RFC 9110 §15.4: a client should detect cyclical redirections; huggingface_hub follows 20"

READER = TOKENS["reader"]
FIRST_HOP = "*/resolve/*/README.md"

MOST_HOPS = 60
"""Requests for one answer. Most clients follow 20 redirects, the most patient ones 50."""


check = Checks("hf_hub_download", source=FOLLOWED)


def require_readme(hub: ReplayHub, port: Port) -> None:
    """The small file arrives with the right bytes."""
    repo = hub.subject
    small = git_file(repo)
    require_bytes(port.download(repo, small).read_bytes(), repo.files()[small].body)


def require_no_token(hub: ReplayHub, *origins: str) -> None:
    """No request to one of the origins carries the token: in no header, and not in its URL."""
    leaks = [
        f"{entry.method} {entry.origin}"
        for entry in hub.wire
        if entry.origin in origins and READER in " ".join([entry.request.target, *entry.request.headers.values()])
    ]
    require(not leaks, "token-leaked", "the token was sent to another origin than the Hub", seen=leaks)


def asking_with_a_token(hub: ReplayHub, port: Port) -> Port:
    """A control step: the library asks the Hub with a token, in another place on disk, so that nothing is cached."""
    reader = port.logged_in(READER)
    works(
        "a call with a token", lambda: reader.with_cache(Path(f"{port.context.cache_dir}-before")).ask(hub.subject.id)
    )
    sent = set(authorizations(hub, "hub"))
    control(sent == {f"Bearer {READER}"}, "the token was not sent to the Hub", seen=sorted(map(str, sent)))
    hub.wire.clear()
    return reader


# What is followed.


@check.each(
    "redirects/status-{}[gsm8k]",
    {"301": 301, "302": 302, "303": 303, "307": 307, "308": 308},
    kills="redirects-not-followed",
)
def test_status(hub: ReplayHub, port: Port, member: int) -> None:
    """A redirect with status {} is followed, on HEAD as on GET, and ends with the file."""
    repo = hub.subject
    small = git_file(repo)
    there = f"/datasets/{repo.id}/resolve/{repo.head}/{small}{AGAIN}"
    hub.fault(FirstHop(Redirect(there, member)), path=FIRST_HOP, times=None)
    require_readme(hub, port)


@check.each(
    "redirects/relative-{}[gsm8k]",
    {
        "to-the-root": f"/datasets/{{repo}}/resolve/{{sha}}/README.md{AGAIN}",
        "to-the-folder": f"../{{sha}}/README.md{AGAIN}",
        "to-the-scheme": f"//{{host}}/datasets/{{repo}}/resolve/{{sha}}/README.md{AGAIN}",
    },
    kills="location-taken-as-it-is",
    source=LOCATION,
)
def test_relative(hub: ReplayHub, port: Port, member: str) -> None:
    """A Location that is relative {} is followed from the URL that was asked, as in any web page."""
    host = hub.endpoint.partition("://")[2]
    sha = hub.subject.head
    location = member.format(repo=hub.subject.id, sha=sha, host=host)
    hub.fault(FirstHop(Redirect(location)), path=FIRST_HOP, times=None)
    hub.fault(Status(404), path=f"/{sha}/*", times=None, needed=False)  # where it leads if taken from the root
    require_readme(hub, port)


@check.each(
    "redirects/absolute-{}[gsm8k]",
    {"on-the-same-host": "", "with-a-fragment": "#readme"},
    kills="location-put-behind-the-host",
    source=LOCATION,
)
def test_absolute(hub: ReplayHub, port: Port, member: str) -> None:
    """A Location that is a whole URL {} is followed. A fragment is not part of a request and is not sent."""
    small = git_file(hub.subject)
    url = f"{{hub}}/datasets/{hub.subject.id}/resolve/{hub.subject.head}/{small}{AGAIN}{member}"
    hub.fault(FirstHop(Redirect(url)), path=FIRST_HOP, times=None)
    require_readme(hub, port)
    sent = [entry.request.target for entry in hub.wire if "#" in entry.request.target]
    require(not sent, "fragment-sent", "a fragment was sent to the Hub", seen=sent)


@check(
    "redirects/encoded-slash-stays-encoded[gsm8k]",
    kills="location-decoded",
    source="RFC 3986 §2.2: %2F and / are different; Hub: an unencoded slash in a revision is not accepted",
)
def test_encoded_slash(hub: ReplayHub, port: Port) -> None:
    """A Location is asked for as it was sent: the `%2F` of a revision such as `refs%2Fpr%2F1` is no slash.

    A caller who asks by a former name is sent to the same revision and file by the name of today.
    """
    repo = hub.subject
    revision = pull_request(repo)
    small = git_file(repo)
    asked = {**repo.named, "repo_id": former_name(repo)}
    found = port.hf_hub_download(**asked, filename=small, revision=revision)
    require_bytes(read(Path(found["path"])), repo.files(revision)[small].body)


@check("redirects/five-in-a-row[gsm8k]", kills="one-redirect-only")
def test_five_in_a_row(hub: ReplayHub, port: Port) -> None:
    """Five redirects one after the other are followed: former names, letter case and mirrors may each add one."""
    small = git_file(hub.subject)
    hops = ["/hop/1", "/hop/2", "/hop/3", f"/datasets/{hub.subject.id}/resolve/{hub.subject.head}/{small}{AGAIN}"]
    for here, there in zip([FIRST_HOP, *hops], hops, strict=False):
        hub.fault(FirstHop(Redirect(f"{{hub}}{there}")), path=here, times=None)
    require_readme(hub, port)


@check("redirects/content-host-redirects-on[gsm8k]", kills="content-host-has-the-last-word")
def test_content_host_redirects_on(hub: ReplayHub, port: Port) -> None:
    """A content host may redirect to a third one: the file comes from there, and the token goes to neither."""
    repo = hub.subject
    large = lfs_file(repo)
    body = repo.files()[large].body
    hub.fault(Redirect("{stranger}/mirror", 302), answer="content", origin="cdn", times=None)
    hub.fault(Rewrite(status=200, body=body), path="/mirror", origin="stranger", times=None)
    require_bytes(port.logged_in(READER).download(repo, large).read_bytes(), body)
    require_no_token(hub, "cdn", "stranger")


@dataclass(frozen=True, slots=True)
class ToItself:
    """A redirect to the same place, revision and query, with `AGAIN` beside them."""

    def apply(self, request: Request, response: Response) -> Response | None:
        there = request.target + (AGAIN.replace("?", "&") if "?" in request.target else AGAIN)
        return Redirect(there).apply(request, response)


@check("redirects/listing-of-a-commit[gsm8k]", kills="redirects-not-followed", operation="list_repo_tree")
def test_listing_of_a_commit(hub: ReplayHub, port: Port) -> None:
    """A request for a listing that is answered with a redirect is followed like one for a file.

    (The redirect is there for `main` and for the commit: a client may ask which commit that is before it lists.)
    """
    repo = hub.subject
    hub.fault(FirstHop(ToItself()), answer="listing", times=None)
    tree = port.list_repo_tree(repo_id=repo.id, repo_type="dataset", recursive=True)
    files = sorted(item["path"] for item in tree if item["type"] == "file")
    require_equal(files, sorted(repo.files()), "wrong-files", "the listing is not the revision's files")


@check(
    "redirects/post-stays-post[gsm8k]",
    kills="post-becomes-get",
    operation="get_paths_info",
    source="RFC 9110 §15.4.8: on a 307, the method must not change",
)
def test_post_stays_post(hub: ReplayHub, port: Port) -> None:
    """A POST that is answered with 307 is sent again as it was, body included, to the place that Location names."""
    repo = hub.subject
    large = lfs_file(repo)
    hub.fault(FirstHop(ToItself()), method="POST", answer="paths-info", times=None)
    hub.fault(Status(404), method="GET", path="/api/datasets/*/paths-info/*", times=None, needed=False)
    found = port.get_paths_info(repo_id=repo.id, repo_type="dataset", paths=[large])
    require_equal([item["path"] for item in found], [large], "wrong-paths", "the requested value was not returned")


# Chains that are not followed for ever.


@check("redirects/loop[gsm8k]", kills="redirects-without-end", source=BOUNDED)
def test_loop(hub: ReplayHub, port: Port) -> None:
    """Two URLs of a file that redirect to each other end in an error, after at most 60 requests."""
    repo = hub.subject
    small = git_file(repo)
    there = f"/datasets/{repo.id}/resolve/{hub.subject.head}/{small}"
    for branch in ("main", "HEAD"):  # clients write the default branch in either way
        hub.fault(Redirect(there), path=f"*/resolve/{branch}/{small}", times=None, needed=False)
    hub.fault(Redirect(f"/datasets/{repo.id}/resolve/main/{small}"), path=there, times=None)
    port.error("hf_hub_download", repo_id=repo.id, repo_type="dataset", filename=small)
    seen = len(hub.wire)
    require(
        seen <= MOST_HOPS,
        "redirected-for-ever",
        "the library followed the loop for too long",
        expected="≤ 60",
        seen=seen,
    )


@check("redirects/endless-chain[gsm8k]", kills="redirects-without-end", operation=ASKS, source=BOUNDED)
def test_endless_chain(hub: ReplayHub, port: Port) -> None:
    """Redirects that lead to a new URL each time end in an error, too, after at most 60 requests.

    Remembering the URLs that were seen doesn't help here; counting does.
    """
    hub.fault(Redirect("{target}x"), origin="hub", times=None)
    port.ask_error(hub.subject.id)
    seen = len(hub.wire)
    require(
        seen <= MOST_HOPS,
        "redirected-for-ever",
        "the library followed the chain for too long",
        expected="≤ 60",
        seen=seen,
    )


@check(
    "redirects/without-a-location[gsm8k]",
    kills="redirect-text-as-body",
    source="RFC 9110 §15.4: without a Location there is nothing to follow",
)
def test_without_a_location(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A redirect without a Location in place of a body is an error: its own text is never stored as the file."""
    small = git_file(hub.subject)
    hub.fault(Redirect(None, 302), answer="content", filename=small, times=None)
    port.error("hf_hub_download", repo_id=hub.subject.id, repo_type="dataset", filename=small)
    left = disk.named(small)
    require(not left, "wrong-file-left", "an error was reported, and yet the file is there", seen=left)


# Where nothing is to be looked for.


@check.each(
    "redirects/never-to-a-{}[gsm8k]",
    {"local-file": "file://{file}", "data-url": "data:text/plain,not-the-file"},
    kills="opens-any-url",
    source=SCHEMES,
)
def test_never_to(hub: ReplayHub, port: Port, disk: Disk, member: str) -> None:
    """A redirect to a {} is not followed, and an error is reported: a server leads to http and https only.

    Otherwise any server that can send a redirect chooses what the library opens on its user's machine.
    """
    small = git_file(hub.subject)
    disk.root.mkdir(parents=True, exist_ok=True)
    private = disk.root / "private.txt"
    private.write_bytes(hub.subject.files()[small].body)
    hub.fault(Redirect(member.format(file=private.as_posix())), answer="content", filename=small, times=None)
    port.error("hf_hub_download", repo_id=hub.subject.id, repo_type="dataset", filename=small)


@check("redirects/large-file-is-no-local-file[gsm8k]", kills="opens-any-url", source=SCHEMES)
def test_large_file_is_no_local_file(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Also where the Hub's own answer names a `file:` URL as the place of a large file, nothing local is opened."""
    repo = hub.subject
    large = lfs_file(repo)
    disk.root.mkdir(parents=True, exist_ok=True)
    private = disk.root / "private.bin"
    private.write_bytes(hub.subject.files()[large].body)
    hub.fault(Rewrite(headers={"Location": f"file://{private.as_posix()}"}), path=f"*/resolve/*/{large}", times=None)
    port.error("hf_hub_download", repo_id=repo.id, repo_type="dataset", filename=large)


# Where the token does not go.


@check("redirects/no-token-to-a-stranger-for-an-info[gsm8k]", kills="token-sent-to-cdn", operation=ASKS, source=HOSTS)
def test_no_token_to_a_stranger_for_an_info(hub: ReplayHub, port: Port) -> None:
    """When the Hub redirects to another host, the token is not sent there. Following without it is allowed."""
    reader = asking_with_a_token(hub, port)
    hub.fault(Redirect("{stranger}{target}"), origin="hub", times=None)
    with contextlib.suppress(PortError):
        reader.ask(hub.subject.id)
    require_no_token(hub, "stranger")


@check("redirects/no-token-to-a-stranger-for-a-body[gsm8k]", kills="token-sent-to-cdn", source=HOSTS)
def test_no_token_to_a_stranger_for_a_body(hub: ReplayHub, port: Port) -> None:
    """When the body of a small file, which the Hub itself has as a rule, is elsewhere, the token is not sent there."""
    small = git_file(hub.subject)
    body = hub.subject.files()[small].body
    hub.fault(Redirect("{stranger}/mirror"), answer="content", filename=small, origin="hub", times=None)
    hub.fault(Rewrite(status=200, body=body), path="/mirror", origin="stranger", times=None, needed=False)
    with contextlib.suppress(PortError):
        port.logged_in(READER).download(hub.subject, small)
    require_no_token(hub, "stranger")


@check.each(
    "redirects/no-token-with-the-hub-{}[gsm8k]",
    {
        "before-an-at": "{hub}@{stranger}/api/datasets/openai/gsm8k",
        "in-the-path": "http://{stranger}/{hub}/api/datasets/openai/gsm8k",
        "in-the-query": "http://{stranger}/api/datasets/openai/gsm8k?from={hub}/",
    },
    kills="origin-is-somewhere-in-the-url",
    operation=ASKS,
    source="RFC 3986 §3.2: the host is between userinfo and path; RFC 6454 §4",
)
def test_no_token_with_the_hub(hub: ReplayHub, port: Port, member: str) -> None:
    """A URL of another host gets no token, though it holds the Hub's URL {}.

    Origins are compared by scheme, host and port, never as text.
    """
    location = member.format(hub=hub.endpoint, stranger=hub.url("stranger").partition("://")[2])
    reader = asking_with_a_token(hub, port)
    hub.fault(Redirect(location), origin="hub", times=None)
    with contextlib.suppress(PortError):
        reader.ask(hub.subject.id)
    require_no_token(hub, "stranger")


@check("redirects/no-token-to-another-port[gsm8k]", kills="origin-is-the-host", operation=ASKS, source=HOSTS)
def test_no_token_to_another_port(hub: ReplayHub, port: Port) -> None:
    """Another port of the Hub's host is another origin, and gets no token: someone else may be listening there."""
    reader = asking_with_a_token(hub, port)
    with ReplayHub(load("gsm8k")) as other:
        hub.fault(Redirect(f"{other.endpoint}{{target}}"), origin="hub", times=None)
        with contextlib.suppress(PortError):
            reader.ask(hub.subject.id)
        require_no_token(other, "hub")


@check(
    "redirects/no-token-in-the-clear-for-an-info[gsm8k]",
    kills="origin-is-the-host",
    operation=ASKS,
    source="RFC 6750 §5.3: bearer tokens are sent over TLS only; RFC 6454 §4",
    secure=True,
)
def test_no_token_in_the_clear_for_an_info(hub: ReplayHub, port: Port) -> None:
    """When https redirects to http, on the same host, the token is not sent: every host on the way could read it."""
    reader = asking_with_a_token(hub, port)
    with ReplayHub(load("gsm8k")) as plain:
        hub.fault(Redirect(f"{plain.endpoint}{{target}}"), origin="hub", times=None)
        with contextlib.suppress(PortError):
            reader.ask(hub.subject.id)
        require_no_token(plain, "hub")


@check(
    "redirects/no-token-in-the-clear-for-a-body[gsm8k]",
    kills="origin-is-the-host",
    source="RFC 6750 §5.3: bearer tokens are sent over TLS only; RFC 6454 §4",
    secure=True,
)
def test_no_token_in_the_clear_for_a_body(hub: ReplayHub, port: Port) -> None:
    """When the way to a file leads from https to http, the token is not sent there. The body may come from there."""
    small = git_file(hub.subject)
    with ReplayHub(load("gsm8k")) as plain:
        hub.fault(Redirect(f"{plain.endpoint}{{target}}"), answer="content", filename=small, times=None)
        with contextlib.suppress(PortError):
            port.logged_in(READER).download(hub.subject, small)
        require_no_token(plain, "hub")
