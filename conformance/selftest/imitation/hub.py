"""The stand-in's answers on real sockets, with what lies between the Hub and a client on the internet.

Gzip whether asked for or not, chunked answers, cookies, two content hosts, an occasional 429, HTML in place of a page
that is not there, files of gigabytes that are made while they are sent.
"""

from __future__ import annotations

import gzip
import itertools
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from conformance.hub import StandInHub
from conformance.hub.repository import Repository
from conformance.traffic.exchange import OriginName, Request, Response, headers
from conformance.traffic.identity import TOKENS

REAL_TOKENS = {name: f"hf_{name.title()}{'x' * (34 - len(name))}" for name in TOKENS}
"""Tokens in the form of real ones, by the caller that they belong to."""

_HOSTS = ("127.0.0.1", "localhost", "127.0.0.2")
_PIECE = 1 << 18


@dataclass(frozen=True)
class Manners:
    """How the imitation behaves beyond the stand-in.

    Args:
        gzip: send text and JSON compressed, whatever was accepted.
        chunked: send without a Content-Length.
        cookies: set one with each answer, and name the client's address.
        limited_every: each so many requests is answered with 429; 0 is none.
        html: answer a page that is not there with HTML.
        plant: change an answer before it is sent.
        breaks_after: requests after which every connection is closed without an answer; None is never.
    """

    gzip: bool = True
    chunked: bool = True
    cookies: bool = True
    limited_every: int = 0
    html: bool = True
    plant: Callable[[Request, Response], Response] | None = None
    breaks_after: int | None = None


class Imitation:
    """A Hub on loopback. Use as a context manager; `url` is its endpoint.

    Args:
        repositories: what it answers for.
        manners: how.

    Attributes:
        asked: the requests so far.
        limited: how many were answered with 429.
    """

    def __init__(self, repositories: Iterable[Repository], manners: Manners | None = None) -> None:
        self.stand_in = StandInHub(repositories)
        self.manners = manners or Manners()
        self.asked: list[Request] = []
        self.limited = 0
        self._servers: list[ThreadingHTTPServer] = []
        self._numbers = itertools.count(1)

    def __enter__(self) -> Imitation:
        for place, host in enumerate(_HOSTS):
            name: OriginName = "hub" if place == 0 else "cdn"
            server = ThreadingHTTPServer((host, 0), _handler(self, name))
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            self._servers.append(server)
        self.stand_in.origins.update({"hub": self.url, "cdn": self.content_hosts[0]})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    @property
    def url(self) -> str:
        """The endpoint, without a trailing slash."""
        return self._url(0)

    @property
    def content_hosts(self) -> list[str]:
        """The two hosts that large files come from."""
        return [self._url(1), self._url(2)]

    def _url(self, place: int) -> str:
        return f"http://{_HOSTS[place]}:{self._servers[place].server_address[1]}"

    def answer(self, request: Request) -> Response | None:
        """What is sent, and None where the connection is closed instead."""
        number = next(self._numbers)
        self.asked.append(request)
        manners = self.manners
        if manners.breaks_after is not None and number > manners.breaks_after:
            return None
        if manners.limited_every and request.origin == "hub" and number % manners.limited_every == 0:
            self.limited += 1
            said = {"RateLimit": '"api";r=0;t=7', "Retry-After": "7", "Content-Type": "text/plain"}
            return Response(429, headers(said), b"We had to rate limit your IP (203.0.113.7).")
        response = self.stand_in(_by_its_caller(request))
        if number % 2:
            response = _on_another_host(response, *self.content_hosts)
        is_page = not request.path.startswith("/api/") and response.body != b"Entry not found"
        if manners.html and is_page and response.status == 404 and "X-Error-Code" not in response.headers:
            page = response.with_headers({"Content-Type": "text/html; charset=utf-8"})
            response = replace(page, body=b"<!doctype html><p>404")
        if manners.cookies:
            told = {"Set-Cookie": f"token=c00kie{number}; Path=/", "X-Forwarded-For": "203.0.113.7", "Via": "1.1 edge"}
            response = response.with_headers(told)
        return manners.plant(request, response) if manners.plant else response


def _by_its_caller(request: Request) -> Request:
    for name, token in REAL_TOKENS.items():
        if request.token == token:
            sent = {**dict(request.headers), "Authorization": f"Bearer {TOKENS[name]}"}
            return replace(request, headers=headers(sent))
    return request


def _on_another_host(response: Response, first: str, second: str) -> Response:
    location = response.headers.get("Location", "")
    if not location.startswith(first):
        return response
    body = response.body.replace(first.encode(), second.encode())
    return replace(response.with_headers({"Location": second + location.removeprefix(first)}), body=body)


def _handler(hub: Imitation, name: OriginName) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._answer()

        def do_HEAD(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, *_: Any) -> None:
            return

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = Request(self.command, self.path, name, headers(self.headers.items()), body)
            response = hub.answer(request)
            if response is None:
                self.close_connection = True
                return
            try:
                _send(self, hub.manners, response)
            except OSError:  # the client has seen enough
                self.close_connection = True

    return Handler


def _send(handler: BaseHTTPRequestHandler, manners: Manners, response: Response) -> None:
    body: Any = response.body
    fields = [(key, value) for key, value in response.headers.items() if key != "Content-Length"]
    has_body = handler.command != "HEAD" and response.status not in (204, 304)
    is_words = response.headers.get("Content-Type", "").startswith(("application/json", "text/"))
    if manners.gzip and is_words and len(body) > 20 and response.status == 200:
        body = gzip.compress(body, mtime=0)
        fields.append(("Content-Encoding", "gzip"))
    is_chunked = manners.chunked and is_words and has_body
    fields.append(("Transfer-Encoding", "chunked") if is_chunked else ("Content-Length", str(len(body))))
    handler.send_response_only(response.status, response.reason)
    for key, value in fields:
        handler.send_header(key, value)
    handler.end_headers()
    for piece in _pieces(body) if has_body else ():
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if is_chunked else piece)
    if is_chunked:
        handler.wfile.write(b"0\r\n\r\n")


def _pieces(body: Any) -> Iterator[bytes]:
    for start in range(0, len(body), _PIECE):
        yield bytes(body[start : start + _PIECE])
