"""The rules that are applied to every request."""

from __future__ import annotations

import base64

import pytest

from conformance.traffic.exchange import OriginName, Request, headers
from conformance.traffic.identity import TOKENS
from conformance.traffic.log import Entry, WireLog
from conformance.verdict.judges import judge

TOKEN = TOKENS["reader"]


def codes(origin: OriginName, method: str = "GET", target: str = "/x", body: bytes = b"", **fields: str) -> set[str]:
    """The codes of what one request breaks."""
    said = {"user-agent": "my-client/1.0", **{name.replace("_", "-"): value for name, value in fields.items()}}
    log = WireLog()
    entry: Entry = log.open(Request(method, target, origin, headers(said), body))
    return {violation.code for violation in judge([entry])}


@pytest.mark.parametrize(
    "sent",
    [
        {"authorization": f"Bearer {TOKEN}"},
        {"authorization": "Basic " + base64.b64encode(f"user:{TOKEN}".encode()).decode()},
        {"authorization": "Basic " + base64.b64encode(f"{TOKEN}:".encode()).decode()},
        {"cookie": f"token={TOKEN}"},
        {"target": f"/x?token={TOKEN}"},
        {"body": f"token={TOKEN}".encode()},
    ],
)
def test_a_token_at_another_host(sent: dict[str, str]) -> None:
    """It is seen in whatever form it is sent, and allowed at the Hub alone."""
    assert codes("cdn", **sent) == {"token-leaked"}  # type: ignore[arg-type]
    assert codes("hub", **sent) == set()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("accepted", "plain"),
    [
        ("identity", True),
        ("Identity", True),
        ("identity;q=1", True),
        ("identity, *;q=0", True),
        ("identity;q=1.0, gzip; q=0.000", True),
        ("", True),
        ("gzip", False),
        ("identity, gzip;q=0.1", False),
        ("*", False),
    ],
)
def test_a_head_for_a_size(accepted: str, plain: bool) -> None:
    """Whatever the spelling, a HEAD for a file must not allow an encoding."""
    broken = codes("hub", "HEAD", "/datasets/a/b/resolve/main/x", accept_encoding=accepted)
    assert broken == (set() if plain else {"encoding-accepted"})


def test_a_head_that_allows_all() -> None:
    """Without an Accept-Encoding a server may choose."""
    assert codes("hub", "HEAD", "/datasets/a/b/resolve/main/x") == {"encoding-accepted"}
