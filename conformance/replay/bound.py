"""URLs of contents that are valid for one range only, as the Hub signs them.

A Range of a resolve request is signed into the URL that it leads to, which then refuses any other (xet-core#897, and
measurements of 2026). The signatures of a recording are taken out, so the range stands in the policy's place.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from conformance.traffic.body import with_body
from conformance.traffic.exchange import Request, Response, headers
from conformance.traffic.route import route_of

_POLICY: Final = re.compile(r"(?<=[?&]Policy=)scrubbed(?=&|$)")
_LONGEST: Final = 100
"""Letters of a Range; a longer one is signed into nothing."""


def bind(request: Request, response: Response) -> Response:
    """The answer to a resolve request with a Range: where it leads is good for this range alone."""
    wanted = request.headers.get("Range", "")
    location = response.headers.get("Location", "")
    if not wanted or len(wanted) > _LONGEST or response.status != 302 or route_of(request).kind != "resolve":
        return response
    bound = _POLICY.sub(f"scrubbed.{quote(wanted, safe='')}", location, count=1)
    if bound == location:
        return response
    led = response.with_headers({"Location": bound})
    return with_body(led, led.body.replace(location.encode(), bound.encode()))


def refused(request: Request) -> Response | None:
    """The refusal of a content host where a URL is good for another range than it is asked for."""
    policy = dict(request.query).get("Policy", "") if request.origin == "cdn" else ""
    kind, dot, wanted = policy.partition(".")
    if kind != "scrubbed" or not dot or request.headers.get("Range", "") == wanted:
        return None
    body = b"Auth failed: invalid range"
    fields = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body))}
    return Response(403, headers(fields), body, source="derived: a URL that is signed for another range")
