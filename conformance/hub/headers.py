"""The headers of every answer of the Hub: Express behind CloudFront, names in their HTTP/1.1 case."""

from __future__ import annotations

import base64
import hashlib
from email.utils import formatdate
from http import HTTPStatus

from conformance.hub.answers import Answer
from conformance.traffic.etag import weak_etag
from conformance.traffic.exchange import Request, Response, headers
from conformance.traffic.identity import ANONYMOUS, STRANGER

PUBLIC_URL = "https://huggingface.co"
"""The Hub's public name, for prose and CORS headers; links that a client follows have our origin."""

_EXPOSED = (
    "X-Repo-Commit,X-Request-Id,X-Error-Code,X-Error-Message,X-Total-Count,ETag,Link,Accept-Ranges,"
    "Content-Range,X-Linked-Size,X-Linked-ETag,X-Xet-Hash"
)
# Requests in 300 s, without and with a token (hub-docs, "Rate limits", free users).
_QUOTAS = {"api": (500, 1000), "resolvers": (3000, 5000), "pages": (100, 200)}
_WINDOW = 300


def request_id(number: int, now: int, request: Request) -> str:
    """The client's own id, if it sent one; else `Root=1-<8 hex: time>-<24 hex: number>`, and then its trace id.

    Source: `huggingface_hub`'s test_request_id_not_overwritten, against the Hub. Of a trace id beside an id of the
    client's nothing is known.
    """
    own = request.headers.get("x-request-id")
    if own:
        return own
    root = f"Root=1-{now:08x}-{number:024x}"
    trace = request.headers.get("x-amzn-trace-id")
    return f"{root};{trace}" if trace else root


def bucket(path: str) -> str:
    """Which of the three rate limits a path counts for."""
    if "/resolve/" in path or path.startswith("/api/resolve-cache/"):
        return "resolvers"
    return "api" if path.startswith("/api/") else "pages"


def dress(answer: Answer, request: Request, *, caller: str, number: int, now: int) -> Response:
    """Give an answer the Hub's headers, in the order of the wire.

    Args:
        answer: the endpoint's answer.
        request: what it answers.
        caller: a name of `conformance.traffic.identity`; a token doubles the quotas.
        number: the how manieth request this is; it makes the request id.
        now: seconds since 1970, UTC.
    """
    name = bucket(request.path)
    quota = _QUOTAS[name][caller not in (ANONYMOUS, STRANGER)]
    redirects = answer.location is not None
    not_modified = answer.status == HTTPStatus.NOT_MODIFIED
    lines: list[tuple[str, str]] = []
    if not not_modified:
        lines += [("Content-Type", answer.content_type), ("Content-Length", str(len(answer.body)))]
    lines.append(("Date", formatdate(now, usegmt=True)))
    if answer.location is not None:
        lines.append(("Location", answer.location))
    elif "ETag" not in answer.headers:
        lines.append(("ETag", weak_etag(answer.body)))
    lines += [
        ("X-Powered-By", "huggingface-moon"),
        ("X-Request-Id", request_id(number, now, request)),
        ("RateLimit", f'"{name}";r={quota - 1};t={_WINDOW}'),
        ("RateLimit-Policy", f'"fixed window";"{name}";q={quota};w={_WINDOW}'),
        ("cross-origin-opener-policy", "same-origin"),
        ("Referrer-Policy", "strict-origin-when-cross-origin"),
        ("Access-Control-Max-Age", "86400"),
        ("Access-Control-Allow-Origin", request.headers.get("origin", PUBLIC_URL)),
        ("Vary", "Origin, Accept" if redirects else "Origin"),
        ("Access-Control-Expose-Headers", _EXPOSED),
        *answer.headers.items(),
        ("X-Cache", f"{'Error' if answer.status >= 400 else 'Miss'} from cloudfront"),
        ("Via", "1.1 stand-in.cloudfront.net (CloudFront)"),
        ("X-Amz-Cf-Pop", "TEST50-P1"),
        ("X-Amz-Cf-Id", _edge_id(number)),
    ]
    return Response(answer.status, headers(lines), answer.body)


def _edge_id(number: int) -> str:
    """56 characters that differ from request to request, as CloudFront's do."""
    return base64.urlsafe_b64encode(hashlib.shake_256(b"edge %d" % number).digest(40)).decode()
