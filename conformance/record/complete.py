"""Whether a recording is whole and true to itself, before it replaces another."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any, Final

from conformance.record.recording import RecordedRepository, Recording
from conformance.record.route import Route, route_of
from conformance.record.stored import digest_of, head_of, is_left_out
from conformance.wire.exchange import Exchange, Request, Response
from conformance.wire.identity import caller

_SHA: Final = re.compile(r"[0-9a-f]{40}")
_BEST_PLACED: Final = ("owner", "granted", "reader", "anonymous")


def problems(recording: Recording) -> list[str]:
    """What is missing or wrong, a line each; nothing if the recording is whole.

    Whole is: an information of each repository, a complete listing of each recorded commit, and of every content that
    was kept the digest that the listing says.
    """
    held = _Held(recording)
    return [problem for repository in recording.repositories for problem in held.problems(repository)]


def is_worse(new: Recording, old: Recording) -> str | None:
    """Why a recording must not replace an older one, or None."""
    gone = {repository.repo_id for repository in old.repositories} - {item.repo_id for item in new.repositories}
    if gone:
        return f"the recording there holds {', '.join(sorted(gone))} as well"
    missing = set(old.callers) - set(new.callers)
    if missing:
        return f"the recording there holds the answers to {', '.join(sorted(missing))} as well"
    before, now = (sum(head_of(one).status == 200 for one in recording.exchanges) for recording in (old, new))
    return f"the recording there holds {before} answers, this one {now}" if 2 * now < before else None


class _Held:
    def __init__(self, recording: Recording) -> None:
        self._origins = recording.origins
        self._found: dict[Route, dict[str, Exchange]] = {}
        for exchange in recording.exchanges:
            if exchange.request.method == "GET":
                callers = self._found.setdefault(route_of(exchange.request), {})
                callers.setdefault(caller(exchange.request.token), exchange)

    def problems(self, repository: RecordedRepository) -> Iterator[str]:
        name, kind = repository.repo_id, repository.repo_type
        info = self._json(Route("hub", "info", kind, name, None, ""))
        if not isinstance(info, dict) or "sha" not in info:
            yield f"{name}: its information is missing"
            return
        if info.get("disabled") is True:
            return
        commits = {
            str(route.revision)
            for route in self._found
            if (route.kind, route.repo_type, route.repo_id) == ("resolve", kind, name)
            and _SHA.fullmatch(route.revision or "")
        }
        if info["sha"] not in commits:
            yield f"{name}: the commit of main, {info['sha']}, is missing"
        for sha in sorted(commits):
            listing = self._listing(Route("hub", "tree", kind, name, sha, "", (("recursive", "true"),)))
            if listing is None:
                yield f"{name}: the listing of {sha} is not complete"
                continue
            for item in listing:
                if item.get("type") == "file":
                    yield from self._wrong(Route("hub", "resolve", kind, name, sha, item["path"]), item)

    def _wrong(self, route: Route, item: dict[str, Any]) -> Iterator[str]:
        exchange = self._content(route)
        if exchange is None or is_left_out(head_of(exchange)) or head_of(exchange).status != 200:
            return
        lfs = item.get("lfs")
        expected = lfs["oid"] if lfs else item["oid"]
        if expected.startswith("*"):  # masked, for whoever may not read it
            return
        digest, size = digest_of(exchange)
        if not lfs:
            body = exchange.response.body
            digest = hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()
        if (digest, size) != (expected, item["size"]):
            yield f"{route.repo_id}: {item['path']} at {route.revision} is not the file that the listing says"

    def _content(self, route: Route) -> Exchange | None:
        exchange = self._best(route)
        for _ in range(10):
            head = head_of(exchange) if exchange else None
            if head is None or not 300 <= head.status < 400:
                return exchange
            request = self._request(head.headers.get("Location", ""))
            exchange = self._best(route_of(request)) if request else None
        return None

    def _listing(self, route: Route | None) -> list[dict[str, Any]] | None:
        items: list[dict[str, Any]] = []
        while route is not None:
            exchange = self._best(route)
            page = self._json(route)
            if exchange is None or not isinstance(page, list):
                return None
            items += page
            route = self._next(head_of(exchange))
        return items

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

    def _best(self, route: Route) -> Exchange | None:
        callers = self._found.get(route, {})
        return next((callers[name] for name in _BEST_PLACED if name in callers), None)

    def _json(self, route: Route) -> Any:
        exchange = self._best(route)
        if exchange is None or head_of(exchange).status != 200:
            return None
        try:
            return json.loads(exchange.response.body)
        except (ValueError, RecursionError):
            return None
