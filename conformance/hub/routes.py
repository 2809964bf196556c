"""Which endpoint answers which path."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import unquote

from conformance.hub import info, listings, resolve, tree
from conformance.hub.answers import Answer
from conformance.hub.call import Call

Endpoint: TypeAlias = Callable[[Call], Answer]

_RESOURCES = "revision|tree|paths-info|refs|commits|auth-check|parquet|xet-read-token|resolve|raw"
# A name, with a namespace before it or, for the oldest repositories, without. What follows a name without a
# namespace is a resource, so that `gsm8k/tree` is not taken for a repository.
_REPO_ID = rf"(?P<repo_id>[^/]+(?:/(?!(?:{_RESOURCES})(?:/|$))[^/]+)?)"
_REVISION = "(?P<revision>[^/]+)"
_API = rf"/api/(?P<kind>datasets|models|spaces)/{_REPO_ID}"
_PAGE = rf"/(?:(?P<kind>datasets|spaces)/)?{_REPO_ID}"


@dataclass(frozen=True, slots=True)
class Route:
    """A path's pattern, matched before percent-decoding, and who answers."""

    pattern: re.Pattern[str]
    endpoint: Endpoint
    method: str = "GET"
    gated: bool = True
    """Whether the gate is checked before the endpoint is asked."""
    answers_disabled: bool = False
    """Whether a disabled repository still answers here."""


def _route(
    pattern: str,
    endpoint: Endpoint,
    *,
    method: str = "GET",
    gated: bool = True,
    answers_disabled: bool = False,
) -> Route:
    return Route(re.compile(pattern), endpoint, method, gated, answers_disabled)


ROUTES = (
    _route(_API, info.info, gated=False, answers_disabled=True),
    _route(rf"{_API}/revision/{_REVISION}", info.info, gated=False, answers_disabled=True),
    _route(rf"{_API}/tree/{_REVISION}(?:/(?P<path>.*))?", tree.tree, gated=False),
    _route(rf"{_API}/paths-info/{_REVISION}", tree.paths_info, method="POST", gated=False),
    _route(rf"{_API}/refs", listings.refs, gated=False),
    _route(rf"{_API}/commits/{_REVISION}", listings.commits),
    _route(rf"{_API}/auth-check", listings.auth_check),
    _route(rf"{_API}/xet-read-token/{_REVISION}", listings.xet_read_token),
    _route(rf"{_API}/parquet(?:/(?P<config>[^/]+)(?:/(?P<split>[^/]+))?)?", listings.parquet),
    _route(rf"{_API}/parquet/(?P<config>[^/]+)/(?P<split>[^/]+)/(?P<number>[0-9]+)\.parquet", listings.parquet_file),
    _route(
        r"/api/resolve-cache/(?P<kind>datasets|models|spaces)/(?P<repo_id>[^/]+/[^/]+)"
        r"/(?P<revision>[0-9a-f]{40})/(?P<path>.+)",
        resolve.resolve_cache,
    ),
    _route(rf"{_PAGE}/resolve/{_REVISION}/(?P<path>.+)", resolve.resolve, gated=False),
    _route(rf"{_PAGE}/raw/{_REVISION}/(?P<path>.+)", listings.raw),
)


@dataclass(frozen=True, slots=True)
class Match:
    """A route and what its pattern found in a path."""

    route: Route
    repo_type: str
    repo_id: str
    span: tuple[int, int]
    """Where the path has the repository's id."""
    parts: Mapping[str, str]


def match(method: str, path: str) -> Match | None:
    """The route for a percent-encoded path; HEAD goes where GET goes."""
    for route in ROUTES:
        found = route.pattern.fullmatch(path)
        if found and route.method == ("GET" if method == "HEAD" else method):
            parts = dict(_decoded(found))
            kind = parts.pop("kind", "models")
            return Match(route, kind.removesuffix("s"), parts.pop("repo_id"), found.span("repo_id"), parts)
    return None


def _decoded(found: re.Match[str]) -> Iterator[tuple[str, str]]:
    for name, value in found.groupdict().items():
        if value is not None:
            yield name, unquote(value)
