"""Clients that are careless with tokens, or ill-mannered on the wire."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from conformance.mutants.mutant import mutant, wrap
from reference_client import HfApi, download, session, settings
from reference_client.errors import HfHubHTTPError
from reference_client.session import Session


def _change_headers(patch: pytest.MonkeyPatch, change: Any) -> None:
    """Change the headers of each request: `change(method, url, headers)` gives the new ones."""

    def sent(original: Any, method: str, url: str, headers: Any, *args: Any) -> Any:
        return original(method, url, change(method, url, dict(headers)), *args)

    wrap(patch, session, "_send", sent)


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
    """Sends `Bearer None` when there is no token."""
    _change_headers(patch, lambda method, url, headers: {"authorization": "Bearer None", **headers})


@mutant
def token_false_ignored(patch: pytest.MonkeyPatch) -> None:
    """Sends the user's token although the caller said not to."""
    wrap(patch, HfApi, "_token", lambda original, self, token: token or self.token)


@mutant
def login_ignored(patch: pytest.MonkeyPatch) -> None:
    """Sends no token unless the call gives one."""
    wrap(patch, HfApi, "_token", lambda original, self, token: token if isinstance(token, str) else False)


@mutant
def login_goes_before_call(patch: pytest.MonkeyPatch) -> None:
    """Sends the user's token although the call gives another."""
    wrap(patch, HfApi, "_token", lambda original, self, token: self.token or token)


@mutant
def whoami_invented(patch: pytest.MonkeyPatch) -> None:
    """Answers who the user is without asking."""
    wrap(patch, HfApi, "whoami", lambda original, self, token=None: {"type": "user", "name": "me"})


@mutant
def token_in_the_url(patch: pytest.MonkeyPatch) -> None:
    """Sends the token in the URL as well."""

    def sent(original: Any, method: str, url: str, headers: Any, *args: Any) -> Any:
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if token and "/resolve-cache/" in url:
            url += f"&token={token}"
        return original(method, url, headers, *args)

    wrap(patch, session, "_send", sent)


@mutant
def token_in_the_error(patch: pytest.MonkeyPatch) -> None:
    """Shows the request's headers in the text of an error."""

    def shown(original: Any, response: Any) -> None:
        try:
            original(response)
        except HfHubHTTPError as error:
            error.args = (f"{error} {dict(response.request.headers)}",)
            raise

    wrap(patch, session, "raise_for_status", shown)


@mutant
def no_user_agent(patch: pytest.MonkeyPatch) -> None:
    """Lets the HTTP library say who is asking."""
    _change_headers(patch, lambda method, url, headers: {**headers, "user-agent": "python-requests/2.32"})


@mutant
def head_accepts_gzip(patch: pytest.MonkeyPatch) -> None:
    """Asks for a size and accepts a compressed answer."""
    _change_headers(
        patch,
        lambda method, url, headers: {**headers, "Accept-Encoding": "gzip"} if method == "HEAD" else headers,
    )
