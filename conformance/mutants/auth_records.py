"""Clients that leave the token in records."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from conformance.mutants.mutant import mutant, wrap
from reference_client import download, session

_log = logging.getLogger("reference_client.requests")


@mutant
def token_noted_in_the_folder(patch: pytest.MonkeyPatch) -> None:
    """Notes in the user's folder with which token a file was fetched."""

    def noted(original: Any, file: Any, local: Any) -> Any:
        path = original(file, local)
        local.metadata_path.with_suffix(".token").write_text(str(file.session.token), "utf-8")
        return path

    wrap(patch, download, "into_local_dir", noted)


@mutant
def token_names_a_file(patch: pytest.MonkeyPatch) -> None:
    """Keeps a folder for each token."""

    def named(original: Any, file: Any) -> Any:
        path = original(file)
        (file.cache.root / f".of-{file.session.token}").mkdir(exist_ok=True)
        return path

    wrap(patch, download, "into_cache", named)


@mutant
def token_in_a_debug_record(patch: pytest.MonkeyPatch) -> None:
    """Logs the headers of each request, for debugging."""

    def logged(original: Any, method: str, url: str, headers: Any, *rest: Any) -> Any:
        plain = {name: "".join(value) for name, value in headers.items()}  # a token hides from repr
        _log.debug("%s %s %s", method, url, plain)
        return original(method, url, headers, *rest)

    wrap(patch, session, "send", logged)


@mutant
def token_in_the_url_of_a_page(patch: pytest.MonkeyPatch) -> None:
    """Sends the token in the URL of a listing as well."""

    def sent(original: Any, method: str, url: str, headers: Any, *rest: Any) -> Any:
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if token and "cursor=" in url:
            url += f"&token={token}"
        return original(method, url, headers, *rest)

    wrap(patch, session, "send", sent)


def _with_the_beginning(patch: pytest.MonkeyPatch, place: Callable[[str, dict[str, str], str], str]) -> None:
    """Let `place` put the first letters of the token into the URL or the headers of every request that has one."""

    def send(original: Any, method: str, url: str, headers: Any, *rest: Any) -> Any:
        token = str(headers.get("authorization", "")).partition(" ")[2]
        changed = dict(headers)
        return original(method, place(url, changed, token[:8]) if token else url, changed, *rest)

    wrap(patch, session, "send", send)


@mutant
def token_begins_the_agent(patch: pytest.MonkeyPatch) -> None:
    """Names the client by the first letters of the token, so that its requests are found in a log."""

    def agent(url: str, headers: dict[str, str], letters: str) -> str:
        headers["user-agent"] = f"hub-reference/1.0; caller/{letters}"
        return url

    _with_the_beginning(patch, agent)


@mutant
def token_begins_a_query(patch: pytest.MonkeyPatch) -> None:
    """Puts the first letters of the token into the URL, so that no cache answers one caller with another's."""
    _with_the_beginning(patch, lambda url, _, letters: f"{url}{'&' if '?' in url else '?'}for={letters}")
