"""Give a response another body, with the headers that follow from it."""

from __future__ import annotations

from dataclasses import replace

from conformance.traffic.etag import weak_etag
from conformance.traffic.exchange import Response


def with_body(response: Response, body: bytes) -> Response:
    """A copy with this body, its Content-Length and, where the ETag was a weak one, its ETag."""
    changes: dict[str, str | None] = {"Content-Length": str(len(body))}
    if response.headers.get("ETag", "").startswith("W/"):
        changes["ETag"] = weak_etag(body)
    return replace(response.with_headers(changes), body=body)
