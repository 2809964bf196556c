"""Recorded exchanges of one area, and where they come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from conformance.traffic.exchange import Exchange, OriginName

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


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that the Hub has and the recording lacks.

    Args:
        repo_id: the repository.
        what: the path of a file, or what else it is.
        why: the reason, for a person.
        digest: of a file, its sha256 if it is kept by LFS, else its git blob id.
        size: of a file, in bytes.
    """

    repo_id: str
    what: str
    why: str
    digest: str | None = None
    size: int | None = None

    def __str__(self) -> str:
        return f"{self.repo_id}: {self.what}: {self.why}"


@dataclass(frozen=True, slots=True)
class Thinned:
    """A file of which the recording holds the beginning, with sizes and digests to match.

    `sha256` and `size` are the true ones, as the Hub has them; `kept` and `kept_size` those of what is held. `unit` and
    `units` say how much that is: `rows`, `lines` or `bytes`.
    """

    repo_id: str
    path: str
    sha256: str
    size: int
    kept: str
    kept_size: int
    units: int
    unit: str

    def __str__(self) -> str:
        return f"{self.repo_id}: {self.path}: {self.units} {self.unit} of {self.size} bytes"


Provenance: TypeAlias = Literal["hub", "mirror", "stand-in", "unknown"]
"""Where answers come from: the real Hub over verified TLS, a copy of it, this suite's own, or unknown."""


@dataclass(frozen=True, eq=False)
class Recording:
    """The exchanges of one area.

    `origins` says how the upstream spells its origins in answers; `upstream` is `stand-in` or the URL that
    was recorded; `recorded` is the Date of the upstream's first answer, '' where cassettes of others were imported;
    `synthetic` says that it was not the real Hub. `cassettes` holds the exchanges by the name of their cassette: one
    a repository, and `COMMON`. `callers` are those that a token was given for; `private` says that a repository of it
    is not public. `roles` has the names of the roles (`conformance.roles`) that each repository offered when it was
    recorded, by its id.
    """

    area: str
    suite: str
    upstream: str
    recorded: str
    synthetic: bool
    origins: Mapping[OriginName, str]
    repositories: tuple[RecordedRepository, ...]
    cassettes: Mapping[str, tuple[Exchange, ...]]
    provenance: Provenance = "stand-in"
    callers: tuple[str, ...] = ()
    private: bool = False
    left_out: tuple[LeftOut, ...] = ()
    thinned: tuple[Thinned, ...] = ()
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_imported(self) -> bool:
        """Whether it was made of cassettes: it holds what one client asked for, and no whole repository."""
        return not self.recorded

    @property
    def exchanges(self) -> Iterator[Exchange]:
        """Every exchange, cassette by cassette."""
        for exchanges in self.cassettes.values():
            yield from exchanges
