"""Clients that send other hosts what only the Hub may know."""

from __future__ import annotations

import netrc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from conformance.mutants.auth import _change_headers
from conformance.mutants.mutant import mutant, wrap
from reference_client import session
from reference_client.session import Session


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


@mutant
def hosts_with_the_same_letters_are_one(patch: pytest.MonkeyPatch) -> None:
    """Takes a host for the Hub's if its name begins or ends with the Hub's."""

    def is_home(self: Session, url: str) -> bool:
        own, there = _host(self.endpoint), _host(url)
        return there.endswith(own) or there.startswith(own)

    patch.setattr(Session, "is_home", is_home)


@mutant
def known_paths_get_the_token(patch: pytest.MonkeyPatch) -> None:
    """Takes a URL for the Hub's if its path looks like one of the Hub's."""
    wrap(
        patch,
        Session,
        "is_home",
        lambda original, self, url: original(self, url) or "/resolve/" in urlsplit(url).path,
    )


@mutant
def token_comes_back(patch: pytest.MonkeyPatch) -> None:
    """Sends the token to every URL on the Hub's host, also where another host redirects to it."""

    def followed(original: Any, self: Session, method: str, url: str, headers: Any, *arguments: Any) -> Any:
        if self.token is None:
            return original(self, method, url, headers, *arguments)

        def sent(send: Any, how: str, where: str, fields: Any, *rest: Any) -> Any:
            fields = {name: value for name, value in fields.items() if name != "authorization"}
            if self.is_home(where):
                fields["authorization"] = f"Bearer {self.token}"
            return send(how, where, fields, *rest)

        with pytest.MonkeyPatch.context() as within:
            wrap(within, session, "send", sent)
            return original(self, method, url, headers, *arguments)

    wrap(patch, Session, "_follow", followed)


@mutant
def cookie_sent_everywhere(patch: pytest.MonkeyPatch) -> None:
    """Keeps every cookie, and sends it to every host."""
    cookies: list[str] = []

    def sent(original: Any, method: str, url: str, headers: Any, *rest: Any) -> Any:
        response = original(method, url, {**headers, "Cookie": "; ".join(cookies)} if cookies else headers, *rest)
        if "Set-Cookie" in response.headers:
            cookies.append(response.headers["Set-Cookie"].partition(";")[0])
        return response

    wrap(patch, session, "send", sent)


@mutant
def signed_url_sent_as_referer(patch: pytest.MonkeyPatch) -> None:
    """Names the URL that has redirected it in `Referer`, with its query."""
    before: list[str] = []

    def named(method: str, url: str, headers: Any) -> Any:
        changed = {**headers, "Referer": before[-1]} if before else headers
        before.append(url)
        return changed

    _change_headers(patch, named)


@mutant
def token_in_another_header(patch: pytest.MonkeyPatch) -> None:
    """Repeats the token in an additional header."""
    _change_headers(
        patch,
        lambda method, url, headers: (
            {**headers, "X-Hub-Token": headers["authorization"]} if "authorization" in headers else headers
        ),
    )


@mutant
def netrc_is_read(patch: pytest.MonkeyPatch) -> None:
    """Sends what the user's `.netrc` has for a host, without a token."""

    def named(method: str, url: str, headers: Any) -> Any:
        for path in _files():
            found = netrc.netrc(str(path)).authenticators(_host(url)) if path.is_file() else None
            if found and "authorization" not in headers:
                return {**headers, "authorization": f"Basic {found[0]}"}
        return headers

    _change_headers(patch, named)


def _files() -> Iterator[Path]:
    for name, below in (("NETRC", ""), ("HOME", ".netrc")):
        if os.environ.get(name):
            yield Path(os.environ[name], below)
