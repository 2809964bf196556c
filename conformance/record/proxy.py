"""A reverse proxy that records: any client, in any language, can be pointed at it.

Requests go upstream one at a time, so that what was recorded has an order. A file's body is written to disk while it
arrives where there is a folder for it, and is not read at all where it is larger than wanted.
"""

from __future__ import annotations

import ipaddress
import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

import requests
from urllib3.exceptions import HTTPError

import conformance
from conformance.errors import ConformanceError
from conformance.record.outward import proxies_for, why
from conformance.record.upstream import Upstream
from conformance.traffic.body import with_body
from conformance.traffic.exchange import Exchange, OriginName, Request, Response, headers
from conformance.traffic.identity import ANONYMOUS, caller
from conformance.traffic.origins import Origins
from conformance.traffic.relocate import relocate
from conformance.traffic.route import route_of
from conformance.traffic.scrub import scrub, scrub_request, scrub_response
from conformance.traffic.stored import CHUNK, LEFT_OUT, Blob, Blobs, StoredExchange

TIMEOUT = 60.0
"""Seconds to wait for the upstream."""


class RecordError(ConformanceError):
    """The upstream cannot be recorded."""


class NoAnswer(RecordError):
    """The upstream did not answer, or broke off: another try may succeed."""


LARGEST_WORDS: Final = 64 << 20
"""Bytes; an answer of the Hub's own words that is longer is no answer of a Hub."""

LARGEST_GIT_FILE: Final = 1 << 30
"""Bytes; a larger body is an LFS file, and its size is announced before it is sent."""

_FAILED: Final = (requests.RequestException, HTTPError, UnicodeError)
"""What becomes of a request that cannot be sent, or is not answered; urllib3 has errors of its own for hosts."""
_SENDING: Final[dict[str, Any]] = {"allow_redirects": False, "timeout": TIMEOUT, "stream": True}
_FILES: Final = ("resolve", "resolve-cache", "raw")


class _Session(requests.Session):
    """A session that leaves redirects alone: requests reads all of their bodies, and decodes where they lead."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class RecordingProxy:
    """A handler that asks the upstream and keeps what passed, scrubbed. Use as a context manager.

    Ask it by calling it, or from another process through `serve`.

    Args:
        upstream: what is recorded.
        blobs: where the bodies of files go; in memory unless given. A caller gets those responses without a body.
        largest: bodies of files with more bytes than this are left out; None keeps them all. Needs `blobs`.

    Attributes:
        origins: the upstream's origins as its answers spell them.
        received: bytes of bodies so far.
    """

    def __init__(self, upstream: Upstream, *, blobs: Blobs | None = None, largest: int | None = None) -> None:
        self.origins: dict[OriginName, str] = dict(upstream.origins)
        self.received = 0
        self._upstream = upstream
        self._blobs = blobs
        self._largest = largest
        self._lock = threading.Lock()
        self._open = ExitStack()
        self._kept: list[Exchange] = []
        self._other_cdns: dict[str, str] = {}
        self._promised: dict[str, int] = {}  # bytes of a content, by its path on the content host

    def __enter__(self) -> RecordingProxy:
        self._session = self._open.enter_context(_Session())
        self._session.trust_env = False  # no .netrc: only the tokens we were given. Proxies: see `outward`.
        self._session.headers.clear()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    def __call__(self, request: Request, *, content: bool = True) -> Response:
        """The upstream's answer, its URLs as the upstream spells them.

        Args:
            content: whether the body is wanted where the answer is a file. Needs `blobs`.

        Raises:
            NoAnswer: the upstream does not answer, or broke off.
        """
        with self._lock:
            try:
                return self._send(request, content=content)
            except _FAILED as error:
                raise self._no_answer(error, request) from error

    def take(self) -> list[Exchange]:
        """The exchanges since the last call, scrubbed, in the order they came."""
        with self._lock:
            taken, self._kept = self._kept, []
        return taken

    def head(self, request: Request) -> Response:
        """The upstream's answer without its body; it is not kept.

        Raises:
            NoAnswer: the upstream does not answer.
        """
        return self._aside(request, {}, 0)

    def part(self, request: Request, first: int, last: int) -> Response:
        """A part of a file, from a first to a last offset, both included; it is not kept.

        Raises:
            NoAnswer: the upstream does not answer.
        """
        return self._aside(request, {"Range": f"bytes={first}-{last}"}, last - first + 1)

    def _aside(self, request: Request, fields: dict[str, str], most: int) -> Response:
        with self._lock:
            try:
                with self._sent(self._outgoing(request, fields)) as answer:
                    fields_of = headers(answer.raw.headers.items())
                    body = _beginning(answer, most) if most and answer.status_code == 206 else b""
            except _FAILED as error:
                raise self._no_answer(error, request) from error
        self.received += len(body)
        response = Response(answer.status_code, fields_of, body)
        return self._on_one_cdn(self._at_the_root(response))

    def _sent(self, outgoing: requests.PreparedRequest) -> requests.Response:
        return self._session.send(outgoing, proxies=proxies_for(outgoing.url or ""), **_SENDING)

    def _no_answer(self, error: Exception, request: Request) -> NoAnswer:
        spelled = self._other_cdns.get(request.path, self.origins[request.origin])
        what, cure = why(error, spelled)
        name = self._upstream.name if request.origin == "hub" else f"the content host {spelled}"
        return NoAnswer(f"{name} does not answer ({what})", cure)

    def _outgoing(self, request: Request, fields: dict[str, str]) -> requests.PreparedRequest:
        spelled = self._other_cdns.get(request.path, self.origins[request.origin])
        outgoing = requests.Request(request.method, spelled, data=request.body or None).prepare()
        prefix = self._upstream.prefix if request.origin == "hub" else ""
        outgoing.url = self._upstream.connect.get(spelled, spelled) + prefix + request.target
        outgoing.headers.update({**self._headers(request), **fields})
        return outgoing

    def forget_last(self) -> None:
        """Do not keep the last exchange: it was answered in a way that will pass."""
        with self._lock:
            self._kept.pop()

    def _send(self, request: Request, *, content: bool) -> Response:
        with self._sent(self._outgoing(request, {})) as answer:
            head = Response(answer.status_code, headers(answer.raw.headers.items()), source="recorded")
            if self._blobs is not None and _is_file(request, head):
                return self._keep_file(request, self._at_the_root(head), answer, self._blobs if content else None)
            body = self._words(answer, None if _is_file(request, head) else LARGEST_WORDS)
        answered = self._on_one_cdn(self._at_the_root(replace(head, body=body)))
        self._kept.append(scrub(Exchange(request, answered)))
        return answered

    def _words(self, answer: requests.Response, limit: int | None) -> bytes:
        chunks: list[bytes] = []
        size = 0
        for chunk in answer.iter_content(CHUNK):
            chunks.append(chunk)
            size += len(chunk)
            self.received += len(chunk)
            if limit is not None and size > limit:
                raise RecordError(f"{self._upstream.name} answered more than {limit >> 20} MB to a request")
        return b"".join(chunks)

    def _keep_file(self, request: Request, head: Response, answer: requests.Response, blobs: Blobs | None) -> Response:
        """Keep a file's body on disk, or leave it out; the response without it."""
        announced = _number(head.headers.get("Content-Length", ""))
        size = announced if "Content-Encoding" not in head.headers else None
        blob = None
        if blobs is not None and (self._largest is None or size is None or size <= self._largest):
            blob = self._put(request, head, answer, blobs)
        kept = scrub_response(head, request)
        if blob is None:
            said = "unknown" if size is None else str(size)
            self._kept.append(Exchange(scrub_request(request), replace(kept, source=f"{LEFT_OUT}: {said} bytes")))
            return replace(head, source=LEFT_OUT)
        # The length of what was decoded; a body that came in chunks has none.
        kept = kept.with_headers({"Content-Length": str(blob.size)})
        self._kept.append(StoredExchange(scrub_request(request), kept, blob))
        return head

    def _put(self, request: Request, head: Response, answer: requests.Response, blobs: Blobs) -> Blob | None:
        """Keep a body of no more bytes than were promised; None where it has more than are wanted."""
        linked = _number(head.headers.get("X-Linked-Size", ""))
        promised = self._promised.get(request.path, LARGEST_GIT_FILE) if linked is None else linked
        wanted = promised if self._largest is None else min(promised, self._largest)
        blob = blobs.put(self._counted(answer), most=wanted)
        if blob is None and wanted == promised:
            raise RecordError(
                f"{self._upstream.name}: more than the {promised} bytes that it says came of {request.path[:200]}",
                "record again later, or from another Hub",
            )
        return blob

    def _counted(self, answer: requests.Response) -> Iterator[bytes]:
        for chunk in answer.iter_content(CHUNK):
            self.received += len(chunk)
            yield chunk

    def _headers(self, request: Request) -> dict[str, str]:
        """What goes upstream: the caller's token there, and no wish for a compressed body."""
        sent = {"Accept-Encoding": "identity", "User-Agent": f"hub-conformance/{conformance.__version__}"}
        for name in ("Accept", "Content-Type", "Range", "If-None-Match"):
            if name in request.headers:
                sent[name] = request.headers[name]
        name = caller(request.token)
        if name != ANONYMOUS and request.origin == "hub":
            if name not in self._upstream.tokens:
                raise RecordError(f"there is no token of {name!r} for {self._upstream.name}", "ask as another caller")
            sent["Authorization"] = f"Bearer {self._upstream.tokens[name]}"
        return sent

    def _may_be_asked(self, origin: str) -> bool:
        """Whether a host that an answer names may be asked: a Hub on the internet leads to no private address."""
        hub, other = urlsplit(self.origins["hub"]), urlsplit(origin)
        if "@" in other.netloc:
            return False
        if self._upstream.synthetic or not _is_public(hub.hostname or ""):
            return other.scheme in ("http", "https")
        return other.scheme == hub.scheme and _is_public(other.hostname or "")

    def _at_the_root(self, answered: Response) -> Response:
        """The answer of a mirror that has its Hub below a path, as a Hub gives it: with URLs below the root."""
        prefix, hub = self._upstream.prefix, self.origins["hub"]
        if not prefix:
            return answered
        moved = relocate(answered, {f"{hub}{prefix}": hub})
        location = moved.headers.get("Location", "")
        if not location.startswith(f"{prefix}/"):
            return moved
        root = location.removeprefix(prefix)
        led = moved.with_headers({"Location": root})
        return with_body(led, led.body.replace(location.encode(), root.encode())) if led.body else led

    def _on_one_cdn(self, answered: Response) -> Response:
        """The answer, redirecting to the CDN that was seen first; the Hub has several, a recording one."""
        size, url = answered.headers.get("X-Linked-Size"), answered.headers.get("Location", "")
        location = _split(url)
        if size is None or (location is not None and not location.netloc):
            return answered
        origin = f"{location.scheme}://{location.netloc}" if location is not None else "something that is not a URL"
        if location is None or not self._may_be_asked(origin):
            raise RecordError(
                f"{self._upstream.name} redirects to {origin.rpartition('@')[2]}",
                "a Hub on the internet has its contents on https, without a login, and not in a private network; "
                "check the URL",
            )
        promised = _number(size)
        if promised is not None:
            self._promised[location.path] = promised
        first = self.origins.setdefault("cdn", origin)
        if origin == first:
            return answered
        self._other_cdns[location.path] = origin
        return relocate(answered, {origin: first})


def _beginning(answer: requests.Response, most: int) -> bytes:
    """The first bytes of a body, which may come in small chunks; no more is read than it takes."""
    found = bytearray()
    for chunk in answer.iter_content(most):
        found += chunk
        if len(found) >= most:
            break
    return bytes(found[:most])


def _number(text: str) -> int | None:
    """A number of bytes; None where it is none, or more than any file has."""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def _split(url: str) -> SplitResult | None:
    """The parts of a URL; None where it is not a URL."""
    try:
        parts = urlsplit(url)
        return parts if parts.port is None or parts.port else None
    except ValueError:
        return None


def _is_public(host: str) -> bool:
    """Whether a host is not known to be of this machine or of a private network. Names are not looked up."""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return True


def _is_file(request: Request, head: Response) -> bool:
    """Whether an answer is the content of a file, whole or in part."""
    if head.status not in (200, 206) or request.method == "HEAD":
        return False
    return request.origin == "cdn" or route_of(request).kind in _FILES


@contextmanager
def serve(proxy: RecordingProxy) -> Iterator[Origins]:
    """Put a proxy on loopback, its answers' URLs led back to it; for clients in other processes."""

    def answer(request: Request) -> Response:
        try:
            found = proxy(request)
        except RecordError as error:
            return Response(502, headers({"Content-Type": "text/plain; charset=utf-8"}), str(error).encode())
        return relocate(found, {spelled: origins.url(name) for name, spelled in proxy.origins.items()})

    with Origins(answer, ("hub", "cdn"), blocking=True) as origins:
        yield origins
