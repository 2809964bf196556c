"""Put a handler on fresh loopback origins, over HTTP/1.1 or TLS.

aiohttp does the protocol; what it does not offer, an answer broken off on purpose, is `_deliver` below.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import socket
import struct
import threading
from collections.abc import Coroutine, Iterable
from types import TracebackType
from typing import Any, TypeVar

from aiohttp import web
from multidict import CIMultiDict

from conformance.wire import tls
from conformance.wire.exchange import (
    ORIGINS,
    Handler,
    OriginName,
    Request,
    Response,
    headers,
)
from conformance.wire.log import Entry, WireLog

# Three names of the same machine: to a client they are three hosts.
HOSTS: dict[OriginName, str] = {"hub": "127.0.0.1", "cdn": "localhost", "stranger": "127.0.0.2"}
_LARGEST_REQUEST = 64 << 20
_LONGEST_LINE = 64 << 10

T = TypeVar("T")


class LoopThread:
    """An event loop in a daemon thread of its own."""

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

    Use as a context manager. `log` holds what was asked and answered.

    Args:
        handler: answers each request. It runs on the server's thread.
        names: which origins to open.
        secure: speak TLS with a certificate of `conformance.wire.tls`.
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
            runner = web.AppRunner(
                self._application(name),
                access_log=None,
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
        application = web.Application(client_max_size=_LARGEST_REQUEST)
        application.on_response_prepare.append(_leave_headers_alone)

        async def answer(incoming: web.BaseRequest) -> web.StreamResponse:
            return await self._answer(name, incoming)

        application.router.add_route("*", r"/{target:[\s\S]*}", answer)
        return application

    async def _answer(self, name: OriginName, incoming: web.BaseRequest) -> web.StreamResponse:
        request = Request(
            method=incoming.method,
            target=incoming.raw_path,
            origin=name,
            headers=headers(incoming.headers.items()),
            body=await incoming.read(),
        )
        entry = self.log.open(request)
        if self._blocking:
            response = await asyncio.get_running_loop().run_in_executor(None, self._handler, request)
        else:
            response = self._handler(request)
        entry.status, entry.response_headers = response.status, response.headers
        entry.source, entry.delivery = response.source, response.delivery
        try:
            return await _deliver(incoming, response, entry)
        finally:
            self.log.close(entry)


async def _leave_headers_alone(_: web.BaseRequest, prepared: web.StreamResponse) -> None:
    """Take out what aiohttp adds of itself: a recorded answer goes out with the headers it was recorded with."""
    prepared.headers.pop("Server", None)
    if prepared.headers.get("Date") == "":
        del prepared.headers["Date"]


async def _deliver(incoming: web.BaseRequest, response: Response, entry: Entry) -> web.StreamResponse:
    delivery = response.delivery
    outgoing = web.StreamResponse(status=response.status, reason=response.reason, headers=CIMultiDict(response.headers))
    if "Date" not in response.headers:
        outgoing.headers["Date"] = ""  # keeps aiohttp from adding its own; removed again before sending
    body = b"" if incoming.method == "HEAD" or response.status in (204, 304) else response.body
    if "Content-Length" not in response.headers and "chunked" not in response.headers.get("Transfer-Encoding", ""):
        outgoing.headers["Content-Length"] = str(len(response.body))
    end = len(body) if delivery.stop_after is None else min(delivery.stop_after, len(body))

    if delivery.pause and delivery.pause_after < 0:
        await asyncio.sleep(delivery.pause)
    if end < 0:
        _hang_up(incoming, delivery.ending)
        return outgoing
    pause_at = delivery.pause_after if delivery.pause and 0 <= delivery.pause_after <= end else None
    # A client may leave in the middle; that is its right, and the log says how far it came.
    with contextlib.suppress(ConnectionError, asyncio.CancelledError):
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
