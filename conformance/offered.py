"""Which roles a recording offers, repository by repository."""

from __future__ import annotations

from conformance.replay.index import Index
from conformance.replay.truth import Truth
from conformance.roles import ROLES
from conformance.traffic.recording import Recording


def roles_in(recording: Recording) -> dict[str, tuple[str, ...]]:
    """The names of the roles that each repository of a recording offers, by its id, in the order of their definition.

    A repository whose files are not recorded offers none.

    Raises:
        CassetteError: a cassette of the recording is damaged.
    """
    index = Index(recording)
    return {repository.repo_id: offered_by(Truth(index, repository, {})) for repository in recording.repositories}


def offered_by(truth: Truth) -> tuple[str, ...]:
    """The names of the roles that one repository offers."""
    return tuple(name for name, role in ROLES.items() if role.offered(truth) is not None)
