"""Answer a request from a recording: recorded first, derived second, refused last."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from conformance.record.recording import Recording
from conformance.record.route import Route, route_of
from conformance.replay.derive import DERIVATIONS, Asked, Derivation, conditional, ranged
from conformance.replay.index import index_of
from conformance.replay.nearest import nearest
from conformance.wire.exchange import Request, Response, headers
from conformance.wire.identity import caller

REFUSED = 501
"""What an exchange that no cassette has is answered with; no Hub sends it."""


class Replay:
    """A handler that answers from a recording, with the origins that the recording has.

    Attributes:
        index: the recorded exchanges.
        moves: by (repo_type, repo_id), the branches that point elsewhere than recorded, with their sha.
    """

    def __init__(self, recording: Recording) -> None:
        self.index = index_of(recording)
        self.moves: dict[tuple[str, str], dict[str, str]] = {}
        self.listings: dict[tuple[Route, str], dict[str, dict[str, Any]] | None] = {}

    def __call__(self, request: Request) -> Response:
        asked = Asked(request, route_of(request), caller(request.token))
        found = _Answers(self, DERIVATIONS).whole(asked)
        if found is None:
            return self._refusal(request)
        for shape in (conditional, ranged):
            shaped = shape(asked, found)
            if shaped is not None:
                found = _derived(shaped, shape.__name__)
        # The Hub's request id ends with the client's trace id.
        trace, number = request.headers.get("X-Amzn-Trace-Id"), found.headers.get("X-Request-Id")
        return found.with_headers({"X-Request-Id": f"{number};{trace}"}) if trace and number else found

    def move(self, repo_type: str, repo_id: str, branch: str, sha: str) -> None:
        """Let a branch point to another recorded commit."""
        self.moves.setdefault((repo_type, repo_id), {})[branch] = sha

    def _refusal(self, request: Request) -> Response:
        like = nearest(self.index, request)
        error = f"No cassette of {self.index.recording.area!r} has this exchange, and none can be derived."
        body = json.dumps({"error": error, "nearest": like}, indent=1).encode()
        fields = {"Content-Type": "application/json; charset=utf-8", "X-Conformance": "unrecorded"}
        return Response(REFUSED, headers(fields), body, source="unrecorded: " + " | ".join(like))


@dataclass(frozen=True, slots=True)
class _Answers:
    """What a derivation may start from: the recording, and the derivations below it."""

    replay: Replay
    derivations: tuple[Derivation, ...]

    def whole(self, asked: Asked) -> Response | None:
        found = None if self._is_stale(asked.route) else self.before_moves(asked)
        if found is not None:
            return found
        for place, derive in enumerate(self.derivations):
            found = derive(asked, _Answers(self.replay, self.derivations[place + 1 :]))
            if found is not None:
                return _derived(found, derive.__name__)
        return None

    def before_moves(self, asked: Asked) -> Response | None:
        method = "GET" if asked.request.method == "HEAD" else asked.request.method
        return self.replay.index.find(method, asked.route, asked.caller)

    def another_caller(self, asked: Asked) -> str | None:
        return self.replay.index.another_caller(asked.route, asked.caller)

    def commit(self, route: Route) -> str | None:
        if route.repo_type is None or route.repo_id is None:
            return None
        name = "main" if route.revision in (None, "HEAD") else route.revision
        return self.moved(route).get(name) or self.replay.index.commit(route.repo_type, route.repo_id, name)

    def spellings(self, route: Route) -> Iterator[str | None]:
        sha = self.commit(route)
        if sha is None:
            return
        yield sha
        moved = self.moved(route)
        for name, target in self.replay.index.refs(route.repo_type or "", route.repo_id or "").items():
            if target == sha and name not in moved:
                yield name

    def listing(self, asked: Asked, *, expand: bool = False) -> dict[str, dict[str, Any]] | None:
        query = (("expand", "true"), ("recursive", "true")) if expand else (("recursive", "true"),)
        for spelling in self.spellings(asked.route):
            tree = asked.about(kind="tree", revision=spelling, path="", query=query)
            key = (tree.route, tree.caller)
            if key not in self.replay.listings:
                self.replay.listings[key] = self._pages(tree)
            if self.replay.listings[key] is not None:
                return self.replay.listings[key]
        return None

    def is_of_another_type(self, route: Route) -> bool:
        index, repo_id = self.replay.index, route.repo_id
        if repo_id is None or index.repository(repo_id) is None:
            return False
        return index.repository(repo_id, route.repo_type) is None

    def moved(self, route: Route) -> dict[str, str]:
        return self.replay.moves.get((route.repo_type or "", route.repo_id or ""), {})

    def _pages(self, tree: Asked) -> dict[str, dict[str, Any]] | None:
        items: dict[str, dict[str, Any]] = {}
        page: Route | None = tree.route
        while page is not None:
            found = self.whole(replace(tree, route=page))
            if found is None or found.status != 200:
                return None
            items |= {item["path"]: item for item in json.loads(found.body)}
            page = self.replay.index.next_page(found)
        return items

    def _is_stale(self, route: Route) -> bool:
        moved = self.moved(route)
        if not moved:
            return False
        is_default = route.revision == "HEAD" or (route.revision is None and route.kind == "info")
        return ("main" if is_default else route.revision) in moved or route.kind == "refs"


def _derived(response: Response, name: str) -> Response:
    how = name.replace("_", " ")
    before = response.source.removeprefix("derived: ")
    return replace(response, source=f"derived: {how}" if before == "recorded" else f"derived: {how}, {before}")
