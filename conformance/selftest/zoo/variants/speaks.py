"""How a client speaks HTTP."""

from __future__ import annotations

import threading
from urllib.parse import urlsplit

import pytest

from conformance.selftest.zoo.variants.variant import (
    sending,
    variant,
)
from reference_client import session, transport


@variant("wire")
def a_short_name(patch: pytest.MonkeyPatch) -> None:
    """Calls itself `my-client/1.0`."""
    patch.setitem(transport._HEADERS, "user-agent", "my-client/1.0")


@variant("info", "tree", "wire")
def encodings_with_weights(patch: pytest.MonkeyPatch) -> None:
    """Accepts gzip, with weights."""
    patch.setitem(transport._HEADERS, "accept-encoding", "gzip;q=1.0, identity;q=0.5")


@variant("wire")
def two_retries(patch: pytest.MonkeyPatch) -> None:
    """Tries again twice."""
    patch.setattr(session, "MAX_RETRIES", 2)


@variant("wire")
def eight_retries(patch: pytest.MonkeyPatch) -> None:
    """Tries again eight times."""
    patch.setattr(session, "MAX_RETRIES", 8)


@variant("auth", "wire")
def names_of_headers_in_capitals(patch: pytest.MonkeyPatch) -> None:
    """Writes the names of headers in capitals, in another order."""
    sending(patch, lambda method, url, headers: (url, {n.upper(): v for n, v in reversed(headers.items())}))


@variant("wire", "redirects")
def a_connection_for_each_request(patch: pytest.MonkeyPatch) -> None:
    """Sends `Connection: close`."""
    sending(patch, lambda method, url, headers: (url, {**headers, "Connection": "close"}))


@variant("tree", "wire")
def more_headers(patch: pytest.MonkeyPatch) -> None:
    """Sends `Accept: application/json` to the API, and `Cache-Control: no-cache`."""

    def change(method: str, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        accept = {"Accept": "application/json"} if "/api/" in url else {}
        return url, {**headers, **accept, "Cache-Control": "no-cache"}

    sending(patch, change)


@variant("auth", "redirects", "environment")
def scheme_in_small_letters(patch: pytest.MonkeyPatch) -> None:
    """Sends `authorization: bearer TOKEN`."""

    def change(method: str, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        changed = {name: value.replace("Bearer ", "bearer ") for name, value in headers.items()}
        return url, {**headers, **{name: changed[name] for name in headers if name.lower() == "authorization"}}

    sending(patch, change)


@variant("auth", "redirects", "wire")
def offers_another_protocol(patch: pytest.MonkeyPatch) -> None:
    """Offers HTTP/2 in the clear with every request, as Java's `HttpClient` does."""
    offer = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAEAAEAAAAIAAAAB"}
    sending(patch, lambda method, url, headers: (url, {**headers, **offer}))


@variant("auth", "redirects")
def names_where_it_came_from(patch: pytest.MonkeyPatch) -> None:
    """Sends `Referer` as web browsers do: the whole URL to the same origin, and to others the origin alone."""
    last = threading.local()

    def change(method: str, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        before, last.url = urlsplit(getattr(last, "url", "")), url
        if before.netloc:
            same = before[:2] == urlsplit(url)[:2]
            page = before._replace(fragment="") if same else before._replace(path="/", query="", fragment="")
            headers = {**headers, "Referer": page.geturl()}
        return url, headers

    sending(patch, change)


@variant("info", "tree", "wire")
def nothing_compressed(patch: pytest.MonkeyPatch) -> None:
    """Accepts `identity` alone, everywhere."""
    patch.setitem(transport._HEADERS, "accept-encoding", "identity")


@variant("info", "tree", "download")
def query_without_words(patch: pytest.MonkeyPatch) -> None:
    """Ends URLs without a query with a question mark."""
    sending(patch, lambda method, url, headers: (url if "?" in url else f"{url}?", headers))


@variant("download", "redirects", "read")
def speaks_http_1_0(patch: pytest.MonkeyPatch) -> None:
    """Speaks HTTP/1.0: without chunks, and with a connection for each request."""
    for connection in (transport._Pool.ConnectionCls, transport._SecurePool.ConnectionCls):
        patch.setattr(connection, "_http_vsn", 10, raising=False)
        patch.setattr(connection, "_http_vsn_str", "HTTP/1.0", raising=False)
