"""One request and its answer over urllib3: connections, proxies, certificates.

Nothing here knows the Hub. urllib3 follows no redirect, sends nothing again and adds no credentials: the rules for
all that are `session`'s.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import ssl
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode, urljoin, urlsplit

import certifi
import urllib3
from urllib3.exceptions import HTTPError, LocationValueError, NewConnectionError, ProxyError, SSLError
from urllib3.exceptions import TimeoutError as Silence

from reference_client import __version__, settings
from reference_client.errors import without_query

_HEADERS = {
    "User-Agent": f"hub-reference/{__version__}; python/{sys.version.split()[0]}",
    "Accept-Encoding": "gzip, deflate",
    "Accept": "*/*",
}
_REDIRECTS = {301, 302, 303, 307, 308}
_LINK = re.compile(r"""<([^>]*)>(?:[^,"]|"[^"]*")*?;\s*rel\s*=\s*"?([^",;\s]+)""", re.IGNORECASE)
_CONNECTIONS = 32
"""Kept alive for each host."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was sent, without its body."""

    method: str
    url: str
    headers: Mapping[str, str]


class Response:
    """An answer, under the names that `requests` made common.

    Attributes:
        request: what was asked.
        url: of the request.
        status_code: such as 200.
        reason: the words after it, may be empty.
        headers: without regard to the case of their names.
        history: the redirects that led here, oldest first.
        raw: urllib3's response; a copy by pickle has none.
    """

    def __init__(self, request: Request, raw: urllib3.BaseHTTPResponse) -> None:
        self.request = request
        self.url = request.url
        self.status_code = raw.status
        self.reason = raw.reason
        self.headers = raw.headers
        self.history: list[Response] = []
        self.raw = raw

    @functools.cached_property
    def content(self) -> bytes:
        """The body, decompressed. Raises OSError if it breaks off."""
        with _builtin_errors(self.request):
            return self.raw.data

    @property
    def text(self) -> str:
        """The body as text; what isn't UTF-8 in it is replaced."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body's JSON. Raises ValueError if it is none."""
        return json.loads(self.content)

    def read1(self, size: int) -> bytes:
        """The next bytes of a streamed body, decompressed: what is there, at most `size` on the wire; b"" at its end.

        Raises:
            ConnectionAbortedError, ssl.SSLError: the connection broke.
            TimeoutError: it fell silent.
        """
        with _builtin_errors(self.request):
            return self.raw.read1(size, decode_content=True)

    @property
    def is_redirect(self) -> bool:
        """Whether it says to ask elsewhere."""
        return self.status_code in _REDIRECTS and "Location" in self.headers

    @property
    def redirect_url(self) -> str:
        """Where a redirect leads, absolute."""
        return urljoin(self.url, self.headers["Location"])

    @property
    def links(self) -> dict[str, str]:
        """URLs of the Link header by their relation, such as `next` (RFC 8288)."""
        return {relation: url for url, relation in _LINK.findall(self.headers.get("Link", ""))}

    def drain(self) -> None:
        """Read what is left of the body, so that the connection can be used again."""
        self.raw.drain_conn()

    def close(self) -> None:
        """Give up what is left of the body, and the connection with it."""
        self.raw.close()

    def __enter__(self) -> Response:
        return self

    def __exit__(self, *details: object) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        state = {**vars(self), "content": self.content}
        del state["raw"]  # a connection stays in its process
        return state


def send(
    method: str,
    url: str,
    headers: Mapping[str, str],
    *,
    form: list[tuple[str, str]] | None = None,
    timeout: float,
    stream: bool,
) -> Response:
    """Send one request and return its answer, whatever that is.

    Args:
        url: absolute, http or https.
        headers: sent beside User-Agent and Accept-Encoding, or in their place.
        form: the fields of a form to send as the body.
        timeout: seconds to connect, and of silence.
        stream: leave the body on the connection, for the caller to read and close.

    Raises:
        ConnectionRefusedError: no connection could be made.
        ConnectionAbortedError: the connection broke.
        TimeoutError: nothing came in time.
        ssl.SSLError: the other side's certificate isn't trusted, or it doesn't speak TLS.
        OSError: there are no certificates where the environment says.
    """
    sent = urllib3.HTTPHeaderDict(_HEADERS)
    if form is not None:
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    sent.update(headers)
    request = Request(method, url, sent)
    with _builtin_errors(request):
        raw = connections(_proxy(url), _authorities(url)).urlopen(
            method,
            url,
            body=None if form is None else urlencode(form),
            headers=sent,
            timeout=timeout,
            redirect=False,
            retries=False,
            preload_content=not stream,
        )
    return Response(request, raw)


@functools.cache
def connections(proxy: str | None = None, authorities: str | None = None) -> urllib3.PoolManager:
    """The connections of this process by way of a proxy, kept alive.

    Args:
        proxy: URL of it; None for none.
        authorities: file or folder of the certificates that are trusted; None where no TLS is spoken.
    """
    context = _trusting(authorities) if authorities else None
    if proxy is None:
        return urllib3.PoolManager(maxsize=_CONNECTIONS, ssl_context=context)
    parts = urlsplit(proxy)
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
    return urllib3.ProxyManager(
        proxy,
        proxy_headers=urllib3.make_headers(proxy_basic_auth=login),
        maxsize=_CONNECTIONS,
        ssl_context=context,
    )


def _trusting(authorities: str) -> ssl.SSLContext:
    path = Path(authorities)
    if not path.exists():
        raise OSError(
            f"There are no certificates at {authorities}: check REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE and SSL_CERT_FILE."
        )
    if path.is_dir():
        return ssl.create_default_context(capath=path)
    return ssl.create_default_context(cafile=path)


def _authorities(url: str) -> str | None:
    return (settings.ca_bundle() or certifi.where()) if urlsplit(url).scheme == "https" else None


def _proxy(url: str) -> str | None:
    """The proxy that HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names for a URL, unless NO_PROXY has its host."""
    parts = urlsplit(url)
    names = (f"{parts.scheme}_proxy", "all_proxy")
    if not any(os.environ.get(name) or os.environ.get(name.upper()) for name in names):
        return None
    from urllib.request import getproxies_environment, proxy_bypass

    proxies = getproxies_environment()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    bypassed = proxy_bypass(parts.netloc.rpartition("@")[2])
    if not proxy or bypassed or _is_within(parts.hostname, proxies.get("no", "")):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _is_within(host: str | None, networks: str) -> bool:
    """Whether a host is an address in one of these networks (`10.0.0.0/8,192.168.0.0/16`)."""
    from ipaddress import ip_address, ip_network

    for network in networks.split(","):
        with contextlib.suppress(ValueError):
            if ip_address(host or "") in ip_network(network.strip()):
                return True
    return False


@contextlib.contextmanager
def _builtin_errors(request: Request) -> Iterator[None]:
    """Let urllib3's errors be Python's own, without the query of the URL, which may be a secret."""
    try:
        yield
    except HTTPError as error:
        message = (
            f"{request.method} {without_query(request.url)}: {_reason(error)}. "
            "Check the network and HF_ENDPOINT, and try again."
        )
        if isinstance(error, (NewConnectionError, ProxyError, LocationValueError)):
            raise ConnectionRefusedError(message) from error
        if isinstance(error, Silence):
            raise TimeoutError(message) from error
        if isinstance(error, SSLError):
            raise ssl.SSLError(ssl.SSL_ERROR_SSL, message) from error
        raise ConnectionAbortedError(message) from error


def _reason(error: Exception) -> str:
    """What is behind an error of urllib3, without its names for connections."""
    if isinstance(error, LocationValueError):
        return "not a valid URL"  # which urllib3 would show whole
    if isinstance(error, ProxyError):
        return f"no connection to the proxy: {_reason(error.original_error)}"
    cause = error.__cause__ if isinstance(error.__cause__, OSError) else error.args[-1]
    return getattr(cause, "strerror", None) or str(cause)


if hasattr(os, "register_at_fork"):  # a child must not talk on its parent's connections
    os.register_at_fork(after_in_child=connections.cache_clear)
