"""What a secret looks like: by its key in JSON, by its parameter in a URL, by its form, and by its value."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote

EMAIL: Final = "caller@example.invalid"
XET_TOKEN: Final = "xet_scrubbed"
SCRUBBED: Final = "scrubbed"

FORMS: Final = {
    "an access token of Hugging Face": re.compile(r"\b(?:hf|api_org|hf_oauth|hf_jwt|hf_app)_[A-Za-z0-9]{20,}"),
    "a JSON Web Token": re.compile(r"\beyJ[A-Za-z0-9_-]{5,}\.eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*"),
    "a private key": re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:.*?-----END [A-Z ]*PRIVATE KEY-----|.*)", re.DOTALL
    ),
    "an AWS key": re.compile(r"\b(?:AKIA|ASIA|AROA|AIDA)[0-9A-Z]{16}\b"),
    "a token of GitHub": re.compile(r"\b(?:gh[opsur]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{20,})"),
    "a token of GitLab": re.compile(r"\bgl(?:pat|oas|dt|rt|ptt|soat)-[A-Za-z0-9_-]{16,}"),
    "a token of Slack": re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{8,}"),
    "a key of Google": re.compile(r"\bAIza[A-Za-z0-9_-]{30,}|\bya29\.[A-Za-z0-9_-]{20,}"),
    "a key of OpenAI or Anthropic": re.compile(r"\bsk-[A-Za-z0-9_-]{20,}"),
    "a key of Stripe": re.compile(r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}"),
    "a token of npm or PyPI": re.compile(r"\bnpm_[A-Za-z0-9]{30,}|\bpypi-[A-Za-z0-9_-]{30,}"),
    "a key of SendGrid": re.compile(r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
}
"""Secrets that are known by their form, whoever issued them."""

_EMAIL: Final = re.compile(r"\b[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}\b")
_JSON_TEXT: Final = r'"(?:[^"\\]|\\.)*"'
_KEY: Final = re.compile(rf'("([A-Za-z0-9_ .-]+)"\s*:\s*)({_JSON_TEXT})')
_NAMES: Final = (
    "token accesstoken refreshtoken idtoken authtoken apitoken sessiontoken securitytoken bearertoken apikey "
    "accesskey accesskeyid secret clientsecret secretkey secretaccesskey password passwd passphrase privatekey "
    "sessionid session cookie setcookie authorization credentials signature "
)
_KEYS: Final = frozenset(_NAMES.split())
"""Names in lower case without what stands between their words. `mask_token` of a model is another thing."""
_LOGIN: Final = re.compile(r"(\bhttps?://)[^\s/?#@\"<>]+@", re.IGNORECASE)
_PARAMETER: Final = re.compile(
    r"([?&](?:Policy|Signature|Key-Pair-Id|xip|sig|X-(?:Amz|Goog)-[A-Za-z-]+|AWSAccessKeyId|GoogleAccessId|token|"
    r"access_token|api_key|apikey|key|secret|password|auth|Authorization))=[^&\s\"<>]*",
    re.IGNORECASE,
)
_UNCHANGED: Final = frozenset({EMAIL, XET_TOKEN, SCRUBBED})


def without_url_secrets(text: str) -> str:
    """The text with the signatures and logins of its URLs replaced. Parameters keep their names."""
    return _PARAMETER.sub(rf"\1={SCRUBBED}", _LOGIN.sub(r"\1", text)) if "=" in text or "@" in text else text


def without_forms(text: str) -> str:
    """The text with e-mail addresses, and what has the form of a secret, replaced."""
    for pattern in FORMS.values():
        text = pattern.sub(SCRUBBED, text)
    return _EMAIL.sub(EMAIL, text) if "@" in text else text


def without_json_secrets(text: str) -> str:
    """JSON with the values of keys that name a secret replaced, and those of e-mail addresses."""
    return _KEY.sub(_replaced, text)


def _replaced(found: re.Match[str]) -> str:
    name = re.sub("[^a-z0-9]", "", found[2].lower())
    if found[3] == '""' or found[3][1:-1] in _UNCHANGED:
        return found[0]
    if name.endswith(("email", "mail")):
        return f'{found[1]}"{EMAIL}"'
    if found[2] == "accessToken":
        return f'{found[1]}"{XET_TOKEN}"'
    return f'{found[1]}"{SCRUBBED}"' if name in _KEYS else found[0]


def problems(text: str) -> Iterator[str]:
    """What is left of secrets in the Hub's own words, one phrase each."""
    for what, pattern in FORMS.items():
        if pattern.search(text):
            yield what
    if any(address[0] != EMAIL for address in _EMAIL.finditer(text)):
        yield "an e-mail address"
    if without_json_secrets(text) != text:
        yield "the value of a key that names a secret"
    if without_url_secrets(text) != text:
        yield "a login or a signature in a URL"


def spellings(token: str) -> list[bytes]:
    """The ways in which a known secret may stand in an answer: as it is, percent-encoded, and in base64.

    In base64 the neighbours of a text change its first and last letters, so it is the middle, at each of three places.
    """
    raw = token.encode()
    found = [raw, quote(token, safe="").encode()]
    for before in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            encoded = encode(b"\0" * before + raw)
            first, last = (before * 8 + 5) // 6, (before + len(raw)) * 8 // 6
            found.append(encoded[first:last])
    return [spelling for spelling in dict.fromkeys(found) if len(spelling) >= 6]


def holds(content: bytes, tokens: Iterable[str]) -> bool:
    """Whether one of these secrets stands in some bytes, however it is spelled."""
    return any(spelling in content for token in tokens for spelling in spellings(token))
