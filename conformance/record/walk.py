"""Ask a Hub for everything that clients ask of a repository.

Clients ask in different ways for the same thing, so a walk takes the closure of a repository's endpoints and
not the requests of one client. It learns revisions, folders and files from the Hub's own answers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from conformance.record.areas import Subject
from conformance.record.client import Client
from conformance.record.person import WHOAMI
from conformance.record.proxy import RecordError
from conformance.record.said import next_target
from conformance.traffic.exchange import Response
from conformance.traffic.fields import info_fields
from conformance.traffic.identity import ANONYMOUS, STRANGER
from conformance.traffic.missing import MISSING_FILE, MISSING_REPOSITORY, MISSING_REVISION
from conformance.traffic.recording import RecordedRepository
from conformance.traffic.route import XET_FILE_INFO, Route

_RECURSIVE = (("recursive", "true"),)
_EXPANDED = (("expand", "true"),)
_MOST_COMMITS = 10
"""How many commits are walked, those that refs point to first: a commit costs some thirty requests, and an anonymous
caller of the Hub has 500 in five minutes."""
_SAMPLE = 3
"""How many files' contents are taken of a repository that is walked for its listing."""


@dataclass(frozen=True, slots=True)
class Walk:
    """One caller's walk through a repository."""

    client: Client
    repository: RecordedRepository
    name: str

    def everything(self) -> None:
        """All of every revision.

        Raises:
            RecordError: the repository cannot be read.
        """
        refs = self._refs()
        pointed_to = set(refs.values())
        commits = list(dict.fromkeys(refs.values()))
        for sha in refs.values():
            commits += [known for known in self._commits(sha) if known not in commits]
        for sha in commits[:_MOST_COMMITS]:
            self._commits(sha)
            self._get(self._route("xet-read-token", sha))
            self._revision(sha)
            if self.repository.walk != "listing":
                self._tree(sha, (*_EXPANDED, *_RECURSIVE))
            for folder in self._folders(sha) if sha in pointed_to or not self._is_lean else ():
                self._tree(sha, (), folder)
            self._files(sha, with_xet=True)
        if not refs:
            self._revision("HEAD")
        for name in refs:
            self._get(self._route("info", name))
            self._tree(name, _RECURSIVE)
            self._get(self._route("resolve", name, MISSING_FILE))
        self._listings("main")
        self.head()

    def head(self) -> None:
        """What is asked of a repository and of the head of `main`."""
        get, route = self._get, self._route
        get(route("info"))
        get(route("info", query=(("blobs", "true"),)))
        get(route("refs"))
        get(route("refs", query=(("include_prs", "true"),)))
        if not self._is_lean:
            get(route("auth-check"))
        self._revision("main")
        self._files("main", with_xet=True)
        if not self._is_lean:
            get(route("tree", "main"))
        get(route("tree", "main", MISSING_FILE))
        if not self._is_lean:
            get(route("raw", "main", "README.md"))
            get(route("raw", "main", MISSING_FILE))
            get(route("xet-read-token", "main"))
            get(route("commits", "main", query=(("expand", "formatted"),)))
        if self.repository.walk != "table":
            self._missing()
        if get(route("tree", "main", query=_RECURSIVE)).status != 200:
            self._paths_info("main")
        if self.repository.walk != "listing":
            self._tree("main", (*_EXPANDED, *_RECURSIVE))
        if self.repository.walk == "full":
            for item in self._tree("main", _RECURSIVE):
                if item["type"] == "file":
                    get(route("raw", "main", item["path"]))

    def brief(self) -> None:
        """What shows that a caller or a name gets the same answers as another."""
        get, route = self._get, self._route
        get(route("info"))
        get(route("info", "main"))
        get(route("refs"))
        get(route("commits", "main"))
        self._tree("main", _RECURSIVE)
        get(route("resolve", "main", "README.md"))
        get(route("resolve", "main", MISSING_FILE))

    def former(self) -> None:
        """What is asked of a repository by an old name."""
        self.brief()
        self._files("main", with_xet=True)

    def _missing(self) -> None:
        """A revision that does not exist, and one whose slash is not encoded."""
        get, route = self._get, self._route
        for kind in ("info", "tree", "commits"):
            get(route(kind, MISSING_REVISION))
        get(route("tree", MISSING_REVISION, MISSING_FILE))
        get(route("resolve", MISSING_REVISION, MISSING_FILE))
        if not self._is_lean:
            get(route("raw", MISSING_REVISION, MISSING_FILE))
            get(route("raw", MISSING_REVISION, "README.md"))
        get(route("resolve", MISSING_REVISION, "README.md"))
        self._paths_info(MISSING_REVISION)
        for kind, path in () if self._is_lean else (("info", ""), ("tree", ""), ("resolve", "/README.md")):
            target = route(kind, "refs", "x").target
            get(target.removesuffix("/x") + f"/pr/1{path}")

    def _paths_info(self, revision: str) -> None:
        """Ask for paths-info where it is refused; where it is not, the answer follows from the listing."""
        self.client.post(self._route("paths-info", revision).target, self.name, {"paths": "README.md"})

    def _revision(self, revision: str) -> None:
        every = tuple(("expand", field) for field in info_fields(self.repository.repo_type))
        self._get(self._route("info", revision))
        if self._is_lean and revision == "main":
            return
        self._get(self._route("info", revision, query=(("blobs", "true"),)))
        self._get(self._route("info", revision, query=every))
        self._tree(revision, _RECURSIVE)
        if not self._is_lean:
            self._tree(revision, (*_EXPANDED, *_RECURSIVE))

    def _listings(self, revision: str) -> None:
        """Every folder by itself, with what is below it, and with the last commit of each entry."""
        for folder in self._folders(revision):
            if self._is_lean:
                if "/" not in folder:
                    self._tree(revision, _RECURSIVE, folder)
                continue
            self._tree(revision, (), folder)
            if self.repository.walk == "full":
                self._tree(revision, _RECURSIVE, folder)
                self._tree(revision, _EXPANDED, folder)
                self._tree(revision, (*_EXPANDED, *_RECURSIVE), folder)

    def _folders(self, revision: str) -> list[str]:
        items = self._tree(revision, _RECURSIVE)
        return ["", *(item["path"] for item in items if item["type"] == "directory")]

    def _files(self, revision: str, *, with_xet: bool) -> None:
        items = [item for item in self._tree(revision, _RECURSIVE) if item["type"] == "file"]
        for item in self._chosen(items, revision):
            route = self._route("resolve", revision, item["path"])
            self._get(route)
            if "lfs" in item and with_xet:
                self._get(route, accept=XET_FILE_INFO)
        self._get(self._route("resolve", revision, MISSING_FILE))

    def _chosen(self, items: list[dict[str, Any]], revision: str) -> list[dict[str, Any]]:
        """The files whose contents are taken."""
        if self.repository.walk == "listing":
            return items[:_SAMPLE]
        if self._is_lean and revision == "main":
            return []
        if self.repository.walk != "ends":
            return items
        chosen = [item for item in items if "lfs" not in item]
        large = (item for item in items if "lfs" in item)
        for _, group in groupby(large, lambda item: item["path"].rpartition("/")[0]):
            found = list(group)
            chosen += found if len(found) <= _SAMPLE else [*found[:2], found[-1]]
        return chosen

    @property
    def _is_lean(self) -> bool:
        return self.repository.walk in ("lean", "table", "ends")

    def _tree(self, revision: str, query: tuple[tuple[str, str], ...], path: str = "") -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        target: str | Route | None = self._route("tree", revision, path, query)
        while target is not None:
            page = self._get(target)
            if page.status != 200:
                return items
            items += json.loads(page.body)
            target = next_target(page)
        return items

    def _refs(self) -> dict[str, str]:
        answer = self._get(self._route("refs", query=(("include_prs", "true"),)))
        if answer.status == 403:  # a disabled repository tells no more than its info
            return {}
        if answer.status != 200:
            raise RecordError(
                f"{self.repository.repo_id}: the upstream answered {answer.status} to the caller {self.name}",
                "record an area that the upstream has, with a token that may read it",
            )
        return {
            ref["name"] if family in ("branches", "tags") else ref["ref"]: ref["targetCommit"]
            for family, refs in json.loads(answer.body).items()
            for ref in refs
        }

    def _commits(self, revision: str) -> list[str]:
        answer = self._get(self._route("commits", revision))
        return [commit["id"] for commit in json.loads(answer.body)] if answer.status == 200 else []

    def _get(self, target: str | Route, *, accept: str | None = None) -> Response:
        target = target if isinstance(target, str) else target.target
        return self.client.get(target, self.name, accept=accept)

    def _route(
        self,
        kind: str,
        revision: str | None = None,
        path: str = "",
        query: tuple[tuple[str, str], ...] = (),
    ) -> Route:
        return Route("hub", kind, self.repository.repo_type, self.repository.repo_id, revision, path, query)


def walk_subject(client: Client, subject: Subject) -> None:
    """Everything about a repository, by every caller who can be."""
    Walk(client, subject.repository, subject.walker).everything()
    for name in subject.others:
        if name in client.callers:
            Walk(client, subject.repository, name).head()
    is_lean = subject.repository.walk in ("lean", "table", "ends")
    if "reader" in client.callers and "reader" not in subject.others and not is_lean:
        Walk(client, subject.repository, "reader").brief()
    if subject.repository.former_name is not None:
        former = replace(subject.repository, repo_id=subject.repository.former_name)
        Walk(client, former, subject.walker).former()


def walk_common(client: Client, repo_types: Iterable[str]) -> None:
    """What belongs to no repository, and a repository of each type that does not exist."""
    client.get("/api/agent-harnesses", ANONYMOUS)
    for name in sorted(client.callers):
        client.get(WHOAMI, name)
    for name in (ANONYMOUS, STRANGER, "reader"):
        if name not in client.callers:
            continue
        for repo_type in repo_types:
            for kind, revision, path in (
                ("info", None, ""),
                ("info", "main", ""),
                ("tree", "main", ""),
                ("refs", None, ""),
                ("commits", "main", ""),
                ("auth-check", None, ""),
                ("resolve", "main", "README.md"),
                ("resolve", "main", MISSING_FILE),
            ):
                client.get(Route("hub", kind, repo_type, MISSING_REPOSITORY, revision, path).target, name)
            asked = Route("hub", "paths-info", repo_type, MISSING_REPOSITORY, "main", "")
            client.post(asked.target, name, {"paths": "README.md"})
