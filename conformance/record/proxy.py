"""A reverse proxy that records: any client, in any language, can be pointed at it.

Requests go upstream one at a time, with vcrpy recording that leg: vcrpy loses exchanges when several threads
record.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import requests
import vcr
from vcr.persisters.filesystem import CassetteNotFoundError

import conformance
from conformance.errors import ConformanceError
from conformance.record.cassette import from_vcr
from conformance.record.relocate import relocate
from conformance.record.scrub import scrub
from conformance.record.upstream import Upstream
from conformance.wire.exchange import Exchange, OriginName, Request, Response, headers
from conformance.wire.identity import ANONYMOUS, caller
from conformance.wire.origins import Origins

TIMEOUT = 60.0
"""Seconds to wait for the upstream."""


class RecordError(ConformanceError):
    """The upstream cannot be recorded."""


class _InMemory:
    """A vcrpy persister that keeps nothing: the proxy takes the exchanges out of the open cassette."""

    @staticmethod
    def load_cassette(cassette_path: str, serializer: Any) -> Any:
        raise CassetteNotFoundError

    @staticmethod
    def save_cassette(cassette_path: str, cassette_dict: Any, serializer: Any) -> None:
        return


class RecordingProxy:
    """A handler that asks the upstream and keeps what passed, scrubbed. Use as a context manager.

    While it is open, vcrpy patches the HTTP libraries of this process: ask it by calling it, or from another
    process through `serve`.

    Args:
        upstream: what is recorded.

    Attributes:
        origins: the upstream's origins as its answers spell them.
    """

    def __init__(self, upstream: Upstream) -> None:
        self.origins: dict[OriginName, str] = dict(upstream.origins)
        self._upstream = upstream
        self._lock = threading.Lock()
        self._open = ExitStack()
        self._kept: list[Exchange] = []
        self._other_cdns: dict[str, str] = {}

    def __enter__(self) -> RecordingProxy:
        recorder = vcr.VCR(record_mode=vcr.mode.ALL)
        recorder.register_persister(_InMemory)
        self._cassette = self._open.enter_context(recorder.use_cassette("upstream"))
        self._session = self._open.enter_context(requests.Session())
        self._session.trust_env = False  # no .netrc: only the tokens we were given
        self._session.headers.clear()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    def __call__(self, request: Request) -> Response:
        """The upstream's answer, its URLs as the upstream spells them.

        Raises:
            RecordError: the upstream does not answer.
        """
        with self._lock:
            try:
                answered = self._on_one_cdn(self._send(request))
            except requests.RequestException as error:
                raise RecordError(
                    f"{self._upstream.name} does not answer ({type(error).__name__})",
                    "check the URL and the network",
                ) from error
            self._kept.append(scrub(Exchange(request, answered)))
            return answered

    def take(self) -> list[Exchange]:
        """The exchanges since the last call, scrubbed, in the order they came."""
        with self._lock:
            taken, self._kept = self._kept, []
        return taken

    def _send(self, request: Request) -> Response:
        spelled = self._other_cdns.get(request.path, self.origins[request.origin])
        outgoing = requests.Request(request.method, spelled, data=request.body or None).prepare()
        outgoing.url = self._upstream.connect.get(spelled, spelled) + request.target
        outgoing.headers.update(self._headers(request))
        self._session.send(outgoing, allow_redirects=False, timeout=TIMEOUT)
        vcr_request, vcr_response = self._cassette.data.pop()
        connected = {request.origin: self._upstream.connect.get(spelled, spelled)}
        return from_vcr(vcr_request, vcr_response, connected).response

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

    def _on_one_cdn(self, answered: Response) -> Response:
        """The answer, redirecting to the CDN that was seen first; the Hub has several, a recording one."""
        location = urlsplit(answered.headers.get("Location", ""))
        if not location.netloc or "X-Linked-Size" not in answered.headers:
            return answered
        origin = f"{location.scheme}://{location.netloc}"
        first = self.origins.setdefault("cdn", origin)
        if origin == first:
            return answered
        self._other_cdns[location.path] = origin
        return relocate(answered, {origin: first})


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
