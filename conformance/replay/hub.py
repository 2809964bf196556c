"""A recording on fresh loopback origins, with faults, moved branches and a wire log."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from types import TracebackType

from conformance.replay import without_xet
from conformance.replay.answer import Replay
from conformance.replay.content import Replaced, plainly
from conformance.replay.faults import Fault
from conformance.replay.plan import PlannedFault, with_origins
from conformance.replay.source import Source
from conformance.replay.subject import AnswerKind, Followed, Subject
from conformance.replay.truth import Truth
from conformance.replay.xet import XetStore
from conformance.traffic.exchange import OriginName, Request, Response, headers
from conformance.traffic.log import Entry, WireLog
from conformance.traffic.origins import Origins
from conformance.traffic.recording import Recording
from conformance.traffic.relocate import relocate
from conformance.traffic.route import Route


class ReplayHub:
    """Serves a recording as the Hub would, to one check.

    Use as a context manager. Every hub has separate origins, so two never share one.

    Args:
        source: what to serve: a recording (see `conformance.traffic.cassette.load`), or another `Source`.
        secure: speak TLS.
        xet: the Xet store that the Hub's answers are to speak of, if there is one.
    """

    def __init__(self, source: Recording | Source, *, secure: bool = False, xet: XetStore | None = None) -> None:
        self._source: Source = Replay(source) if isinstance(source, Recording) else source
        self._xet = xet
        self._plan: list[PlannedFault] = []
        self._followed = Followed()
        self._put: dict[tuple[str, str, str], Replaced] = {}
        self._origins = Origins(self._answer, secure=secure)
        self._moved_origins: dict[str, str] = {}
        self.has_xet = True
        """Whether answers name Xet storage; False for clients that would look for a store that is not there."""

    def __enter__(self) -> ReplayHub:
        self._origins.__enter__()
        self._moved_origins = {recorded: self._origins.url(name) for name, recorded in self._source.origins.items()}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening: later requests get no answer. The wire log can still be read."""
        self._origins.close()

    @property
    def endpoint(self) -> str:
        """The URL of the Hub, as a port gets it."""
        return self.url("hub")

    def url(self, name: OriginName) -> str:
        """The URL of an origin, without a trailing slash."""
        return self._origins.url(name)

    @property
    def wire(self) -> WireLog:
        """Every exchange with any of the origins."""
        return self._origins.log

    @property
    def unrecorded(self) -> list[Entry]:
        """The exchanges that were refused because no cassette has them."""
        return [entry for entry in self.wire.whole() if entry.source.startswith("unrecorded")]

    @property
    def errors(self) -> list[Exception]:
        """What went wrong in the suite itself while it answered. The port got an answer that the item is missing."""
        return self._origins.errors

    def repo(self, repo_id: str, repo_type: str | None = None) -> Truth:
        """The recording's facts about a repository.

        Args:
            repo_type: needed only where two types have a repository of this name.

        Raises:
            LookupError: the recording has no such repository.
        """
        held = self._source.repositories
        for repository in held:
            if repository.repo_id == repo_id and repo_type in (None, repository.repo_type):
                return self._source.repo(repository)
        known = ", ".join(repository.repo_id for repository in held)
        raise LookupError(f"{self._source.area} has no repository {repo_id!r}; it has: {known}")

    @property
    def subject(self) -> Truth:
        """The repository that the recording is about: the first one of its manifest."""
        return self._source.repo(self._source.repositories[0])

    def move(self, branch: str, *, to: str, repo: str) -> None:
        """Let a branch point to another commit from now on.

        Raises:
            LookupError: the recording has no such repository, branch or commit.
        """
        truth = self.repo(repo)
        if branch not in truth.refs:
            raise LookupError(f"{repo} has no branch {branch!r}; it has: {', '.join(truth.refs)}")
        if not truth.has_commit(to):
            raise LookupError(f"{repo} has no commit {to!r}; on main it has: {', '.join(truth.commits)}")
        self._source.move(truth.type, truth.id, branch, to)

    def branch(self, name: str, *, at: str, repo: str) -> None:
        """Let a repository have another branch from now on.

        Raises:
            LookupError: the recording has no such repository or commit, or the repository has such a revision.
        """
        truth = self.repo(repo)
        if name in truth.refs or not truth.has_commit(at):
            raise LookupError(f"{repo} has a revision {name!r}, or no commit {at!r}")
        self._source.move(truth.type, truth.id, name, at)

    def put(
        self, repo: str, path: str, content: bytes, *, revision: str = "main", repo_type: str | None = None
    ) -> None:
        """Let a recorded file have another content from now on, on the whole Hub.

        Faults strike what is served then. `repo(...).files()` still returns what was recorded. A card brings its own
        `cardData` with it.

        Args:
            revision: where the version is that is replaced; it is replaced in every answer.

        Raises:
            LookupError: the recording has no such file, or not its content.
        """
        truth = self.repo(repo, repo_type)
        recorded = truth.files(revision).get(path)
        if recorded is None:
            raise LookupError(f"{repo} has no file {path!r} at {revision}")
        if recorded.body == content:
            self._put.pop((truth.type, repo, path), None)
        else:
            self._put[truth.type, repo, path] = Replaced(path, recorded, content, repo)

    def fault(
        self,
        *faults: Fault,
        method: str | None = None,
        path: str = "*",
        origin: OriginName | None = None,
        nth: int = 1,
        times: int | None = 1,
        ranged: bool | None = None,
        needed: bool = True,
        answer: AnswerKind | Collection[AnswerKind] | None = None,
        repo: str | None = None,
        repo_type: str | None = None,
        revision: str | Collection[str] | None = None,
        filename: str | None = None,
    ) -> PlannedFault:
        """Plan faults for answers that match; of several plans for one, the first unspent one strikes.

        Name the answer (`answer` and what it is about): then it does not matter how a client asks for it. A cut of
        `answer="content"` never strikes a redirect; with `repo_type="dataset"` it strikes nothing of a model.

        Args:
            faults: applied one after the other to the same answer.
            answer, repo, repo_type, revision, filename: which answers; see `conformance.replay.subject`.
            method, path, origin: which requests; None is any. `path` is a shell pattern for the decoded path.
            nth: the first matching request that is struck, counted from 1.
            times: the number of answers to change; None is every one from then on.
            ranged: only requests with a Range (True) or without one (False); None is either.
            needed: whether the check could not run if the fault does not fire.
        """
        planned = PlannedFault(
            faults,
            method,
            path,
            origin,
            nth,
            times,
            ranged,
            needed,
            Subject(answer, repo, repo_type, revision, filename),
        )
        self._plan.append(planned)
        return planned

    def unfired(self) -> list[PlannedFault]:
        """The needed faults that have not struck as often as was planned."""
        return [planned for planned in self._plan if planned.needed and not planned.is_spent]

    def unmet(self) -> list[str]:
        """The needed faults in words, if none of them has struck anything: the port has met nothing unusual."""
        needed = [planned for planned in self._plan if planned.needed]
        return [] if any(planned.fired for planned in needed) else [str(planned) for planned in needed]

    @property
    def is_bypassed(self) -> bool:
        """Whether a fault was planned for contents that the port fetched from the Xet store instead."""
        return self._xet is not None and any(
            (plan.origin == "cdn" or plan.subject.answer == "content") and not plan.fired for plan in self._plan
        )

    def _answer(self, request: Request) -> Response:
        if not self.has_xet and self._xet is None:
            request = without_xet.plain_request(request)
        routes = self._followed.routes(request)
        if request.origin == "stranger":
            response = _STRANGERS_ANSWER
        else:
            response = self._recorded(request, routes)
            if not self.has_xet and self._xet is None:
                response = without_xet.plain_response(response)
            if self._xet is not None and request.origin == "hub":
                response = self._xet.applied(response)
        for planned in self._plan:
            struck = planned.strike(request, response, routes)
            if struck is not None:
                response = with_origins(struck, self._origins.urls)
                break
        self._followed.note(request, response, self._origins.urls)
        return response

    def _recorded(self, request: Request, routes: list[Route]) -> Response:
        asked = plainly(request) if any(put.is_asked(routes) for put in self._put.values()) else request
        response = relocate(self._source(asked), self._moved_origins)
        for put in self._put.values():
            changed = put.applied(request, response, routes)
            if changed is not None:
                response = replace(changed, source=f"derived: another content of {put.path}, {response.source}")
        return response


_STRANGERS_ANSWER = Response(404, headers({"Content-Type": "text/plain"}), b"Nobody knows you here.", source="stranger")
