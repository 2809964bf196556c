"""A dataset over HTTP on loopback, read-only: `/api/…` in JSON, and a page to look at it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from reference_client.datasets.cli.output import to_line
from reference_client.datasets.cli.served import BadRequest, NotFound, Page, Served
from reference_client.datasets.errors import DatasetError

HOST = "127.0.0.1"
_PAGE = Path(__file__).with_name("page")
_FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
}
_JSON = "application/json"
_LINES = "application/x-ndjson"
_LONGEST_QUERY = 4096
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def server(served: Served, port: int) -> ThreadingHTTPServer:
    """A server for a dataset, bound to loopback and not yet answering.

    Args:
        port: 0 means any that is free.

    Raises:
        OSError: the port is taken.
    """

    class Bound(_Handler):
        dataset = served

    return _Server((HOST, port), Bound)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is not an error of the server; anything else is, and is shown."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD. Errors are JSON: `{"error": {"status": 404, "message": "…"}}`."""

    dataset: Served
    protocol_version = "HTTP/1.1"
    server_version = "hub-reference"
    sys_version = ""
    timeout = 30

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def _refuse_method(self) -> None:
        self.close_connection = True  # what follows may be a body
        self._error(HTTPStatus.METHOD_NOT_ALLOWED, "this server only reads: use GET or HEAD", {"Allow": "GET, HEAD"})

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _refuse_method

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what `BaseHTTPRequestHandler` cannot read, such as a line that is too long."""
        self.close_connection = True
        self._error(HTTPStatus(code), message or HTTPStatus(code).phrase)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: standard error is for what is wrong."""

    def _answer(self) -> None:
        if not self._is_for_us():
            self._error(HTTPStatus.MISDIRECTED_REQUEST, "this server answers only for 127.0.0.1 and localhost")
            return
        try:
            parts = urlsplit(self.path)
        except ValueError:  # such as http://[x, which is absolute and no URL
            self._error(HTTPStatus.BAD_REQUEST, "the target of the request is not a valid URL")
            return
        try:
            if parts.path in _FILES:
                name, kind = _FILES[parts.path]
                self._send(HTTPStatus.OK, (_PAGE / name).read_bytes(), kind)
                return
            if parts.path == "/favicon.ico":  # browsers ask for it unasked
                self._begin(HTTPStatus.NO_CONTENT, {})
                return
            if len(parts.query) > _LONGEST_QUERY:
                raise BadRequest(f"the query has more than {_LONGEST_QUERY} characters")
            self._api(parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)))
        except BadRequest as error:
            self._error(HTTPStatus.BAD_REQUEST, str(error))
        except NotFound as error:
            self._error(HTTPStatus.NOT_FOUND, str(error))
        except ConnectionError:
            raise  # the client went away
        except (DatasetError, OSError) as error:
            self._error(HTTPStatus.INTERNAL_SERVER_ERROR, str(error))

    def _is_for_us(self) -> bool:
        """Whether the request names this machine: a page elsewhere whose name leads here must not read along."""
        host = self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")
        return host.lower() in (HOST, "localhost")

    def _api(self, path: str, query: Mapping[str, str]) -> None:
        values: dict[str, Callable[[], Any]] = {
            "/api": self.dataset.about,
            "/api/count": lambda: self.dataset.count(query),
            "/api/titles": lambda: self.dataset.titles(query),
        }
        if path in values:
            self._send(HTTPStatus.OK, to_line(values[path]()).encode(), _JSON)
            return
        for kind, is_trajectory in (("rows", False), ("trajectories", True)):
            if path == f"/api/{kind}":
                self._stream(path, query, self.dataset.rows(query, as_trajectories=is_trajectory))
                return
            if path.startswith(f"/api/{kind}/"):
                name = unquote(path.removeprefix(f"/api/{kind}/"))
                self._send(HTTPStatus.OK, self.dataset.row(name, query, as_trajectory=is_trajectory).encode(), _JSON)
                return
        raise NotFound("there is no such path; use /api, /api/count, /api/titles, /api/rows or /api/trajectories")

    def _stream(self, path: str, query: Mapping[str, str], page: Page) -> None:
        """JSON lines, each sent when it has been read. An error on the way is the last line, and the body is cut."""
        lines = iter(page.lines)
        first = next(lines, None)  # an error in the first row has a status
        headers = {"Content-Type": _LINES}
        if page.next_offset is not None:
            following = urlencode({**query, "offset": page.next_offset})
            headers |= {"Link": f'<{path}?{following}>; rel="next"', "X-Next-Offset": str(page.next_offset)}
        self._begin(HTTPStatus.OK, {**headers, **({"Transfer-Encoding": "chunked"} if self._is_chunked() else {})})
        if self.command == "HEAD":
            return
        try:
            self._chunks(lines if first is None else _chained(first, lines))
        except ConnectionError:
            raise
        except (DatasetError, OSError) as error:
            self._chunk(json.dumps({"error": {"status": 500, "message": str(error)}}) + "\n")
            self.close_connection = True  # no last chunk: the client must not take it for the whole
            return
        if self._is_chunked():
            self.wfile.write(b"0\r\n\r\n")

    def _chunks(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._chunk(f"{line}\n")

    def _chunk(self, text: str) -> None:
        body = text.encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(body), body) if self._is_chunked() else body)

    def _is_chunked(self) -> bool:
        """Whether a body is sent in chunks: HTTP/1.0 knows none, and ends it with the connection (RFC 9112, 6.1)."""
        return self.request_version == "HTTP/1.1"

    def _error(self, status: HTTPStatus, message: str, headers: Mapping[str, str] | None = None) -> None:
        body = json.dumps({"error": {"status": status.value, "message": message}}).encode()
        self._send(status, body, _JSON, headers)

    def _send(self, status: HTTPStatus, body: bytes, kind: str, headers: Mapping[str, str] | None = None) -> None:
        self._begin(status, {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})})
        if self.command != "HEAD":
            self.wfile.write(body)

    def _begin(self, status: HTTPStatus, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {**_HEADERS, **headers}.items():
            self.send_header(name, value)
        self.end_headers()


def _chained(first: str, others: Iterable[str]) -> Iterable[str]:
    yield first
    yield from others
