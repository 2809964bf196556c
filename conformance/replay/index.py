"""Find a recorded exchange: by method, then by route, then by caller."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from conformance.traffic.exchange import Exchange, Request, Response
from conformance.traffic.identity import ANONYMOUS, STRANGER, caller
from conformance.traffic.recording import COMMON, RecordedRepository, Recording
from conformance.traffic.route import Route, route_of
from conformance.traffic.stored import condition_of

_SHA: Final = re.compile(r"[0-9a-f]{7,40}")

# Who sees most of a repository, first.
_BEST_PLACED = ("owner", "granted", "reader", ANONYMOUS)


_Cassette: TypeAlias = dict[tuple[str, Route], dict[str, Exchange]]
"""By method and route the exchange of each caller. The method of an answer that is for one Range or ETag alone has that
with it, `GET for bytes=0-0`."""


class Index:
    """The exchanges of a recording, ready to be looked up. Cassettes are read when they are first needed."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self._held_by: dict[str, str] = {}
        for repository in recording.repositories:
            for name in (repository.repo_id, repository.former_name):
                if name is not None:
                    self._held_by[name] = repository.cassette
        self._open: dict[str, _Cassette] = {}
        self._refs: dict[tuple[str, str], dict[str, str]] = {}
        self._commits: dict[tuple[str, str], set[str]] = {}
        self._public: dict[tuple[str, str], bool] = {}

    def near(self, route: Route) -> Iterator[tuple[str, Route, str]]:
        """Method, route and caller of every exchange in the cassette where a route would be, or whose name it has."""
        named = [cassette for name, cassette in self._held_by.items() if f"/{name}/" in route.path]
        for (method, known), callers in self._cassette(named[0] if named else self._name(route)).items():
            for name in callers:
                yield method, known, name

    def _callers(self, method: str, route: Route) -> Mapping[str, Exchange]:
        names = [self._name(route)]
        if route.origin == "cdn":  # its URLs do not name their repository; most likely of a repository in use
            names += [*self._open, *self.recording.cassettes]
        for name in names:
            found = self._cassette(name).get((method, route))
            if found is not None:
                return found
        return {}

    def _name(self, route: Route) -> str:
        return self._held_by.get(route.repo_id or "", COMMON)

    def _cassette(self, name: str) -> _Cassette:
        if name not in self._open:
            held: _Cassette = {}
            for exchange in self.recording.cassettes.get(name, ()):
                request = exchange.request
                only = condition_of(exchange)
                method = request.method if only is None else f"{request.method} for {only}"
                callers = held.setdefault((method, route_of(request)), {})
                callers.setdefault(caller(request.token), exchange)
            self._open[name] = held
        return self._open[name]

    def find(self, method: str, route: Route, name: str) -> Response | None:
        """The answer recorded for exactly this caller."""
        exchange = self._callers(method, route).get(name)
        return exchange.response if exchange else None

    def answer(self, request: Request, route: Route, name: str) -> Response | None:
        """The answer recorded for a request of this caller. One to HEAD is that to GET, where that was recorded."""
        methods = ("GET", "HEAD") if request.method == "HEAD" else (request.method,)
        asked = [request.headers.get(field) for field in ("Range", "If-None-Match")]
        for only in (None, *filter(None, asked), ""):
            for method in methods:
                found = self.find(method if only is None else f"{method} for {only}", route, name)
                if found is not None:
                    return found
        return None

    def at_the_path(self, route: Route) -> Response | None:
        """A recorded answer of the route's origin at its path, whatever the query."""
        for name in (*self._open, *self.recording.cassettes):
            for (_, known), callers in self._cassette(name).items():
                if (known.origin, known.path) == (route.origin, route.path):
                    return next(iter(callers.values())).response
        return None

    def best(self, route: Route) -> Response | None:
        """The answer to a GET by the recorded caller who sees most."""
        exchange = self.best_exchange(route)
        return None if exchange is None else exchange.response

    def best_exchange(self, route: Route) -> Exchange | None:
        """As `best`, without reading a body from disk."""
        callers = self._callers("GET", route)
        return next((callers[name] for name in _BEST_PLACED if name in callers), None)

    def exchange_after(self, response: Response) -> Exchange | None:
        """The recorded exchange that a redirect leads to."""
        request = self.request_to(response.headers.get("Location", ""))
        return self.best_exchange(route_of(request)) if request else None

    def follow(self, response: Response) -> Response | None:
        """The recorded answer that a redirect leads to."""
        exchange = self.exchange_after(response)
        return None if exchange is None else exchange.response

    def request_to(self, url: str) -> Request | None:
        """A GET of a URL, absolute or relative, as the recording spells it; None for an unknown origin."""
        if url.startswith("/"):
            return Request("GET", url)
        for name, origin in self.recording.origins.items():
            if url.startswith(f"{origin}/"):
                return Request("GET", url.removeprefix(origin), name)
        return None

    def repository(self, repo_id: str, repo_type: str | None = None) -> RecordedRepository | None:
        """The recorded repository of this name."""
        for repository in self.recording.repositories:
            if repository.repo_id == repo_id and repo_type in (None, repository.repo_type):
                return repository
        return None

    def knows(self, route: Route) -> bool:
        """Whether a route is about a recorded repository of its type, by the name of today or the former one."""
        return any(
            route.repo_type == repository.repo_type and route.repo_id in (repository.repo_id, repository.former_name)
            for repository in self.recording.repositories
        )

    def spelled(self, route: Route) -> str | None:
        """The name of the recorded repository that a route names in other letter case; None if it names none so."""
        if self.knows(route):
            return None
        for repository in self.recording.repositories:
            names = [name.lower() for name in (repository.repo_id, repository.former_name) if name]
            if route.repo_type == repository.repo_type and (route.repo_id or "").lower() in names:
                return repository.repo_id
        return None

    def next_page(self, page: Response) -> Route | None:
        """The route of the page after this one, from its Link header (RFC 8288); None on the last."""
        for link in page.headers.get("Link", "").split(", "):
            url, _, parameters = link.partition(">")
            if 'rel="next"' in parameters:
                request = self.request_to(url.removeprefix("<"))
                return route_of(request) if request else None
        return None

    def refs(self, repo_type: str, repo_id: str) -> dict[str, str]:
        """Revision name to commit sha: branches and tags by name, everything else by its full ref."""
        key = (repo_type, repo_id)
        if key not in self._refs:
            route = Route("hub", "refs", repo_type, repo_id, None, "", (("include_prs", "true"),))
            answer = self.best(route)
            families = json.loads(answer.body) if answer is not None and answer.status == 200 else {}
            self._refs[key] = {
                ref["name"] if family in ("branches", "tags") else ref["ref"]: ref["targetCommit"]
                for family, refs in families.items()
                for ref in refs
            }
        return self._refs[key]

    def commit(self, repo_type: str, repo_id: str, revision: str) -> str | None:
        """The sha that a revision means: a branch, tag or full ref, or a sha or the beginning of one."""
        refs = self.refs(repo_type, repo_id)
        sha = refs.get(revision) or refs.get(revision.removeprefix("refs/heads/").removeprefix("refs/tags/"))
        if sha is not None or not _SHA.fullmatch(revision):
            return sha
        found = {known for known in self._shas(repo_type, repo_id) if known.startswith(revision)}
        return found.pop() if len(found) == 1 else None

    def _shas(self, repo_type: str, repo_id: str) -> set[str]:
        key = (repo_type, repo_id)
        if key not in self._commits:
            self._commits[key] = set(self.refs(repo_type, repo_id).values())
            about = Route("hub", "commits", repo_type, repo_id, None, "")
            for method, route, _ in self.near(about):
                if (method, route.kind, route.repo_type, route.repo_id) == ("GET", "commits", *key):
                    page = self.best(route)
                    if page is not None and page.status == 200:
                        self._commits[key] |= {commit["id"] for commit in json.loads(page.body)}
        return self._commits[key]

    def is_public(self, route: Route) -> bool:
        """Whether every caller gets the anonymous caller's answer."""
        if route.repo_type is None or route.repo_id is None:
            return route.origin == "cdn"  # a signed URL speaks for itself
        key = (route.repo_type, route.repo_id)
        if key not in self._public:
            info = self.find("GET", _info(route), ANONYMOUS)
            self._public[key] = info is not None and _welcomes_everybody(info)
        return self._public[key]

    def is_missing(self, route: Route) -> bool:
        """Whether every caller with a valid token gets the answer that the repository does not exist."""
        if route.repo_type is None or route.repo_id is None:
            return False
        return not self.knows(route)

    def another_caller(self, route: Route, name: str) -> str | None:
        """Another caller who gets the same answer, or None."""
        if name != ANONYMOUS and self.is_public(route):
            return ANONYMOUS
        if name not in (ANONYMOUS, STRANGER, "reader") and self.is_missing(route):
            return "reader"
        return None


def _welcomes_everybody(info: Response) -> bool:
    if info.status != 200:
        return 300 <= info.status < 400  # an old name; private repositories do not reveal theirs
    said = json.loads(info.body)
    return not said.get("gated") and not said.get("private")


def _info(route: Route) -> Route:
    return Route("hub", "info", route.repo_type, route.repo_id, None, "")


index_of = functools.lru_cache(maxsize=16)(Index)
"""The index of a recording, made once."""
