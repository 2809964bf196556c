"""Put a handler on fresh loopback origins, over HTTP/1.1 or TLS.

aiohttp does the protocol; what it does not offer, an answer broken off on purpose, is `_deliver` below.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import re
import socket
import struct
import threading
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any, TypeVar

from aiohttp import ClientError, HttpVersion11, web
from aiohttp.http_exceptions import HttpProcessingError
from multidict import CIMultiDict

from conformance.traffic import tls
from conformance.traffic.exchange import (
    ORIGINS,
    Handler,
    OriginName,
    Request,
    Response,
    headers,
    phrase,
)
from conformance.traffic.log import Entry, WireLog
from conformance.traffic.malformed import Connection, Runner, readable

# Three names of the same machine: to a client they are three hosts.
HOSTS: dict[OriginName, str] = {"hub": "127.0.0.1", "cdn": "localhost", "stranger": "127.0.0.2"}
_LARGEST_REQUEST = 64 << 20
_LONGEST_LINE = 64 << 10
_SILENT = logging.Logger("conformance.traffic.origins", logging.CRITICAL + 1)

_ABSOLUTE = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
"""The origin in a request target of absolute form, which a client sends that takes us for a proxy (RFC 9112 §3.2.2)."""

_UNSENDABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
"""What no header can hold; an answer that repeats what a client sent may have it."""

_SURROGATE = re.compile(r"[\udc80-\udcff]")

_NO_ANSWER = Response(404, headers({"Content-Type": "text/plain", "X-Conformance": "suite-error"}), b"Not Found")

T = TypeVar("T")


class LoopThread:
    """An event loop in a separate daemon thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="origins", daemon=True).start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop and wait for its result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


@functools.cache
def shared_loop() -> LoopThread:
    """The loop that all origins of this process share; a new one after a fork would be needed, so don't fork."""
    return LoopThread()


class Origins:
    """A handler served on one origin a name, each on its own host name and a free port.

    Use as a context manager. `log` holds what was asked and answered, `errors` what the handler raised: errors of this
    project and not of the client, which is answered as if there were nothing.

    Args:
        handler: answers each request. It runs on the server's thread.
        names: which origins to open.
        secure: speak TLS with a certificate of `conformance.traffic.tls`.
        blocking: run the handler in a worker thread, for one that itself waits for a server of this process.
    """

    def __init__(
        self,
        handler: Handler,
        names: Iterable[OriginName] = ORIGINS,
        *,
        secure: bool = False,
        blocking: bool = False,
    ) -> None:
        self.log = WireLog()
        self.errors: list[Exception] = []
        self._handler = handler
        self._names = tuple(names)
        self._secure = secure
        self._blocking = blocking
        self._runners: list[web.AppRunner] = []
        self._urls: dict[OriginName, str] = {}

    def __enter__(self) -> Origins:
        shared_loop().run(self._open())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening and drop all connections; once is enough."""
        shared_loop().run(self._close())

    def url(self, name: OriginName) -> str:
        """The origin's URL without a trailing slash, `http://127.0.0.1:41234`."""
        return self._urls[name]

    @property
    def urls(self) -> dict[OriginName, str]:
        return dict(self._urls)

    async def _open(self) -> None:
        scheme = "https" if self._secure else "http"
        context = tls.server_context() if self._secure else None
        for name in self._names:
            runner = Runner(
                self._application(name),
                functools.partial(self._note_malformed, name),
                access_log=None,
                logger=_SILENT,  # malformed requests are in the wire log; errors of ours in `errors`
                handle_signals=False,
                shutdown_timeout=0.01,
                max_line_size=_LONGEST_LINE,
                max_field_size=_LONGEST_LINE,
                auto_decompress=False,
            )
            await runner.setup()
            listener = _listen(HOSTS[name])
            await web.SockSite(runner, listener, ssl_context=context).start()
            host, port = HOSTS[name], listener.getsockname()[1]
            self._urls[name] = f"{scheme}://{host}:{port}"
            self._runners.append(runner)

    async def _close(self) -> None:
        for runner in self._runners:
            await runner.cleanup()
        self._runners.clear()

    def _application(self, name: OriginName) -> web.Application:
        # A middleware is asked for every request, also for one that no route can match, such as `OPTIONS *`.
        @web.middleware
        async def everything(request: web.Request, handler: Any) -> web.StreamResponse:
            return await self._answer(name, request)

        async def answer(incoming: web.Request) -> web.StreamResponse:
            return await self._answer(name, incoming)

        application = web.Application(client_max_size=_LARGEST_REQUEST, middlewares=[everything])
        application.on_response_prepare.append(_leave_headers_alone)
        application.router.add_route("*", r"/{target:[\s\S]*}", answer, expect_handler=_go_on)
        return application

    def _note_malformed(self, name: OriginName, received: bytes, error: BaseException | None) -> None:
        entry = self.log.open(readable(received, name))
        what = str(error).strip().partition("\n")[0]
        entry.status, entry.source = 400, f"malformed request: {what}"
        if isinstance(error, Exception) and not isinstance(error, HttpProcessingError):
            entry.source = self._note_error(error)
        self.log.close(entry)

    async def _answer(self, name: OriginName, incoming: web.BaseRequest) -> web.StreamResponse:
        if isinstance(incoming.protocol, Connection):
            incoming.protocol.forget()
        target = _ABSOLUTE.sub("", incoming.raw_path) or "/"
        entry = self.log.open(Request(incoming.method, target, name, headers(_as_text(incoming.headers))))
        try:
            response = await self._response(incoming, entry)
            entry.status, entry.response_headers = response.status, response.headers
            entry.source, entry.delivery = response.source, response.delivery
            return await _deliver(incoming, response, entry)
        except Exception as error:
            # An answer that cannot be sent is an error of the suite as much as one that cannot be made.
            entry.source = self._note_error(error)
            _hang_up(incoming, "close")
            return web.Response(status=_NO_ANSWER.status)
        finally:
            self.log.close(entry)

    async def _response(self, incoming: web.BaseRequest, entry: Entry) -> Response:
        try:
            entry.request = replace(entry.request, body=await incoming.read())
        except web.HTTPRequestEntityTooLarge:
            return Response(413, headers({"Content-Type": "text/plain"}), b"Payload Too Large", source="too large")
        except (ClientError, HttpProcessingError, ConnectionError) as error:  # or the client has left
            said = headers({"Content-Type": "text/plain", "Connection": "close"})
            return Response(400, said, b"Bad Request", source=f"malformed request: {error}")
        try:
            if self._blocking:
                return await asyncio.get_running_loop().run_in_executor(None, self._handler, entry.request)
            return self._handler(entry.request)
        except Exception as error:
            return replace(_NO_ANSWER, source=self._note_error(error))

    def _note_error(self, error: Exception) -> str:
        self.errors.append(error)
        return f"suite error: {type(error).__name__}: {error}"


def _as_text(fields: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Header fields whose bytes are no UTF-8 as Latin-1, which RFC 9110 §5.5 has them be."""
    for name, value in fields.items():
        yield name, value.encode("utf-8", "surrogateescape").decode("latin-1") if _SURROGATE.search(value) else value


async def _go_on(incoming: web.Request) -> None:
    """Whatever is expected of us, let the request come: a client may expect nothing but 100 (RFC 9110 §10.1.1)."""
    if incoming.headers.get("Expect", "").lower() == "100-continue":
        await incoming.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        incoming.writer.output_size = 0


async def _leave_headers_alone(_: web.BaseRequest, prepared: web.StreamResponse) -> None:
    """Take out what aiohttp adds of itself: a recorded answer goes out with the headers it was recorded with."""
    prepared.headers.pop("Server", None)
    if prepared.headers.get("Date") == "":
        del prepared.headers["Date"]


class _Outgoing(web.StreamResponse):
    """An answer whose header text is Latin-1 on the wire, as Node writes it, and UTF-8 where Latin-1 lacks a character.

    aiohttp knows UTF-8 alone. A head with other characters than ASCII therefore goes straight to the connection.
    """

    def __init__(self, incoming: web.BaseRequest, **options: Any) -> None:
        super().__init__(**options)
        self._incoming = incoming

    async def _write_headers(self) -> None:
        if all(value.isascii() for value in [self.reason, *self.headers.values()]):
            await super()._write_headers()
            return
        if self._incoming.transport is None:
            raise ConnectionResetError("The client has left.")
        major, minor = self._incoming.version
        lines = [f"HTTP/{major}.{minor} {self.status} {self.reason}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        self._incoming.transport.write(b"".join(_encoded(line) + b"\r\n" for line in [*lines, ""]))


def _encoded(line: str) -> bytes:
    try:
        return line.encode("latin-1")
    except UnicodeEncodeError:
        return line.encode()


async def _deliver(incoming: web.BaseRequest, response: Response, entry: Entry) -> web.StreamResponse:
    delivery = response.delivery
    fields = CIMultiDict((name, _UNSENDABLE.sub("?", value)) for name, value in response.headers.items())
    outgoing = _Outgoing(incoming, status=response.status, reason=response.reason, headers=fields)
    if "Date" not in response.headers:
        outgoing.headers["Date"] = ""  # keeps aiohttp from adding its own; removed again before sending
    body = b"" if incoming.method == "HEAD" or response.status in (204, 304) else response.body
    if "chunked" in response.headers.get("Transfer-Encoding", ""):
        if incoming.version < HttpVersion11:  # chunks are unknown to it: the end of the connection ends the body
            del outgoing.headers["Transfer-Encoding"]
            outgoing.force_close()
    elif "Content-Length" not in response.headers:
        outgoing.headers["Content-Length"] = str(len(response.body))
    end = len(body) if delivery.stop_after is None else min(delivery.stop_after, len(body))

    if delivery.pause and delivery.pause_after < 0:
        await asyncio.sleep(delivery.pause)
    if end < 0:
        _hang_up(incoming, delivery.ending)
        return outgoing
    pause_at = delivery.pause_after if delivery.pause and 0 <= delivery.pause_after <= end else None
    # A client may leave in the middle; that is allowed, and the log shows how far it came.
    with contextlib.suppress(ConnectionError, asyncio.CancelledError):
        if delivery.interim and incoming.version >= HttpVersion11:  # HTTP/1.0 knows none
            await incoming.writer.write(b"".join(map(_interim, delivery.interim)))
            incoming.writer.output_size = 0
        await outgoing.prepare(incoming)
        if pause_at is not None:
            await outgoing.write(body[:pause_at])
            entry.sent = pause_at
            await asyncio.sleep(delivery.pause)
        await outgoing.write(body[pause_at or 0 : end])
        entry.sent = end
        if delivery.stop_after is None:
            await outgoing.write_eof()
    if delivery.stop_after is not None:
        _hang_up(incoming, delivery.ending)
    return outgoing


def _interim(status: int) -> bytes:
    """The head of an interim answer; it has no body. A field in it belongs to no other answer."""
    field = "Link: </style.css>; rel=preload; as=style\r\n" if status == 103 else ""
    return f"HTTP/1.1 {status} {phrase(status)}\r\n{field}\r\n".encode()


def _hang_up(incoming: web.BaseRequest, ending: str) -> None:
    transport = incoming.transport
    if transport is None:
        return
    if ending == "reset":
        # Linger 0 turns the close into a TCP reset.
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    else:
        transport.close()


def _listen(host: str) -> socket.socket:
    """A listening socket on a free port of the host; hosts with no loopback alias get plain 127.0.0.1."""
    address = "127.0.0.1" if host == "localhost" else host
    return socket.create_server((address, 0), backlog=128)
