"""Derived pages of listings: by a limit, by a cursor of our own, and of one folder."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any, Final
from urllib.parse import quote

from conformance.replay.asked import Answers, Asked, refused, with_json
from conformance.traffic.exchange import Request, Response

PAGE: Final = 1000
EXPANDED_PAGE: Final = 50
"""Entries of a page of a tree, without and with `expand`; it cannot be made longer."""

_COMMITS_PAGE: Final = 50
_MOST_COMMITS: Final = 1000
_NUMBER = re.compile(r"[0-9]{1,9}")


def folder_level(asked: Asked, answers: Answers) -> Response | None:
    """A folder's entries, with or without what is below them, from the recursive listing that the caller may see.

    Its order is that of the recursive listing, which goes level by level, on each level folders before files.
    """
    route, query = asked.route, dict(asked.route.query)
    recursive, expand = query.get("recursive") == "true", query.get("expand") == "true"
    if route.kind != "tree" or route.revision is None or (recursive and not route.path):
        return None
    listing = answers.listing(asked, expand=expand)
    whole = (("expand", "true"), ("recursive", "true")) if expand else (("recursive", "true"),)
    page = answers.whole(asked.about(path="", query=whole))
    if listing is None or page is None or (route.path and listing.get(route.path, {}).get("type") != "directory"):
        return None
    below = f"{route.path}/" if route.path else ""
    found = [item for path, item in listing.items() if path.startswith(below)]
    if not recursive:
        found = [item for item in found if "/" not in item["path"][len(below) :]]
    return _paged(asked, answers, page, found)


def within_limit(asked: Asked, answers: Answers) -> Response | None:
    """A page of a listing for a `limit`: the recorded one where the limit is no shorter, else one with our own cursor.

    A cursor is opaque to clients, so ours need not look like the Hub's. An unknown one is 400, as far as is known.
    """
    route, query = asked.route, dict(asked.route.query)
    if route.kind not in ("tree", "commits") or not {"limit", "cursor", "p"} & set(query):
        return None
    recorded = answers.whole(asked.about(query=tuple(pair for pair in route.query if pair[0] != "limit")))
    if "cursor" in query and recorded is not None:
        return _with_limit(recorded, query.get("limit"))
    plain = asked.about(query=tuple(pair for pair in route.query if pair[0] not in ("limit", "cursor", "p")))
    first = answers.whole(plain)
    if first is None or first.status != 200:
        return first
    if route.kind == "tree" and "cursor" not in query and int(query.get("limit", PAGE)) >= _longest(asked):
        return _with_limit(first, query.get("limit"))
    entries = answers.entries(plain)
    return None if entries is None else _paged(asked, answers, *entries)


def linked(hub: str, request: Request, changes: dict[str, str]) -> str:
    """A `Link` to the next page: the query that was sent, with these parameters replaced."""
    sent = request.target.partition("?")[2].split("&")
    kept = [pair for pair in sent if pair and pair.partition("=")[0] not in changes]
    added = [f"{name}={quote(value, safe='')}" for name, value in changes.items()]
    return f'<{hub}{request.path}?{"&".join(kept + added)}>; rel="next"'


def cursor_at(offset: int) -> str:
    """A cursor of our own: the entries before it were given."""
    return base64.b64encode(json.dumps({"after": offset}).encode()).decode()


def offset_of(cursor: str) -> int | None:
    """Where a cursor of our own points; None for any other."""
    try:
        said = json.loads(base64.b64decode(cursor, validate=True))
        offset = said["after"] if isinstance(said, dict) else None
    except (binascii.Error, ValueError, KeyError, RecursionError):
        return None
    return offset if isinstance(offset, int) and offset >= 0 else None


def _with_limit(page: Response, limit: str | None) -> Response:
    """The page with a Link that keeps the limit that was sent, as the Hub keeps all of a query."""
    link = page.headers.get("Link")
    if link is None or limit is None or f"limit={limit}" in link:
        return page
    return page.with_headers({"Link": link.replace("cursor=", f"limit={limit}&cursor=", 1)})


def _paged(asked: Asked, answers: Answers, first: Response, entries: list[Any]) -> Response:
    query = dict(asked.route.query)
    wanted = query.get("limit", "")
    if asked.route.kind == "commits":
        limit = min(max(int(wanted), 1), _MOST_COMMITS) if _NUMBER.fullmatch(wanted) else _COMMITS_PAGE
        number = int(query["p"]) if _NUMBER.fullmatch(query.get("p", "")) else 0
        start, after = number * limit, {"p": str(number + 1), "limit": str(limit)}
    else:
        limit = min(max(int(wanted), 1), _longest(asked)) if _NUMBER.fullmatch(wanted) else _longest(asked)
        offset = offset_of(query["cursor"]) if "cursor" in query else 0
        if offset is None:
            return refused(asked, first, 400, "Invalid cursor")
        start, after = offset, {"cursor": cursor_at(offset + limit)}
    is_last = start + limit >= len(entries)
    link = None if is_last else linked(answers.hub, asked.request, after)
    return with_json(first.with_headers({"Link": link}), entries[start : start + limit])


def _longest(asked: Asked) -> int:
    return EXPANDED_PAGE if ("expand", "true") in asked.route.query else PAGE
