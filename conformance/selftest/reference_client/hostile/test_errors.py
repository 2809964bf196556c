"""What an error says: all that the Hub does, and nothing that a terminal or a parser could take for more."""

# ruff: noqa: SIM117  (everything runs inside its loop; first which server it is, then what fails)

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.selftest.reference_client.hostile.asking import (
    info,
)
from conformance.selftest.reference_client.raw_server import RawServer, answer
from reference_client import (
    HfApi,
    errors,
)
from reference_client.session import Session


@pytest.mark.parametrize(
    ("status", "body", "error", "message"),
    [
        ("400 Bad", b'{"errors": 5}', errors.BadRequestError, None),
        ("404 Not", b"[" * 200_000, errors.HfHubHTTPError, None),
        ("400 Bad", b'{"error": {"a": 1}}', errors.BadRequestError, None),
        ("400 Bad", b'{"error": ["a", {}]}', errors.BadRequestError, "a"),
        ("400 Bad", b'{"errors": [null, {"message": null}, {"message": "m"}]}', errors.BadRequestError, "m"),
        (
            "400 Bad",
            b'{"error": "invalid_grant", "error_description": "why"}',
            errors.BadRequestError,
            "invalid_grant: why",
        ),
    ],
)
def test_no_body_changes_what_an_error_is(
    status: str, body: bytes, error: type[Exception], message: str | None
) -> None:
    """Whatever its JSON is."""
    with RawServer(lambda head: answer(body, "Content-Type: application/json", status=status)) as hub:
        with pytest.raises(errors.HfHubHTTPError) as caught:
            info(hub)
    assert type(caught.value) is error
    assert caught.value.server_message == message


def test_an_error_shows_no_control_characters() -> None:
    """Wherever the Hub writes them."""
    lines = ("x-request-id: a\x1b[31m", "Content-Type: application/json")
    with RawServer(lambda head: answer(b'{"error": "\\u001b[2J"}', *lines, status="400 \x1b[31mBad")) as hub:
        with pytest.raises(errors.BadRequestError) as caught:
            info(hub)
    assert "\x1b" not in str(caught.value)


def test_header_and_body_of_an_error_are_both_told() -> None:
    """Each once."""
    with RawServer(lambda head: answer(b'{"error": "body"}', "X-Error-Message: header", status="400 Bad")) as hub:
        with pytest.raises(errors.BadRequestError) as caught:
            info(hub)
    assert caught.value.server_message == "header\nbody"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": "one", "errors": [{"message": "two"}]}, "one\ntwo"),
        ({"error": ["one", "two"], "errors": [{"message": "two"}, {"message": "three"}]}, "one\ntwo\nthree"),
        ({"error_description": "why", "errors": [{"message": "two"}]}, "why\ntwo"),
        ({"error": "code", "error_description": "why", "errors": [{"message": "two"}]}, "code: why\ntwo"),
    ],
)
def test_all_that_a_body_says_is_told(body: Any, said: str) -> None:
    """As the official client tells it."""
    with RawServer(lambda head: answer(json.dumps(body).encode(), status="403 Forbidden")) as server:
        with pytest.raises(errors.HfHubHTTPError) as caught:
            HfApi(server.url).dataset_info("o/n")
    assert caught.value.server_message == said


def test_a_page_is_no_message() -> None:
    """Whatever the letter case of its type."""
    with RawServer(lambda head: answer(b"<html>", "Content-Type: TEXT/HTML", status="500 Oops")) as server:
        with pytest.raises(errors.HfHubHTTPError) as caught:
            Session(server.url).request("GET", f"{server.url}/api/datasets/o/n", retry=False)
    assert caught.value.server_message is None
