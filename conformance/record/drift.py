"""What has changed on a Hub since it was recorded: asked cheaply first, and further where a ref has moved."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from conformance.record.client import Client
from conformance.record.compare import COUNTERS
from conformance.record.held import Held
from conformance.record.proxy import RecordError
from conformance.traffic.exchange import Response
from conformance.traffic.recording import RecordedRepository, Recording
from conformance.traffic.route import Route

_RECURSIVE: Final = (("recursive", "true"),)
_WITH_PULLS: Final = (("include_prs", "true"),)
_AREAS: Final = {
    "refs": ("info", "offline"),
    "files": ("cache", "datasets", "download", "read", "rows", "snapshot", "store", "tree"),
    "info": ("info",),
    "history": ("info", "tree"),
    "access": ("auth", "errors"),
}
"""Which areas of checks would notice a kind of change."""


@dataclass
class Drift:
    """What has changed.

    Attributes:
        changes: a line each.
        kinds: which kinds of things.
        asked: how many requests it took.
    """

    changes: list[str] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)
    asked: int = 0

    @property
    def areas(self) -> list[str]:
        """The areas of checks that would notice."""
        return sorted({area for kind in self.kinds for area in _AREAS[kind]})

    def add(self, kind: str, line: str) -> None:
        self.kinds.add(kind)
        self.changes.append(line)


def drift(recording: Recording, client: Client) -> Drift:
    """What has changed since a recording was made.

    Raises:
        RecordError: the Hub cannot be asked.
    """
    held = Held(recording.exchanges, recording.origins)
    found = Drift()
    for repository in recording.repositories:
        _Repository(repository, held, client, found, recording).look()
    found.asked = client.asked
    return found


class _Repository:
    def __init__(
        self, repository: RecordedRepository, held: Held, client: Client, found: Drift, recording: Recording
    ) -> None:
        self._held, self._client, self._found = held, client, found
        self._name, self._type = repository.repo_id, repository.repo_type
        self._true = {thin.kept: thin.sha256 for thin in recording.thinned}
        self._caller = next((name for name in ("owner", "granted", "reader") if name in client.callers), "anonymous")

    def look(self) -> None:
        info = self._ask(self._route("info"))
        if info is None:
            return
        refs = self._ask(self._route("refs", query=_WITH_PULLS))
        before = self._held.json(self._route("info")) or {}
        for key in {**before, **info}:
            if key not in COUNTERS and key not in ("sha", "lastModified", "siblings", "usedStorage"):
                self._compare(key, before.get(key), info.get(key))
        moved = self._refs(self._held.json(self._route("refs", query=_WITH_PULLS)), refs)
        if moved is not None:
            self._files(*moved)

    def _compare(self, key: str, was: Any, now: Any) -> None:
        if was != now:
            self._found.add("info", f"{self._name}: {key}: {_short(was)} → {_short(now)}")

    def _refs(self, was: Any, now: Any) -> tuple[str, str] | None:
        """Say which refs differ; the old and new commit of `main`, if it moved."""
        old, new = dict(_named(was)), dict(_named(now))
        for ref in {**old, **new}:
            if old.get(ref) != new.get(ref) and ref != "refs/heads/main":
                self._found.add("refs", f"{self._name}: {ref}: {_sha(old.get(ref))} → {_sha(new.get(ref))}")
        before, after = old.get("refs/heads/main"), new.get("refs/heads/main")
        return (before, after) if before and after and before != after else None

    def _files(self, old: str, new: str) -> None:
        commits = self._ask(self._route("commits", "main")) or []
        ids = [commit.get("id") for commit in commits if isinstance(commit, dict)]
        count = f"{ids.index(old)} commits" if old in ids else "another history"
        was = self._digests(self._held.listing(self._route("tree", old, query=_RECURSIVE)))
        now = self._digests(self._listing(self._route("tree", new, query=_RECURSIVE)))
        told = [f"{path} {_change(was.get(path), now.get(path))}" for path in sorted({**was, **now})]
        changed = [line for line in told if not line.endswith(" same")]
        self._found.add("history", f"{self._name}: main {_sha(old)} → {_sha(new)}: {count}")
        for line in changed:
            self._found.add("files", f"{self._name}: {line}")

    def _digests(self, items: list[dict[str, Any]] | None) -> dict[str, str]:
        found = {}
        for item in items or ():
            if item.get("type") == "file":
                digest = str((item.get("lfs") or {}).get("oid") or item.get("oid"))
                found[str(item["path"])] = self._true.get(digest, digest)
        return found

    def _ask(self, route: Route) -> Any:
        answer = self._client.chain(route.target, self._caller)[-1]
        if answer.status in (401, 403, 404) and route.kind == "info":
            self._found.add("access", f"{self._name}: it is answered with {answer.status} now")
            return None
        return _json(answer, route)

    def _listing(self, route: Route) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        target: str | None = route.target
        while target is not None:
            answer = self._client.chain(target, self._caller)[-1]
            items += _json(answer, route)
            link = answer.headers.get("Link", "")
            url = link.partition(">")[0].removeprefix("<") if 'rel="next"' in link else ""
            target = url[url.index("/", url.index("://") + 3) :] if "://" in url else None
        return items

    def _route(self, kind: str, revision: str | None = None, query: tuple[tuple[str, str], ...] = ()) -> Route:
        return Route("hub", kind, self._type, self._name, revision, "", query)


def _json(answer: Response, route: Route) -> Any:
    try:
        if answer.status == 200:
            return json.loads(answer.body)
    except (ValueError, RecursionError):
        pass
    raise RecordError(f"the upstream answered {answer.status} to GET {route.target}", "check the URL and the callers")


def _named(families: Any) -> Iterator[tuple[str, str]]:
    for refs in families.values() if isinstance(families, dict) else ():
        for ref in refs:
            yield str(ref["ref"]), str(ref["targetCommit"])


def _change(was: str | None, now: str | None) -> str:
    if was == now:
        return "same"
    return "is new" if was is None else "is gone" if now is None else "changed"


def _sha(sha: str | None) -> str:
    return sha[:7] if sha else "none"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}…"
