"""Secrets in URLs: logins, signatures, tokens and addresses, by the names of the parameters that issuers give them."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

EMAIL: Final = "caller@example.invalid"
SCRUBBED: Final = "scrubbed"

_ENDINGS: Final = (
    "png|jpe?g|gif|svg|webp|ico|md|txt|jsonl?|parquet|csv|tsv|py|js|css|html?|gz|zip|bin|safetensors|pt|onnx"
)
DOMAIN: Final = rf"(?:[\w-]{{1,63}}\.){{1,8}}(?!(?:{_ENDINGS})\b)[^\W\d_]{{2,}}\b"
"""The host of an e-mail address, in any script. `icon@2x.png` is the name of a file."""

_LOGIN: Final = re.compile(r"(\b[a-z][a-z0-9+.-]{1,20}:\\?/\\?/)[^\s/?#@\"<>\\]+@", re.IGNORECASE)
_NAMES: Final = (
    r"(?!(?:page|next|start|continuation)[_-]?token)(?:"  # of a listing in pages: what a client must send back
    r"X-(?:Amz|Goog|Oss|Tos|Obs|Bce|Cos|Jfrog)-[A-Za-z-]+|Policy|Signature|Key-Pair-Id|KeyName|AWSAccessKeyId|"
    r"GoogleAccessId|OSSAccessKeyId|KSSAccessKeyId|AccessKeyId|security-?token|q-signature|q-ak|q-sign-[a-z]+|"
    r"x-cos-security-token|sig|sk[ot]id|s[us]oid|saoid|__sign|__token__|sign|auth_key|hdne?[at]s?|hdntl|hmac|md5|"
    r"verify|wssecret|txsecret|xip|"
    r"(?:[a-z0-9]{1,20}[_-]){0,3}(?:token|secret|password|passwd|apikey|api[_-]key)|jwt|key|pass|pwd|auth|"
    r"authorization|session|(?:session|j?session_?|phpsess|s)id|_?csrf|xsrf|code|state|ticket|assertion|otp|nonce|"
    r"saml(?:request|response)|(?:client_?|remote_?)?ip)"
)
_PARAMETER: Final = re.compile(rf"((?:[?&;#]|&amp;|\\u0026){_NAMES})=[^&\s\"<>\\]*", re.IGNORECASE)
_QUERY: Final = re.compile(r"(?:\?|\bhttps?%3A%2F%2F)[^\s\"<>\\]+", re.IGNORECASE)
_PACKED: Final = re.compile(rf"((?:%3F|%26){_NAMES}%3D)(?:(?!%26)[^&\s\"<>\\])*", re.IGNORECASE)
"""A parameter of a URL that is itself the value of a parameter."""
_ADDRESS: Final = re.compile(rf"([?&;][^=&\s\"<>]{{1,80}}=)[\w.+-]{{1,64}}%40(?:{DOMAIN})", re.IGNORECASE)


def without_url_secrets(text: str) -> str:
    """The text with the signatures, logins and e-mail addresses of its URLs replaced. Parameters keep their names."""
    if "=" not in text and "@" not in text:
        return text
    text = _PARAMETER.sub(rf"\1={SCRUBBED}", _LOGIN.sub(r"\1", text))
    if "%3d" in text.lower():
        text = _QUERY.sub(lambda query: _PACKED.sub(rf"\1{SCRUBBED}", query[0]), text)
    return _ADDRESS.sub(rf"\1{quote(EMAIL)}", text) if "%40" in text else text
