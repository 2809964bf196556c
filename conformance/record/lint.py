"""Look a recording over for what must not be published and for what cannot be true."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from conformance.record.recording import Recording
from conformance.record.scrub import EMAIL, XET_TOKEN, scrub
from conformance.wire.exchange import Exchange

_SECRETS: Final = {
    "an access token": re.compile(r"\bhf_[A-Za-z0-9]{20,}"),
    "a bearer token": re.compile(r"\bBearer (?!<[a-z]+>|realm=)[^\s\"]{8,}"),
    "a Xet token": re.compile(rf"\bxet_(?!{XET_TOKEN.removeprefix('xet_')})[A-Za-z0-9]{{8,}}"),
    "an e-mail address": re.compile(rf'"email": *"(?!{re.escape(EMAIL)})'),
    "an AWS key": re.compile(r"\bAKIA[0-9A-Z]{16}"),
}
_FORBIDDEN_HEADERS: Final = ("cookie", "set-cookie", "transfer-encoding", "content-encoding", "connection")


def lint(recording: Recording) -> list[str]:
    """What is wrong with a recording, a line each; nothing if it may be published."""
    return [
        f"{name}.yaml: {exchange.request.method} {exchange.request.target}: {problem}"
        for name, exchanges in recording.cassettes.items()
        for exchange in exchanges
        for problem in _problems(exchange)
    ]


def unused_files(folder: Path) -> list[str]:
    """Files in an area's folder that its manifest does not name."""
    named = {"manifest.json", *json.loads((folder / "manifest.json").read_bytes())["files"]}
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in found if name not in named)


def _problems(exchange: Exchange) -> Iterator[str]:
    request, response = exchange.request, exchange.response
    fields = [*request.headers.items(), *response.headers.items()]
    body = response.body.decode("utf-8", "replace")
    text = "\n".join([request.target, *(f"{name}: {value}" for name, value in fields), body])
    for what, pattern in _SECRETS.items():
        if pattern.search(text):
            yield f"holds {what}"
    for name, _ in fields:
        if name.lower() in _FORBIDDEN_HEADERS:
            yield f"holds the header {name}"
    length = response.headers.get("Content-Length")
    if length is not None and request.method != "HEAD" and int(length) != len(response.body):
        yield f"says Content-Length {length} of {len(response.body)} bytes"
    if scrub(exchange) != exchange:
        yield "is not scrubbed"
