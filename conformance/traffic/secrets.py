"""What a secret looks like: by its form, and by its value."""

from __future__ import annotations

import base64
import ipaddress
import itertools
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Final
from urllib.parse import quote

from conformance.traffic.url_secrets import DOMAIN, EMAIL, SCRUBBED, without_url_secrets

XET_TOKEN: Final = "xet_scrubbed"
ADDRESS: Final = "192.0.2.1"
"""In place of a client's address; it is reserved for documentation (RFC 5737)."""

FORMS: Final = {
    "an access token of Hugging Face": re.compile(r"\b(?:hf|api_org|hf_oauth|hf_jwt|hf_app)_[A-Za-z0-9]{20,}"),
    "a JSON Web Token": re.compile(r"\beyJ[A-Za-z0-9_-]{5,2000}\.eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*"),
    "a private key": re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:.*?-----END [A-Z ]*PRIVATE KEY-----|.*)", re.DOTALL
    ),
    "an AWS key": re.compile(r"\b(?:AKIA|ASIA|AROA|AIDA)[0-9A-Z]{16}\b"),
    "a token of GitHub": re.compile(r"\b(?:gh[opsur]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{20,})"),
    "a token of GitLab": re.compile(r"\bgl(?:pat|oas|dt|rt|ptt|soat)-[A-Za-z0-9_-]{16,}"),
    "a token of Slack": re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{8,}|\bhooks\.slack\.com/services/[A-Za-z0-9/]{20,}"),
    "a key of Google": re.compile(r"\bAIza[A-Za-z0-9_-]{30,}|\bya29\.[A-Za-z0-9_-]{20,}|\bGOCSPX-[A-Za-z0-9_-]{20,}"),
    "a key of OpenAI or Anthropic": re.compile(r"\bsk-[A-Za-z0-9_-]{20,}"),
    "a key of Stripe or Square": re.compile(r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}|\bsq0[a-z]{3}-[A-Za-z0-9_-]{20,}"),
    "a token of npm or PyPI": re.compile(r"\bnpm_[A-Za-z0-9]{30,}|\bpypi-[A-Za-z0-9_-]{30,}"),
    "a key of a mailer": re.compile(r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|\bkey-[0-9a-f]{32}\b"),
    "a key of Twilio": re.compile(r"\b(?:AC|SK)[0-9a-f]{32}\b"),
    "a token of Telegram or Discord": re.compile(
        r"\b[0-9]{8,10}:AA[A-Za-z0-9_-]{30,}|\bdiscord(?:app)?\.com/api/webhooks/[A-Za-z0-9/_-]{20,}"
    ),
    "a token of a cloud": re.compile(
        r"\bdo[opr]_v1_[0-9a-f]{40,}|\bdapi[0-9a-f]{32}|\bdckr_[po]at_[A-Za-z0-9_-]{20,}|\bhv[sb]\.[A-Za-z0-9_-]{20,}"
        r"|\bAGE-SECRET-KEY-1[0-9A-Z]{50,}|\bAccountKey=[A-Za-z0-9+/=]{40,}"
    ),
    "a token of a service": re.compile(
        r"\br8_[A-Za-z0-9]{30,}|\bgsk_[A-Za-z0-9]{30,}|\blin_api_[A-Za-z0-9]{30,}|\b(?:ntn|secret)_[A-Za-z0-9]{40,}"
        r"|\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|\bATATT3[A-Za-z0-9_=-]{20,}|\bPMAK-[0-9a-f]{20,}|\bfigd_[A-Za-z0-9_-]{20,}"
        r"|\bNRAK-[A-Z0-9]{20,}|\bgl(?:sa|c)_[A-Za-z0-9_=-]{20,}|\bsntrys_[A-Za-z0-9_=+/-]{20,}|\bsbp_[0-9a-f]{30,}"
    ),
    "a login": re.compile(r"\bBasic [A-Za-z0-9+/]{12,}={0,2}(?![\w\" ])"),
}
"""Secrets that are known by their form, from any issuer."""

_BEGINNINGS: Final = {
    what: tuple(words.split())
    for what, words in {
        "an access token of Hugging Face": "hf_ api_org_",
        "a JSON Web Token": "eyJ",
        "a private key": "-----BEGIN",
        "an AWS key": "AKIA ASIA AROA AIDA",
        "a key of Twilio": "AC SK",
        "a token of GitHub": "gho_ ghp_ ghs_ ghu_ ghr_ github_pat_",
        "a token of GitLab": "glpat- gloas- gldt- glrt- glptt- glsoat-",
        "a token of Slack": "xox hooks.slack",
        "a key of Google": "AIza ya29. GOCSPX-",
        "a key of OpenAI or Anthropic": "sk-",
        "a key of Stripe or Square": "k_live_ k_test_ sq0",
        "a token of npm or PyPI": "npm_ pypi-",
        "a key of a mailer": "SG. key-",
        "a token of Telegram or Discord": ":AA /api/webhooks/",
        "a token of a cloud": "_v1_ dapi dckr_ hvs. hvb. AGE-SECRET AccountKey=",
        "a token of a service": (
            "r8_ gsk_ lin_api_ ntn_ secret_ shpat_ shpca_ shppa_ shpss_ ATATT3 PMAK- figd_ NRAK- glsa_ glc_ sntrys_ "
            "sbp_"
        ),
        "a login": "Basic",
    }.items()
}
"""What a secret of a form holds in any case: looking for it first is many times faster than a pattern."""
_IN_BYTES: Final = {what: re.compile(form.pattern.encode(), form.flags & re.DOTALL) for what, form in FORMS.items()}
_BY_THEMSELVES: Final = ("a private key", "a token of Telegram or Discord", "a login")
"""Forms that hold blanks, or begin with a digit as most numbers do: looked for by what is rare in them."""
_ONE_WORD: Final = re.compile(
    # The letters that they begin with, and as many more as the shortest has, come first: most words end here.
    rb"\b(?=[ADGNPSadefghklnprsxy][\w.=-]{10})(?:%s)"
    % b"|".join(
        re.sub(rb"(^|\|)\\b", rb"\1", form.pattern) for what, form in _IN_BYTES.items() if what not in _BY_THEMSELVES
    )
)
"""Every form that is one word, as one pattern: a file is read once. They all begin at the beginning of a word."""
_MOST_FOUND: Final = 1000
"""Matches of a file that are looked at: this number is enough to refuse it."""

_EMAIL: Final = re.compile(rf"\b[\w.%+-]{{1,64}}@{DOMAIN}")
_CLIENT: Final = re.compile(
    r"(\b(?:IP|ip|client|address|from)\b[^\w\n]{0,3})((?:[0-9]{1,3}\.){3}[0-9]{1,3}\b|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]+)"
)
_SENT: Final = re.compile(r"(\b(?:(?:Proxy-)?Authorization|(?:Set-)?Cookie2?|X-Api-Key): ?)[^\n\"]{2,}", re.IGNORECASE)
"""A header of a request that an answer repeats."""


def forms_of(text: str) -> frozenset[str]:
    """The parts of a text that have the form of a secret."""
    return frozenset(
        found[0]
        for what, pattern in FORMS.items()
        if any(word in text for word in _BEGINNINGS[what])
        for found in pattern.finditer(text)
    )


def without_forms(text: str, *, is_url: bool = False, names: Collection[str] = ()) -> str:
    """The text with e-mail addresses, client addresses, and what has the form of a secret, replaced.

    Args:
        is_url: it holds URLs alone: the name of a file in one may look like an address, and must lead where it led.
        names: parts of names of files that have the form of a secret, and stay.
    """
    for what, pattern in FORMS.items():
        if any(word in text for word in _BEGINNINGS[what]):
            text = pattern.sub(lambda found: found[0] if found[0] in names else SCRUBBED, text)
    if is_url:
        return text
    if ":" in text:
        text = _SENT.sub(rf"\g<1>{SCRUBBED}", text)
    text = _CLIENT.sub(_without_address, text) if "." in text or ":" in text else text
    return _EMAIL.sub(EMAIL, text) if "@" in text else text


def forms_in(content: bytes) -> Iterator[str]:
    """The kinds of secrets that stand in a file, by their form."""
    found = {
        next(what for what, form in _IN_BYTES.items() if form.match(content, match.start()))
        for match in itertools.islice(_ONE_WORD.finditer(content), _MOST_FOUND)
    }
    for what in _BY_THEMSELVES:
        if any(word.encode() in content for word in _BEGINNINGS[what]) and _IN_BYTES[what].search(content):
            found.add(what)
    yield from (what for what in FORMS if what in found)


def _without_address(found: re.Match[str]) -> str:
    address = found[2].rstrip(".:")
    return f"{found[1]}{ADDRESS}{found[2][len(address) :]}" if is_address(address) else found[0]


def is_address(text: str) -> bool:
    """Whether this is the address of a machine (IPv4 or IPv6), and not the one that stands for any."""
    try:
        return str(ipaddress.ip_address(text)) != ADDRESS
    except ValueError:
        return False


def problems(text: str, *, is_url: bool = False, names: Collection[str] = ()) -> Iterator[str]:
    """What is left of secrets in the Hub's own words, one phrase each. See `without_forms`."""
    for what, pattern in FORMS.items():
        may_be = any(word in text for word in _BEGINNINGS[what])
        if may_be and any(found[0] not in names for found in pattern.finditer(text)):
            yield what
    if not is_url and "@" in text and any(address[0] != EMAIL for address in _EMAIL.finditer(text)):
        yield "an e-mail address"
    if without_url_secrets(text) != text:
        yield "a login or a signature in a URL"


def spellings(token: str) -> list[bytes]:
    """The ways in which a known secret may stand in an answer: as it is, percent-encoded, in hex, UTF-16 and base64.

    In base64 the neighbours of a text change its first and last letters, so it is the middle, at each of three places.
    """
    raw = token.encode()
    found = [raw, quote(token, safe="").encode(), raw.hex().encode(), raw.hex().upper().encode()]
    found += [token.encode("utf-16-le"), token.encode("utf-16-be")]
    for before in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            encoded = encode(b"\0" * before + raw)
            first, last = (before * 8 + 5) // 6, (before + len(raw)) * 8 // 6
            found.append(encoded[first:last])
    return [spelling for spelling in dict.fromkeys(found) if len(spelling) >= 6]


def holds(content: bytes, tokens: Iterable[str]) -> bool:
    """Whether some bytes contain one of these secrets, in any encoding of it."""
    return any(spelling in content for token in tokens for spelling in spellings(token))
