"""Take secrets out of an exchange: one function, used when recording and again when matching.

A cassette says who called by the caller's name (`Bearer <reader>`), holds no cookie, no signature, no access
token and no e-mail address. Signed URLs keep their form; their expiry lies far in the future, so that a
replayed one stays good.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from conformance.record.body import with_body
from conformance.wire.exchange import Exchange, Request, Response, headers
from conformance.wire.identity import ANONYMOUS, caller

EMAIL: Final = "caller@example.invalid"
XET_TOKEN: Final = "xet_scrubbed"

# Request headers that can change the answer. Whatever else a recorder sends is its own affair.
_KEPT: Final = ("accept", "content-type", "if-none-match", "range")
# RFC 9110 §7.6.1: they describe one connection, and a replayed answer goes out on another.
_HOP_BY_HOP: Final = (
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
)
# The recorder asks for no encoding and stores what it decoded, so this header would be untrue.
_DECODED: Final = ("content-encoding",)
# They say where on Earth the recorder was.
_EDGE: Final = ("via", "x-amz-cf-id", "x-amz-cf-pop", "x-hf-cdn-pop")
_DROPPED: Final = frozenset({*_HOP_BY_HOP, *_DECODED, *_EDGE, "set-cookie"})

_FAR_FUTURE: Final = "4102444800"  # 2100-01-01
_VALUE = r"=[^&\s\"<>]*"
_URL_SECRETS: Final = (
    (re.compile(r"([?&]Expires)=\d+"), rf"\1={_FAR_FUTURE}"),
    (re.compile(rf"([?&](?:user_id|X-Xet-Cas-Uid)){_VALUE}"), r"\1=public"),
    (re.compile(rf"([?&](?:Policy|Signature|Key-Pair-Id|xip|X-Amz-[A-Za-z-]+)){_VALUE}"), r"\1=scrubbed"),
)
_JSON_SECRETS: Final = (
    (re.compile(r'("email": *)"[^"]*"'), rf'\1"{EMAIL}"'),
    (re.compile(r'("accessToken": *)"[^"]*"'), rf'\1"{XET_TOKEN}"'),
)


def scrub(exchange: Exchange) -> Exchange:
    """The exchange as it may be kept. Scrubbing twice changes nothing."""
    return Exchange(scrub_request(exchange.request), scrub_response(exchange.response))


def scrub_request(request: Request) -> Request:
    """The request with its caller's name for a token, and only the headers that can change the answer."""
    kept = [(name.title(), value) for name, value in request.headers.items() if name.lower() in _KEPT]
    name = caller(request.token)
    if name != ANONYMOUS:
        kept.append(("Authorization", f"Bearer <{name}>"))
    return replace(request, target=scrub_urls(request.target), headers=headers(sorted(kept)))


def scrub_response(response: Response) -> Response:
    """The response without secrets and without what belongs to its connection; lengths follow the body."""
    kept = (
        (name, XET_TOKEN if name.lower() == "x-xet-access-token" else scrub_urls(value))
        for name, value in response.headers.items()
        if name.lower() not in _DROPPED
    )
    clean = replace(response, headers=headers(kept))
    body = _scrub_body(clean)
    if body != clean.body or (body and "Content-Encoding" in response.headers):
        clean = with_body(clean, body)
    return replace(clean, headers=headers(sorted(clean.headers.items())))


def _scrub_body(response: Response) -> bytes:
    """The body without secrets, where it is the Hub's own words; a file of a repository is never touched."""
    is_redirect = 300 <= response.status < 400
    is_file = "Content-Disposition" in response.headers
    is_json = response.headers.get("Content-Type", "").startswith("application/json") and not is_file
    if not response.body or not (is_redirect or is_json):
        return response.body
    text = scrub_urls(response.body.decode("utf-8"))
    for pattern, replacement in _JSON_SECRETS if is_json else ():
        text = pattern.sub(replacement, text)
    return text.encode("utf-8")


def scrub_urls(text: str) -> str:
    """The text with the signatures of its URLs replaced."""
    for pattern, replacement in _URL_SECRETS:
        text = pattern.sub(replacement, text)
    return text
