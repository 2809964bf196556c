"""Listing in pages: what a `Link` may look like, and pages that go wrong."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from conformance import roles
from conformance.catalogue.check import Checks
from conformance.checks.answers import UNREADABLE, Edited, LinksOn
from conformance.checks.support import AWKWARD_NAMES, MANY_FILES, Port, works
from conformance.checks.support_errors import require_other
from conformance.checks.support_info import MISSING_KINDS
from conformance.ports import PortError
from conformance.replay import Fault, ReplayHub, Rewrite, Status, Truth
from conformance.traffic.exchange import Request, Response, headers
from conformance.traffic.identity import TOKENS
from conformance.verdict.require import control, require, require_equal

LINK = "Hub API: Link header of a tree page, rel=next; RFC 8288; huggingface_hub utils.paginate"
TREE = "Hub API: GET /api/datasets/{repo_id}/tree/{revision}/{path}; huggingface_hub HfApi.list_repo_tree"
MOST_PAGES = 20

# The recorded listings of two folders act as two pages: that of the first folder links to that of the second.
FIRST, SECOND = 0, 1


check = Checks("list_repo_tree", source=LINK)


def url(repo: Truth, page: int) -> str:
    """The path of the listing that acts as a page."""
    return f"/api/datasets/{repo.id}/tree/main/{quote(roles.folders(repo)[page])}"


def following(repo: Truth) -> str:
    """The target of a link to the second page."""
    return f"<{{hub}}{url(repo, SECOND)}>"


def page(hub: ReplayHub, folder: str, *faults: Fault, times: int | None = None, repo_id: str | None = None) -> None:
    """Plan faults for the listing of a folder, at whatever revision and in whatever order of the query it is asked."""
    hub.fault(*faults, answer="listing", repo=repo_id or hub.subject.id, filename=folder, times=times)


def listed(port: Port, folder: str | None, **arguments: Any) -> list[dict[str, Any]]:
    at = {"path_in_repo": folder} if folder else {}
    found: list[dict[str, Any]] = port.list_repo_tree(repo_id=port.repo_id, repo_type="dataset", **at, **arguments)
    return found


def lists(port: Port, folder: str | None, **arguments: Any) -> None:
    """A control step: the listing is given without the obstacle."""
    found = works("the listing", lambda: listed(port, folder, **arguments))
    control(found, "a folder with files is listed without entries", seen=found)


def in_two_pages(hub: ReplayHub, port: Port, link: str | Fault) -> None:
    """Let the first page have this Link, and require that the listing continues with the second."""
    first, second = roles.folders(hub.subject)[:2]
    page(hub, first, Rewrite(headers={"Link": link}) if isinstance(link, str) else link)
    tree = listed(port, first)
    expected = [*roles.below(hub.subject, first), *roles.below(hub.subject, second)]
    require_equal(
        sorted(item["path"] for item in tree), sorted(expected), "wrong-files", "the listing is not both pages"
    )


@check.each(
    "tree/link-{}[gsm8k]",
    {
        "among-others": '<{{hub}}{first}>; rel="first", {next}; rel="next"',
        "with-a-title": '{next}; title="page 2, and more"; rel="next"',
        "without-quotation-marks": "{next}; rel=next",
        "without-blanks": '{next};rel="next"',
    },
    kills="tree-reads-links-strictly",
)
def test_link(hub: ReplayHub, port: Port, member: str) -> None:
    """A `Link` to the next page is understood when it is written {}, as RFC 8288 allows."""
    repo = hub.subject
    in_two_pages(hub, port, member.format(first=url(repo, FIRST), next=following(repo)))


@dataclass(frozen=True, slots=True)
class LinkLines:
    """A `Link` for each of these lines: whole URLs, since only the first of several would be filled in."""

    lines: tuple[str, ...]

    def apply(self, request: Request, response: Response) -> Response | None:
        others = response.with_headers({"Link": None}).headers.items()
        return replace(response, headers=headers([*others, *(("Link", line) for line in self.lines)]))


@check(
    "tree/link-in-another-line[gsm8k]",
    kills="tree-reads-one-line-of-links",
    source="RFC 9110 §5.3: lines of one name are one list; RFC 8288 §3",
)
def test_link_in_another_line(hub: ReplayHub, port: Port) -> None:
    """A `Link` to the next page is found in the second of two lines of that name: proxies add lines of their own."""
    first, second = (f"{hub.endpoint}{url(hub.subject, page)}" for page in (FIRST, SECOND))
    in_two_pages(hub, port, LinkLines((f'<{first}>; rel="preload"', f'<{second}>; rel="next"')))


@check("tree/link-to-something-else[gsm8k]", kills="tree-takes-any-link")
def test_link_to_something_else(hub: ReplayHub, port: Port) -> None:
    """A `Link` that is not `rel="next"` is not a further page: only its relation defines a link."""
    folder = roles.folders(hub.subject)[FIRST]
    page(hub, folder, Rewrite(headers={"Link": f'{following(hub.subject)}; rel="prev"'}))
    tree = listed(port, folder)
    expected = roles.below(hub.subject, folder)
    require_equal(sorted(item["path"] for item in tree), sorted(expected), "wrong-files", "the listing is not the page")


@check(
    "tree/link-relative[gsm8k]",
    kills="tree-links-must-be-absolute",
    level="SHOULD",
    source="RFC 8288 §3.1: a relative target is resolved against the URL of the answer",
)
def test_link_relative(hub: ReplayHub, port: Port) -> None:
    """A relative URL in `Link` is taken relative to the page. The Hub sends absolute ones; mirrors of it may not."""
    in_two_pages(hub, port, f'<{url(hub.subject, SECOND)}>; rel="next"')


@check(
    "tree/link-to-a-stranger[gsm8k]",
    kills="token-goes-everywhere",
    source="RFC 9110 §15.4, RFC 6750 §5.3: credentials are for the origin that they were given for",
)
def test_link_to_a_stranger(hub: ReplayHub, port: Port) -> None:
    """If the next page is on another host, the token does not go there: the writer of a `Link` could collect tokens.

    The library may read that page without the token, or refuse to.
    """
    folder = roles.folders(hub.subject)[FIRST]
    lists(port, folder, token=TOKENS["reader"])
    control(any(entry.request.token for entry in hub.wire), "the token is not sent to the Hub")
    page(hub, folder, Rewrite(headers={"Link": f'<{{stranger}}{url(hub.subject, SECOND)}>; rel="next"'}))
    with contextlib.suppress(PortError):
        listed(port, folder, token=TOKENS["reader"])
    leaked = [entry.path for entry in hub.wire if entry.origin == "stranger" and entry.request.token]
    require_equal(leaked, [], "token-leaked", "the token was sent to a host that is not the Hub")


@check(
    "tree/link-of-a-stranger-gets-no-token[gsm8k]",
    kills="token-goes-everywhere",
    level="MAY",
    source="WHATWG Fetch, HTTP-redirect fetch: credentials that were taken off at another origin stay off",
)
def test_link_of_a_stranger_gets_no_token(hub: ReplayHub, port: Port) -> None:
    """If a page on another host links back to the Hub, no token goes along: the other host chose that URL."""
    folder = roles.folders(hub.subject)[FIRST]
    lists(port, folder, token=TOKENS["reader"])
    control(any(entry.request.token for entry in hub.wire), "the token is not sent to the Hub")
    page(hub, folder, Rewrite(headers={"Link": f'<{{stranger}}{url(hub.subject, SECOND)}>; rel="next"'}))
    chosen = f'<{{hub}}{url(hub.subject, SECOND)}?chosen=elsewhere>; rel="next"'
    empty_page = Rewrite(status=200, headers={"Link": chosen, "Content-Type": "application/json"}, body=b"[]")
    hub.fault(empty_page, origin="stranger", times=None, needed=False)
    with contextlib.suppress(PortError):
        listed(port, folder, token=TOKENS["reader"])
    seen = [entry.path for entry in hub.wire if "chosen=elsewhere" in entry.request.target and entry.request.token]
    require_equal(seen, [], "token-came-back", "the token was sent to a URL that another host chose")


@check.each(
    "tree/loop-of-{}[gsm8k]",
    {"one-page": [FIRST], "two-pages": [SECOND, FIRST]},
    kills="tree-follows-loops",
    level="SHOULD",
    source="Hub API: each page of a listing has a separate URL; RFC 8288",
)
def test_loop(hub: ReplayHub, port: Port, member: list[int]) -> None:
    """Pages that lead back to a page already read, {} in all, are not followed round and round.

    The listing ends, with an error or without, and no page is asked for more than twice.
    """
    repo = hub.subject
    folders = roles.folders(repo)
    lists(port, folders[FIRST])
    before = len(hub.wire)
    for folder, target in zip(folders, member, strict=False):
        page(hub, folder, LinksOn(f"{{hub}}{url(repo, target)}", MOST_PAGES // len(member)))
    with contextlib.suppress(PortError):
        listed(port, folders[FIRST])
    asked = [entry.request.target for entry in hub.wire][before:]
    control(asked, "the listing was not requested again")
    most = max(map(asked.count, asked))
    require(most <= 2, "loop-followed", "a page was requested again and again", expected="at most twice", seen=most)


@check("tree/empty-page-in-between[contract]", kills="tree-ends-at-an-empty-page")
def test_empty_page_in_between(hub: ReplayHub, port: Port) -> None:
    """A page may be empty and have a `Link` all the same: only a page without one is the last."""
    repo = hub.repo(AWKWARD_NAMES)
    first, second = roles.folders(repo)[:2]
    target = f"{{hub}}{url(repo, SECOND)}?recursive=true"
    page(hub, first, Rewrite(headers={"Link": f'<{target}>; rel="next"'}, body=b"[]"), repo_id=AWKWARD_NAMES)
    tree = port.list_repo_tree(repo_id=AWKWARD_NAMES, repo_type="dataset", path_in_repo=first, recursive=True)
    seen = sorted(item["path"] for item in tree if item["type"] == "file")
    require_equal(seen, roles.below(repo, second), "no-entries", "the page after the empty one was not read")


@check("tree/empty-folder[gsm8k]", kills="tree-empty-is-missing", source=TREE)
def test_empty_folder(hub: ReplayHub, port: Port) -> None:
    """A listing without entries is an empty list, and no error."""
    lists(port, None)
    page(hub, "", Rewrite(body=b"[]"))
    require_equal(listed(port, None), [], "not-empty", "the listing is not empty")


@check.each(
    "tree/refuses-{}[gsm8k]",
    UNREADABLE,
    kills="tree-ends-at-what-is-unreadable",
    source="RFC 8259; huggingface_hub raises what the JSON parser raises",
)
def test_refuses(hub: ReplayHub, port: Port, member: Fault) -> None:
    """Given {} with status 200 where a listing should be, the library reports an error, and not a missing folder."""
    lists(port, None)
    page(hub, "", member)
    require_other(port.error("list_repo_tree", repo_id=hub.subject.id, repo_type="dataset"), *MISSING_KINDS)


@check(
    "tree/refuses-an-object[gsm8k]",
    kills="objects-are-empty-listings",
    source="Hub API: a listing is a JSON array; gateways answer 200 with an object that names an error",
)
def test_refuses_an_object(hub: ReplayHub, port: Port) -> None:
    """Given a JSON object with status 200 in place of a listing, the library reports an error, and no empty list."""
    lists(port, None)
    page(hub, "", Rewrite(body=b'{"error":"This service is being updated"}'))
    require_other(port.error("list_repo_tree", repo_id=hub.subject.id, repo_type="dataset"), *MISSING_KINDS)


@check.each(
    "tree/second-page-is-{}[gsm8k]",
    {"unreadable": UNREADABLE["a-web-page"], "refused": Status(403), "gone": Status(404)},
    kills="tree-ends-at-what-is-unreadable",
    source="huggingface_hub utils.paginate raises for every page",
)
def test_second_page(hub: ReplayHub, port: Port, member: Any) -> None:
    """When the second page is {}, the listing ends in an error. Half a listing is never given for the whole.

    A download of the whole repository would lack files, and a clean-up would delete the wrong ones.
    """
    first, second = roles.folders(hub.subject)[:2]
    lists(port, first)
    lists(port, second)
    page(hub, first, Rewrite(headers={"Link": f'{following(hub.subject)}; rel="next"'}))
    page(hub, second, member)
    port.error("list_repo_tree", repo_id=hub.subject.id, repo_type="dataset", path_in_repo=first)


@check(
    "tree/names-of-files-on-all-pages[contract]",
    kills="tree-first-page-only",
    operation="list_repo_files",
    source="huggingface_hub HfApi.list_repo_files",
)
def test_names_of_files_on_all_pages(hub: ReplayHub, port: Port) -> None:
    """`list_repo_files` reads every page, too, and names each file once."""
    names = port.list_repo_files(repo_id=MANY_FILES, repo_type="dataset")
    require_equal(len(names), len(set(names)), "named-twice", "a file is named more than once")
    require_equal(sorted(names), sorted(hub.repo(MANY_FILES).files()), "wrong-files", "the names are not the files")


@check("tree/any-order[gsm8k]", kills="tree-expects-folders-first", level="SHOULD", source=TREE)
def test_any_order(hub: ReplayHub, port: Port) -> None:
    """A listing is whole in whatever order its entries come. The Hub sends folders first; mirrors of it may not."""
    hub.fault(Edited(lambda items: items[::-1]), answer="listing", repo=hub.subject.id, times=None)
    tree = listed(port, None, recursive=True)
    expected = sorted([*hub.subject.files(), *roles.folders(hub.subject)])
    require_equal(sorted(item["path"] for item in tree), expected, "wrong-entries", "entries are missing or repeated")
