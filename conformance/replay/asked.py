"""What a derivation is given, and what it may start from; how the Hub's answers are put together."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol, TypeAlias

from conformance.traffic.body import with_body
from conformance.traffic.compact import to_json
from conformance.traffic.exchange import Request, Response, fits_a_header
from conformance.traffic.route import Route


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, its route and its caller."""

    request: Request
    route: Route
    caller: str

    def about(self, **changes: Any) -> Asked:
        """The same caller asking for another route, with GET."""
        return replace(self, request=replace(self.request, method="GET"), route=replace(self.route, **changes))


class Answers(Protocol):
    """Where a derivation looks for what it starts from."""

    def whole(self, asked: Asked) -> Response | None:
        """The whole answer, recorded or derived by one of the derivations below; None if there is no such answer."""

    def before_moves(self, asked: Asked) -> Response | None:
        """The answer recorded for the caller, as if no branch had been moved since."""

    def another_caller(self, asked: Asked) -> str | None:
        """A recorded caller who gets the same answers as this caller."""

    def commit(self, route: Route) -> str | None:
        """The sha that the route's revision means now; None if the recording knows no such revision."""

    def spellings(self, route: Route) -> Iterator[str | None]:
        """Recorded revisions that mean the same commit as the route's: its sha first, then refs."""

    def listing(self, asked: Asked, *, expand: bool = False) -> dict[str, dict[str, Any]] | None:
        """Path to tree item of the route's revision, as the caller sees it; None if not wholly recorded."""

    def entries(self, asked: Asked) -> tuple[Response, list[Any]] | None:
        """The first page of a listing, and the entries of all its pages; None if not all of them are recorded."""

    def content(self, asked: Asked) -> bytes | None:
        """The file that an answer and the redirects after it lead to; None if it is not recorded."""

    def at_the_path(self, route: Route) -> Response | None:
        """A recorded answer of the route's origin at its path, whatever the query."""

    def missing(self, asked: Asked) -> Response | None:
        """The API's answer to this caller about a repository that does not exist."""

    def is_unknown(self, route: Route) -> bool:
        """Whether the route is about a repository that the recording does not know: another type's, or unknown."""

    def spelled(self, route: Route) -> str | None:
        """The id of the route's repository with its own letter case, where the route has another."""

    @property
    def hub(self) -> str:
        """How the recording spells the Hub's origin."""

    def moved(self, route: Route) -> dict[str, str]:
        """Branches of the route's repository that were moved since the recording, with their new sha."""


Derivation: TypeAlias = Callable[[Asked, Answers], Response | None]

FILES: Final = ("resolve", "resolve-cache")
"""Where files are served; the Hub's JSON answers know neither ranges nor, as far as is known, conditions."""

# Requests in 300 s without and with a token (hub-docs, "Rate limits", free users).
_QUOTAS: Final = {"500": {"resolvers": "3000", "pages": "100"}, "1000": {"resolvers": "5000", "pages": "200"}}


def is_open(info: Response) -> bool:
    """Whether an information is that of a repository whose files every caller may read."""
    if info.status != 200:
        return False
    said = json.loads(info.body)
    return not (said.get("gated") or said.get("private") or said.get("disabled"))


def with_json(response: Response, value: Any) -> Response:
    """The response with a JSON body as the Hub writes it: compact, UTF-8 unescaped."""
    return with_body(response, to_json(value))


def refused(asked: Asked, like: Response, status: int, message: str, code: str | None = None) -> Response:
    """An error in the Hub's form, JSON on the API and text elsewhere, with the headers of another of its answers."""
    is_api = asked.request.path.startswith("/api/")
    body = json.dumps({"error": message}, ensure_ascii=False, separators=(",", ":")) if is_api else message
    fields = {
        "Content-Type": f"{'application/json' if is_api else 'text/plain'}; charset=utf-8",
        "X-Error-Message": message if fits_a_header(message) else None,
        "X-Error-Code": code,
        "WWW-Authenticate": like.headers.get("WWW-Authenticate") if status == 401 else None,
        "ETag": "W/",  # with_body makes the right one
        "X-Cache": "Error from cloudfront",
        "Link": None,
        "Location": None,
    }
    said = counted(asked, replace(like.with_headers(fields), status=status))
    return with_body(said, body.encode("utf-8", "replace"))


def counted(asked: Asked, response: Response) -> Response:
    """The response with the rate limit that the request counts for."""
    path = asked.request.path
    is_file = "/resolve/" in path or path.startswith("/api/resolve-cache/")
    name = "resolvers" if is_file else "api" if path.startswith("/api/") else "pages"
    policy = response.headers.get("RateLimit-Policy", "")
    quota = re.search(r'"api";q=([0-9]+)', policy)
    if name == "api" or quota is None or quota[1] not in _QUOTAS:
        return response
    allowed = _QUOTAS[quota[1]][name]
    fields = {
        "RateLimit": f'"{name}";r={int(allowed) - 1};t=300',
        "RateLimit-Policy": policy.replace(quota[0], f'"{name}";q={allowed}'),
    }
    return response.with_headers(fields)
