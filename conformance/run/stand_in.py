"""The stand-in Hub as the source of a check's answers, to try a check before its exchange is recorded."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from conformance.errors import ConformanceError
from conformance.hub import CANONICAL_ORIGINS, StandInHub
from conformance.hub import repositories as stored
from conformance.hub.repository import Repository
from conformance.hub.routes import match
from conformance.record.areas import AREAS, Area, Subject
from conformance.record.person import WHOAMI
from conformance.record.recorder import record
from conformance.record.upstream import STAND_IN, Upstream
from conformance.replay.index import Index, index_of
from conformance.replay.truth import Truth
from conformance.traffic.exchange import OriginName, Request, Response
from conformance.traffic.identity import ANONYMOUS, TOKENS
from conformance.traffic.origins import Origins
from conformance.traffic.recording import RecordedRepository

NAME: Final = STAND_IN
"""What the user writes for it."""

_PAGES: Final = ("/api/", "/datasets/", "/models/", "/spaces/")
"""Where the Hub has pages that the stand-in may lack; what is elsewhere is missing on the Hub, too."""


class StandIn:
    """A `conformance.replay.source.Source`: the stand-in Hub with the repositories of an area.

    It answers every request, recorded or not. What it has of a repository is learnt by a walk as for a recording, when
    a check first asks for it.

    Args:
        area: the name in brackets at the end of a check's id.

    Raises:
        ConformanceError: the stand-in Hub has no repositories of this area.
    """

    def __init__(self, area: str) -> None:
        if area not in stored.AREAS:
            known = ", ".join(stored.AREAS)
            raise ConformanceError(
                f"the stand-in Hub has no repositories of {area!r}", f"add them to conformance/hub, or use {known}"
            )
        self.area = area
        self.origins: Mapping[OriginName, str] = CANONICAL_ORIGINS
        self.repositories: Sequence[RecordedRepository] = [subject.repository for subject in _subjects(area)]
        self._held: dict[tuple[str, str], Repository] = {(one.repo_type, one.repo_id): one for one in _built(area)}
        self._moves: dict[tuple[str, str], dict[str, str]] = {}
        self._hub = StandInHub(self._held.values())

    def __call__(self, request: Request) -> Response:
        """What the stand-in Hub answers. A page that it does not know shows as unrecorded: it proves nothing."""
        response = self._hub(request)
        is_the_hubs = request.origin == "hub" and request.path.startswith(_PAGES) and request.path != WHOAMI
        is_unknown = is_the_hubs and match(request.method, request.path) is None
        return replace(response, source=f"unrecorded: the {NAME} Hub has no such page" if is_unknown else NAME)

    def repo(self, repository: RecordedRepository) -> Truth:
        """The facts about a repository, learnt from the answers of the stand-in Hub."""
        key = (repository.repo_type, repository.repo_id)
        return Truth(_index(self.area, *key), repository, self._moves.get(key, {}))

    def move(self, repo_type: str, repo_id: str, branch: str, sha: str) -> None:
        """Replace a branch by one that points to another commit of the repository.

        A commit that no ref leads to any more is not there until a ref leads to it again.
        """
        key = (repo_type, repo_id)
        held = self._held[key]
        every = next(one for one in _built(self.area) if (one.repo_type, one.repo_id) == key).commits
        commit = next(commit for commit in every if commit.sha == sha)
        self._held[key] = replace(held, branches={**held.branches, branch: commit})
        self._moves.setdefault(key, {})[branch] = sha
        self._hub = StandInHub(self._held.values())


@functools.cache
def _built(area: str) -> tuple[Repository, ...]:
    return tuple(stored.AREAS[area]())


@functools.cache
def _subjects(area: str) -> tuple[Subject, ...]:
    """What is walked: as for a recording, and whole where a repository is not in one yet."""
    known = AREAS[area].subjects if area in AREAS else ()
    named = {(subject.repository.repo_type, subject.repository.repo_id) for subject in known}
    added = [one for one in _built(area) if (one.repo_type, one.repo_id) not in named]
    return (*known, *map(_new, added))


def _new(repository: Repository) -> Subject:
    former = next(iter(repository.former_names), None)
    held = RecordedRepository(repository.repo_id, repository.repo_type, repository.walk, former)
    return Subject(held, "owner" if repository.gated or repository.private else ANONYMOUS)


@functools.cache
def _index(area: str, repo_type: str, repo_id: str) -> Index:
    """The answers of a walk through one repository, which is where its facts are read from."""
    subject = next(
        one for one in _subjects(area) if (one.repository.repo_type, one.repository.repo_id) == (repo_type, repo_id)
    )
    with Origins(StandInHub(_built(area)), ("hub", "cdn")) as origins:
        connect = {CANONICAL_ORIGINS[name]: url for name, url in origins.urls.items()}
        upstream = Upstream(NAME, CANONICAL_ORIGINS, TOKENS, connect, synthetic=True)
        return index_of(record(Area(area, (subject,), (repo_type,)), upstream))
