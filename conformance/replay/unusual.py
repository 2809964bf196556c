"""Derived answers to requests that few clients send, or spell in their own way."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from conformance.replay.asked import Answers, Asked, counted, refused
from conformance.traffic.body import with_body
from conformance.traffic.exchange import Response

_KNOWN: Final[dict[str, frozenset[str]]] = {
    "info": frozenset({"blobs", "expand", "securityStatus"}),
    "tree": frozenset({"recursive", "expand", "limit", "cursor"}),
    "refs": frozenset({"include_prs"}),
    "commits": frozenset({"limit", "p", "expand"}),
}
_NUMBERS: Final = frozenset({"limit", "p"})
_NUMBER = re.compile(r"[0-9]{1,9}")


def unknown_query(asked: Asked, answers: Answers) -> Response | None:
    """The answer without the parts of a query that mean nothing to the route: an unknown name, `limit=all`.

    The Hub's answer to them is NOT KNOWN: no capture has one, and the information of a repository is not in the Hub's
    OpenAPI document. Assumed is that they are ignored. So `GET /api/datasets/ID?revision=REV` is answered for the
    default branch, whatever REV is; a client that asks for a revision in this way gets another's information.
    """
    query = tuple(_known(asked.route.kind, asked.route.query))
    return (
        None if query == asked.route.query else answers.whole(replace(asked, route=replace(asked.route, query=query)))
    )


def other_case(asked: Asked, answers: Answers) -> Response | None:
    """The redirect from a name in other letter case to the repository's own, as from a former name."""
    today = answers.spelled(asked.route)
    info = answers.whole(asked.about(kind="info", repo_id=today, revision=None, path="", query=())) if today else None
    if today is None or info is None or info.status != 200:
        return None
    location = renamed(asked, today)
    fields = {
        "Content-Type": "text/plain; charset=utf-8",
        "Location": location,
        "ETag": None,
        "Vary": "Origin, Accept",
    }
    said = counted(asked, replace(info.with_headers(fields), status=307))
    return with_body(said, f"Temporary Redirect. Redirecting to {location}".encode())


def renamed(asked: Asked, today: str) -> str:
    """The target of a request, with another name of the repository."""
    asked_for = asked.route.repo_id or ""
    location = re.sub(rf"/{re.escape(asked_for)}(?=[/?]|$)", f"/{today}", asked.request.target, count=1)
    if location != asked.request.target:
        return location
    return replace(asked.route, repo_id=today).target  # the name was percent-encoded


def web_page(asked: Asked, answers: Answers) -> Response | None:
    """The page that a browser shows of a repository, of a folder (`/tree/REV/PATH`) or a file (`/blob/REV/PATH`).

    What the Hub answers to a client that is not a browser is NOT KNOWN. Assumed is that a page exists for each caller
    who may see the repository's information, and that the status of what is missing is that of the API; its body is
    ours. A model's name without a namespace may be a user's page as well, so only a recorded one is answered.
    """
    route = asked.route
    if route.kind != "web-page" or asked.request.method not in ("GET", "HEAD"):
        return None
    if route.repo_type == "model" and "/" not in (route.repo_id or "") and answers.is_unknown(route):
        return None
    info = answers.whole(asked.about(kind="info", path="", query=()))
    if info is None:
        return None
    if info.status != 200:
        said = info.headers.get("X-Error-Message", "")
        return refused(asked, info, info.status, said, info.headers.get("X-Error-Code"))
    listing = answers.listing(asked) if route.path else {}
    if listing is None:
        return None
    if route.path and route.path not in listing:
        return refused(asked, info, 404, "Entry not found", "EntryNotFound")
    page = f"<!doctype html>\n<title>{html.escape(route.repo_id or '')}</title>\n"
    fields = {"Content-Type": "text/html; charset=utf-8", "Link": None}
    return counted(asked, with_body(info.with_headers(fields), page.encode()))


def bad_signature(asked: Asked, answers: Answers) -> Response | None:
    """403 of the content host for a URL with another query than the Hub signed. The text was seen of a wrong key."""
    route = asked.route
    like = answers.at_the_path(route) if route.origin == "cdn" and asked.request.method in ("GET", "HEAD") else None
    if like is None:
        return None
    fields = {"Content-Type": "text/plain; charset=utf-8", "ETag": None, "Content-Disposition": None}
    said = b"Auth failed: SignatureError: invalid key pair id"
    return with_body(replace(like.with_headers(fields), status=403), said)


def _known(kind: str, query: tuple[tuple[str, str], ...]) -> Iterable[tuple[str, str]]:
    fields = kind == "info" and any(name == "expand" for name, _ in query)
    for name, value in dict.fromkeys(query):  # what is sent twice is asked for once
        if name not in _KNOWN.get(kind, ()):
            continue
        if name in _NUMBERS and not _NUMBER.fullmatch(value):
            continue
        if name in ("recursive", "include_prs", "blobs") and (value != "true" or fields):
            continue
        if name == "expand" and value != {"tree": "true", "commits": "formatted"}.get(kind, value):
            continue
        yield name, value
