"""Faults: declared changes to how an answer is served; `conformance.replay.plan` says which answers they strike."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Final, Literal, Protocol

from conformance.record.body import with_body
from conformance.wire.etag import weak_etag
from conformance.wire.exchange import Request, Response, headers

LONGEST_STALL: Final = 30.0
"""Seconds."""

# What the Hub says with these statuses.
_BROKEN = "Internal Error - We're working hard to fix this as soon as possible!"
_LIMITED = (
    "We had to rate limit your IP (127.0.0.1). To continue using our service, create a HF account or login "
    "to your existing account, and make sure you pass a HF_TOKEN if you're using the API."
)
_MESSAGES: Final = {429: _LIMITED, 500: _BROKEN, 503: _BROKEN}
_MESSAGES_WITH_CODES: Final = {
    "RepoNotFound": "Repository not found",
    "RevisionNotFound": "Invalid rev id",
    "EntryNotFound": "Entry not found",
    "GatedRepo": "Access to this repository is restricted and you are not in the authorized list.",
}


class Fault(Protocol):
    """Something that can go wrong with an answer."""

    def apply(self, request: Request, response: Response) -> Response | None:
        """The answer with the fault in it, or None where it would change nothing."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection is closed in an orderly way after so many bytes of the body."""

    after: int

    def apply(self, request: Request, response: Response) -> Response | None:
        return _stopped(request, response, self.after, "close")


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset after so many bytes of the body; -1 is before the status line."""

    after: int = -1

    def apply(self, request: Request, response: Response) -> Response | None:
        return _stopped(request, response, self.after, "reset")


@dataclass(frozen=True, slots=True)
class Stall:
    """Silence of so many seconds after so many bytes of the body; -1 is before the status line.

    Raises:
        ValueError: the silence is longer than `LONGEST_STALL` seconds.
    """

    seconds: float
    after: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.seconds <= LONGEST_STALL:
            raise ValueError(f"a stall lasts more than 0 and at most {LONGEST_STALL:g} seconds, not {self.seconds:g}")

    def apply(self, request: Request, response: Response) -> Response | None:
        if self.after > _sent(request, response):
            return None
        delivery = replace(response.delivery, pause=self.seconds, pause_after=self.after)
        return replace(response, delivery=delivery)


@dataclass(frozen=True, slots=True)
class Corrupt:
    """One bit of the body is flipped at this offset; a negative one counts from the end. The length stays."""

    at: int

    def apply(self, request: Request, response: Response) -> Response | None:
        length = _sent(request, response)
        offset = self.at + length if self.at < 0 else self.at
        if not 0 <= offset < length:
            return None
        body = bytearray(response.body)
        body[offset] ^= 1
        return replace(response, body=bytes(body))


@dataclass(frozen=True, slots=True)
class Status:
    """Another answer instead of this one.

    Args:
        code: the status code. headers: headers to add. body: the body; by default what the Hub says with the
        headers' `X-Error-Message`, their `X-Error-Code` or this status, as JSON on its API and as text elsewhere.
        retry_after: seconds for a Retry-After header.
    """

    code: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    retry_after: int | None = None

    def apply(self, request: Request, response: Response) -> Response | None:
        message = self._message()
        is_api = request.origin == "hub" and request.path.startswith("/api/")
        said = json.dumps({"error": message}, separators=(",", ":")) if is_api else message
        body = said.encode() if self.body is None else self.body
        fields = {
            "Content-Type": f"{'application/json' if is_api else 'text/plain'}; charset=utf-8",
            "Content-Length": str(len(body)),
            "ETag": weak_etag(body),
        }
        if self.body is None:
            fields["X-Error-Message"] = message
        if self.retry_after is not None:
            fields["Retry-After"] = str(self.retry_after)
        return _replaced(response, self.code, fields, body).with_headers(self.headers)

    def _message(self) -> str:
        said = headers(self.headers)
        of_the_code = _MESSAGES_WITH_CODES.get(said.get("X-Error-Code", ""))
        of_the_status = _MESSAGES.get(self.code) or HTTPStatus(self.code).phrase
        return said.get("X-Error-Message") or of_the_code or of_the_status


@dataclass(frozen=True, slots=True)
class Redirect:
    """A redirect instead of this answer.

    Args:
        location: where to. `{hub}`, `{cdn}` and `{stranger}` stand for the URLs of the origins, `{target}` for
        the path and query of the request. None: a redirect without a Location.
        status: the status code.
    """

    location: str | None
    status: int = 307

    def apply(self, request: Request, response: Response) -> Response | None:
        location = None if self.location is None else self.location.replace("{target}", request.target)
        body = f"{HTTPStatus(self.status).phrase}. Redirecting to {location or 'nowhere'}".encode()
        fields = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body))}
        if location is not None:
            fields["Location"] = location
        return _replaced(response, self.status, fields, body)


@dataclass(frozen=True, slots=True)
class Rewrite:
    """This answer with changes.

    Args:
        status: another status. headers: headers to set, or to remove where the value is None; `{hub}`, `{cdn}`
        and `{stranger}` stand for the URLs of the origins in `Location` and `Link`. body: another body, or what
        makes one of the body; Content-Length follows, unless `headers` says otherwise.
    """

    status: int | None = None
    headers: Mapping[str, str | None] = field(default_factory=dict)
    body: bytes | Callable[[bytes], bytes] | None = None

    def apply(self, request: Request, response: Response) -> Response | None:
        changed = response if self.status is None else replace(response, status=self.status)
        if self.body is not None:
            changed = with_body(changed, self.body(response.body) if callable(self.body) else self.body)
        changed = changed.with_headers(self.headers)
        return None if changed == response else changed


@dataclass(frozen=True, slots=True)
class WrongLength:
    """A Content-Length that is wrong by so many bytes.

    If it is too long, the connection is closed after the body; if it is too short, the body ends there.
    """

    delta: int

    def apply(self, request: Request, response: Response) -> Response | None:
        length = len(response.body) + self.delta
        if self.delta == 0 or length < 0:
            return None
        wrong = response.with_headers({"Content-Length": str(length)})
        sent = _sent(request, response)
        if sent == 0:
            return wrong
        if self.delta < 0:
            return replace(wrong, body=response.body[:length])
        return replace(wrong, delivery=replace(response.delivery, stop_after=sent, ending="close"))


@dataclass(frozen=True, slots=True)
class Chunked:
    """The body is sent in chunks, without a Content-Length."""

    def apply(self, request: Request, response: Response) -> Response | None:
        if response.status in (204, 304) or "Content-Length" not in response.headers:
            return None
        return response.with_headers({"Content-Length": None, "Transfer-Encoding": "chunked"})


@dataclass(frozen=True, slots=True)
class Gzip:
    """The body is sent compressed with gzip, in chunks, without a Content-Length; whether that was asked for or not.

    A part of a body (206) and an answer that is encoded already are left alone.
    """

    def apply(self, request: Request, response: Response) -> Response | None:
        if response.status in (204, 206, 304) or "Content-Encoding" in response.headers:
            return None
        fields = {"Content-Encoding": "gzip", "Content-Length": None, "Transfer-Encoding": "chunked"}
        return replace(response.with_headers(fields), body=gzip.compress(response.body, mtime=0))


def _replaced(response: Response, status: int, fields: Mapping[str, str], body: bytes) -> Response:
    """Another answer with the headers that every answer of this server has."""
    kept = ("x-powered-by", "x-request-id", "ratelimit", "ratelimit-policy", "date", "vary")
    same = {name: value for name, value in response.headers.items() if name.lower() in kept}
    return Response(status, headers({**fields, **same}), body)


def _sent(request: Request, response: Response) -> int:
    return 0 if request.method == "HEAD" or response.status in (204, 304) else len(response.body)


def _stopped(request: Request, response: Response, after: int, ending: Literal["close", "reset"]) -> Response | None:
    if after >= 0 and after >= _sent(request, response):
        return None
    return replace(response, delivery=replace(response.delivery, stop_after=after, ending=ending))
