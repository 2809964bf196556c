"""One request and its answer over urllib3: connections, proxies, certificates.

Nothing here knows the Hub. urllib3 follows no redirect, sends nothing again and adds no credentials: the rules for
all that are `session`'s.

Why not requests: measured beside this, its import took 1.3 times as long, and 200 small files about 1.9 times.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import io
import json
import os
import re
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, TypeVar
from urllib.parse import unquote, urlencode, urljoin

import certifi
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, LocationValueError, NewConnectionError, ProxyError, SSLError
from urllib3.exceptions import TimeoutError as Silence

from reference_client import __version__, limits, settings
from reference_client.limits import LimitError, TooSlowError
from reference_client.urls import checked, is_plain, origin, printable, without_query

Result = TypeVar("Result")
Form: TypeAlias = list[tuple[str, str]]
Watch: TypeAlias = Callable[[Callable[[], None]], Callable[[], None]]

_HEADERS = {
    "user-agent": f"hub-reference/{__version__}; python/{sys.version.split()[0]}",
    "accept-encoding": "gzip, deflate",
    "Accept": "*/*",
}
_SECRETS = {"authorization", "proxy-authorization", "cookie"}  # headers that no object keeps
_REDIRECTS = {301, 302, 303, 307, 308}
_LINK = re.compile(r"""<([^<>]*)>((?:[^,<>"]|"[^"]*")*)""")
_RELATIONS = re.compile(r""";\s*rel\s*=\s*(?:"([^"]*)"|([^",;\s]+))""", re.IGNORECASE)
_LOGIN = re.compile(r"(https?://)[^\\/?#\s]*@", re.IGNORECASE | re.ASCII)
_BLOCK = 1 << 16
_DRAINING = 1.0  # seconds that reading a rest may take, so that the connection can be used again
_CONNECTIONS = 32  # kept alive for each host


@dataclass(frozen=True, slots=True)
class Request:
    """What was sent, without its body and without what is secret in its headers."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    def __reduce__(self) -> tuple[Any, ...]:
        return Request, (self.method, without_query(self.url), dict(self.headers))


class Response:
    """An answer, under the names that `requests` made common.

    `url` is the request's, `history` holds the redirects that led here, oldest first, and `raw` is urllib3's response.
    A copy by pickle lacks `raw`, the redirects and the query of the URL.
    """

    def __init__(self, request: Request, raw: urllib3.BaseHTTPResponse, patience: float = 60) -> None:
        self.request, self.url, self.raw = request, request.url, raw
        self.status_code, self.reason, self.headers = raw.status, raw.reason, raw.headers
        self.history: list[Response] = []
        self._patience = patience  # seconds for a head, a piece of a file, or an API's body
        self._since, self._came = time.monotonic(), 0  # when the current piece began, and its bytes so far

    def __repr__(self) -> str:
        return f"<Response [{self.status_code}]>"

    @functools.cached_property
    def content(self) -> bytes:
        """The body, decompressed; of an error, its first ERROR_BYTES.

        Raises OSError if it breaks off or lasts too long, LimitError if it is larger than an API's answer may be.
        """
        limit, body = limits.JSON_BYTES if self.status_code < 400 else limits.ERROR_BYTES, bytearray()

        def receive() -> None:
            while len(body) <= limit and (block := self.raw.read1(_BLOCK, decode_content=True)):
                body.extend(block)

        _guarded(self.request, self._patience, receive)
        if len(body) > limit:
            self.close()
            if self.status_code < 400:
                raise LimitError(f"The answer from {without_query(self.url)}", "JSON_BYTES")
        return bytes(body[:limit])

    @property
    def text(self) -> str:
        """The body as text; what isn't UTF-8 in it is replaced."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body's JSON. Raises ValueError for anything else, and RecursionError if it is too deep."""
        content = self.content
        if sum(map(content.count, b",:[{")) > limits.JSON_VALUES:
            raise LimitError(f"The answer from {without_query(self.url)}", "JSON_VALUES")
        return json.loads(content, parse_constant=_no_constant)

    def read1(self, size: int) -> bytes:
        """The next bytes of a streamed body, decompressed: what is there, at most `size` on the wire; b"" at its end.

        Raises ConnectionAbortedError or ssl.SSLError if the connection breaks, TimeoutError if it is silent or slow.
        """
        return _guarded(self.request, self._patience, lambda: self._next(size))

    def _next(self, size: int) -> bytes:
        block, now = self.raw.read1(size, decode_content=True), time.monotonic()
        self._came += len(block)
        if now - self._since > self._patience:
            if block and self._came < limits.LEAST_PROGRESS:
                raise _too_slow(self._patience)
            self._since, self._came = now, 0
        return block

    @property
    def is_redirect(self) -> bool:
        """Whether it says to ask elsewhere."""
        return self.status_code in _REDIRECTS and "Location" in self.headers

    @property
    def redirect_url(self) -> str:
        """Where a redirect leads, absolute. Raises OSError if that is not certain."""
        return checked(self.url, self.headers["Location"], urljoin)

    @property
    def links(self) -> dict[str, str]:
        """URLs of the Link header by their relation, such as `next` (RFC 8288)."""
        said = self.headers.get("Link", "")
        if len(said) > limits.LINK_BYTES:
            raise LimitError(f"The Link header from {without_query(self.url)}", "LINK_BYTES")
        links = ((url, _RELATIONS.search(parameters)) for url, parameters in _LINK.findall(said))
        return {one.lower(): url for url, found in links if found for one in (found[1] or found[2] or "").split()}

    def drain(self) -> None:
        """Read what is left of a short body, so that the connection can be used again; else give it up."""
        left = self.raw.length_remaining
        with contextlib.suppress(OSError):
            if left is not None and left <= limits.ERROR_BYTES:
                _guarded(self.request, _DRAINING, self.raw.drain_conn)
                return
        self.close()

    def close(self) -> None:
        """Give up what is left of the body, and the connection with it."""
        self.raw.close()

    def __getstate__(self) -> dict[str, Any]:
        state = {**vars(self), "content": vars(self).get("content", b""), "url": without_query(self.url), "history": []}
        state["headers"] = urllib3.HTTPHeaderDict(self.headers)
        state["headers"].discard("Location")
        del state["raw"]  # a connection stays in its process
        return state


def send(
    method: str, url: str, headers: Mapping[str, str], timeout: float, form: Form | None, watch: Watch, stream: bool
) -> Response:
    """Send one request and return its answer, whatever that is.

    Args:
        url: absolute, http or https.
        headers: sent beside User-Agent and Accept-Encoding, or in their place.
        timeout: seconds to connect, and of silence.
        form: the fields of a form to send as the body.
        watch: called, before an answer is awaited, with what breaks it off; what it returns, when it has ended.
        stream: leave the body on the connection, for the caller to read and close.

    Raises ConnectionRefusedError if no connection could be made, ConnectionAbortedError if it broke, TimeoutError if
    nothing came in time, ssl.SSLError if the certificate isn't trusted or the other side doesn't speak TLS, and another
    OSError if there are no certificates where the environment says, or the answer cannot be read.
    """
    sent = {**_HEADERS, **{name.lower(): value for name, value in headers.items()}}
    if form is not None:
        sent.setdefault("content-type", "application/x-www-form-urlencoded")
    request = Request(method, url, {name: value for name, value in sent.items() if name not in _SECRETS})
    patience = limits.SILENCES * timeout
    if not is_plain(url):
        raise ConnectionRefusedError(_complaint(request, "not a valid URL"))
    authorities = (settings.ca_bundle() or certifi.where()) if origin(url)[0] == "https" else None
    ask: Any = functools.partial(connections(_proxy(url), authorities).urlopen, redirect=False, retries=False)
    options = {"headers": sent, "timeout": timeout, "preload_content": False}
    body = None if form is None else urlencode(form)
    _clock.watch = watch
    raw = _guarded(request, patience, lambda: ask(method, url, body=body, **options))
    raw.headers = urllib3.HTTPHeaderDict((name, value.strip(" \t")) for name, value in raw.headers.items())
    length = raw.headers.get("Content-Length", "0")
    if not re.fullmatch(r"([0-9]{1,18})(, \1)*", length):  # the same one twice is allowed (RFC 9110, 8.6)
        raw.close()
        raise OSError(_complaint(request, f"the answer has the Content-Length {printable(length)}"))
    response = Response(request, raw, patience)
    if not stream and not response.is_redirect:
        _ = response.content
    return response


@functools.cache
def connections(proxy: str | None = None, authorities: str | None = None) -> urllib3.PoolManager:
    """The connections of this process by way of a proxy (its URL), kept alive.

    `authorities` is the file or folder of the certificates that are trusted; None where no TLS is spoken.
    """
    options: dict[str, Any] = {"maxsize": _CONNECTIONS, "ssl_context": _trusting(authorities) if authorities else None}
    if proxy is None:
        manager = urllib3.PoolManager(**options)
    else:
        login = urllib3.util.parse_url(proxy).auth
        headers = urllib3.make_headers(proxy_basic_auth=unquote(login) if login else None)
        manager = urllib3.ProxyManager(proxy, proxy_headers=headers, **options)
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
    return manager


_clock = threading.local()  # this thread's deadline and patience, set by `_guarded`, and its watch, set by `send`


class _Stream(io.RawIOBase):
    """What comes on a socket, until the time is up: a socket's own timeout begins again with every byte."""

    def __init__(self, sock: Any) -> None:
        self._sock, self._raw = sock, sock.makefile("rb", buffering=0)
        self._ended = _clock.watch(functools.partial(sock.shutdown, socket.SHUT_RDWR))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = _clock.deadline - time.monotonic()
        if left <= 0:
            raise _too_slow(_clock.patience)
        silence = self._sock.gettimeout()
        if silence is not None and silence <= left:
            return self._raw.readinto(buffer)  # type: ignore[no-any-return]
        self._sock.settimeout(left)
        try:
            return self._raw.readinto(buffer)  # type: ignore[no-any-return]
        except TimeoutError:
            raise _too_slow(_clock.patience) from None
        finally:
            self._sock.settimeout(silence)

    def close(self) -> None:
        if not self.closed:
            self._ended()
            self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    def __init__(self, sock: Any, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_Stream(sock), _BLOCK)  # a small file comes in one piece

    def _read_status(self) -> tuple[str, int, str]:
        """Of the final answer: others, such as 103 Early Hints, may come before it (RFC 9110, 15.2)."""
        while 101 < (found := super()._read_status())[1] < 200:  # type: ignore[misc]
            http.client.parse_headers(self.fp)
        return found  # type: ignore[no-any-return]


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls: Any = type("_Connection", (HTTPConnection,), {"response_class": _Answer})


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls: Any = type("_SecureConnection", (HTTPSConnection,), {"response_class": _Answer})


def _trusting(authorities: str) -> ssl.SSLContext:
    path = Path(authorities)
    if not path.exists():
        raise OSError(f"There are no certificates at {authorities}: check {', '.join(settings.CA_VARIABLES)}.")
    folder = path if path.is_dir() else None
    try:
        return ssl.create_default_context(cafile=None if folder else path, capath=folder)
    except OSError as error:
        what = f"The certificates at {authorities} can't be read ({error.strerror or error})"
        raise OSError(f"{what}: check {', '.join(settings.CA_VARIABLES)}.") from None


def _proxy(url: str) -> str | None:
    """The proxy that HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names for a URL, unless NO_PROXY has its host.

    Raises ConnectionRefusedError if it cannot be used.
    """
    scheme, host, port = origin(url)
    variables = [name for lower in (f"{scheme}_proxy", "all_proxy") for name in (lower, lower.upper())]
    if not any(map(os.environ.get, variables)):
        return None
    from urllib.request import getproxies_environment, proxy_bypass

    proxies = getproxies_environment()
    proxy = proxies.get(scheme or "") or proxies.get("all")
    if not proxy or proxy_bypass(f"{host}:{port}") or _is_within((host or "").strip("[]"), proxies.get("no", "")):
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    if not is_plain(_LOGIN.sub(r"\1", proxy, count=1)):
        named = " or ".join(name for name in variables if os.environ.get(name))
        raise ConnectionRefusedError(f"{named} names no proxy: it must be http://host:port or https://host:port.")
    return proxy


def _is_within(host: str, networks: str) -> bool:
    """Whether a host is an address in one of these networks (`10.0.0.0/8,192.168.0.0/16`)."""
    from ipaddress import ip_address, ip_network

    for network in networks.split(","):
        with contextlib.suppress(ValueError):
            if ip_address(host) in ip_network(network.strip()):
                return True
    return False


def _guarded(request: Request, seconds: float, work: Callable[[], Result]) -> Result:
    """Do something that lasts at most `seconds`, and raise whatever goes wrong in it as one of Python's own errors.

    They are raised outside of the `except` that they come from: its frames hold the token.
    """
    _clock.deadline, _clock.patience = time.monotonic() + seconds, seconds
    kind: type[OSError] = ConnectionAbortedError
    try:
        return work()
    except HTTPError as error:
        reason = _reason(error)
        if isinstance(error, (NewConnectionError, ProxyError, LocationValueError)):
            kind = ConnectionRefusedError
        elif isinstance(error, Silence):
            kind = TooSlowError if isinstance(error.__cause__, TooSlowError) else TimeoutError
        elif isinstance(error, SSLError):
            kind = ssl.SSLError
    except TooSlowError as error:
        kind, reason = TooSlowError, str(error)
    except OSError:
        raise
    except Exception as error:  # such as a ValueError or OverflowError of http.client, for a number in a head
        kind, reason = OSError, f"the answer cannot be read ({printable(str(error))})"
    message = _complaint(request, reason)
    raise ssl.SSLError(ssl.SSL_ERROR_SSL, message) if kind is ssl.SSLError else kind(message)


def _complaint(request: Request, reason: str) -> str:
    return f"{request.method} {without_query(request.url)}: {reason}. Check the network and HF_ENDPOINT, and try again."


def _too_slow(patience: float) -> TooSlowError:
    return TooSlowError(f"too slow: not enough came in {patience:g} s, SILENCES = {limits.SILENCES} times the timeout")


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _reason(error: Exception) -> str:
    """What is behind an error of urllib3, without its names for connections."""
    if isinstance(error, LocationValueError):
        return "not a valid URL"  # which urllib3 would show whole
    if isinstance(error, ProxyError):
        return f"no connection to the proxy: {_reason(error.original_error)}"
    cause = error.__cause__ if isinstance(error.__cause__, OSError) else error.args[-1]
    return printable(getattr(cause, "strerror", None) or str(cause))


if hasattr(os, "register_at_fork"):  # a child must not talk on its parent's connections
    os.register_at_fork(after_in_child=connections.cache_clear)
