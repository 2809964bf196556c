"""Faults: declared changes to how an answer is served; `conformance.replay.plan` selects the answers."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Final, Literal, Protocol
from urllib.parse import quote

from conformance.traffic.body import with_body
from conformance.traffic.compact import to_json
from conformance.traffic.etag import weak_etag
from conformance.traffic.exchange import Request, Response, headers
from conformance.traffic.ranges import cut

LONGEST_STALL: Final = 30.0
"""Seconds."""

# The Hub's texts for these statuses.
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
    """The connection is closed in an orderly way after `after` bytes of the body.

    Args:
        of_the_file: count them from the start of the file: of a client that fetches it in pieces, the piece breaks off
            in which that byte is.
    """

    after: int
    of_the_file: bool = False

    def apply(self, request: Request, response: Response) -> Response | None:
        return _stopped(request, response, self.after, "close", self.of_the_file)


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset after `after` bytes of the body; -1 is before the status line.

    Args:
        of_the_file: count them from the start of the file, as for `Cut`.
    """

    after: int = -1
    of_the_file: bool = False

    def apply(self, request: Request, response: Response) -> Response | None:
        return _stopped(request, response, self.after, "reset", self.of_the_file)


@dataclass(frozen=True, slots=True)
class Stall:
    """Pause for `seconds` after `after` bytes of the body; -1 is before the status line.

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
        code: the status code. headers: headers to add. body: the body; by default the Hub's text for the
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
        location: where to. `{hub}`, `{cdn}` and `{stranger}` are replaced by the URLs of the origins, `{target}` for
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
        status: another status. headers: headers to set, or to remove where the value is None; `{hub}`, `{cdn}` and
        `{stranger}` are replaced by the URLs of the origins in `Location` and `Link`. body: another body, or what makes
        one of the body; Content-Length follows, unless `headers` has another.
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
    """A Content-Length that is wrong by `delta` bytes.

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
    """The body is sent compressed with gzip, in chunks, without a Content-Length.

    A request for a range that is the whole body is answered 200, as RFC 9110 §14.2 lets a server do. Any other part of
    a body (206) and an answer that is encoded already are left alone.

    Args:
        only_if_accepted: only for who accepts gzip. Otherwise for anybody, which no Hub does.
    """

    only_if_accepted: bool = False

    def apply(self, request: Request, response: Response) -> Response | None:
        if self.only_if_accepted and not _accepts_gzip(request.headers.get("Accept-Encoding", "")):
            return None
        size = len(response.body)
        whole = f"bytes 0-{size - 1}/{size}"
        is_whole = response.headers.get("Content-Range") == (whole if response.status == 206 else None)
        if response.status in (204, 304) or not is_whole or "Content-Encoding" in response.headers:
            return None
        fields = {
            "Content-Encoding": "gzip",
            "Content-Length": None,
            "Content-Range": None,
            "Transfer-Encoding": "chunked",
        }
        status = 200 if response.status == 206 else response.status
        return replace(response.with_headers(fields), status=status, body=gzip.compress(response.body, mtime=0))


@dataclass(frozen=True, slots=True)
class AnotherPart:
    """A range is answered by another one: as many bytes, from half the offset, with headers that show it.

    So a client that trusts any 206 gets a file of the right size. `content` is the whole file. A range from byte 0 and
    a request without one are left alone.
    """

    content: bytes = field(repr=False)

    def apply(self, request: Request, response: Response) -> Response | None:
        status, part, said = cut(self.content, request.headers.get("Range"))
        if response.status != 206 or status != 206 or said is None:
            return None
        offset = int(said.removeprefix("bytes ").partition("-")[0]) // 2
        wrong = self.content[offset : offset + len(part)]
        if wrong == part:
            return None
        content_range = f"bytes {offset}-{offset + len(wrong) - 1}/{len(self.content)}"
        return with_body(response, wrong).with_headers({"Content-Range": content_range})


_DEALT = re.compile(r"(.*)page-([0-9]{1,9})")
"""A cursor of `Dealt`: the Hub's own cursor of a page, and how many of its entries were given."""


@dataclass(slots=True)
class Dealt:
    """A listing is split into pages of `size` entries: each but the last has a `Link` with the next one's cursor.

    Each page of the Hub's own is split, such as that of every folder, for clients that walk them.
    """

    size: int = 1
    _whole: dict[str, Response] = field(default_factory=dict, init=False, repr=False)

    def apply(self, request: Request, response: Response) -> Response | None:
        query = [pair for pair in request.target.partition("?")[2].split("&") if pair]
        kept = [pair for pair in query if not pair.startswith("cursor=")]
        cursor = dict(request.query).get("cursor", "")
        ours = _DEALT.fullmatch(cursor)
        page, offset = (ours[1], int(ours[2])) if ours else (cursor, 0)
        asked = "&".join([request.path, *kept, page])
        if not ours:
            self._whole[asked] = response
        whole = self._whole.get(asked)
        if whole is None or whole.status != 200:
            return None
        entries = json.loads(whole.body)
        shown = entries[offset : offset + self.size]
        body = to_json(shown)
        if offset + self.size >= len(entries):
            return with_body(whole, body)  # what follows is the Hub's own next page, if there is one
        after = "&".join([*kept, f"cursor={quote(page, safe='')}page-{offset + self.size}"])
        return with_body(whole.with_headers({"Link": f'<{{hub}}{request.path}?{after}>; rel="next"'}), body)


@dataclass(frozen=True, slots=True)
class Interim:
    """Interim answers (1xx, RFC 9110 §15.2) come before this one. A client of HTTP/1.0 gets none: it knows none.

    Raises:
        ValueError: a status is not that of an interim answer, or is 101, after which the protocol is another.
    """

    statuses: tuple[int, ...] = (103,)

    def __post_init__(self) -> None:
        if not all(100 <= status < 200 and status != 101 for status in self.statuses):
            raise ValueError(f"not the statuses of interim answers: {self.statuses}")

    def apply(self, request: Request, response: Response) -> Response | None:
        return replace(response, delivery=replace(response.delivery, interim=self.statuses))


@dataclass(frozen=True, slots=True)
class Each:
    """Faults that do not depend on one another: each strikes where it changes something."""

    faults: Sequence[Fault]

    def apply(self, request: Request, response: Response) -> Response | None:
        struck: Response | None = None
        for fault in self.faults:
            struck = fault.apply(request, struck or response) or struck
        return struck


def _accepts_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding names gzip, or all, with a weight above 0 (RFC 9110 §12.5.3)."""
    weights = {}
    for part in accepted.lower().split(","):
        name, *parameters = (word.strip() for word in part.split(";"))
        weights[name] = not any(re.fullmatch(r"q\s*=\s*0(\.0*)?", parameter) for parameter in parameters)
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", False)))


def _replaced(response: Response, status: int, fields: Mapping[str, str], body: bytes) -> Response:
    """Another answer with the headers that every answer of this server has."""
    kept = ("x-powered-by", "x-request-id", "ratelimit", "ratelimit-policy", "date", "vary")
    same = {name: value for name, value in response.headers.items() if name.lower() in kept}
    return Response(status, headers({**fields, **same}), body)


def _sent(request: Request, response: Response) -> int:
    return 0 if request.method == "HEAD" or response.status in (204, 304) else len(response.body)


def _stopped(
    request: Request, response: Response, after: int, ending: Literal["close", "reset"], of_the_file: bool = False
) -> Response | None:
    if of_the_file and response.status == 206:
        said = re.match(r"bytes ([0-9]{1,18})-", response.headers.get("Content-Range", ""))
        after -= int(said[1]) if said else 0
        if after < 0:
            return None  # this part begins behind it
    if after >= 0 and after >= _sent(request, response):
        return None
    return replace(response, delivery=replace(response.delivery, stop_after=after, ending=ending))
