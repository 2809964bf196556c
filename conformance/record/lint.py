"""Search a recording for what must not be published, and for facts that cannot be true."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from conformance.traffic.exchange import Exchange
from conformance.traffic.identity import TOKENS
from conformance.traffic.json_secrets import read, texts
from conformance.traffic.packed import unpacked
from conformance.traffic.recording import Recording
from conformance.traffic.scrub import LEADING, is_kept, is_own_words, names_of, scrub_request, scrub_response
from conformance.traffic.secrets import XET_TOKEN, forms_in, holds, problems
from conformance.traffic.stored import StoredExchange, digest_of, head_of, is_left_out

_BEARER: Final = re.compile(r"\bBearer (?!<[a-z]+>|realm=)[^\s\"]{8,}")
LARGEST_TEXT: Final = 1 << 20
"""Bytes; a file that is no larger, and is text, is searched for secrets of every form."""
_LARGEST_PACKED: Final = 1 << 26
"""Bytes; a packed file that is no larger is unpacked, and searched for the recorder's tokens."""
_LOOK: Final = 1 << 13
_PART: Final = 1 << 22
_OVERLAP: Final = 4096
_XET: Final = re.compile(rf"\bxet_(?!{XET_TOKEN.removeprefix('xet_')})[A-Za-z0-9]{{8,}}")


def lint(recording: Recording, tokens: Iterable[str] = ()) -> list[str]:
    """What is wrong with a recording, a line each; nothing if it may be published.

    Args:
        tokens: the recorder's own, which must stand nowhere, however they are spelled.
    """
    known = [token for token in tokens if token not in TOKENS.values()]
    return [
        f"{name}.yaml: {exchange.request.method} {exchange.request.target}: {problem}"
        for name, exchanges in recording.cassettes.items()
        for exchange in exchanges
        for problem in _problems(exchange, known)
    ]


def unused_files(folder: Path) -> list[str]:
    """Files in an area's folder that its manifest does not name."""
    named = {"manifest.json", *json.loads((folder / "manifest.json").read_bytes())["files"]}
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in found if name not in named)


def _problems(exchange: Exchange, tokens: Sequence[str]) -> Iterator[str]:
    request, head = exchange.request, head_of(exchange)
    fields = [*request.headers.items(), *head.headers.items()]
    said = "\n".join([request.target, *(f"{name}: {value}" for name, value in fields)])
    leading = [request.target, *(value for name, value in fields if name.lower() in LEADING)]
    names = names_of(request)
    yield from _in_words("\n".join(leading), is_url=True, names=names)
    yield from _in_words("\n".join(f"{name}: {value}" for name, value in fields if name.lower() not in LEADING))
    if is_left_out(head):
        size = None
    elif isinstance(exchange, StoredExchange) or not is_own_words(head, request):
        size = digest_of(exchange)[1]
        yield from _in_a_file(exchange, size, tokens)
    else:
        size = len(head.body)
        leads = 300 <= head.status < 400
        yield from _in_words(_words_of(head.body), is_url=leads, names=names if leads else frozenset())
        if holds(head.body, tokens):
            yield "holds a token of the recorder's own"
    if holds(said.encode() + b"\n" + request.body, tokens):
        yield "holds a token of the recorder's own"
    for name, value in head.headers.items():
        if not is_kept(name, value):
            yield f"holds the header {name}"
    length = head.headers.get("Content-Length")
    if size is not None and length is not None and request.method != "HEAD" and length != str(size):
        yield f"says Content-Length {length} of {size} bytes"
    if scrub_request(request) != request or scrub_response(head, request) != head:
        yield "is not scrubbed"


def _words_of(body: bytes) -> str:
    """The texts of an answer: of JSON those in it, where an escape hides nothing."""
    try:
        return "\n".join(texts(read(body)))
    except (ValueError, RecursionError):
        return body.decode(json.detect_encoding(body), "replace")


def _in_words(text: str, *, is_url: bool = False, names: frozenset[str] = frozenset()) -> Iterator[str]:
    """What is left in words of the Hub's own. The name of the file that was asked for may look like a secret."""
    for what, pattern in {"a bearer token": _BEARER, "a Xet token": _XET}.items():
        if pattern.search(text):
            yield f"holds {what}"
    for what in problems(text, is_url=is_url, names=names):
        yield f"holds {what}"


def _in_a_file(exchange: Exchange, size: int, tokens: Sequence[str]) -> Iterator[str]:
    """What stands in a file of a repository, which is never changed: its own tokens, and the recorder's.

    A large file is read in parts, for the recorder's tokens alone.
    """
    if size <= LARGEST_TEXT:
        content = exchange.response.body
        for part in (content, *unpacked(content)):
            if b"\0" not in part[:_LOOK] and len(part) <= LARGEST_TEXT:
                for what in forms_in(part):
                    yield f"holds {what}"
            if holds(part, tokens):
                yield "holds a token of the recorder's own"
    elif tokens and size <= _LARGEST_PACKED and any(holds(part, tokens) for part in unpacked(exchange.response.body)):
        yield "holds a token of the recorder's own"
    elif tokens and isinstance(exchange, StoredExchange):
        with exchange.blob.path.open("rb") as file:
            before = b""
            while chunk := file.read(_PART):
                if holds(before + chunk, tokens):
                    yield "holds a token of the recorder's own"
                    return
                before = chunk[-_OVERLAP:]
    elif tokens and holds(exchange.response.body, tokens):
        yield "holds a token of the recorder's own"
