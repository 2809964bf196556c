"""Clients that give up too soon or too late, and those that save an invalid answer as a file."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.mutants.mutant import mutant, wrap
from reference_client import api, download, session, settings, transfer
from reference_client.errors import HfHubHTTPError
from reference_client.limits import LONGEST_WAIT
from reference_client.session import Session
from reference_client.transfer import Body


def _trust_anything(patch: pytest.MonkeyPatch) -> None:
    """Compares neither size nor digest of a body with the Hub's values."""
    patch.setattr(transfer, "verify", lambda file, body: None)
    wrap(
        patch,
        transfer,
        "receive",
        lambda original, caller, file, body: original(caller, replace(file, size=None), body),
    )


def _compares_no_digest(patch: pytest.MonkeyPatch) -> None:
    """Compares the size of a body with the Hub's value, and no digest: as most clients do."""
    patch.setattr(transfer, "verify", lambda file, body: None)


@mutant
def gives_up_on_metadata(patch: pytest.MonkeyPatch) -> None:
    """Asks once what a file is, and takes the first failure for the last word."""
    patch.setattr(download, "is_transient", lambda error: False)


@mutant
def gives_up_on_answers(patch: pytest.MonkeyPatch) -> None:
    """Never sends a request a second time."""
    patch.setattr(session, "MAX_RETRIES", 0)


@mutant
def asks_fifty_times(patch: pytest.MonkeyPatch) -> None:
    """Tries fifty times before it believes that a server is broken."""
    patch.setattr(session, "MAX_RETRIES", 49)


@mutant
def listing_begins_anew(patch: pytest.MonkeyPatch) -> None:
    """Begins a listing again after a page has failed, and keeps the entries that it has."""

    def anew(original: Any, caller: Session, url: str) -> Iterator[Any]:
        with contextlib.suppress(OSError):
            yield from original(caller, url)
            return
        yield from original(caller, url)

    wrap(patch, api, "pages", anew)
    patch.setattr(session, "MAX_RETRIES", 0)


@mutant
def listing_ends_at_an_error(patch: pytest.MonkeyPatch) -> None:
    """Takes a page that cannot be had for the end of the listing."""

    def until_it_fails(original: Any, caller: Session, url: str) -> Iterator[Any]:
        with contextlib.suppress(OSError):
            yield from original(caller, url)

    wrap(patch, api, "pages", until_it_fails)


@mutant
def broken_hub_hides_the_cache(patch: pytest.MonkeyPatch) -> None:
    """Reports that the Hub is broken though the file is in the cache."""
    wrap(patch, download, "look_up", lambda original, file, present: original(file, None))


@mutant
def retries_whatever_fails(patch: pytest.MonkeyPatch) -> None:
    """Sends a request again whatever was wrong with it."""
    patch.setattr(session, "TRANSIENT", set(range(400, 600)))


@mutant
def wait_must_be_told(patch: pytest.MonkeyPatch) -> None:
    """Tries again only if the Hub sends a time to wait."""

    def told(original: Any, response: Any, attempt: int) -> float:
        is_told = "Retry-After" in response.headers or "RateLimit" in response.headers
        wait: float = original(response, attempt) if is_told else LONGEST_WAIT + 1
        return wait

    wrap(patch, session, "wait_before", told)


@mutant
def asks_without_waiting(patch: pytest.MonkeyPatch) -> None:
    """Tries again at once, whatever wait the Hub asks for."""
    patch.setattr(session, "wait_before", lambda response, attempt: 0)


@mutant
def retry_after_must_be_a_number(patch: pytest.MonkeyPatch) -> None:
    """Cannot read a Retry-After that is a date."""

    def strict(original: Any, response: Any, attempt: int) -> float:
        wait: float = original(response, attempt)
        int(response.headers.get("Retry-After", "0"))
        return wait

    wrap(patch, session, "wait_before", strict)


@mutant
def half_an_answer_is_mended(patch: pytest.MonkeyPatch) -> None:
    """Makes what it can of JSON that breaks off."""

    def mended(original: Any, method: str, url: str, *arguments: Any) -> Any:
        if "/api/" not in url:
            return original(method, url, *arguments)
        response = original(method, url, *arguments[:-1], True)
        body = b""
        with contextlib.suppress(Exception):
            while chunk := response.read1(1 << 16):
                body += chunk
        response.content = _closed(body)
        return response

    wrap(patch, session, "send", mended)


def _closed(body: bytes) -> bytes:
    """The longest beginning of some JSON that can be closed."""
    for end in range(len(body), 0, -1):
        for closing in (b"", b"]", b"}", b"]}", b"}}"):
            with contextlib.suppress(ValueError):
                json.loads(body[:end] + closing)
                return body[:end] + closing
    return body


@mutant
def waits_for_ever(patch: pytest.MonkeyPatch) -> None:
    """Has no limit for the silence of a server."""
    patch.setattr(settings, "download_timeout", lambda: 60.0)


@mutant
def appends_a_whole_body(patch: pytest.MonkeyPatch) -> None:
    """Appends whatever comes when it has asked for the rest of a body."""
    _trust_anything(patch)
    patch.setattr(Body, "rewind", lambda self: None)


@mutant
def content_range_not_read(patch: pytest.MonkeyPatch) -> None:
    """Takes every part of a body for the one that it asked for."""
    _compares_no_digest(patch)
    patch.setattr(transfer, "begins_at", lambda offset, response: True)


@mutant
def refused_range_is_the_end(patch: pytest.MonkeyPatch) -> None:
    """Takes a refused range for the sign that nothing is missing."""
    _trust_anything(patch)
    patch.setattr(Body, "rewind", lambda self: None)

    def until_refused(_: Any, caller: Session, file: Any, body: Any) -> None:
        cut = transfer.ask_for_rest(caller, file, body)
        while cut is not None and not isinstance(cut, HfHubHTTPError):
            cut = transfer.ask_for_rest(caller, file, body)

    wrap(patch, transfer, "receive", until_refused)


@mutant
def leftover_has_no_version(patch: pytest.MonkeyPatch) -> None:
    """Resumes what an earlier call left of a file, whichever version that was."""
    _trust_anything(patch)

    def onward(_: Any, caller: Session, file: Any, incomplete: Path, destination: Path) -> None:
        leftover = incomplete.with_name("leftover")
        with leftover.open("a+b") as content:
            transfer.receive(caller, file, Body(content, file.etag, file.size))
        leftover.replace(destination)

    wrap(patch, download, "fetch", onward)


@mutant
def pads_to_the_length(patch: pytest.MonkeyPatch) -> None:
    """Makes room for as many bytes as Content-Length has, and does not remove it."""
    patch.setattr(transfer, "verify", lambda file, body: None)
    lengths: list[int] = []

    def noted(original: Any, caller: Session, method: str, url: str, **kwargs: Any) -> Any:
        response = original(caller, method, url, **kwargs)
        if kwargs.get("stream"):
            lengths.append(int(response.headers["Content-Length"]))
        return response

    def padded(original: Any, caller: Session, file: Any, body: Any) -> None:
        original(caller, file, body)
        body.file.truncate(lengths[0])

    wrap(patch, Session, "request", noted)
    wrap(patch, transfer, "receive", padded)
