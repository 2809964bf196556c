"""Remove secrets from an exchange: one function, used when recording and again when matching.

A cassette says who called by the caller's name (`Bearer <reader>`), holds no cookie, no signature, no access
token and no e-mail address. Signed URLs keep their form; their expiry lies far in the future, so that a
replayed one stays good.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from typing import Final
from urllib.parse import unquote

from conformance.traffic.body import with_body
from conformance.traffic.exchange import Exchange, Request, Response, headers
from conformance.traffic.identity import ANONYMOUS, caller
from conformance.traffic.json_secrets import without_json_secrets
from conformance.traffic.secrets import XET_TOKEN, forms_of, without_forms
from conformance.traffic.url_secrets import EMAIL, without_url_secrets

__all__ = [
    "EMAIL",
    "LEADING",
    "XET_TOKEN",
    "is_kept",
    "is_own_words",
    "names_of",
    "scrub",
    "scrub_request",
    "scrub_response",
    "scrub_urls",
]

# Request headers that can change the answer. Whatever else a recorder sends is its own affair.
_KEPT: Final = ("accept", "content-type", "if-none-match", "range")
# Response headers that a client can read something from. Whatever else comes, a cookie or a secret of a host on the
# way, is left out: what is not known to be harmless is not kept. So are the headers of one connection (RFC 9110,
# 7.6.1), and Content-Encoding: the recorder asks for none and keeps what it decoded.
_NAMES: Final = (
    "accept-ranges access-control-allow-headers access-control-allow-origin access-control-expose-headers "
    "access-control-max-age age allow alt-svc cache-control content-disposition content-language "
    "content-length content-location content-range content-security-policy content-type cross-origin-opener-policy "
    "date etag expires last-modified link location ratelimit ratelimit-policy referrer-policy retry-after vary "
    "www-authenticate x-cache x-error-code x-error-message x-hf-warning x-hub-cache x-linked-etag "
    "x-linked-size x-powered-by x-repo-commit x-request-id x-total-count x-xet-access-token x-xet-cas-url x-xet-hash "
    "x-xet-token-expiration "
)
_ANSWERED: Final = frozenset(_NAMES.split())
LEADING: Final = ("location", "link", "content-location", "content-disposition")
"""Response headers with the names of files."""
_JSON: Final = re.compile(r"(?:application|text)/(?:[\w.+-]+\+|x-nd)?json\b", re.IGNORECASE)
_OF_A_FILE: Final = re.compile(r"/api/resolve-cache/|/(?:[^/]+/){1,3}?(?:resolve|raw)/")
_NAME_OF_A_FILE: Final = re.compile(
    r"(?:/api/resolve-cache/\w+/[^/]+(?:/[^/]+)?/[0-9a-f]{40}|/api/\w+/[^/]+(?:/[^/]+)?/tree/[^/]+"
    r"|/(?!api/)(?:[^/]+/){1,3}?(?:resolve|raw)/[^/]+)/(.+)"
)
_PLAIN: Final = re.compile("[0-9a-f]*|[a-z]{1,12}")
"""A digest or a short word: no secret has the form of one."""
_FORM: Final = re.compile(r"[^=&\s]+=[^&\r\n]*(?:&[^=&\s]+=[^&\r\n]*)*&?")
_ABOUT_A_FILE: Final = "application/vnd.xet-fileinfo+json"
_CHALLENGE: Final = re.compile(r'(Bearer|Basic) realm="[\w .-]*"(, charset="[\w-]+")?')

_FAR_FUTURE: Final = "4102444800"  # 2100-01-01
_EXPIRES: Final = re.compile(r"([?&]Expires)=\d+")
_PERSON: Final = re.compile(r"([?&](?:user_id|X-Xet-Cas-Uid))=[^&\s\"<>]*")


def scrub(exchange: Exchange) -> Exchange:
    """The exchange as it may be kept. Scrubbing twice changes nothing."""
    return Exchange(scrub_request(exchange.request), scrub_response(exchange.response, exchange.request))


def scrub_request(request: Request) -> Request:
    """The request with its caller's name for a token, and only the headers that can change the answer."""
    kept = [(name.title(), value) for name, value in request.headers.items() if name.lower() in _KEPT]
    name = caller(request.token)
    if name != ANONYMOUS:
        kept.append(("Authorization", f"Bearer <{name}>"))
    body = _scrub_sent(request.body) if request.body else b""
    target = _without(request.target, is_url=True, names=names_of(request))
    return replace(request, target=target, headers=headers(sorted(kept)), body=body)


def _scrub_sent(body: bytes) -> bytes:
    """A form or JSON that was sent, without its secrets. Anything else, such as an upload, is left out."""
    with contextlib.suppress(ValueError, RecursionError):
        return without_json_secrets(body, _without)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return b""
    return without_forms(scrub_urls(f"&{text}")[1:]).encode() if _FORM.fullmatch(text) else b""


def scrub_response(response: Response, request: Request | None = None) -> Response:
    """The response without secrets and without what belongs to its connection; lengths follow the body.

    Args:
        request: what it answers; it tells a file of a repository from the Hub's own words.
    """
    names = names_of(request) if request is not None else frozenset()
    kept = [
        (name, _scrub_header(name, value, names)) for name, value in response.headers.items() if is_kept(name, value)
    ]
    clean = replace(response, headers=headers(kept))
    body = _scrub_body(clean, request, names)
    if body != clean.body or (body and "Content-Encoding" in response.headers):
        clean = with_body(clean, body)
    return replace(clean, headers=headers(sorted(clean.headers.items())))


def names_of(request: Request) -> frozenset[str]:
    """The parts of the name of the file that is asked for that have the form of a secret.

    Listings tell the names of files as they are, and a URL must lead to the file: `sk-learn-…` is a usual name.
    """
    if request.origin == "cdn":
        said = dict(request.query).get("response-content-disposition", "")
        return forms_of(said) | forms_of(unquote(said)) if "filename" in said else frozenset()
    found = _NAME_OF_A_FILE.match(request.path)
    return forms_of(unquote(found[1])) if found is not None else frozenset()


def _scrub_header(name: str, value: str, names: frozenset[str]) -> str:
    name = name.lower()
    if name == "x-xet-access-token":
        return XET_TOKEN
    is_url = name in LEADING
    return _without(value, is_url=is_url, names=names if is_url else frozenset())


def _without(text: str, *, is_url: bool = False, names: frozenset[str] = frozenset()) -> str:
    if _PLAIN.fullmatch(text):  # most texts of a listing are
        return text
    return without_forms(scrub_urls(text), is_url=is_url, names=names)


def _scrub_body(response: Response, request: Request | None, names: frozenset[str]) -> bytes:
    """The body without secrets, where it is the Hub's own words; a file of a repository is never touched."""
    body = response.body
    if not body or not is_own_words(response, request):
        return body
    with contextlib.suppress(ValueError, RecursionError):
        return without_json_secrets(body, _without)
    is_json = _JSON.match(response.headers.get("Content-Type", "")) is not None
    text = body.decode("utf-8", "surrogateescape")
    leads = 300 <= response.status < 400 and not is_json
    return _without(text, is_url=leads, names=names if leads else frozenset()).encode("utf-8", "surrogateescape")


def is_kept(name: str, value: str) -> bool:
    """Whether a header of a response is kept. A challenge is, where it is one without a parameter of its own."""
    name = name.lower()
    return name in _ANSWERED and (name != "www-authenticate" or _CHALLENGE.fullmatch(value) is not None)


def is_own_words(response: Response, request: Request | None = None) -> bool:
    """Whether the body is the Hub's own: a file of a repository is not.

    Args:
        request: what it answers. What is asked for tells more than the type of the answer, which mirrors change.
    """
    kind = response.headers.get("Content-Type", "text/")
    if response.status not in (200, 206) or kind.startswith(_ABOUT_A_FILE):
        return True
    if request is not None and (request.origin == "cdn" or _OF_A_FILE.match(request.path)):
        return False
    if request is not None and request.path.startswith("/api/"):
        return True
    is_text = _JSON.match(kind) is not None or kind.lower().startswith("text/")
    return "Content-Disposition" not in response.headers and is_text


def scrub_urls(text: str) -> str:
    """The text with the signatures, logins and persons of its URLs replaced. An expiry lies far ahead."""
    if "=" not in text and "@" not in text:
        return text
    text = _EXPIRES.sub(rf"\1={_FAR_FUTURE}", text)
    return without_url_secrets(_PERSON.sub(r"\1=public", text))
