"""Clients that read an error's words."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.mutants.mutant import mutant, wrap
from reference_client import session
from reference_client.errors import (
    GatedRepoError,
    HfHubHTTPError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

_WORDS = {
    "Invalid rev id": RevisionNotFoundError,
    "Repository not found": RepositoryNotFoundError,
    "Entry not found": RemoteEntryNotFoundError,
    "Access to": GatedRepoError,
}


@mutant
def words_decide(patch: pytest.MonkeyPatch) -> None:
    """Knows what is wrong by the words of the message."""

    def raised(original: Any, response: Any) -> None:
        try:
            original(response)
        except HfHubHTTPError as error:
            words = error.server_message or ""
            kinds = [kind for said, kind in _WORDS.items() if words.startswith(said)]
            kind = kinds[0] if kinds else HfHubHTTPError
            raise kind(str(error), response=response, server_message=words) from None

    wrap(patch, session, "raise_for_status", raised)
