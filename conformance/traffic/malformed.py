"""Requests that are not valid HTTP: they are answered 400, and the wire log shows them as far as they can be read.

A path that was not percent-encoded is a usual fault of clients, and a report without the request would not show it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from conformance.traffic.exchange import OriginName, Request, headers

_MOST_KEPT: Final = 8 << 10
"""Bytes of a request that are kept until it is known to be well formed."""

_VERSION = re.compile(r"\s+HTTP/\d[^\s]*\s*$")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")

Noted = Callable[[bytes, BaseException | None], None]
"""Called for a request that could not be handled: what came of it, and what is wrong. Anything but a
`HttpProcessingError` is our own fault."""


class Connection(RequestHandler):
    """A connection that reports requests which could not be parsed, instead of logging a traceback."""

    def __init__(self, *arguments: Any, noted: Noted, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._noted = noted
        self._received = b""

    def data_received(self, data: bytes) -> None:
        if len(self._received) < _MOST_KEPT:
            self._received = (self._received + data)[:_MOST_KEPT]
        super().data_received(data)

    def forget(self) -> None:
        """What came so far was a request."""
        self._received = b""

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        self._noted(self._received, exc)
        if request.writer.output_size > 0:
            raise ConnectionError("an answer was sent already")
        answer = web.Response(status=400, text="Bad Request", content_type="text/plain")
        answer.force_close()
        return answer


class Runner(web.AppRunner):
    """Runs an application whose connections are `Connection`s."""

    def __init__(self, application: web.Application, noted: Noted, **options: Any) -> None:
        super().__init__(application, **options)
        self._noted = noted

    @property
    def server(self) -> Any:
        """What makes the protocol of a new connection."""
        server = self._server
        if server is None:
            return None
        return lambda: Connection(server, loop=server._loop, noted=self._noted, **server._kwargs)


def readable(received: bytes, origin: OriginName) -> Request:
    """A malformed request as far as it can be read: bytes that are not text, and controls, are escaped."""
    head = received.replace(b"\r\n", b"\n").partition(b"\n\n")[0].decode("utf-8", "backslashreplace")
    first, *rest = head.split("\n")
    method, _, target = _VERSION.sub("", first).partition(" ")
    fields = (line.partition(":") for line in rest)
    named = [(_plain(name.strip()), _plain(value.strip())) for name, colon, value in fields if colon and name.strip()]
    return Request(_plain(method), _plain(target), origin, headers(named))


def _plain(text: str) -> str:
    return _CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
