"""Find what has changed on a Hub since it was recorded: with few requests, and with more where a ref has moved."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from conformance.record.client import Client
from conformance.record.compare import COUNTERS
from conformance.record.held import Held
from conformance.record.proxy import RecordError
from conformance.record.said import is_a_refusal, is_of_a_hub, json_of, next_target
from conformance.traffic import git
from conformance.traffic.exchange import Request, Response
from conformance.traffic.recording import RecordedRepository, Recording
from conformance.traffic.route import Route, route_of

_RECURSIVE: Final = (("recursive", "true"),)
_WITH_PULLS: Final = (("include_prs", "true"),)
_MOST_PAGES: Final = 1000
_MOST_HISTORY: Final = 20
"""Pages of the history of `main` in which the recorded commit is looked for."""
_HISTORY_PAGE: Final = 50
_GATES: Final = ("disabled", "gated", "private")
_AREAS: Final = {
    "refs": ("info", "offline"),
    "files": ("cache", "datasets", "download", "read", "rows", "snapshot", "store", "tree"),
    "info": ("info",),
    "history": ("info", "tree"),
    "access": ("auth", "errors", "info"),
}
"""Which areas of checks would notice a kind of change."""


@dataclass
class Drift:
    """What has changed.

    Attributes:
        changes: a line each.
        kinds: which kinds of things.
        asked: the number of requests that were sent.
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
        try:
            _Repository(repository, held, client, found, recording).look()
        except ValueError as error:  # a link to a next page that is none
            raise RecordError(
                f"{repository.repo_id}: the upstream answers in a form that no Hub has ({error})", "check the URL"
            ) from error
    found.asked = client.asked
    return found


class _Repository:
    def __init__(
        self, repository: RecordedRepository, held: Held, client: Client, found: Drift, recording: Recording
    ) -> None:
        self._held, self._client, self._found = held, client, found
        self._name, self._type = repository.repo_id, repository.repo_type
        self._true = {thin.kept: thin for thin in recording.thinned}
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
        if refs is None:
            return
        moved = self._refs(self._held.json(self._route("refs", query=_WITH_PULLS)), refs)
        if moved is not None:
            self._files(*moved)

    def _compare(self, key: str, was: Any, now: Any) -> None:
        if was != now:
            self._found.add(
                "access" if key in _GATES else "info", f"{self._name}: {key}: {_short(was)} → {_short(now)}"
            )

    def _refs(self, was: Any, now: Any) -> tuple[str, str] | None:
        """Say which refs differ; the old and new commit of `main`, if it moved."""
        old, new = dict(_named(was)), dict(_named(now))
        for ref in {**old, **new}:
            if old.get(ref) != new.get(ref) and ref != "refs/heads/main":
                self._found.add("refs", f"{self._name}: {ref}: {_sha(old.get(ref))} → {_sha(new.get(ref))}")
        before, after = old.get("refs/heads/main"), new.get("refs/heads/main")
        return (before, after) if before and after and before != after else None

    def _files(self, old: str, new: str) -> None:
        self._found.add("history", f"{self._name}: main {_sha(old)} → {_sha(new)}: {self._since(old)}")
        was = self._held.listing(self._route("tree", old, query=_RECURSIVE))
        now = [item for page in self._pages(self._route("tree", new, query=_RECURSIVE), _MOST_PAGES) for item in page]
        if not now:
            return
        old_files, new_files = self._digests(was), self._digests(now)
        for path in sorted({**old_files, **new_files}):
            change = _change(old_files.get(path), new_files.get(path))
            if change is not None:
                self._found.add("files", f"{self._name}: {path} {change}")

    def _since(self, old: str) -> str:
        """How many commits of `main` are newer than an old one, as far as it says."""
        count = 0
        for page in self._pages(self._route("commits", "main"), _MOST_HISTORY):
            ids = [commit["id"] for commit in page]
            if old in ids:
                count += ids.index(old)
                return f"{count} commits" if count > 1 else "1 commit"
            count += len(ids)
        if not count:
            return "its history may not be read"
        return "another history" if count < _MOST_HISTORY * _HISTORY_PAGE else f"{count} commits or more"

    def _digests(self, items: list[dict[str, Any]] | None) -> dict[str, tuple[str, str]]:
        """Of each file the digest of its content, if the caller may know it, and its name in git."""
        found = {}
        for item in items or ():
            if item.get("type") == "file":
                digest, oid = str((item.get("lfs") or {}).get("oid") or item["oid"]), str(item["oid"])
                true = self._true.get(digest)
                if true is not None:  # thinned: so is its pointer
                    digest, oid = true.sha256, git.object_name("blob", git.pointer(true.sha256, true.size))
                found[str(item["path"])] = (digest, oid)
        return found

    def _ask(self, route: Route) -> Any:
        """What the Hub says, and None where it refuses to."""
        answer = self._client.chain(route.target, self._caller)[-1]
        if answer.status in (401, 403, 404) and is_a_refusal(answer):
            what = {"info": "it is", "tree": "its tree is"}.get(route.kind, f"its {route.kind} are")
            self._found.add("access", f"{self._name}: {what} answered with {answer.status} now")
            return None
        return _json(answer, route)

    def _pages(self, route: Route, most: int) -> Iterator[list[dict[str, Any]]]:
        """The pages of a listing, as far as the Hub gives them."""
        target: str | None = route.target
        seen: set[str] = set()
        while target is not None and len(seen) < most:
            if target in seen:
                raise RecordError(f"{self._name}: its {route.kind} has no end: {target} leads to itself")
            seen.add(target)
            asked = route_of(Request("GET", target))
            page = self._ask(asked if asked.kind == route.kind else route)
            if page is None:
                return
            yield page
            target = next_target(self._client.chain(target, self._caller)[-1])  # it is known, and not asked again

    def _route(self, kind: str, revision: str | None = None, query: tuple[tuple[str, str], ...] = ()) -> Route:
        return Route("hub", kind, self._type, self._name, revision, "", query)


def _json(answer: Response, route: Route) -> Any:
    said = json_of(answer) if answer.status == 200 else None
    if said is None or not is_of_a_hub(route.kind, said):
        how = "in a form that no Hub has" if answer.status == 200 else f"with {answer.status}"
        raise RecordError(f"the upstream answered {how} to GET {route.target}", "check the URL and the callers")
    return said


def _named(families: Any) -> Iterator[tuple[str, str]]:
    for refs in families.values() if isinstance(families, dict) else ():
        for ref in refs:
            yield str(ref["ref"]), str(ref["targetCommit"])


def _change(was: tuple[str, str] | None, now: tuple[str, str] | None) -> str | None:
    """What became of a file. Its digest may be masked, and its name in git still tells (hub-docs, "Gated datasets")."""
    if was is None or now is None:
        return "is new" if was is None else "is gone"
    return None if was[0] == now[0] or was[1] == now[1] else "changed"


def _sha(sha: str | None) -> str:
    return sha[:7] if sha else "none"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}…"
