"""What a request and its answer are about: which repository and file, and which kind of answer.

Clients ask for one file in many ways: HEAD or GET first, whole or in ranges, by a branch or by its commit, by the URL
that a redirect named. A fault is planned for the answer that it means, so that it strikes the same one for them all.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias
from urllib.parse import urljoin, urlsplit

from conformance.traffic.exchange import OriginName, Request, Response
from conformance.traffic.route import XET_FILE_INFO, Route, route_of

AnswerKind: TypeAlias = Literal[
    "content",
    "redirect",
    "metadata",
    "file",
    "info",
    "listing",
    "next-page",
    "paths-info",
    "refs",
    "commits",
    "access",
    "xet",
    "whoami",
    "web-page",
    "api",
]
"""What an answer is, whatever the client asked it with.

- `content`: bytes of a file, 200 or 206, to a GET: by resolve, resolve-cache or raw, or by the content host.
- `redirect`: a redirect on the way to a file.
- `metadata`: the Hub's first answer about a file, to HEAD or GET: that of resolve, whatever it is. Also the answer to a
client that asks for Xet information of the file.
- `file`: any of the three, and also the answer of the second hop to HEAD.
- `info`, `listing` (a tree), `paths-info`, `refs`, `commits`: the API's answers of that name.
- `next-page`: a page of a listing or of commits after the first.
- `access`: auth-check. `xet`: Xet file information, or a token for Xet. `whoami`: who the caller is.
- `web-page`: what a browser shows. `api`: any answer of the API, resolve-cache left out, which carries files.
"""

_FILES: Final = ("resolve", "xet-file-info", "resolve-cache", "raw")
_BY_ROUTE: Final = {
    "info": "info",
    "listing": "tree",
    "paths-info": "paths-info",
    "refs": "refs",
    "commits": "commits",
    "access": "auth-check",
    "web-page": "web-page",
}


class Followed:
    """Where redirects have led: the URL that an answer names is about what was asked for."""

    def __init__(self) -> None:
        self._routes: dict[tuple[OriginName, str], list[Route]] = {}

    def routes(self, request: Request) -> list[Route]:
        """What a request is about: its own route, and those that were asked for before a redirect led to its URL."""
        # Some clients drop the query of a URL that they were sent to.
        found = self._routes.get((request.origin, request.target)) or self._routes.get((request.origin, request.path))
        return [route_of(request), *(found or ())]

    def note(self, request: Request, response: Response, urls: dict[OriginName, str]) -> None:
        """Remember where a redirect leads, with the live URLs of the origins."""
        location = response.headers.get("Location")
        if location is None or not 300 <= response.status < 400:
            return
        there = urljoin(urls[request.origin] + request.target, location)
        for origin, url in urls.items():
            if there.startswith((f"{url}/", f"{url}?")):
                target = there.removeprefix(url)
                # What a page is about is known by the route that led there alone.
                about = [route for route in self.routes(request) if route.repo_id is not None]
                for key in {(origin, target), (origin, urlsplit(target).path)}:
                    known = self._routes.setdefault(key, [])
                    known += [route for route in about if route not in known]


@dataclass(frozen=True, slots=True)
class Subject:
    """Which answers are meant; a part that is not given matches any.

    Args:
        answer: the kind of the answer, or several.
        repo: a repository's id, as it is asked for: a former name is another id.
        repo_type: `model`, `dataset` or `space`.
        revision: a revision as it is asked for, or several; no revision and `HEAD` are `main`. What a redirect leads
            to is about the revision that was asked for first, and about the commit that the URL names.
        filename: the path of a file in the repository, or of a folder that is listed; "" is the root.
    """

    answer: AnswerKind | Collection[AnswerKind] | None = None
    repo: str | None = None
    repo_type: str | None = None
    revision: str | Collection[str] | None = None
    filename: str | None = None

    def matches(self, request: Request, response: Response, routes: list[Route]) -> bool:
        """Whether an answer to a request about one of these routes is meant."""
        return any(self._is_about(route) for route in routes) and (
            self.answer is None or any(_is_a(kind, request, response, routes) for kind in _several(self.answer))
        )

    def _is_about(self, route: Route) -> bool:
        revision = "main" if route.revision in (None, "HEAD") else route.revision
        return (
            self.repo in (None, route.repo_id)
            and self.repo_type in (None, route.repo_type)
            and (self.revision is None or (route.repo_id is not None and revision in _several(self.revision)))
            and (self.filename is None or (route.repo_id is not None and self.filename == route.path))
        )

    def __str__(self) -> str:
        given = {name: getattr(self, name) for name in ("answer", "repo", "repo_type", "revision", "filename")}
        return " ".join(f"{name}={value!r}" for name, value in given.items() if value is not None)


def _is_a(kind: str, request: Request, response: Response, routes: list[Route]) -> bool:
    own = routes[0]
    tells_of_xet = response.headers.get("Content-Type", "").startswith(XET_FILE_INFO)
    if kind == "xet":
        return tells_of_xet or own.kind == "xet-read-token"
    if kind in _BY_ROUTE:
        return own.kind == _BY_ROUTE[kind]
    if kind == "next-page":
        return own.kind in ("tree", "commits") and any(name in ("cursor", "p") for name, _ in own.query)
    if kind == "whoami":
        return own.kind == "page" and own.path == "/api/whoami-v2"
    if kind == "api":
        return request.origin == "hub" and request.path.startswith("/api/") and own.kind not in _FILES
    if kind == "metadata":
        return own.kind in ("resolve", "xet-file-info")
    is_file = request.origin == "cdn" or any(route.kind in _FILES for route in routes)
    if kind == "content":
        return is_file and request.method == "GET" and response.status in (200, 206) and not tells_of_xet
    return is_file and (kind == "file" or (300 <= response.status < 400 and response.status != 304))


def _several(given: str | Collection[str]) -> Collection[str]:
    return (given,) if isinstance(given, str) else given
