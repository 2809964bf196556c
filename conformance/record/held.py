"""What a recording holds, found by route and caller, without reading bodies of files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from conformance.record.said import json_of
from conformance.traffic.exchange import Exchange, OriginName, Request, Response
from conformance.traffic.identity import caller
from conformance.traffic.route import Route, route_of
from conformance.traffic.stored import head_of

BEST_PLACED: Final = ("owner", "granted", "reader", "anonymous")
"""Who sees most of a repository, first."""
MOST_HOPS: Final = 10


class Held:
    """The GET exchanges of a recording.

    Args:
        exchanges: all of them.
        origins: how they spell their origins.
    """

    def __init__(self, exchanges: Iterable[Exchange], origins: Mapping[OriginName, str]) -> None:
        self._origins = origins
        self._found: dict[Route, dict[str, Exchange]] = {}
        for exchange in exchanges:
            if exchange.request.method == "GET":
                callers = self._found.setdefault(route_of(exchange.request), {})
                callers.setdefault(caller(exchange.request.token), exchange)

    @property
    def routes(self) -> Iterable[Route]:
        """Every route that something is held of."""
        return self._found

    def of(self, route: Route) -> Iterable[Exchange]:
        """The exchanges of a route, of every caller."""
        return self._found.get(route, {}).values()

    def best(self, route: Route) -> Exchange | None:
        """The exchange of the caller who sees most."""
        callers = self._found.get(route, {})
        return next((callers[name] for name in BEST_PLACED if name in callers), None)

    def last(self, exchange: Exchange | None) -> Exchange | None:
        """Where an exchange leads by its redirects; None if that is not held."""
        for _ in range(MOST_HOPS):
            head = head_of(exchange) if exchange else None
            if head is None or not 300 <= head.status < 400:
                return exchange
            request = self._request(head.headers.get("Location", ""))
            exchange = self.best(route_of(request)) if request else None
        return None

    def listing(self, route: Route | None) -> list[dict[str, Any]] | None:
        """All items of a listing; None if a page is missing."""
        items: list[dict[str, Any]] = []
        while route is not None:
            exchange, page = self.best(route), self.json(route)
            if exchange is None or not isinstance(page, list):
                return None
            items += page
            route = self._next(head_of(exchange))
        return items

    def json(self, route: Route) -> Any:
        """The JSON of a good answer, else None."""
        exchange = self.best(route)
        if exchange is None or head_of(exchange).status != 200:
            return None
        return json_of(exchange.response)

    def _next(self, page: Response) -> Route | None:
        for link in page.headers.get("Link", "").split(", "):
            url, _, parameters = link.partition(">")
            if 'rel="next"' in parameters:
                request = self._request(url.removeprefix("<"))
                return route_of(request) if request else None
        return None

    def _request(self, url: str) -> Request | None:
        if url.startswith("/"):
            return Request("GET", url)
        for name, origin in self._origins.items():
            if url.startswith(f"{origin}/"):
                return Request("GET", url.removeprefix(origin), name)
        return None
