"""Secrets in JSON: by the key that a value stands at, and by what its texts hold.

JSON is read, changed and written again. Text that looks like JSON cannot be changed in place: what ends a word of it
may be half of an escape.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from conformance.traffic.compact import to_json
from conformance.traffic.secrets import ADDRESS, XET_TOKEN, is_address
from conformance.traffic.url_secrets import EMAIL, SCRUBBED

_NAMES: Final = (
    "token accesstoken refreshtoken idtoken authtoken apitoken sessiontoken securitytoken bearertoken apikey "
    "accesskey accesskeyid secret clientsecret secretkey secretaccesskey password passwd passphrase privatekey "
    "sessionid session cookie setcookie authorization credentials signature phone phonenumber mobile otp pin "
    "secrets passwords cookies apikeys recoverycodes backupcodes sshkey "
)
_KEYS: Final = frozenset(_NAMES.split())
"""Names in lower case without the separators between their words. `mask_token` of a model is another thing."""
_ENDINGS: Final = ("password", "passwd", "secret", "apikey", "privatekey", "accesskey", "secretkey", "credentials")
"""How further names of secrets end."""
_TOKENS: Final = ("token", "tokens")
_OF_A_LISTING: Final = frozenset({"pagetoken", "nexttoken", "nextpagetoken", "continuationtoken"})
_LIKE_A_TOKEN: Final = re.compile(r"(?!\d{4}-\d\d-\d\dT)(?=[^\d]*\d)(?=[^A-Za-z]*[A-Za-z])[\w.~+/=:-]{8,}", re.ASCII)
"""A word such as no model has for one of its tokens, and no date: letters and digits with nothing around them."""
_ADDRESSES: Final = ("ip", "ipaddress", "clientip", "remoteip", "remoteaddr", "xforwardedfor")
_ENDINGS_OF_ADDRESSES: Final = ("ip", "ips", "ipaddress", "ipv4", "ipv6", "addr", "address", "forwardedfor")
_UNCHANGED: Final = frozenset({EMAIL, XET_TOKEN, SCRUBBED, ADDRESS, ""})
_PATHS: Final = frozenset({"path", "rfilename"})
"""Keys of the names of files, which are a repository's own whatever they look like."""


def read(body: bytes) -> Any:
    """The JSON of a body, each object as the list of its pairs: a key that comes twice has both its values.

    Raises:
        ValueError: it is not JSON.
        RecursionError: it is nested too deeply.
    """
    return json.loads(body, object_pairs_hook=_Pairs)


def without_json_secrets(body: bytes, change: Callable[[str], str]) -> bytes:
    """JSON with the values of keys that name a secret replaced, and its texts changed; the same where nothing is.

    Args:
        change: is given each text, and returns what stands for it.

    Raises:
        ValueError: it is not JSON.
        RecursionError: it is nested too deeply.
    """
    said = read(body)
    clean = _clean(said, "", change)
    return body if clean == said and not _has_doubles(said) else to_json(_plain(clean))


def texts(said: Any, key: str = "") -> Iterator[str]:
    """The keys and texts of JSON that `read` has read, without the names of files."""
    if isinstance(said, _Pairs):
        for name, value in said:
            yield name
            yield from texts(value, name)
    elif isinstance(said, list):
        for value in said:
            yield from texts(value, key)
    elif isinstance(said, str) and key not in _PATHS:
        yield said


class _Pairs(list[tuple[str, Any]]):
    """An object of JSON."""

    __slots__ = ()


def _clean(said: Any, key: str, change: Callable[[str], str], within: bool = False) -> Any:
    if isinstance(said, _Pairs):
        is_secret = within or _is_secret(_normal(key))
        return _Pairs((change(name), _clean(value, name, change, is_secret)) for name, value in said)
    if isinstance(said, list):
        return [_clean(value, key, change, within) for value in said]
    name = _normal(key)
    if isinstance(said, str):
        return _text(said, key, name, change, within)
    is_number = isinstance(said, int | float) and not isinstance(said, bool)
    return 0 if is_number and name in ("password", "pin", "otp", "phone", "phonenumber", "mobile", "secret") else said


def _text(said: str, key: str, name: str, change: Callable[[str], str], within: bool) -> str:
    if said in _UNCHANGED or key in _PATHS:
        return said
    if name.endswith(("email", "mail")):
        return EMAIL
    if name in _ADDRESSES or (name.endswith(_ENDINGS_OF_ADDRESSES) and is_address(said)):
        return ADDRESS
    if key == "accessToken":
        return XET_TOKEN
    if _is_secret(name) or ((within or _names_a_token(name)) and _LIKE_A_TOKEN.fullmatch(said)):
        return SCRUBBED
    return change(said)


@functools.lru_cache(4096)
def _normal(key: str) -> str:
    return re.sub("[^a-z0-9]", "", key.lower())


def _is_secret(name: str) -> bool:
    return name in _KEYS or name.endswith(_ENDINGS)


def _names_a_token(name: str) -> bool:
    return name.endswith(_TOKENS) and name not in _OF_A_LISTING


def _has_doubles(said: Any) -> bool:
    if isinstance(said, _Pairs):
        return len({name for name, _ in said}) < len(said) or any(_has_doubles(value) for _, value in said)
    return isinstance(said, list) and any(map(_has_doubles, said))


def _plain(said: Any) -> Any:
    if isinstance(said, _Pairs):
        return {name: _plain(value) for name, value in said}
    return list(map(_plain, said)) if isinstance(said, list) else said
