"""Cassettes that vcrpy wrote elsewhere, of whatever version and for whatever library: read, scrubbed and kept."""

from __future__ import annotations

import contextlib
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import yaml

import conformance
from conformance.errors import ConformanceError
from conformance.record.person import WHOAMI, Person
from conformance.record.recipe import is_name
from conformance.record.stable import CONTENT_ORIGIN, stable
from conformance.traffic.cassette import sendable
from conformance.traffic.exchange import Exchange, Request, Response, headers
from conformance.traffic.identity import STRANGER, TOKENS, caller
from conformance.traffic.recording import COMMON, RecordedRepository, Recording
from conformance.traffic.route import route_of
from conformance.traffic.scrub import scrub, scrub_urls
from conformance.traffic.secrets import without_forms
from conformance.traffic.stored import condition_of

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LARGEST: Final = 256 << 20
"""Bytes of a cassette, or of what is packed in a body."""
_LEAST_TOKEN: Final = 20
"""Letters; a shorter word in place of a token, such as REDACTED, may stand in any file."""
_PASSING: Final = (408, 425, 429, 500, 502, 503, 504)
"""Statuses of answers after which a client asks again: what it was told then is worth more."""
_CALLERS: Final = tuple(dict.fromkeys(name for name in ("reader", *TOKENS) if name != STRANGER))
_SERVER: Final = "huggingface-moon"
"""What every answer of the Hub names itself."""
_ROUTES: Final = ("info", "tree", "refs", "commits", "resolve", "resolve-cache", "paths-info", "raw", "auth-check")


class ImportProblem(ConformanceError):
    """A file is no cassette that could be imported. The message names it."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of it: the recording, how many exchanges were left out, and the hosts that they went to.

    `tokens` are those of the cassettes that are long enough to be real ones: none of them may stand in the recording.
    """

    recording: Recording
    dropped: int
    hosts: tuple[str, ...]
    tokens: tuple[str, ...] = ()


def imported(files: Iterable[Path], name: str) -> Imported:
    """A recording made of cassettes.

    Of two equal requests the first counts whose answer was no failure that passes. What went to another host than a
    Hub's or its content's is left out.

    Raises:
        ImportProblem: a file is no cassette, or none of them holds an exchange with a Hub.
    """
    found = [pair for file in files for pair in _read(file)]
    callers = _callers(found)
    hub = _hub_of(found)
    contents = _content_hosts(found, hub)
    kept: dict[Any, Exchange] = {}
    dropped, hosts = 0, set()
    for url, request, response in sorted(found, key=lambda one: one[2].status in _PASSING):
        origin = _origin(url)
        if origin not in (hub, *contents):
            dropped += 1
            hosts.add(urlsplit(url).netloc)
            continue
        target = url.removeprefix(origin) or "/"
        named = _as_caller(request, callers)
        exchange = scrub(Exchange(replace(named, target=target, origin="hub" if origin == hub else "cdn"), response))
        asked = exchange.request
        key = (condition_of(exchange), asked.method, route_of(asked), asked.headers.get("Authorization"), asked.body)
        kept.setdefault(key, exchange)
    person = Person.behind(list(kept.values()))
    repositories = _repositories(kept.values())
    public = [part for one in repositories for part in (one.repo_id, *one.repo_id.split("/"))]
    clean = []
    for exchange in kept.values():
        moved = person.without(exchange, public)
        for host in contents:
            moved = stable(moved, host, counters=True)
        clean.append(stable(moved, None, counters=True))
    recording = Recording(
        area=name,
        suite=conformance.__version__,
        upstream=hub,
        recorded="",
        synthetic=False,
        origins={"hub": hub, "cdn": CONTENT_ORIGIN},
        repositories=repositories,
        cassettes={COMMON: (), **{one.cassette: () for one in repositories}} | _by_cassette(clean, repositories),
        provenance="unknown",
        callers=tuple(sorted({*callers.values()} - {STRANGER})),
    )
    tokens = tuple(token for token in callers if len(token) >= _LEAST_TOKEN)
    return Imported(recording, dropped, tuple(sorted(hosts)), tokens)


def _callers(found: list[tuple[str, Request, Response]]) -> dict[str, str]:
    """By each token the name of a caller, in the order in which they come; one that a Hub did not know is a stranger's.

    Raises:
        ImportProblem: there are more tokens than callers.
    """
    tokens = dict.fromkeys(request.token for _, request, _ in found if request.token)
    unknown = {request.token for url, request, answer in found if answer.status == 401 and _is_whoami(url)}
    known = {token: caller(token) for token in tokens if token in TOKENS.values() or token[1:-1] in TOKENS}
    free = [name for name in _CALLERS if name not in known.values()]
    others = [token for token in tokens if token not in known]
    named = [token for token in others if token not in unknown]
    if len(named) > len(free):
        raise ImportProblem(
            f"these cassettes hold {len(tokens)} tokens, and a recording knows {len(_CALLERS)} callers",
            "import fewer cassettes at once",
        )
    return {**known, **dict.fromkeys(others, STRANGER), **dict(zip(named, free, strict=False))}


def _is_whoami(url: str) -> bool:
    return urlsplit(url).path == WHOAMI


def _as_caller(request: Request, callers: Mapping[str, str]) -> Request:
    """The request with the made-up token of its caller in place of the real one."""
    if not request.token:
        return request
    sent = [(name, value) for name, value in request.headers.items() if name.lower() != "authorization"]
    token = TOKENS[callers[request.token]]
    return replace(request, headers=headers([*sent, ("Authorization", f"Bearer {token}")]))


def _read(file: Path) -> Iterator[tuple[str, Request, Response]]:
    try:
        if file.stat().st_size > _LARGEST:
            raise ImportProblem(f"{file}: more than {_LARGEST >> 20} MB", "import a smaller cassette")
        said = yaml.load(file.read_bytes(), _LOADER)
        for interaction in said["interactions"]:
            yield _exchange(interaction["request"], interaction["response"])
    except OSError as error:
        raise ImportProblem(f"{file}: it cannot be read ({error.strerror})", "name a cassette of vcrpy") from None
    except (yaml.YAMLError, LookupError, TypeError, ValueError, AttributeError, RecursionError, zlib.error) as error:
        what = f"{type(error).__name__}: {' '.join(str(error).split())[:150]}"
        raise ImportProblem(f"{file}: not a cassette of vcrpy ({what})", "name a YAML file that vcrpy wrote") from None


def _exchange(asked: Mapping[str, Any], answered: Mapping[str, Any]) -> tuple[str, Request, Response]:
    """An exchange in any of vcrpy's forms: `status` and `body.string`, or `status_code` and `content` for httpx."""
    status = answered["status"]["code"] if "status" in answered else answered["status_code"]
    held = answered["body"]["string"] if "body" in answered else answered.get("content") or answered.get("text") or b""
    if held is not None and not isinstance(held, str | bytes):
        raise TypeError(f"a body that is not text, but {type(held).__name__}")  # it may hold a secret
    body = held if isinstance(held, bytes) else (held or "").encode("utf-8", "surrogateescape")
    fields = [(name, value) for name, value in _fields(answered["headers"]) if name.lower() != "transfer-encoding"]
    encoding = next((value.lower() for name, value in fields if name.lower() == "content-encoding"), "")
    body = _unpacked(body, encoding)
    fields = [(name, value) for name, value in fields if name.lower() not in ("content-encoding", "content-length")]
    sent = asked.get("body") or b""
    request_body = sent if isinstance(sent, bytes) else str(sent).encode()
    if not isinstance(asked["method"], str):
        raise TypeError(f"a method {asked['method']!r:.20}")
    request = Request(asked["method"], "/", headers=headers(_fields(asked.get("headers") or {})), body=request_body)
    told = [value for name, value in _fields(answered["headers"]) if name.lower() == "content-length"]
    if request.method == "HEAD" and not body:  # what it says is the length of what GET would bring
        fields += [("Content-Length", value) for value in told[:1] if not encoding]
    else:
        fields.append(("Content-Length", str(len(body))))
    if not 200 <= int(status) < 600:
        raise ValueError(f"a status of {status!r:.20}")
    response = Response(int(status), headers(fields), body, source="recorded")
    sendable(Exchange(request, response))
    return _plain_url(str(asked["uri"])), request, response


def _fields(held: Mapping[str, Any] | list[Any]) -> Iterator[tuple[str, str]]:
    for name, values in held if isinstance(held, list) else held.items():
        for value in values if isinstance(values, list) else [values]:
            yield str(name), value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _unpacked(body: bytes, encoding: str) -> bytes:
    """A body as it was before it was packed; vcrpy keeps some as they came, and some decoded with the header left.

    Raises:
        ValueError: it is packed in a way that is not known here, or cannot be unpacked.
    """
    for packed in reversed([one.strip() for one in encoding.split(",")]):
        if packed in ("gzip", "x-gzip") and body[:2] == b"\x1f\x8b":
            body = _inflated(body, 16 + zlib.MAX_WBITS)
        elif packed == "deflate" and not _is_text(body):
            body = _inflated(body, zlib.MAX_WBITS if body[:1] == b"\x78" else -zlib.MAX_WBITS)
        elif packed in ("br", "zstd", "compress") and not _is_text(body):
            raise ValueError(f"a body is packed with {packed}; record it with decode_compressed_response=True")
    return body


def _inflated(body: bytes, window: int) -> bytes:
    unpacking = zlib.decompressobj(window)
    found = unpacking.decompress(body, _LARGEST)
    if not unpacking.eof:
        raise ValueError(f"a packed body was cut off, or has more than {_LARGEST >> 20} MB")
    return found


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in body


def _plain_url(url: str) -> str:
    """A URL without its login and its fragment, its host in lower case and without the port that its scheme has.

    Raises:
        ValueError: it is not a URL.
    """
    parts = urlsplit(url)
    scheme, host, port = parts.scheme.lower(), parts.hostname or "", parts.port
    if scheme not in ("http", "https") or not host:
        raise ValueError(f"no URL of a server: {without_forms(scrub_urls(url))!r:.80}")
    host = f"[{host}]" if ":" in host else host
    place = host if port in (None, {"http": 80, "https": 443}.get(scheme)) else f"{host}:{port}"
    return urlunsplit((scheme, place, parts.path or "/", parts.query, ""))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _hub_of(found: list[tuple[str, Request, Response]]) -> str:
    """The origin that was asked for what a Hub has, most often."""
    counts: Counter[str] = Counter()
    for url, request, response in found:
        origin = _origin(url)
        route = route_of(replace(request, target=url.removeprefix(origin) or "/"))
        is_hubs = "X-Repo-Commit" in response.headers or response.headers.get("X-Powered-By") == _SERVER
        if route.kind in _ROUTES or is_hubs:
            counts[origin] += 1
    if not counts:
        raise ImportProblem("none of these cassettes holds an exchange with a Hub", "name others")
    return counts.most_common(1)[0][0]


def _content_hosts(found: list[tuple[str, Request, Response]], hub: str) -> list[str]:
    hosts = []
    for url, _, response in found:
        location = response.headers.get("Location", "")
        if _origin(url) == hub and "X-Linked-Size" in response.headers and "://" in location:
            with contextlib.suppress(ValueError):  # no URL: no client can follow it
                hosts.append(_origin(_plain_url(location)))
    return list(dict.fromkeys(host for host in hosts if host != hub))


def _repositories(exchanges: Iterable[Exchange]) -> tuple[RecordedRepository, ...]:
    named = {}
    for exchange in exchanges:
        route = route_of(exchange.request)
        is_named = route.repo_id is not None and is_name(route.repo_id)
        if is_named and route.kind in _ROUTES and exchange.response.status < 400:
            named[route.repo_type, route.repo_id] = RecordedRepository(route.repo_id, route.repo_type)  # type: ignore[arg-type]
    return tuple(named.values())


def _by_cassette(
    exchanges: list[Exchange], repositories: tuple[RecordedRepository, ...]
) -> dict[str, tuple[Exchange, ...]]:
    named = {one.repo_id: one.cassette for one in repositories}
    found: dict[str, list[Exchange]] = {COMMON: [], **{one.cassette: [] for one in repositories}}
    for exchange in exchanges:
        found[named.get(route_of(exchange.request).repo_id or "", COMMON)].append(exchange)
    return {name: tuple(held) for name, held in found.items()}
