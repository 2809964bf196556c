"""Walk one repository of any Hub: request only the answers from which a replay can derive all others.

`conformance.record.walk` records the suite's own areas in full. This walk is for everybody's repositories: bounded in
commits, branches and pull requests, by the callers that there are tokens for, and it says what it left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from conformance.record.choose import Listing, chosen_commits
from conformance.record.client import Client
from conformance.record.complete import CLOSED
from conformance.record.look import Look
from conformance.record.proxy import RecordError
from conformance.record.recipe import NOT_WANTED, Recipe, Wanted, is_name
from conformance.record.said import are_refs, is_a_refusal, is_list_of, is_sha, json_of, next_target
from conformance.traffic.exchange import Response
from conformance.traffic.fields import info_fields
from conformance.traffic.identity import ANONYMOUS, STRANGER
from conformance.traffic.missing import MISSING_FILE, MISSING_REVISION
from conformance.traffic.recording import LeftOut, RecordedRepository
from conformance.traffic.route import Route

_RECURSIVE: Final = (("recursive", "true"),)
_EXPANDED: Final = (("expand", "true"), ("recursive", "true"))
_BEST_PLACED: Final = ("owner", "granted", "reader", "pending", "rejected")
_MOST_BRANCHES: Final = 8
_MOST_PATHS: Final = 30
"""Files that each of several callers is asked for."""
_MOST_PAGES: Final = 1000
_MOST_HISTORY: Final = 20
"""Pages of the history of `main`, 50 commits each."""
_OTHER_FORM: Final = (LookupError, TypeError, AttributeError, ValueError)
"""What an answer of another form than any Hub gives leads to. Nothing of it is trusted."""


@dataclass
class Survey:
    """One repository, walked by the caller who sees most of it, and asked about by every other caller.

    Args:
        client: the client that sends the requests.
        recipe: what to record, and how much.
        wanted: the repository.
        known: commits that an earlier recording holds; they are recorded again, so that it changes little.
        tell: called at each step with a short message for the user.

    Attributes:
        left_out: what was not recorded, and why.
        repo_id: the current name.
        walker: the caller who sees most.
        is_private: whether the repository is private.
        is_closed: whether the repository is gated, and no caller may read its files.
        whole: the commits that were recorded whole.
    """

    client: Client
    recipe: Recipe
    wanted: Wanted
    known: tuple[str, ...] = ()
    tell: Callable[[str], None] = lambda _: None
    left_out: list[LeftOut] = field(default_factory=list)
    repo_id: str = ""
    walker: str = ANONYMOUS
    is_private: bool = False
    is_closed: bool = False
    whole: tuple[str, ...] = ()

    def walk(self) -> RecordedRepository:
        """Everything that the recipe wants of the repository.

        Raises:
            RecordError: it cannot be read, or the upstream is no Hub.
        """
        try:
            return self._walk()
        except _OTHER_FORM as error:
            raise self._of_no_hub(error) from error

    def _of_no_hub(self, error: Exception) -> RecordError:
        said = f"{type(error).__name__}: {error}"[:200]
        return RecordError(
            f"{self.wanted.repo_id}: the upstream answers in a form that no Hub has ({said})",
            "check the URL; nothing was replaced",
        )

    def _walk(self) -> RecordedRepository:
        info = self._find()
        # A recipe may name the repository by an old name.
        former = self.wanted.former_name if self.repo_id == self.wanted.repo_id else self.wanted.repo_id
        if info.get("disabled") is True or self.is_closed:
            self._closed()
        else:
            self._whole()
        for name in self._others():
            self._head(name)
        if former is not None:
            self._former(former)
        return RecordedRepository(self.repo_id, self.wanted.repo_type, "full", former)

    def look(self) -> Look:
        """What a forecast needs: the head of `main`, the oldest commit and the converted branches, as far as listed.

        Raises:
            RecordError: it cannot be read, or the upstream is no Hub.
        """
        try:
            return self._look()
        except _OTHER_FORM as error:
            raise self._of_no_hub(error) from error

    def _look(self) -> Look:
        info = self._find()
        former = self.wanted.former_name if self.repo_id == self.wanted.repo_id else self.wanted.repo_id
        repository = RecordedRepository(self.repo_id, self.wanted.repo_type, "full", former)
        if info.get("disabled") is True or self.is_closed:
            return Look(repository, {}, {}, [])
        refs = self._refs()
        families = json_of(self._last(self._route("refs", query=(("include_prs", "true"),))))
        history = self._history()
        wanted = [history[0], *(refs[name] for name in refs if name.startswith("refs/convert/"))]
        if self.recipe.commits >= min(len(history), 3):
            wanted.append(history[-1])  # one of the commits that are chosen in any case
        listed = {sha: self._pages(self._route("tree", sha, query=_RECURSIVE)) for sha in dict.fromkeys(wanted)}
        files = {sha: [item for item in items if item["type"] == "file"] for sha, items in listed.items()}
        return Look(repository, files, families, history)

    def resolve(self, sha: str, path: str) -> str:
        """The target of a file's content."""
        return self._route("resolve", sha, path).target

    def _find(self) -> dict[str, Any]:
        """The information as the best placed caller sees it; settles the name and the walker."""
        named = [name for name in _BEST_PLACED if name in self.client.callers]
        self.repo_id = self.wanted.repo_id
        first = self._info(ANONYMOUS)
        for name in named if first is None or first.get("gated") or first.get("private") else ():
            seen = self._info(name)
            if seen is not None:
                self.walker, first = name, seen
                if self._may_read(name):
                    break
        if first is None:
            status = self._last(self._route("info"), ANONYMOUS).status
            raise RecordError(
                f"{self.wanted.repo_id}: the upstream answered {status} to the caller {', '.join([ANONYMOUS, *named])}",
                "check the name and the type, or give a token that may read it: --as reader=HF_TOKEN",
            )
        self.is_private = first.get("private") is True
        if first.get("gated") and not self._may_read(self.walker):
            self.is_closed = True
            self._note(CLOSED, "the repository is gated, and no caller may read its files")
        return first

    def _may_read(self, name: str) -> bool:
        """Whether a caller is past the gate. A Hub that does not know the question has no gate."""
        return self._get(self._route("auth-check"), name).status not in (401, 403)

    def _info(self, name: str) -> dict[str, Any] | None:
        chain = self._chain(self._route("info"), name)
        answer = chain[-1]
        if answer.status in (401, 404) and is_a_refusal(answer):
            return None
        if answer.status == 403 and is_a_refusal(answer):
            return None
        found = json_of(answer) if answer.status == 200 else None
        if not isinstance(found, dict) or not {"id", "sha"} <= set(found):
            kind = answer.headers.get("Content-Type", "no content type").partition(";")[0]
            raise RecordError(
                f"{self.recipe.upstream} is not a Hub: it answered {answer.status} ({kind}) to GET "
                f"{self._route('info').target}",
                "check the URL, and whether a proxy or a sign-in page is in the way",
            )
        if not is_name(str(found["id"])):
            raise RecordError(f"{self.recipe.upstream} names a repository {str(found['id'])[:80]!r}", "check the URL")
        if not is_sha(found["sha"]):
            raise ValueError(f"a commit is named {str(found['sha'])[:80]!r}")
        if len(chain) > 1 and str(found["id"]).lower() != self.repo_id.lower():
            self.repo_id = str(found["id"])
            return self._info(name)  # by the name of today
        self.repo_id = str(found["id"])
        return found

    def _closed(self) -> None:
        """A repository that is disabled, or gated to all callers, tells little more than its information."""
        self._get(self._route("info", "main"))
        self._get(self._route("refs"))
        self._get(self._route("tree", "main", query=_RECURSIVE))
        self._get(self._route("resolve", "main", MISSING_FILE))

    def _whole(self) -> None:
        refs = self._refs()
        history = self._history()
        heads = list(dict.fromkeys(refs.values()))
        wanted = [self._sha(revision, refs) for revision in self.wanted.revisions]
        still = [sha for sha in history if sha in self.known]  # they stay, so that a new recording changes little
        needed = len({history[0], *still, *wanted} & set(history))
        main = chosen_commits(
            history,
            self._listing,
            most=max(self.recipe.commits, min(needed, 2 * self.recipe.commits)),
            first=[*wanted, *still],
        )
        if len(main) < len(history):
            self._note("commits", f"{len(history) - len(main)} of {len(history)} commits of main")
        self.whole = tuple(dict.fromkeys([*main, *heads, *wanted]))
        for sha in self.whole:
            self._commit(sha)
        self._pages(self._route("tree", "main", query=_EXPANDED))
        self._optional(self._route("xet-read-token", "main"))
        for name in refs:
            if refs[name] not in history:
                self._pages(self._route("commits", name))
        self._head(self.walker)

    def _commit(self, sha: str) -> None:
        self.tell(f"{self.repo_id} at {sha[:7]}")
        self._get(self._route("info", sha))
        items = self._pages(self._route("tree", sha, query=_RECURSIVE))
        for item in items:
            if item["type"] == "file":
                self._file(sha, item)
        self._get(self._route("resolve", sha, MISSING_FILE))

    def _file(self, sha: str, item: dict[str, Any]) -> None:
        last = self._content(sha, item["path"], self.walker)
        if not self.wanted.keeps(item["path"]):
            self._note(item["path"], NOT_WANTED, item)
        elif item["size"] > self.recipe.largest and self.recipe.large != "keep":
            self._note(item["path"], f"larger than {self.recipe.largest} bytes", item)
        elif last.status == 404 and last.headers.get("X-Error-Code") == "EntryNotFound":
            self._note(item["path"], "the Hub lists it, and has no content of it", item)

    def _content(self, revision: str, path: str, name: str) -> Response:
        """A file, the last answer; of one that is not wanted where it is, but not what is in it."""
        route = self._route("resolve", revision, path)
        if self.wanted.keeps(path):
            return self._last(route, name)
        return self.client.first(route.target, name, content=False)

    def _head(self, name: str) -> None:
        """What is asked of the head of `main`, by its name, and what is not there."""

        def get(kind: str, revision: str | None = None, path: str = "", query: tuple[tuple[str, str], ...] = ()) -> Any:
            return self._get(self._route(kind, revision, path, query), name)

        answer = self._get(self._route("info"), name)
        for query in ((("blobs", "true"),), tuple(("expand", one) for one in info_fields(self.wanted.repo_type))):
            get("info", "main", query=query)
        self._get(self._route("refs"), name)
        self._get(self._route("refs", query=(("include_prs", "true"),)), name)
        self._optional(self._route("auth-check"), name=name)
        tree = get("tree", "main", query=_RECURSIVE) if name != self.walker else answer
        if name != self.walker:
            for route in (self._route("commits", "main"), self._route("tree", "main", query=_EXPANDED)):
                self._get(route, name)
            for path in dict.fromkeys(["README.md", *self._some_paths()]):
                self._content("main", path, name)
        if answer.status == 200 and tree.status == 200:
            self._get(self._route("commits", "main", query=(("expand", "formatted"),)), name)
        else:
            self.client.post(self._route("paths-info", "main").target, name, {"paths": "README.md"})
        get("tree", "main", MISSING_FILE)
        get("resolve", "main", MISSING_FILE)
        get("raw", "main", MISSING_FILE)
        for kind in ("info", "tree", "commits"):
            get(kind, MISSING_REVISION)
        get("tree", MISSING_REVISION, MISSING_FILE)
        for kind in ("resolve", "raw"):
            for path in (MISSING_FILE, "README.md"):
                get(kind, MISSING_REVISION, path)
        self.client.post(self._route("paths-info", MISSING_REVISION).target, name, {"paths": "README.md"})

    def _some_paths(self) -> list[str]:
        """The files at the head of `main` that callers are asked for who may see less."""
        items = [] if self.is_closed else self._pages(self._route("tree", "main", query=_RECURSIVE))
        return [item["path"] for item in items if item["type"] == "file"][:_MOST_PATHS]

    def _former(self, name: str) -> None:
        for kind, revision, path in (("info", None, ""), ("info", "main", ""), ("resolve", "main", "README.md")):
            route = Route("hub", kind, self.wanted.repo_type, name, revision, path)
            self.client.first(route.target, self.walker)

    def _others(self) -> Iterator[str]:
        """The callers who may get other answers than the walker."""
        if self.walker != ANONYMOUS:
            yield ANONYMOUS
            named = (*_BEST_PLACED, STRANGER)
            yield from (name for name in named if name in self.client.callers and name != self.walker)

    def _refs(self) -> dict[str, str]:
        """The refs that are recorded: name or full ref to commit."""
        answer = self._last(self._route("refs", query=(("include_prs", "true"),)))
        families = json_of(answer) if answer.status == 200 else None
        if not isinstance(families, dict):
            raise RecordError(
                f"{self.repo_id}: its refs were answered with {answer.status}, though it can be read",
                "this is not a complete Hub; nothing was replaced",
            )
        if not are_refs(families):
            raise ValueError("its refs have an unknown form")
        found: dict[str, str] = {}
        for family, refs in families.items():
            most = self.recipe.pulls if family == "pullRequests" else _MOST_BRANCHES
            listed = sorted(refs, key=lambda ref: ref.get("name") != "main")
            for ref in listed[:most]:
                found[ref["name"] if family in ("branches", "tags") else ref["ref"]] = ref["targetCommit"]
            if len(listed) > most:
                self._note(family, f"{len(listed) - most} of {len(listed)}")
        return found

    def _history(self) -> list[str]:
        history = [commit["id"] for commit in self._pages(self._route("commits", "main"), most=_MOST_HISTORY)]
        if not history:
            raise RecordError(f"{self.repo_id}: it has no commits", "record a repository that is not empty")
        return history

    def _sha(self, revision: str, refs: dict[str, str]) -> str:
        answer = self._last(self._route("info", revision))
        found = json_of(answer) if answer.status == 200 else None
        if not isinstance(found, dict) or not is_sha(found.get("sha")):
            raise RecordError(f"{self.repo_id} has no revision {revision!r}", "leave it out, or name another")
        return str(found["sha"])

    def _listing(self, sha: str) -> Listing | None:
        items = self._pages(self._route("tree", sha, query=_RECURSIVE))
        return {
            item["path"]: (item["lfs"]["oid"] if "lfs" in item else item["oid"], "lfs" in item)
            for item in items
            if item["type"] == "file"
        }

    def _pages(self, route: Route, *, most: int = _MOST_PAGES) -> list[dict[str, Any]]:
        """All items of a listing.

        Raises:
            RecordError: one of its pages is missing.
        """
        items: list[dict[str, Any]] = []
        target: str | None = route.target
        seen: set[str] = set()
        for _ in range(most):
            if target in seen:
                raise RecordError(f"{self.repo_id}: its {route.kind} has no end: {target} leads to itself")
            seen.add(target or "")
            answer = self.client.chain(target, self.walker)[-1] if target else None
            if answer is None:
                return items
            page = json_of(answer) if answer.status == 200 else None
            if not isinstance(page, list):
                raise RecordError(
                    f"{self.repo_id}: its {route.kind} was answered with {answer.status}, though it can be read",
                    "this is not a complete Hub; nothing was replaced",
                )
            if not is_list_of(route.kind, page):
                raise ValueError(f"an entry of its {route.kind} has an unknown form")
            items += page
            target = next_target(answer)
        self._note(route.kind, f"more than {most} pages")
        return items

    def _optional(self, route: Route, *, name: str | None = None, accept: str | None = None) -> None:
        """What not every Hub answers, and what no recording is worth less without."""
        try:
            self.client.get(route.target, name or self.walker, accept=accept)
        except RecordError as error:
            self._note(route.kind, error.message)

    def _note(self, what: str, why: str, item: dict[str, Any] | None = None) -> None:
        lfs = (item or {}).get("lfs")
        digest = (lfs["oid"] if lfs else item["oid"]) if item else None
        found = LeftOut(self.repo_id, what, why, digest, item["size"] if item else None)
        if found not in self.left_out:
            self.left_out.append(found)

    def _get(self, route: Route, name: str | None = None) -> Response:
        return self.client.get(route.target, name or self.walker)

    def _last(self, route: Route, name: str | None = None) -> Response:
        return self._chain(route, name or self.walker)[-1]

    def _chain(self, route: Route, name: str) -> list[Response]:
        return self.client.chain(route.target, name)

    def _route(
        self, kind: str, revision: str | None = None, path: str = "", query: tuple[tuple[str, str], ...] = ()
    ) -> Route:
        return Route("hub", kind, self.wanted.repo_type, self.repo_id or self.wanted.repo_id, revision, path, query)
