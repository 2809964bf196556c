"""What a request asks for, independent of how its URL is written.

Clients write the same request in many ways: `recursive=True` and `recursive=true`, `main%2Fsub%20dir` and
`main/sub%20dir`, `expand=` and `expand[]=`. Two requests with equal routes get the same answer from the Hub.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote, urlencode

from conformance.traffic.exchange import OriginName, Request
from conformance.traffic.scrub import scrub_urls

XET_FILE_INFO: Final = "application/vnd.xet-fileinfo+json"
"""The media type by which a client asks for facts about a file instead of a redirect to it."""

_TYPES: Final = {"models": "model", "datasets": "dataset", "spaces": "space"}

_ID = r"(?P<id>[^/]+(?:/[^/]+)??)"
_API = re.compile(
    rf"/api/(?P<types>models|datasets|spaces)/{_ID}"
    r"(?:/(?P<kind>revision|tree|treesize|paths-info|commits|refs|auth-check|xet-read-token)"
    r"(?:/(?P<revision>[^/]+)(?:/(?P<path>.*))?)?)?/?"
)
_RESOLVE_CACHE = re.compile(
    rf"/api/(?P<kind>resolve-cache)/(?P<types>models|datasets|spaces)/{_ID}/(?P<revision>[0-9a-f]{{40}})/(?P<path>.+)"
)
_FILE = re.compile(rf"/(?:(?P<types>datasets|spaces)/)?{_ID}/(?P<kind>resolve|raw)/(?P<revision>[^/]+)/(?P<path>.+)")
_WEB_PAGE = re.compile(
    rf"/(?:(?P<types>datasets|spaces)/|(?!(?:api|datasets|spaces)(?:/|$)|\.)){_ID}"
    r"(?:/(?:tree|blob)/(?P<revision>[^/]+)(?:/(?P<path>.*))?)?/?"
)

_DEFAULTS: Final[dict[str, dict[str, str]]] = {
    "info": {"blobs": "false"},
    "tree": {"recursive": "false", "expand": "false"},
    "paths-info": {"expand": "false"},
    "refs": {"include_prs": "false"},
}
DISPOSITION: Final = "response-content-disposition"
"""The parameter of a signed URL that says what the Content-Disposition of its answer is."""
_SAVED = re.compile("^attachment(?=;|$)")
_INDEXED = re.compile(r"\[\d*\]$")
"""How some clients mark a name that comes more than once."""
_BOOLEANS: Final = {"blobs", "recursive", "expand", "include_prs"}
_SPELLINGS: Final = {"1": "true", "0": "false", "true": "true", "false": "false"}


@dataclass(frozen=True, slots=True)
class Route:
    """A request without its spelling; hashable, so that an index can be kept by it.

    `kind` is `info`, `tree`, `treesize`, `paths-info`, `commits`, `refs`, `auth-check`, `xet-read-token`,
    `resolve`, `xet-file-info` (resolve with the media type for it), `resolve-cache`, `raw`, `web-page` (what a
    browser shows of a repository), or `page` for everything that belongs to no repository; then `path` is all there
    is. `revision` is decoded, None where the request names none. `query` is sorted and free of default values.
    """

    origin: OriginName
    kind: str
    repo_type: str | None
    repo_id: str | None
    revision: str | None
    path: str
    query: tuple[tuple[str, str], ...] = ()

    @property
    def target(self) -> str:
        """One spelling of the route as a request target."""
        query = f"?{urlencode(self.query)}" if self.query else ""
        if self.repo_type is None or self.repo_id is None:
            return quote(self.path) + query
        revision = None if self.revision is None else quote(self.revision, safe="")
        if self.kind in ("resolve", "xet-file-info", "raw"):
            prefix = "" if self.repo_type == "model" else f"{self.repo_type}s/"
            kind = "raw" if self.kind == "raw" else "resolve"
            parts = [f"{prefix}{self.repo_id}", kind, revision, quote(self.path)]
        elif self.kind == "resolve-cache":
            parts = ["api", self.kind, f"{self.repo_type}s", self.repo_id, revision, quote(self.path)]
        elif self.kind == "web-page":
            prefix = "" if self.repo_type == "model" else f"{self.repo_type}s/"
            parts = [f"{prefix}{self.repo_id}", "tree" if revision else None, revision, quote(self.path)]
        else:
            resource = self.kind if self.kind != "info" else "revision" if revision else None
            parts = ["api", f"{self.repo_type}s", self.repo_id, resource, revision, quote(self.path)]
        return "/" + "/".join(part for part in parts if part) + query


def route_of(request: Request) -> Route:
    """The route of a request."""
    patterns = (_RESOLVE_CACHE, _API, _FILE, _WEB_PAGE) if request.origin == "hub" else ()
    match = next((match for match in (pattern.fullmatch(request.path) for pattern in patterns) if match), None)
    if match is None or (match.groupdict().get("kind") == "revision" and match["revision"] is None):
        query = Request("GET", scrub_urls(request.target)).query
        if request.origin == "cdn":  # a content is the same, to be shown and to be saved
            query = [(name, _SAVED.sub("inline", value) if name == DISPOSITION else value) for name, value in query]
        return Route(request.origin, "page", None, None, None, unquote(request.path), tuple(sorted(query)))
    named = match.groupdict().get("kind", "web-page")
    kind = "info" if named in (None, "revision") else named
    if kind == "resolve" and XET_FILE_INFO in request.headers.get("Accept", ""):
        kind = "xet-file-info"
    revision, path = match["revision"], match["path"]
    return Route(
        origin=request.origin,
        kind=kind,
        repo_type=_TYPES[match["types"] or "models"],
        repo_id=unquote(match["id"]),
        revision=None if revision is None else unquote(revision),
        path=unquote(path or "").rstrip("/"),
        query=tuple(sorted(_normal(kind, request.query))),
    )


def _normal(kind: str, query: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    if kind == "resolve-cache":
        return  # the Hub answers the same with its query and without
    for written, value in query:
        name = _INDEXED.sub("", written)
        is_flag = name in _BOOLEANS and name in _DEFAULTS.get(kind, {})
        plain = _SPELLINGS.get(value.lower(), value) if is_flag else value
        if kind in ("resolve", "xet-file-info") and name == "download":
            continue  # changes Content-Disposition only
        if _DEFAULTS.get(kind, {}).get(name) != plain:
            yield name, plain
