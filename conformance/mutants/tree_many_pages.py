"""Clients that stop after a fixed number of pages, do not keep their order, or forget what they asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from conformance.mutants.mutant import change_result, mutant, wrap
from reference_client import api, session, transport
from reference_client.session import Session


def _at_most(patch: pytest.MonkeyPatch, pages: int) -> None:
    def paged(original: Any, caller: Session, url: str) -> Iterator[Any]:
        asked = 0

        def requested(request: Any, self: Session, *args: Any, **kwargs: Any) -> Any:
            nonlocal asked
            response = request(self, *args, **kwargs)
            asked += 1
            if asked >= pages:
                response.headers.pop("Link", None)
            return response

        with pytest.MonkeyPatch.context() as within:
            wrap(within, Session, "request", requested)
            yield from list(original(caller, url))

    wrap(patch, api, "pages", paged)


@mutant
def at_most_five_pages(patch: pytest.MonkeyPatch) -> None:
    """Reads five pages of a listing and no more."""
    _at_most(patch, 5)


@mutant
def at_most_a_hundred_pages(patch: pytest.MonkeyPatch) -> None:
    """Reads a hundred pages of a listing and no more."""
    _at_most(patch, 100)


@mutant
def pages_in_reverse(patch: pytest.MonkeyPatch) -> None:
    """Gives the entries of a listing of several pages with the last one first."""

    def counted(original: Any, session: Session, url: str) -> Iterator[Any]:
        pages = 0

        def requested(request: Any, self: Session, *args: Any, **kwargs: Any) -> Any:
            nonlocal pages
            pages += 1
            return request(self, *args, **kwargs)

        with pytest.MonkeyPatch.context() as within:
            wrap(within, Session, "request", requested)
            entries = list(original(session, url))
        return iter(entries[::-1] if pages > 1 else entries)

    wrap(patch, api, "pages", counted)


@mutant
def expand_on_the_first_page(patch: pytest.MonkeyPatch) -> None:
    """Asks for last commits with the first page alone."""

    def send(original: Any, method: str, url: str, *rest: Any) -> Any:
        return original(method, url.replace("expand=true", "expand=false") if "cursor=" in url else url, *rest)

    wrap(patch, session, "send", send)


@mutant
def tree_reads_one_line_of_links(patch: pytest.MonkeyPatch) -> None:
    """Reads the first line of several `Link` headers, as a look-up by name does in some libraries."""

    def send(original: Any, *arguments: Any) -> Any:
        response = original(*arguments)
        for line in response.headers.getlist("Link")[:1]:
            response.headers["Link"] = line
        return response

    wrap(patch, session, "send", send)


@mutant
def objects_are_empty_listings(patch: pytest.MonkeyPatch) -> None:
    """Takes a JSON object that has no entries for a page without entries."""

    def entries(said: Any) -> Any:
        return [] if isinstance(said, dict) and "error" in said else said

    change_result(patch, transport.Response, "json", entries)
