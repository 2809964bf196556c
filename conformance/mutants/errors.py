"""Clients that confuse errors, or lose what the Hub says."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.mutants.mutant import mutant, wrap
from reference_client import HfApi, download, errors, session
from reference_client.errors import GatedRepoError, RepositoryNotFoundError


@mutant
def errors_all_alike(patch: pytest.MonkeyPatch) -> None:
    """Reports every failure of the Hub as the same error."""

    def alike(response: Any) -> None:
        if response.status_code >= 400:
            raise OSError("the request failed")

    patch.setattr(session, "raise_for_status", alike)


@mutant
def anonymous_401_not_understood(patch: pytest.MonkeyPatch) -> None:
    """Takes the 401 that an anonymous caller gets for a missing repository for a matter of passwords."""
    patch.setattr(errors, "_is_about_a_repo", lambda url: False)


@mutant
def gated_is_missing(patch: pytest.MonkeyPatch) -> None:
    """Reports a gated repository as a missing one."""

    def missing(original: Any, response: Any) -> None:
        try:
            original(response)
        except GatedRepoError as error:
            raise RepositoryNotFoundError(str(error), response=response) from error

    wrap(patch, session, "raise_for_status", missing)


@mutant
def refuses_gated_before_asking(patch: pytest.MonkeyPatch) -> None:
    """Refuses every file of a gated repository on its own account."""

    def refuse(original: Any, repo_id: str, *args: Any, **kwargs: Any) -> Any:
        info = HfApi(kwargs.get("endpoint")).repo_info(repo_id, repo_type=kwargs.get("repo_type"))
        if info.gated:
            raise PermissionError(f"{repo_id} is gated")
        return original(repo_id, *args, **kwargs)

    wrap(patch, download, "hf_hub_download", refuse)


@mutant
def server_message_dropped(patch: pytest.MonkeyPatch) -> None:
    """Says that the Hub refused, and not what it said."""
    patch.setattr(errors, "_server_message", lambda response: None)


@mutant
def request_id_dropped(patch: pytest.MonkeyPatch) -> None:
    """Loses the Hub's request id."""
    patch.setattr(errors, "_request_id", lambda response: None)


@mutant
def retries_404(patch: pytest.MonkeyPatch) -> None:
    """Asks again for what is missing."""
    patch.setattr(session, "_TRANSIENT", {404, *session._TRANSIENT})
    patch.setattr(session, "backoff", lambda attempt: 0.0)
    wrap(
        patch,
        download,
        "read_metadata",
        lambda original, caller, url, **kwargs: original(caller, url, **{**kwargs, "retry": True}),
    )
