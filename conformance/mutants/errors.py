"""Clients that confuse errors, or lose the Hub's message."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.mutants.mutant import mutant, wrap
from reference_client import HfApi, download, errors, session
from reference_client.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError
from reference_client.models import AnswerError


def _before_judging(patch: pytest.MonkeyPatch, look: Callable[[Any], None]) -> None:
    """Let something be done with each answer before it is decided whether it is an error."""

    def first(original: Any, response: Any) -> None:
        look(response)
        original(response)

    wrap(patch, session, "raise_for_status", first)


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
    """Reports that the Hub refused, without the Hub's message."""
    patch.setattr(errors, "server_message_of", lambda response: None)


@mutant
def request_id_dropped(patch: pytest.MonkeyPatch) -> None:
    """Loses the Hub's request id."""
    patch.setattr(errors, "request_id_of", lambda response: None)


@mutant
def retries_404(patch: pytest.MonkeyPatch) -> None:
    """Asks again for what is missing."""
    patch.setattr(session, "TRANSIENT", {404, *session.TRANSIENT})
    patch.setattr(session, "backoff", lambda attempt: 0.0)
    wrap(
        patch,
        download,
        "read_metadata",
        lambda original, caller, url, **kwargs: original(caller, url, **{**kwargs, "retry": True}),
    )


@mutant
def status_decides_alone(patch: pytest.MonkeyPatch) -> None:
    """Looks at the status of an answer and not at its code."""
    _before_judging(patch, lambda response: response.headers.pop("X-Error-Code", None))


@mutant
def unknown_code_is_a_missing_repository(patch: pytest.MonkeyPatch) -> None:
    """Takes a code that it does not know for that of a missing repository."""

    def guess(response: Any) -> None:
        known = ("RevisionNotFound", "EntryNotFound", "GatedRepo", None)
        if response.headers.get("X-Error-Code") not in known:
            response.headers["X-Error-Code"] = "RepoNotFound"

    _before_judging(patch, guess)


@mutant
def header_names_to_the_letter(patch: pytest.MonkeyPatch) -> None:
    """Knows the names of headers in one spelling only."""

    def spelled(response: Any) -> None:
        response.headers = dict(response.headers.items())

    _before_judging(patch, spelled)


@mutant
def every_404_is_a_repository(patch: pytest.MonkeyPatch) -> None:
    """Takes every 404 for a missing repository."""

    def guess(response: Any) -> None:
        if response.status_code == 404:
            response.headers.setdefault("X-Error-Code", "RepoNotFound")

    _before_judging(patch, guess)


@mutant
def every_401_is_a_repository(patch: pytest.MonkeyPatch) -> None:
    """Takes every 401 for a missing repository."""
    patch.setattr(errors, "_BAD_TOKEN", "")


@mutant
def disabled_not_understood(patch: pytest.MonkeyPatch) -> None:
    """Takes a disabled repository for one that the caller has no right to."""
    patch.setattr(errors, "DisabledRepoError", HfHubHTTPError)


@mutant
def gated_hidden_from_strangers(patch: pytest.MonkeyPatch) -> None:
    """Refuses what the Hub shows to all of a gated repository."""

    def refuse(response: Any) -> None:
        if "/gated" in response.url and "authorization" not in response.request.headers:
            raise GatedRepoError("log in first", response=response)

    _before_judging(patch, refuse)


@mutant
def refusal_is_an_empty_file(patch: pytest.MonkeyPatch) -> None:
    """Gives an empty file for one that the Hub refuses."""

    def empty(original: Any, file: Any) -> Path:
        try:
            found: Path = original(file)
        except GatedRepoError:
            found = file.cache.folder / "empty"
            found.parent.mkdir(parents=True, exist_ok=True)
            found.touch()
        return found

    wrap(patch, download, "into_cache", empty)


@mutant
def json_errors_in_one_shape(patch: pytest.MonkeyPatch) -> None:
    """Knows a message in JSON only as a text."""
    patch.setattr(errors, "_said", lambda body: body["error"] if isinstance(body.get("error"), str) else None)


@mutant
def html_dumped(patch: pytest.MonkeyPatch) -> None:
    """Puts whole pages into the text of an error."""
    wrap(patch, errors, "server_message_of", lambda original, response: original(response) or response.text)


@mutant
def error_body_must_be_json(patch: pytest.MonkeyPatch) -> None:
    """Expects every error to be JSON as the Hub writes it."""

    def read(response: Any) -> None:
        if response.status_code >= 400:
            response.json()["error"].strip()

    _before_judging(patch, read)


@mutant
def request_id_by_one_name(patch: pytest.MonkeyPatch) -> None:
    """Knows the id of a request by one name."""
    patch.setattr(errors, "request_id_of", lambda response: response.headers.get("x-request-id"))


@mutant
def signed_url_shown(patch: pytest.MonkeyPatch) -> None:
    """Shows URLs with their queries."""
    patch.setattr(errors, "without_query", lambda url: url)


@mutant
def gate_on_existence_is_a_status(patch: pytest.MonkeyPatch) -> None:
    """Reports a gate by its status alone when asked whether a file exists."""

    def plain(original: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(*args, **kwargs)
        except GatedRepoError as error:
            raise HfHubHTTPError(str(error), response=error.response) from error

    wrap(patch, HfApi, "file_exists", plain)


@mutant
def unreadable_is_a_broken_connection(patch: pytest.MonkeyPatch) -> None:
    """Reports an answer that it cannot read as a broken connection."""

    def broken(original: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(*args, **kwargs)
        except AnswerError as error:
            raise ConnectionError(str(error)) from error

    for name in ("dataset_info", "repo_info"):
        wrap(patch, HfApi, name, broken)
