"""Look a recording over for what must not be published and for what cannot be true."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from conformance.record.recording import Recording
from conformance.record.scrub import is_kept, is_own_words, scrub
from conformance.record.secrets import FORMS, XET_TOKEN, holds, problems
from conformance.wire.exchange import Exchange
from conformance.wire.identity import TOKENS

_BEARER: Final = re.compile(r"\bBearer (?!<[a-z]+>|realm=)[^\s\"]{8,}")
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
    request, response = exchange.request, exchange.response
    fields = [*request.headers.items(), *response.headers.items()]
    said = "\n".join([request.target, *(f"{name}: {value}" for name, value in fields)])
    body = response.body.decode("utf-8", "replace")
    for what, pattern in {**FORMS, "a bearer token": _BEARER, "a Xet token": _XET}.items():
        if pattern.search(said) or pattern.search(body):
            yield f"holds {what}"
    for what in problems(f"{said}\n{body}" if is_own_words(response) else said):
        if what not in FORMS:
            yield f"holds {what}"
    if holds(said.encode() + b"\n" + request.body + b"\n" + response.body, tokens):
        yield "holds a token of the recorder's own"
    for name, value in response.headers.items():
        if not is_kept(name, value):
            yield f"holds the header {name}"
    length = response.headers.get("Content-Length")
    if length is not None and request.method != "HEAD" and int(length) != len(response.body):
        yield f"says Content-Length {length} of {len(response.body)} bytes"
    if scrub(exchange) != exchange:
        yield "is not scrubbed"
