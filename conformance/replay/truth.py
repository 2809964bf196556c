"""A recording's facts about a repository: the truth that checks compare a port with."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.replay.index import Index
from conformance.traffic.exchange import Exchange
from conformance.traffic.recording import RecordedRepository
from conformance.traffic.route import Route
from conformance.traffic.stored import head_of, is_left_out


@dataclass(frozen=True, slots=True)
class FileTruth:
    """A file at a revision.

    `size` is in bytes. `oid` is the git blob id (of the pointer, for an LFS file). `sha256` is None for a git
    file. `content` is None where the recording lists the file without it; it is read when it is asked for, and
    `is_kept` reports beforehand whether it exists. `etag` is what a client keeps
    it under: the sha256 of an LFS file, else the oid.
    """

    size: int
    oid: str
    sha256: str | None
    is_kept: bool
    read: Callable[[], bytes | None] = field(repr=False, compare=False)

    @property
    def content(self) -> bytes | None:
        return self.read() if self.is_kept else None

    @property
    def etag(self) -> str:
        return self.sha256 or self.oid

    @property
    def body(self) -> bytes:
        """The content.

        Raises:
            LookupError: the recording lists the file without it.
        """
        content = self.content
        if content is None:
            raise LookupError(f"the recording holds no content of the blob {self.etag}")
        return content


class Truth:
    """A repository as it was recorded, seen by the best placed of the recorded callers.

    `moved` are branches that now point elsewhere than they were recorded to.
    """

    def __init__(self, index: Index, repository: RecordedRepository, moved: Mapping[str, str]) -> None:
        self.id = repository.repo_id
        self.type = repository.repo_type
        self.former_name = repository.former_name
        self._index = index
        self._moved = moved

    @property
    def named(self) -> dict[str, str]:
        """The arguments that name the repository in most operations."""
        return {"repo_id": self.id, "repo_type": self.type}

    @property
    def refs(self) -> dict[str, str]:
        """Revision name to commit sha: branches and tags by name, everything else by its full ref."""
        return {**self._index.refs(self.type, self.id), **self._moved}

    @property
    def head(self) -> str:
        """The sha of the commit that `main` points to."""
        return self.refs["main"]

    @property
    def commits(self) -> list[str]:
        """The shas of the commits on `main`, newest first.

        Raises:
            LookupError: the recording does not hold the history of `main`.
        """
        for revision in (self.head, "main"):
            found = self._history(revision)
            if self.head in found:
                return found[found.index(self.head) :]
        raise LookupError(f"the recording holds no commits of {self.id}")

    def sha(self, revision: str = "main") -> str:
        """The commit sha of a branch, tag, ref or full sha."""
        return self._moved.get(revision) or self._index.commit(self.type, self.id, revision) or revision

    def has_commit(self, sha: str) -> bool:
        """Whether this full sha is a commit of the repository."""
        return self._index.commit(self.type, self.id, sha) == sha

    def info(self) -> dict[str, Any]:
        """The info of the default branch as the Hub sent it, under the Hub's own names.

        Raises:
            LookupError: the recording does not hold it.
        """
        answer = self._index.best(Route("hub", "info", self.type, self.id, None, ""))
        if answer is None or answer.status != 200:
            raise LookupError(f"the recording holds no info of {self.id}")
        info: dict[str, Any] = json.loads(answer.body)
        return info

    @property
    def branches(self) -> dict[str, str]:
        """Branch name to commit sha; `main` first."""
        named = self._named("branches")
        return {
            name: self._moved.get(name, sha) for name, sha in sorted(named.items(), key=lambda ref: ref[0] != "main")
        }

    @property
    def tags(self) -> dict[str, str]:
        """Tag name to commit sha."""
        return self._named("tags")

    @property
    def pull_requests(self) -> dict[str, str]:
        """Full ref of a pull request to commit sha."""
        return {ref: sha for ref, sha in self.refs.items() if ref.startswith("refs/pr/")}

    def small_file(self, revision: str = "main") -> str | None:
        """A file kept in git whose content is recorded and not empty: a card before any other."""
        return self._first(revision, lambda file: file.sha256 is None)

    def large_file(self, revision: str = "main") -> str | None:
        """A file kept by LFS whose content is recorded and not empty: the smallest that has more than a few bytes."""
        return self._first(revision, lambda file: file.sha256 is not None)

    def pairs_of_commits(self) -> list[tuple[str, str]]:
        """Two commits on `main` whose listings are recorded, the older one first: neighbours before others."""
        try:
            recorded = [sha for sha in self.commits if self._is_listed(sha)]
        except LookupError:
            return []
        pairs = [(old, new) for place, new in enumerate(recorded) for old in recorded[place + 1 :]]
        return sorted(pairs, key=lambda pair: recorded.index(pair[0]) - recorded.index(pair[1]))

    def changed_between(self, old: str, new: str) -> list[str]:
        """The files that both commits have, with different content; recorded on both sides."""
        return self._compared(old, new, lambda was, now: was is not None and now is not None and was.etag != now.etag)

    def kept_between(self, old: str, new: str) -> list[str]:
        """The files that both commits have, with the same content."""
        return self._compared(old, new, lambda was, now: was is not None and now is not None and was.etag == now.etag)

    def added_between(self, old: str, new: str) -> list[str]:
        """The files that the new commit alone has."""
        return self._compared(old, new, lambda was, now: was is None)

    def removed_between(self, old: str, new: str) -> list[str]:
        """The files that the old commit alone has."""
        return self._compared(old, new, lambda was, now: now is None)

    def _history(self, revision: str) -> list[str]:
        found: list[str] = []
        route: Route | None = Route("hub", "commits", self.type, self.id, revision, "")
        while route is not None:
            page = self._index.best(route)
            if page is None or page.status != 200:
                return []
            found += [commit["id"] for commit in json.loads(page.body)]
            route = self._index.next_page(page)
        return found

    def _named(self, family: str) -> dict[str, str]:
        answer = self._index.best(Route("hub", "refs", self.type, self.id, None, ""))
        answer = answer or self._index.best(
            Route("hub", "refs", self.type, self.id, None, "", (("include_prs", "true"),))
        )
        if answer is None or answer.status != 200:
            return {}
        return {ref["name"]: ref["targetCommit"] for ref in json.loads(answer.body).get(family, ())}

    def _first(self, revision: str, wanted: Callable[[FileTruth], bool]) -> str | None:
        files = {
            path: file for path, file in self.files(revision).items() if wanted(file) and file.is_kept and file.size
        }
        # A few bytes are too few to cut or to flip one of.
        return min(files, key=lambda path: (path != "README.md", files[path].size < 64, files[path].size), default=None)

    def _is_listed(self, sha: str) -> bool:
        try:
            self.files(sha)
        except LookupError:
            return False
        return True

    def _compared(self, old: str, new: str, wanted: Callable[[FileTruth | None, FileTruth | None], bool]) -> list[str]:
        was, now = self.files(old), self.files(new)
        found = [path for path in {**now, **was} if wanted(was.get(path), now.get(path))]
        return [path for path in found if all(held[path].is_kept for held in (was, now) if path in held)]

    def files(self, revision: str = "main") -> dict[str, FileTruth]:
        """Path to file, in the order of the recursive listing.

        Raises:
            LookupError: the recording holds no complete listing of the revision.
        """
        return dict(_files(self._index, self.type, self.id, self.sha(revision)))


@functools.lru_cache(maxsize=256)
def _files(index: Index, repo_type: str, repo_id: str, sha: str) -> dict[str, FileTruth]:
    found: dict[str, FileTruth] = {}
    route: Route | None = Route("hub", "tree", repo_type, repo_id, sha, "", (("recursive", "true"),))
    while route is not None:
        page = index.best(route)
        if page is None or page.status != 200:
            raise LookupError(f"the recording holds no complete listing of {repo_id} at {sha}")
        for item in json.loads(page.body):
            if item["type"] == "file":
                path, lfs = item["path"], item.get("lfs")
                held = _content(index, Route("hub", "resolve", repo_type, repo_id, sha, path))
                read = functools.partial(_read, held)
                found[path] = FileTruth(item["size"], item["oid"], lfs["oid"] if lfs else None, held is not None, read)
        route = index.next_page(page)
    return found


def _content(index: Index, route: Route) -> Exchange | None:
    """The exchange with a file's content, if it was kept; its body is not read."""
    exchange = index.best_exchange(route)
    while exchange is not None and 300 <= head_of(exchange).status < 400:
        exchange = index.exchange_after(head_of(exchange))
    head = head_of(exchange) if exchange is not None else None
    return exchange if head is not None and head.status == 200 and not is_left_out(head) else None


def _read(exchange: Exchange | None) -> bytes | None:
    return None if exchange is None else exchange.response.body
