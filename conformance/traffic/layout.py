"""How a cassette of format 2 is written: YAML that vcrpy reads, a person reviews, and git shows small differences of.

Headers that all answers of a kind share are written once, as an anchor. JSON is a block with one item a line; where
that is not how the Hub wrote it, a mark says that it is restored to its compact form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from conformance.traffic.etag import weak_etag
from conformance.traffic.exchange import Exchange, OriginName, Response
from conformance.traffic.route import route_of
from conformance.traffic.stored import StoredExchange, head_of, is_left_out

_UNSAFE: Final = re.compile("[\\x7f-\\x9f\\u2028\\u2029\\ufeff\\ufffe\\uffff\\ud800-\\udfff]")
_NO_BLOCK: Final = re.compile(
    "[^\\n\\x20-\\x7e\\u00a0-\\u2027\\u202a-\\ud7ff\\ue000-\\ufefe\\uff00-\\ufffd\\U00010000-\\U0010ffff]"
)
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*")

COMPACT: Final = "compact"
"""The mark of a body whose JSON is to be restored to the form without blanks."""
FOLLOWS: Final = "follows"
"""The mark of a response whose Content-Length and weak ETag are left out, since they follow from its body."""

_SHORT: Final = 300
"""Bytes; Shorter JSON is kept on one line, as it was received."""
INLINE: Final = 1000
"""Bytes; a shorter text of a file is kept in the cassette, not in a separate file."""
_WIDTH: Final = 120
"""Letters, about, of a line with several values of an object."""


def text_of(exchanges: Sequence[Exchange], origins: Mapping[OriginName, str]) -> str:
    """A cassette as text."""
    groups: dict[str, list[Exchange]] = {}
    for exchange in exchanges:
        groups.setdefault(_kind(exchange), []).append(exchange)
    shared = {kind: _shared([head_of(one) for one in held]) for kind, held in groups.items()}
    marks = {kind: _marks(held[0]) if len({_marks(one) for one in held}) == 1 else () for kind, held in groups.items()}
    if not exchanges:
        return "version: 1\ninteractions: []\n"
    lines = ["version: 1", "shared:"]
    for kind, held in sorted(groups.items()):
        status = head_of(held[0])
        parts = [f"status: {{code: {status.status}, message: {_quoted(status.reason)}}}"]
        parts += [*marks[kind], f"headers: &{kind}-headers {_mapping(shared[kind])}"]
        lines.append(f"- &{kind} {{{', '.join(parts)}}}")
    lines.append("interactions:")
    for exchange in exchanges:
        kind = _kind(exchange)
        lines += _interaction(exchange, kind, shared[kind], marks[kind], origins)
    return "\n".join(lines) + "\n"


def restored(response: dict[str, Any]) -> bytes:
    """A body as the Hub sent it, from what a cassette holds; the response's headers are completed by it."""
    text = response["body"]["string"]
    content: bytes = text if isinstance(text, bytes) else text.encode()
    if response.get(COMPACT) is True:
        content = _compact(json.loads(content))
    if response.get(FOLLOWS) is True:
        follow = {"Content-Length": [str(len(content))], "ETag": [weak_etag(content)]}
        response["headers"] = {**response["headers"], **follow}  # a copy: YAML gives an anchor's users the same object
    return content


def _interaction(
    exchange: Exchange,
    kind: str,
    shared: Mapping[str, list[str]],
    marks: Sequence[str],
    origins: Mapping[OriginName, str],
) -> list[str]:
    request, head = exchange.request, head_of(exchange)
    sent = {str(name): value for name, value in request.headers.items()}
    body = "null" if not request.body else _quoted(request.body.decode())
    uri = _quoted(origins[request.origin] + request.target)
    lines = [f"- request: {{method: {request.method}, uri: {uri}, headers: {_quoted(sent)}, body: {body}}}"]
    own = {name: values for name, values in _by_name(head).items() if shared.get(name) != values}
    parts = [f"<<: *{kind}", *(mark for mark in _marks(exchange) if mark not in marks)]
    if f"{FOLLOWS}: true" in _marks(exchange):
        own = {name: values for name, values in own.items() if name not in ("Content-Length", "ETag")}
    if own:
        parts.append(f"headers: {_mapping(own, f'{kind}-headers')}")
    block = _as_block(exchange)
    if block is None:
        return [*lines, f"  response: {{{', '.join([*parts, f'body: {_body(exchange, head)}'])}}}"]
    lines += ["  response:", *(f"    {part}" for part in parts), "    body:", "      string: |-"]
    return [*lines, *(f"        {line}" for line in block)]


def _marks(exchange: Exchange) -> tuple[str, ...]:
    found = (f"{COMPACT}: true" if _as_block(exchange) else "", f"{FOLLOWS}: true" if _follow(exchange) else "")
    return tuple(filter(None, found))


def _body(exchange: Exchange, head: Response) -> str:
    if isinstance(exchange, StoredExchange):
        text = inline(exchange)
        if text is not None:
            return f"{{string: {_quoted(text)}}}"
        return f"{{string: '', blob: {exchange.blob.sha256}, size: {exchange.blob.size}}}"
    if is_left_out(head):
        return f"{{string: '', left_out: {_quoted(head.source)}}}"
    return f"{{string: {_quoted(head.body.decode('utf-8'))}}}"


def inline(exchange: StoredExchange) -> str | None:
    """The body of a file that is kept in the cassette itself: a short text."""
    if exchange.blob.size > INLINE:
        return None
    try:
        text = exchange.response.body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text else text


def _follow(exchange: Exchange) -> bool:
    if isinstance(exchange, StoredExchange) or is_left_out(exchange.response):
        return False
    fields, body = exchange.response.headers, exchange.response.body
    return (fields.getall("Content-Length", []), fields.getall("ETag", [])) == ([str(len(body))], [weak_etag(body)])


def _as_block(exchange: Exchange) -> list[str] | None:
    """JSON with one item of a list a line, if it can be restored from that."""
    if isinstance(exchange, StoredExchange) or is_left_out(exchange.response):
        return None
    head = exchange.response
    if "json" not in head.headers.get("Content-Type", "") or len(head.body) <= _SHORT:
        return None
    try:
        said = json.loads(head.body)
    except (ValueError, RecursionError):
        return None
    if _compact(said) != head.body or not isinstance(said, dict | list) or not said:
        return None
    lines = _items(said, 1)
    return None if any(_NO_BLOCK.search(line) for line in lines) else lines


def _items(said: Any, levels: int) -> list[str]:
    """The items of a list on lines of their own; those of an object on as few lines as there is room for."""
    opening, closing = "{}" if isinstance(said, dict) else "[]"
    lines = [opening]
    entries = list(said.items()) if isinstance(said, dict) else [(None, value) for value in said]
    for number, (key, value) in enumerate(entries):
        before = "" if key is None else f"{_dumped(key)}: "
        after = "," if number + 1 < len(entries) else ""
        if key is not None and levels and isinstance(value, list | dict) and len(_dumped(value)) > 100:
            inner = _items(value, levels - 1)
            lines += [f" {before}{inner[0]}", *(f" {line}" for line in inner[1:-1]), f" {inner[-1]}{after}"]
            continue
        text = f"{before}{_dumped(value)}{after}"
        if key is None or len(lines) == 1 or lines[-1].endswith(("]", "}", "],", "},")) or len(lines[-1]) > _WIDTH // 2:
            lines.append(f" {text}")
        else:
            lines[-1] += f" {text}"
    return [*lines, closing]


def _kind(exchange: Exchange) -> str:
    kind = route_of(exchange.request).kind if exchange.request.origin == "hub" else exchange.request.origin
    return f"{kind}-{head_of(exchange).status}"


def _shared(heads: Sequence[Response]) -> dict[str, list[str]]:
    """The headers that all of some answers have."""
    first, *others = [_by_name(head) for head in heads]
    return {name: values for name, values in first.items() if all(other.get(name) == values for other in others)}


def _by_name(head: Response) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in head.headers.items():
        found.setdefault(str(name), []).append(value)
    return found


def _mapping(fields: Mapping[str, list[str]], anchor: str | None = None) -> str:
    parts = [] if anchor is None else [f"<<: *{anchor}"]
    parts += [
        f"{name if _PLAIN.fullmatch(name) else _quoted(name)}: {_quoted(values)}" for name, values in fields.items()
    ]
    return "{" + ", ".join(parts) + "}"


def _quoted(value: Any) -> str:
    """A value as JSON that is YAML as well."""
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", _dumped(value))


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _compact(said: Any) -> bytes:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
