"""Clients that lose their way on redirects, or go wherever they are sent."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import urljoin, urlsplit
from urllib.request import urlopen

import pytest
import urllib3

from conformance.mutants.mutant import mutant, wrap
from reference_client import session, transfer, transport, urls
from reference_client.session import Session


def _trust_anything(patch: pytest.MonkeyPatch) -> None:
    """A body is whatever the first answer brings."""
    patch.setattr(transfer, "verify", lambda file, body: None)
    patch.setattr(transfer, "begins_at", lambda offset, response: True)
    wrap(patch, transfer, "receive", lambda _, caller, file, body: transfer.ask_for_rest(caller, file, body))


def _any_url(patch: pytest.MonkeyPatch) -> None:
    """No URL is refused."""
    patch.setattr(urls, "is_plain", lambda url: True)
    patch.setattr(transport, "is_plain", lambda url: True)


@mutant
def location_taken_as_it_is(patch: pytest.MonkeyPatch) -> None:
    """Takes a Location for a whole URL, though it may be a part of one."""
    patch.setattr(transport, "urljoin", lambda base, location: location)


@mutant
def location_put_behind_the_host(patch: pytest.MonkeyPatch) -> None:
    """Takes a Location for a path, though it may be a whole URL."""
    patch.setattr(transport, "urljoin", lambda base, location: urljoin(base, "/")[:-1] + location)


@mutant
def location_decoded(patch: pytest.MonkeyPatch) -> None:
    """Decodes the slashes of a Location, as a URL that is taken apart and put together again."""
    patch.setattr(transport, "urljoin", lambda base, location: urljoin(base, location.replace("%2F", "/")))


@mutant
def one_redirect_only(patch: pytest.MonkeyPatch) -> None:
    """Follows one redirect, and calls a second one too many."""
    patch.setattr(session, "MAX_REDIRECTS", 1)


@mutant
def content_host_has_the_last_word(patch: pytest.MonkeyPatch) -> None:
    """Follows no redirect of another host than the Hub."""

    def settled(original: Any, method: str, url: str, *arguments: Any) -> Any:
        response = original(method, url, *arguments)
        if "/resolve" not in urlsplit(url).path and "/api/" not in url:
            response.headers.pop("Location", None)
        return response

    wrap(patch, session, "send", settled)


@mutant
def post_becomes_get(patch: pytest.MonkeyPatch) -> None:
    """Follows a redirect of a POST with a GET, as web browsers once did with a 302."""
    redirected: list[str] = []

    def changed(original: Any, method: str, url: str, headers: Any, form: Any, *arguments: Any) -> Any:
        if url in redirected:
            method, form = "GET", None
        response = original(method, url, headers, form, *arguments)
        if response.is_redirect and method == "POST":
            redirected.append(response.redirect_url)
        return response

    wrap(patch, session, "send", changed)


@mutant
def redirects_without_end(patch: pytest.MonkeyPatch) -> None:
    """Follows two hundred redirects."""
    patch.setattr(session, "MAX_REDIRECTS", 200)


@mutant
def redirect_text_as_body(patch: pytest.MonkeyPatch) -> None:
    """Stores the text of a redirect that leads nowhere."""
    _trust_anything(patch)


@mutant
def opens_any_url(patch: pytest.MonkeyPatch) -> None:
    """Follows redirects with a function that opens every kind of URL."""
    _any_url(patch)
    _trust_anything(patch)

    def opened(original: Any, method: str, url: str, *arguments: Any) -> Any:
        if urlsplit(url).scheme in ("http", "https"):
            return original(method, url, *arguments)
        raw = urllib3.HTTPResponse(io.BytesIO(urlopen(url).read()), status=200, preload_content=False)
        return transport.Response(transport.Request(method, url, {}), raw)

    wrap(patch, session, "send", opened)


@mutant
def origin_is_somewhere_in_the_url(patch: pytest.MonkeyPatch) -> None:
    """Takes every URL that holds the Hub's for one of the Hub."""
    _any_url(patch)
    patch.setattr(Session, "is_home", lambda self, url: self.endpoint in url)


@mutant
def origin_is_the_host(patch: pytest.MonkeyPatch) -> None:
    """Compares the host names of URLs, and neither scheme nor port."""
    patch.setattr(Session, "is_home", lambda self, url: urlsplit(url).hostname == urlsplit(self.endpoint).hostname)


@mutant
def origin_by_another_parser(patch: pytest.MonkeyPatch) -> None:
    """Compares origins as one parser of URLs reads them, and connects as another does."""
    _any_url(patch)

    def is_home(self: Session, url: str) -> bool:
        ours, home = urlsplit(url), urlsplit(self.endpoint)
        return (ours.scheme, ours.hostname, ours.port) == (home.scheme, home.hostname, home.port)

    patch.setattr(Session, "is_home", is_home)
