"""Move an answer from the origins it was made for to others, as a reverse proxy does."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.traffic.body import with_body
from conformance.traffic.exchange import Response


def relocate(response: Response, moves: Mapping[str, str]) -> Response:
    """The response with its absolute URLs on other origins.

    URLs are looked for in Location and Link, in the body of a redirect, and in JSON strings that begin with
    one; the content of a repository's files is never touched.

    Args:
        moves: old origin to new origin, each without a trailing slash.
    """
    changes: dict[str, str | None] = {}
    for name in ("Location", "Link"):
        old = response.headers.get(name)
        if old is not None and "://" in old:
            changes[name] = _moved(old, moves)
    moved = response.with_headers(changes) if changes else response
    body = moved.body
    if 300 <= moved.status < 400:
        body = _moved(body.decode("utf-8", "surrogateescape"), moves).encode("utf-8", "surrogateescape")
    elif moved.headers.get("Content-Type", "").startswith("application/json") and b'"http' in body:
        for old, new in moves.items():
            body = body.replace(f'"{old}/'.encode(), f'"{new}/'.encode())
    return with_body(moved, body) if body != moved.body else moved


def _moved(text: str, moves: Mapping[str, str]) -> str:
    for old, new in moves.items():
        text = text.replace(f"{old}/", f"{new}/")
    return text
