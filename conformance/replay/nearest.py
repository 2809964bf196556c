"""Find the recorded exchange that is most like a request that was not recorded."""

from __future__ import annotations

from difflib import SequenceMatcher

from conformance.replay.index import Index
from conformance.traffic.exchange import Request
from conformance.traffic.identity import caller
from conformance.traffic.route import Route, route_of
from conformance.traffic.scrub import scrub_request


def nearest(index: Index, request: Request) -> list[str]:
    """The recorded request that is most like this one, and how they differ: `- recorded`, `+ got`."""
    asked, name = route_of(request), caller(request.token)

    def likeness(entry: tuple[str, Route, str]) -> tuple[float, ...]:
        method, route, who = entry
        return (
            route.origin == asked.origin,
            route.repo_id == asked.repo_id and route.repo_type == asked.repo_type,
            route.kind == asked.kind,
            route.revision == asked.revision,
            SequenceMatcher(None, route.path, asked.path).ratio(),
            -len(set(route.query) ^ set(asked.query)),
            method == request.method,
            who == name,
        )

    closest = max(index.near(asked), key=likeness, default=None)
    if closest is None:
        return ["the recording is empty", f"+ {request.method} {request.target} as {name}"]
    method, route, who = closest
    return [
        f"- {method} {route.target} as {who} on {route.origin}",
        f"+ {request.method} {scrub_request(request).target} as {name} on {request.origin}",
    ]
