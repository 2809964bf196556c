"""Answer a request from a recording: recorded first, derived second.

What is neither is answered as the Hub answers a request for something that is not there. Only the wire log shows that
it was not recorded, so that no answer of ours decides a check.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from conformance.replay.asked import Asked, Derivation, refused
from conformance.replay.attached import attached
from conformance.replay.derive import DERIVATIONS, conditional, ranged
from conformance.replay.index import index_of
from conformance.replay.nearest import nearest
from conformance.replay.truth import Truth
from conformance.traffic.cors import allowed_origin, preflight
from conformance.traffic.exchange import OriginName, Request, Response, headers
from conformance.traffic.identity import ANONYMOUS, STRANGER, caller
from conformance.traffic.missing import MISSING_REPOSITORY
from conformance.traffic.recording import RecordedRepository, Recording
from conformance.traffic.route import Route, route_of
from conformance.traffic.stored import is_left_out

_ALLOWED: Final = "Access-Control-Allow-Origin"
_NOT_FOUND: Final = "Sorry, we can't find the page you are looking for."


class Replay:
    """A handler that answers from a recording, with the origins that the recording has.

    Attributes:
        index: the recorded exchanges.
        moves: by (repo_type, repo_id), the branches that point elsewhere than recorded, with their sha.
    """

    def __init__(self, recording: Recording) -> None:
        self.index = index_of(recording)
        self.moves: dict[tuple[str, str], dict[str, str]] = {}
        self.listings: dict[tuple[Route, str, int], dict[str, dict[str, Any]] | None] = {}

    @property
    def area(self) -> str:
        """The area that the recording is of."""
        return self.index.recording.area

    @property
    def origins(self) -> Mapping[OriginName, str]:
        """The origins as the recorded answers spell them."""
        return self.index.recording.origins

    @property
    def repositories(self) -> Sequence[RecordedRepository]:
        """The repositories of the recording's manifest."""
        return self.index.recording.repositories

    def repo(self, repository: RecordedRepository) -> Truth:
        """The recording's facts about a repository."""
        moved = self.moves.get((repository.repo_type, repository.repo_id), {})
        return Truth(self.index, repository, moved)

    def __call__(self, request: Request) -> Response:
        allowed = preflight(request)
        page = allowed_origin(request)
        if allowed is not None:
            lines = {_ALLOWED: page or "*", **allowed, "Content-Length": "0"}
            return Response(200, headers(lines), source="derived: preflight")
        found = self._answer(request)
        return found.with_headers({_ALLOWED: page}) if page and _ALLOWED in found.headers else found

    def _answer(self, request: Request) -> Response:
        asked = Asked(request, route_of(request), caller(request.token))
        found = _Answers(self, DERIVATIONS).whole(asked)
        if found is None:
            return self._refusal(asked)
        if is_left_out(found) and request.method != "HEAD":
            return _left_out(found)
        for shape in (conditional, ranged):
            shaped = shape(asked, found)
            if shaped is not None:
                found = _derived(shaped, shape.__name__)
        shown = attached(request, asked.route, found)
        found = found if shown is found else _derived(shown, "attached")
        own = request.headers.get("X-Request-Id")
        if own and "X-Request-Id" in found.headers:
            return found.with_headers({"X-Request-Id": own})
        # The Hub's request id ends with the client's trace id.
        trace, number = request.headers.get("X-Amzn-Trace-Id"), found.headers.get("X-Request-Id")
        return found.with_headers({"X-Request-Id": f"{number};{trace}"}) if trace and number else found

    def move(self, repo_type: str, repo_id: str, branch: str, sha: str) -> None:
        """Let a branch point to another recorded commit."""
        self.moves.setdefault((repo_type, repo_id), {})[branch] = sha

    def _refusal(self, asked: Asked) -> Response:
        """As the Hub answers a request for something that is not there; the wire log shows that it was not recorded."""
        like = _Answers(self, ()).missing(asked) or Response(404, headers({"X-Powered-By": "huggingface-moon"}))
        said = refused(asked, like, 404, _NOT_FOUND).with_headers({"X-Conformance": "unrecorded"})
        return replace(said, source="unrecorded: " + " | ".join(nearest(self.index, asked.request)))


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
        return self.replay.index.answer(asked.request, asked.route, asked.caller)

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
                if name == "main" and route.kind == "info":
                    yield None

    def listing(self, asked: Asked, *, expand: bool = False) -> dict[str, dict[str, Any]] | None:
        query = (("expand", "true"), ("recursive", "true")) if expand else (("recursive", "true"),)
        for spelling in self.spellings(asked.route):
            tree = asked.about(kind="tree", revision=spelling, path="", query=query)
            # Fewer derivations may find less, so each number of them has its own.
            key = (tree.route, tree.caller, len(self.derivations))
            if key not in self.replay.listings:
                pages = self.entries(tree)
                self.replay.listings[key] = None if pages is None else {item["path"]: item for item in pages[1]}
            if self.replay.listings[key] is not None:
                return self.replay.listings[key]
        return None

    def entries(self, asked: Asked) -> tuple[Response, list[Any]] | None:
        found: list[Any] = []
        first: Response | None = None
        page: Route | None = asked.route
        while page is not None:
            answer = self.whole(replace(asked, route=page))
            if answer is None or answer.status != 200:
                return None
            first = first or answer
            found += json.loads(answer.body)
            page = self.replay.index.next_page(answer)
        return (first, found) if first is not None else None

    def content(self, asked: Asked) -> bytes | None:
        found = self.whole(asked)
        while found is not None and 300 <= found.status < 400:
            found = self.replay.index.follow(found)
        return found.body if found is not None and found.status == 200 and not is_left_out(found) else None

    def at_the_path(self, route: Route) -> Response | None:
        return self.replay.index.at_the_path(route)

    def missing(self, asked: Asked) -> Response | None:
        index = self.replay.index
        is_known = asked.caller not in (ANONYMOUS, STRANGER)
        for name in ("reader",) if is_known else (asked.caller, ANONYMOUS):
            for repo_type in ("dataset", "model", "space"):
                found = index.find("GET", Route("hub", "info", repo_type, MISSING_REPOSITORY, None, ""), name)
                if found is not None:
                    return found
        if not is_known:
            return None
        # No caller with a token was recorded. The Hub's answer to them is known (the facts on the Hub's errors).
        like = self.missing(replace(asked, caller=ANONYMOUS))
        return None if like is None else refused(asked, like, 404, "Repository not found", "RepoNotFound")

    def is_unknown(self, route: Route) -> bool:
        return route.repo_id is not None and not self.replay.index.knows(route)

    def spelled(self, route: Route) -> str | None:
        return None if route.repo_id is None else self.replay.index.spelled(route)

    @property
    def hub(self) -> str:
        return self.replay.index.recording.origins["hub"]

    def moved(self, route: Route) -> dict[str, str]:
        return self.replay.moves.get((route.repo_type or "", route.repo_id or ""), {})

    def _is_stale(self, route: Route) -> bool:
        moved = self.moved(route)
        if not moved:
            return False
        is_default = route.revision == "HEAD" or (route.revision is None and route.kind == "info")
        return ("main" if is_default else route.revision) in moved or route.kind == "refs"


def _left_out(found: Response) -> Response:
    """The replacement of a body that was not kept. The Hub has it, so no port is to blame."""
    said = {"Content-Type": "text/plain; charset=utf-8", "X-Conformance": "unrecorded"}
    source = f"unrecorded: {found.source}"
    return Response(404, headers(said), found.source.encode(), source=source)


def _derived(response: Response, name: str) -> Response:
    if is_left_out(response):
        return response
    how = name.replace("_", " ")
    before = response.source.removeprefix("derived: ")
    return replace(response, source=f"derived: {how}" if before == "recorded" else f"derived: {how}, {before}")
