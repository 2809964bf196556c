"""Recorded exchanges of one area, and where they come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from conformance.wire.exchange import Exchange, OriginName

RepoType: TypeAlias = Literal["model", "dataset", "space"]

Walk: TypeAlias = Literal["full", "listing", "lean", "table", "ends"]
"""How much of a repository is recorded.

`full` is everything, `listing` everything but most files' contents. `lean` leaves out what follows from the answers
for a commit, and what repositories have in common: files by branch, last commits, another caller's same answers.
`table` is lean, without revisions that do not exist: for datasets that are small and many. `ends` is lean, and takes of
each folder's large files the contents of the first two and the last.
"""


COMMON: Final = "common"
"""The cassette of what belongs to no repository."""


@dataclass(frozen=True, slots=True)
class RecordedRepository:
    """A repository that a recording holds.

    `former_name` is an old name that the Hub redirects.
    """

    repo_id: str
    repo_type: RepoType
    walk: Walk = "full"
    former_name: str | None = None

    @property
    def cassette(self) -> str:
        """The name of the cassette that holds it."""
        return self.repo_id.replace("/", "--")


@dataclass(frozen=True, eq=False)
class Recording:
    """The exchanges of one area.

    `origins` says how the upstream spells its origins in answers; `upstream` is `stand-in` or the URL that
    was recorded; `recorded` is the Date of the upstream's first answer; `synthetic` says that it was not the
    real Hub. `cassettes` holds the exchanges by the name of their cassette: one a repository, and `COMMON`.
    """

    area: str
    suite: str
    upstream: str
    recorded: str
    synthetic: bool
    origins: Mapping[OriginName, str]
    repositories: tuple[RecordedRepository, ...]
    cassettes: Mapping[str, tuple[Exchange, ...]]

    @property
    def exchanges(self) -> Iterator[Exchange]:
        """Every exchange, cassette by cassette."""
        for exchanges in self.cassettes.values():
            yield from exchanges
