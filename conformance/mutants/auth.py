"""Clients that are careless with tokens, or ill-mannered on the wire."""

from __future__ import annotations

import os
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.mutants.mutant import mutant, wrap
from reference_client import HfApi, download, session, settings, snapshot
from reference_client.errors import HfHubHTTPError
from reference_client.session import Session


def _change_headers(patch: pytest.MonkeyPatch, change: Any) -> None:
    """Change the headers of each request: `change(method, url, headers)` gives the new ones."""

    def sent(original: Any, method: str, url: str, headers: Any, *args: Any) -> Any:
        return original(method, url, change(method, url, dict(headers)), *args)

    wrap(patch, session, "send", sent)


@mutant
def token_not_sent(patch: pytest.MonkeyPatch) -> None:
    """Sends no token, though one was given."""
    patch.setattr(settings, "token_to_send", lambda token: None)


@mutant
def token_not_sent_with_downloads(patch: pytest.MonkeyPatch) -> None:
    """Sends the token with questions and not with downloads."""
    anonymous = SimpleNamespace(of=lambda endpoint, token: Session.of(endpoint, False))
    patch.setattr(download, "Session", anonymous)


@mutant
def token_dropped_on_redirect(patch: pytest.MonkeyPatch) -> None:
    """Drops the token at every redirect, also within the Hub."""
    _change_headers(
        patch,
        lambda method, url, headers: {
            name: value for name, value in headers.items() if name != "authorization" or "/resolve-cache/" not in url
        },
    )


@mutant
def token_sent_to_cdn(patch: pytest.MonkeyPatch) -> None:
    """Sends the token wherever a redirect leads."""
    patch.setattr(Session, "is_home", lambda self, url: True)


@mutant
def empty_bearer_sent(patch: pytest.MonkeyPatch) -> None:
    """Sends `Bearer None` without a token."""
    _change_headers(patch, lambda method, url, headers: {"authorization": "Bearer None", **headers})


@mutant
def token_false_ignored(patch: pytest.MonkeyPatch) -> None:
    """Sends the user's token although the caller forbade it."""
    wrap(patch, HfApi, "token_for", lambda original, self, token: token or self.token)


@mutant
def login_ignored(patch: pytest.MonkeyPatch) -> None:
    """Sends no token unless the call gives one."""
    wrap(patch, HfApi, "token_for", lambda original, self, token: token if isinstance(token, str) else False)


@mutant
def login_goes_before_call(patch: pytest.MonkeyPatch) -> None:
    """Sends the user's token although the call gives another."""
    wrap(patch, HfApi, "token_for", lambda original, self, token: self.token or token)


@mutant
def whoami_invented(patch: pytest.MonkeyPatch) -> None:
    """Answers who the user is without asking."""
    wrap(patch, HfApi, "whoami", lambda original, self, token=None: {"type": "user", "name": "me"})


@mutant
def whoami_guessed(patch: pytest.MonkeyPatch) -> None:
    """Answers with a name of its own where it cannot read who the user is."""

    def guessed(original: Any, self: HfApi, token: Any = None) -> dict[str, Any]:
        try:
            return dict(original(self, token))
        except (OSError, ValueError):
            return {"type": "user", "name": "me"}

    wrap(patch, HfApi, "whoami", guessed)


@mutant
def token_in_the_url(patch: pytest.MonkeyPatch) -> None:
    """Sends the token in the URL as well."""

    def sent(original: Any, method: str, url: str, headers: Any, *args: Any) -> Any:
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if token and "/resolve-cache/" in url:
            url += f"&token={token}"
        return original(method, url, headers, *args)

    wrap(patch, session, "send", sent)


@mutant
def token_in_the_error(patch: pytest.MonkeyPatch) -> None:
    """Shows the request's headers in the text of an error."""

    sent: dict[str, str] = {}

    def remembered(original: Any, method: str, url: str, headers: Any, *args: Any) -> Any:
        sent.update((name, str(value)) for name, value in headers.items())
        return original(method, url, headers, *args)

    def shown(original: Any, response: Any) -> None:
        try:
            original(response)
        except HfHubHTTPError as error:
            error.args = (f"{error} {sent}",)
            raise

    wrap(patch, session, "send", remembered)
    wrap(patch, session, "raise_for_status", shown)


@mutant
def token_on_the_first_page_only(patch: pytest.MonkeyPatch) -> None:
    """Sends the token with the first page of a listing and with no other."""
    _change_headers(
        patch,
        lambda method, url, headers: {
            name: value for name, value in headers.items() if name != "authorization" or "cursor=" not in url
        },
    )


@mutant
def snapshot_files_without_token(patch: pytest.MonkeyPatch) -> None:
    """Lists a snapshot's files with the token, and fetches them without."""

    def anonymous(original: Any, files: Any, max_workers: int) -> None:
        original([replace(file, session=replace(file.session, token=None)) for file in files], max_workers)

    wrap(patch, snapshot, "obtain_all", anonymous)


@mutant
def empty_token_sent(patch: pytest.MonkeyPatch) -> None:
    """Sends `Bearer` and nothing for an empty token."""
    wrap(patch, settings, "token_to_send", lambda original, token: token if token == "" else original(token))


@mutant
def dirty_token_dropped(patch: pytest.MonkeyPatch) -> None:
    """Sends no token in place of one that is not clean, without an error."""

    def drop(original: Any, token: Any) -> Any:
        return None if isinstance(token, str) and not token.isprintable() else original(token)

    wrap(patch, settings, "token_to_send", drop)


@mutant
def blanks_sent_with_the_token(patch: pytest.MonkeyPatch) -> None:
    """Sends a token with the blanks that were pasted with it."""
    wrap(
        patch,
        settings,
        "token_to_send",
        lambda original, token: token if isinstance(token, str) else original(token),
    )


@mutant
def refused_token_shown(patch: pytest.MonkeyPatch) -> None:
    """Shows the token that it cannot send."""

    def shown(original: Any, token: Any) -> Any:
        try:
            return original(token)
        except ValueError as error:
            raise ValueError(f"{error} It was: {str(token)!r}") from None

    wrap(patch, settings, "token_to_send", shown)


@mutant
def true_does_not_insist(patch: pytest.MonkeyPatch) -> None:
    """Continues without a token where the caller insists on one."""
    wrap(
        patch,
        settings,
        "token_to_send",
        lambda original, token: original(None if token is True else token),
    )


@mutant
def token_noted_on_disk(patch: pytest.MonkeyPatch) -> None:
    """Notes in the cache with which token a file was fetched."""

    def noted(original: Any, file: Any) -> Any:
        path = original(file)
        (file.cache.folder / "fetched-with").write_text(str(file.session.token), "utf-8")
        return path

    wrap(patch, download, "into_cache", noted)


@mutant
def token_in_the_log(patch: pytest.MonkeyPatch) -> None:
    """Prints the headers of each request where logging is on."""

    def printed(original: Any, method: str, url: str, headers: Any, *args: Any) -> Any:
        if os.environ.get("HF_DEBUG"):
            print(method, url, {name: str(value) for name, value in headers.items()})
        return original(method, url, headers, *args)

    wrap(patch, session, "send", printed)


@mutant
def machine_login_ignored(patch: pytest.MonkeyPatch) -> None:
    """Knows no token but those it is given."""
    patch.setattr(settings, "get_token", lambda: None)


@mutant
def older_name_ignored(patch: pytest.MonkeyPatch) -> None:
    """Knows HF_TOKEN by no other name."""
    wrap(patch, settings, "get_token", lambda original: original() if "HF_TOKEN" in os.environ else None)


@mutant
def file_goes_before_environment(patch: pytest.MonkeyPatch) -> None:
    """Takes the token of the file although the environment has another."""

    def from_file(original: Any) -> str | None:
        with pytest.MonkeyPatch.context() as without:
            without.delenv("HF_TOKEN", raising=False)
            found: str | None = original()
        return found or original()

    wrap(patch, settings, "get_token", from_file)


@mutant
def machine_goes_before_call(patch: pytest.MonkeyPatch) -> None:
    """Sends the machine's token even if the call gives another."""
    wrap(patch, settings, "token_to_send", lambda original, token: settings.get_token() or original(token))


@mutant
def implicit_token_always_sent(patch: pytest.MonkeyPatch) -> None:
    """Sends the user's token though that was switched off."""
    wrap(patch, settings, "token_to_send", lambda original, token: original(token) or settings.get_token())


@mutant
def environment_token_not_cleaned(patch: pytest.MonkeyPatch) -> None:
    """Uses HF_TOKEN unchanged, also where it is empty."""

    def unchanged(original: Any, token: Any) -> Any:
        return os.environ.get("HF_TOKEN", original(token)) if token is None else original(token)

    wrap(patch, settings, "token_to_send", unchanged)


@mutant
def empty_token_file_sent(patch: pytest.MonkeyPatch) -> None:
    """Takes a token file for a token, though nothing is in it."""
    wrap(patch, settings, "token_to_send", lambda original, token: original(token) or ("" if token is None else None))


@mutant
def no_user_agent(patch: pytest.MonkeyPatch) -> None:
    """Leaves `User-Agent` to the HTTP library."""
    _change_headers(patch, lambda method, url, headers: {**headers, "user-agent": "python-requests/2.32"})


@mutant
def head_accepts_gzip(patch: pytest.MonkeyPatch) -> None:
    """Asks for a size and accepts a compressed answer."""
    _change_headers(
        patch,
        lambda method, url, headers: {**headers, "Accept-Encoding": "gzip"} if method == "HEAD" else headers,
    )
