"""Check that a recording is complete and consistent before it replaces another."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, Final

from conformance.record.held import Held
from conformance.record.said import is_of_a_hub, is_sha, json_of
from conformance.traffic.recording import RecordedRepository, Recording
from conformance.traffic.route import Route
from conformance.traffic.stored import digest_of, head_of, is_left_out

CLOSED: Final = "contents"
"""What is left out of a repository that is gated to all callers."""


def problems(recording: Recording) -> list[str]:
    """What is missing or wrong, a line each; nothing if the recording is whole.

    Whole is: an information of each repository, a complete listing of each recorded commit, and each content that it
    lists, with the digest that it says, unless the recording says that it was left out.
    """
    held = _Checked(recording)
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


class _Checked(Held):
    def __init__(self, recording: Recording) -> None:
        super().__init__(recording.exchanges, recording.origins)
        self._noted = {(note.repo_id, note.what) for note in recording.left_out}
        self._closed = {note.repo_id for note in recording.left_out if note.what == CLOSED}

    def problems(self, repository: RecordedRepository) -> Iterator[str]:
        name, kind = repository.repo_id, repository.repo_type
        info = self.json(Route("hub", "info", kind, name, None, ""))
        if not isinstance(info, dict) or "sha" not in info:
            yield f"{name}: its information is missing"
            return
        odd = [route for route in self.routes if route.repo_id == name and not self._is_of_a_hub(route)]
        if odd:
            yield from (f"{name}: GET {route.target} was answered in a form that no Hub has" for route in odd)
            return
        if info.get("disabled") is True:
            return
        commits = {
            str(route.revision)
            for route in self.routes
            if (route.kind, route.repo_type, route.repo_id) == ("resolve", kind, name) and is_sha(route.revision)
        }
        if info.get("gated") and not commits and name in self._closed:
            return
        if info["sha"] not in commits:
            yield f"{name}: the commit of main, {info['sha']}, is missing"
        for sha in sorted(commits):
            listing = self.listing(Route("hub", "tree", kind, name, sha, "", (("recursive", "true"),)))
            if listing is None:
                yield f"{name}: the listing of {sha} is not complete"
                continue
            for item in listing:
                if item.get("type") == "file":
                    yield from self._wrong(Route("hub", "resolve", kind, name, sha, item["path"]), item)

    def _is_of_a_hub(self, route: Route) -> bool:
        if route.kind not in ("info", "refs", "commits", "tree"):
            return True
        exchanges = [self.last(one) for one in self.of(route)]
        good = [one for one in exchanges if one is not None and head_of(one).status == 200]
        return all(is_of_a_hub(route.kind, json_of(one.response)) for one in good)

    def _wrong(self, route: Route, item: dict[str, Any]) -> Iterator[str]:
        first = self.best(route)
        exchange = self.last(first)
        if exchange is not None and is_left_out(head_of(exchange)):
            if (route.repo_id, route.path) not in self._noted:
                yield f"{route.repo_id}: {item['path']} at {route.revision} is larger than the listing says"
            return
        if exchange is None or head_of(exchange).status != 200:
            if (route.repo_id, route.path) not in self._noted:
                status = head_of(exchange or first).status if first is not None else "nothing"
                yield f"{route.repo_id}: {item['path']} at {route.revision} is listed, but was answered with {status}"
            return
        lfs = item.get("lfs")
        expected = lfs["oid"] if lfs else item["oid"]
        if expected.startswith("*"):  # masked, for a caller who may not read it
            return
        digest, size = digest_of(exchange)
        if not lfs:
            body = exchange.response.body
            digest = hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()
        if (digest, size) != (expected, item["size"]):
            yield f"{route.repo_id}: {item['path']} at {route.revision} is not the file that the listing says"
