"""One request and its response, as values.

Servers of this project are plain functions from `Request` to `Response`; `conformance.traffic.origins` puts them on a
socket. So the stand-in Hub and the replay server can be called in a test without any network.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Literal, TypeAlias
from urllib.parse import parse_qsl

from multidict import CIMultiDict, CIMultiDictProxy

Headers: TypeAlias = CIMultiDictProxy[str]
"""Header names in the case they were sent, compared without regard to case, repeated names kept."""

OriginName: TypeAlias = Literal["hub", "cdn", "stranger"]
"""The Hub; the host that large bodies are redirected to; a host that has no business in the conversation."""

ORIGINS: tuple[OriginName, ...] = ("hub", "cdn", "stranger")


_FITS = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


def fits_a_header(text: str) -> bool:
    """Whether a header can hold a text: Node, which the Hub runs on, refuses others (`checkInvalidHeaderChar`)."""
    return _FITS.fullmatch(text) is not None


def headers(pairs: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> Headers:
    """Make immutable headers from a mapping or from pairs."""
    return CIMultiDictProxy(CIMultiDict(pairs))


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived.

    `target` is the request target exactly as sent: path and query, percent-encoding untouched.
    """

    method: str
    target: str
    origin: OriginName = "hub"
    headers: Headers = field(default_factory=headers)
    body: bytes = b""

    @property
    def path(self) -> str:
        """The target without its query, still percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> list[tuple[str, str]]:
        """The decoded query parameters in the order sent, blank values kept."""
        return parse_qsl(self.target.partition("?")[2], keep_blank_values=True)

    @property
    def token(self) -> str | None:
        """The bearer token that was sent, or None."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def phrase(status: int) -> str:
    """The standard reason phrase of a status, or an empty string."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a response leaves the server. The default is whole and at once."""

    stop_after: int | None = None
    """Stop after this many bytes of the body; -1 stops before the status line. None sends all."""
    ending: Literal["close", "reset"] = "close"
    """How the connection ends once stopped: an orderly close (FIN) or a reset (RST)."""
    pause: float = 0.0
    """Seconds of silence."""
    pause_after: int = 0
    """Where in the body the silence falls, in bytes; -1 is before the status line."""
    interim: tuple[int, ...] = ()
    """Statuses (100, or 102 to 199) of interim answers that come before this one (RFC 9110 §15.2)."""


WHOLE = Delivery()


@dataclass(frozen=True, slots=True)
class Response:
    """A response. For HEAD, `body` is what GET would send; the server leaves it out and keeps its length."""

    status: int
    headers: Headers = field(default_factory=headers)
    body: bytes = b""
    delivery: Delivery = WHOLE
    source: str = ""
    """Where the answer came from, for the wire log: `recorded`, `derived: …`, `fault: …`, `unrecorded`."""

    @property
    def reason(self) -> str:
        """The standard reason phrase of the status, or an empty string."""
        return phrase(self.status)

    def with_headers(self, changes: Mapping[str, str | None]) -> Response:
        """A copy with these headers set, or removed where the value is None."""
        merged = CIMultiDict(self.headers)
        for name, value in changes.items():
            merged.popall(name, None)
            if value is not None:
                merged[name] = value
        return replace(self, headers=CIMultiDictProxy(merged))


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its response."""

    request: Request
    response: Response


Handler: TypeAlias = Callable[[Request], Response]
"""A server: what it answers to a request. Called from another thread than the one that made it."""
