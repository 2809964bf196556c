"""Make two recordings of the same Hub equal: what changes from answer to answer gets a fixed value.

No check rests on which value it is. The form of each header stays, and so does the difference between two counters.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit

from conformance.traffic.body import with_body
from conformance.traffic.compact import to_json
from conformance.traffic.exchange import Exchange, Request, Response, headers
from conformance.traffic.relocate import relocate
from conformance.traffic.scrub import is_own_words
from conformance.traffic.stored import StoredExchange

CONTENT_ORIGIN: Final = "https://content-host.invalid"
"""The one name that a recording has for the Hub's content hosts, of which there are several."""

DATE: Final = "Thu, 01 Jan 2026 00:00:00 GMT"
_FIXED: Final = {
    "date": DATE,
    "x-request-id": "Root=1-00000000-000000000000000000000000",
    "x-xet-token-expiration": "4102444800",
    "expires": "Fri, 01 Jan 2100 00:00:00 GMT",
    "x-hub-cache": "MISS",
}
_DROPPED: Final = ("age", "alt-svc")
_COUNTERS: Final = {"downloads": 2000, "downloadsAllTime": 30000, "likes": 100, "trendingScore": 5}
"""Counters of an information, and the values that stand for theirs: were they equal, no check could tell them apart."""
_LEFT: Final = re.compile(r'("[a-z]+");r=[0-9]+;t=[0-9]+')
_QUOTA: Final = re.compile(r";q=([0-9]+)")


def stable(exchange: Exchange, cdn: str | None, *, counters: bool = False) -> Exchange:
    """The exchange as it is written, equal for equal content.

    Args:
        cdn: how the upstream spells its content host, if one was met.
        counters: keep those of downloads and likes as they are.
    """
    request = exchange.request
    if request.origin == "cdn":
        request = replace(request, target=_sorted(request.target))
    if isinstance(exchange, StoredExchange):
        return StoredExchange(request, _stable(request, exchange.head, cdn, counters), exchange.blob)
    return Exchange(request, _stable(request, exchange.response, cdn, counters))


def _stable(request: Request, response: Response, cdn: str | None, counters: bool) -> Response:
    if cdn is not None:
        response = relocate(response, {cdn: CONTENT_ORIGIN})
    changes: dict[str, str | None] = {}
    for name, value in response.headers.items():
        if name.lower() in _DROPPED:
            changes[name] = None
        elif name.lower() == "ratelimit":
            quota = _QUOTA.search(response.headers.get("RateLimit-Policy", ""))
            left = int(quota[1]) - 1 if quota else 499
            changes[name] = _LEFT.sub(rf"\1;r={left};t=300", value)
        elif name.lower() == "x-cache":
            changes[name] = value if value.startswith("Error") else "Miss from cloudfront"
        elif name.lower() in _FIXED:
            changes[name] = _FIXED[name.lower()]
        elif name.lower() == "location" and value.startswith(f"{CONTENT_ORIGIN}/"):
            changes[name] = CONTENT_ORIGIN + _sorted(value.removeprefix(CONTENT_ORIGIN))
    fixed = response.with_headers(changes)
    body = fixed.body
    location = response.headers.get("Location")
    if location is not None and changes.get("Location"):
        body = body.replace(location.encode(), str(changes["Location"]).encode())
    elif is_own_words(fixed, request):
        body = _with_fixed_counts(body, counters)
    told = with_body(fixed, body) if body != fixed.body else fixed
    return replace(told, headers=headers(sorted(told.headers.items())))


def _sorted(target: str) -> str:
    """A target with the parameters of its query in order: signers write them as they please."""
    parts = urlsplit(target)
    return parts.path + (f"?{'&'.join(sorted(parts.query.split('&')))}" if parts.query else "")


def _with_fixed_counts(body: bytes, counters: bool) -> bytes:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return body
    changed = not counters and _fixed(said)
    if isinstance(said, dict) and "accessToken" in said and "exp" in said:
        said["exp"], changed = 4102444800, True
    return to_json(said) if changed else body


def _fixed(said: Any) -> bool:
    """Set the counters of an information to fixed values; whether there were others."""
    if not isinstance(said, dict):
        return False
    found = {name: value for name, value in _COUNTERS.items() if name in said and said[name] != value}
    said.update(found)
    return bool(found)
