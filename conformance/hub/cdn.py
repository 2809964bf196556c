"""The CDN that large bodies are redirected to: signed URLs, and the host that honours them.

It knows nothing of tokens: a URL gives access to the file, until it expires.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import mimetypes
from collections.abc import Mapping
from urllib.parse import parse_qs, quote, quote_plus

from conformance.hub.answers import TEXT_TYPE
from conformance.hub.repository import Repository, StoredFile
from conformance.traffic.exchange import Request, Response, headers
from conformance.traffic.identity import ANONYMOUS, STRANGER
from conformance.traffic.ranges import cut

LIFETIME = 3600
"""Seconds that a signed URL is good for."""

_KEY_PAIR_ID = "STANDINHUBKEYPAIR000000001"
_KEY = b"the stand-in Hub signs with this"
_BINARY = "application/octet-stream"
# Types that the Hub signs into the URL; data and weights go out as plain bytes.
_NAMED_TYPES = ("application/json", "image/", "video/", "audio/")


def sign(origin: str, path: str, parameters: Mapping[str, str], *, expires: int, only_range: str | None) -> str:
    """A URL that the CDN will honour.

    Args:
        origin: of the CDN.
        path: of the object, from `object_path`.
        parameters: from `parameters`.
        expires: the second (since 1970, UTC) from which it is refused.
        only_range: a `Range` header to bind it to; None leaves every range open.
    """
    query = "&".join(f"{name}={_quoted(value)}" for name, value in parameters.items())
    policy = _policy(f"{origin}{path}", query, expires, only_range)
    signature = _signature(policy).replace("~", "%7E")
    signed = f"Expires={expires}&Policy={_url_base64(policy.encode())}&Signature={signature}"
    return f"{origin}{path}?{query}&{signed}&Key-Pair-Id={_KEY_PAIR_ID}"


def object_path(repository: Repository, file: StoredFile) -> str:
    if file.xet_hash is None:
        return f"/repos/{repository.object_id[:2]}/{repository.object_id[2:4]}/{repository.object_id}/{file.sha256}"
    return f"/xet-bridge-us/{repository.object_id}/{file.xet_hash}"


def parameters(path: str, caller: str, *, download: bool) -> dict[str, str]:
    """The unsigned parameters of a URL for the file at `path`, asked for by `caller`."""
    result = {
        "X-Xet-Cas-Uid": "public",
        "response-content-disposition": disposition(path, download=download),
        "user_id": "public" if caller in (ANONYMOUS, STRANGER) else user_id(caller),
    }
    content_type = mimetypes.guess_type(path)[0] or ""
    if content_type.startswith(_NAMED_TYPES):
        result["response-content-type"] = content_type
    return result


def user_id(caller: str) -> str:
    """The 24 hex digits that a caller has as `id`."""
    return hashlib.sha256(f"user {caller}".encode()).hexdigest()[:24]


def disposition(path: str, *, download: bool = False) -> str:
    """A `Content-Disposition` with the file's name twice: percent-encoded, and in ASCII for old clients."""
    name = path.rpartition("/")[2]
    plain = name.encode("ascii", "replace").decode().replace("\\", "\\\\").replace('"', '\\"')
    kind = "attachment" if download else "inline"
    return f"{kind}; filename*=UTF-8''{quote(name, safe='')}; filename=\"{plain}\";"


def text_or_binary(data: bytes) -> str:
    try:
        data.decode()
    except UnicodeDecodeError:
        return _BINARY
    return TEXT_TYPE


def answer(request: Request, origin: str, blobs: Mapping[str, StoredFile], now: int) -> Response:
    """The CDN's answer: the object or a range of it, or 403 with the reason.

    Args:
        request: to the CDN.
        origin: its own, as in the URLs that `sign` makes.
        blobs: files by the path of `object_path`.
        now: seconds since 1970, UTC.
    """
    if "authorization" in request.headers:
        return _text(400, "Unsupported authorization: the URL is already signed")
    refusal = _refusal(request, origin, now)
    if refusal:
        return _text(403, f"Auth failed: {refusal}")
    file = blobs.get(request.path)
    if file is None:
        return _text(404, "Not found")
    status, body, content_range = cut(file.data, request.headers.get("range"))
    sent = dict(request.query)
    lines = {
        "Content-Type": sent.get("response-content-type", _BINARY),
        "Accept-Ranges": "bytes",
        "Content-Disposition": sent["response-content-disposition"],
        "ETag": f'"{file.xet_hash or hashlib.md5(file.data).hexdigest()}"',
        "Access-Control-Allow-Headers": "Content-Range, Content-Type, Content-Disposition, ETag",
        "Access-Control-Expose-Headers": "*",
        "Content-Length": str(len(body)),
        **({"Content-Range": content_range} if content_range else {}),
        "Vary": "origin, access-control-request-method, access-control-request-headers",
        "Access-Control-Allow-Origin": "*",
        "X-HF-CDN-Pop": "aws-us-east-1",
    }
    return Response(status, headers(lines), body)


def _refusal(request: Request, origin: str, now: int) -> str | None:
    """Why a URL is not honoured, None if it is."""
    query = request.target.partition("?")[2].partition("&Expires=")[0]
    sent = {name: values[0] for name, values in parse_qs(request.target.partition("?")[2]).items()}
    if sent.get("Key-Pair-Id") != _KEY_PAIR_ID:
        return "SignatureError: invalid key pair id"
    policy = _from_url_base64(sent.get("Policy", ""))
    if not hmac.compare_digest(sent.get("Signature", "").encode(), _signature(policy).encode()):
        return "SignatureError: invalid signature"
    condition = json.loads(policy)["Statement"][0]["Condition"]
    expires = condition["DateLessThan"]["EpochTime"]
    only_range = condition.get("ByteRange", {}).get("ExpectedHeader")
    if policy != _policy(f"{origin}{request.path}", query, expires, only_range):
        return "SignatureError: invalid signature"
    if now >= expires:
        return "expired"
    if only_range is not None and request.headers.get("range") != only_range:
        return "invalid range"
    return None


def _policy(url: str, query: str, expires: int, only_range: str | None) -> str:
    resource = url + r"\\?" + query.replace("*", "%2A")
    byte_range = f',"ByteRange":{{"ExpectedHeader":{json.dumps(only_range)}}}' if only_range else ""
    condition = f'{{"DateLessThan":{{"EpochTime":{expires}}}{byte_range}}}'
    return f'{{"Statement":[{{"Resource":"{resource}","Condition":{condition}}}]}}'


def _signature(policy: str) -> str:
    """96 characters that depend on the policy and our key."""
    digest = hmac.digest(_KEY, policy.encode(), "sha512")
    return _url_base64(hashlib.shake_256(digest).digest(72))


def _quoted(value: str) -> str:
    return quote_plus(value, safe="*")


def _url_base64(data: bytes) -> str:
    return base64.b64encode(data).decode().translate(str.maketrans("+=/", "-_~"))


def _from_url_base64(text: str) -> str:
    try:
        return base64.b64decode(text.translate(str.maketrans("-_~", "+=/"))).decode()
    except ValueError:
        return ""


def _text(status: int, message: str) -> Response:
    body = message.encode()
    lines = {"Content-Type": TEXT_TYPE, "Content-Length": str(len(body)), "Access-Control-Allow-Origin": "*"}
    return Response(status, headers(lines), body)
