"""Clients that go their own way to the network."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

import pytest

from conformance.mutants.mutant import mutant, wrap
from reference_client import session, transport


@mutant
def proxies_ignored(patch: pytest.MonkeyPatch) -> None:
    """Asks every host directly."""
    patch.setattr(transport, "_proxy", lambda url: None)


@mutant
def no_proxy_ignored(patch: pytest.MonkeyPatch) -> None:
    """Asks every host by way of the proxy."""
    wrap(patch, transport, "_proxy", lambda original, url: os.environ.get("http_proxy") or original(url))


@mutant
def proxy_login_takes_the_tokens_place(patch: pytest.MonkeyPatch) -> None:
    """Sends the proxy's name and password to the Hub in place of the token."""

    def sent(original: Any, method: str, url: str, headers: Any, *rest: Any) -> Any:
        proxy = urlsplit(os.environ.get("http_proxy", ""))
        if proxy.username:
            headers = {**headers, "authorization": f"Basic {proxy.username}:{proxy.password}"}
        return original(method, url, headers, *rest)

    wrap(patch, session, "send", sent)
