"""Keep the person who records out of the recording: the form of `whoami` stays."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import quote, quote_plus

from conformance.record.said import json_of
from conformance.traffic.body import with_body
from conformance.traffic.compact import to_json
from conformance.traffic.exchange import Exchange, Response
from conformance.traffic.identity import caller
from conformance.traffic.scrub import is_own_words
from conformance.traffic.secrets import EMAIL
from conformance.traffic.stored import StoredExchange

WHOAMI: Final = "/api/whoami-v2"
_NOBODY: Final = "0" * 24
_ROLES: Final = ("read", "write", "fineGrained")
_WORDY: Final = ("x-error-message", "x-hf-warning", "content-disposition")
"""Headers in which the Hub says something to a person."""
_TELLING: Final = ("id", "_id", "name", "fullname", "email", "displayName", "avatarUrl")
_SHORTEST: Final = 6
"""Letters; a shorter name may stand anywhere by chance."""


@dataclass(frozen=True, slots=True)
class Person:
    """What tells who a caller is: ids, names and addresses of a person and of their organisations."""

    words: tuple[str, ...] = ()

    @classmethod
    def behind(cls, exchanges: list[Exchange]) -> Person:
        """The person whom the recorded answers to `whoami` describe."""
        found: list[str] = []
        for exchange in exchanges:
            if exchange.request.path == WHOAMI and exchange.response.status == 200:
                found += _words(json_of(exchange.response))
        return cls(tuple(sorted(set(found), key=lambda word: (-len(word), word))))

    def without(self, exchange: Exchange, public: Collection[str]) -> Exchange:
        """The exchange with a fixed person in place of the one who records.

        Args:
            public: names that anybody may read: those of the recorded repositories.
        """
        known = {word.casefold() for word in public}
        private = [word for word in self.words if word.casefold() not in known]
        if isinstance(exchange, StoredExchange):  # a file; its content is not about the person who records
            return StoredExchange(exchange.request, _in_headers(exchange.head, private), exchange.blob)
        response = exchange.response
        if exchange.request.path == WHOAMI and response.status == 200:
            said = fixed(json_of(response), caller(exchange.request.token))
            response = with_body(response, to_json(said))
        elif is_own_words(response):
            body = _without(response.body.decode("utf-8", "surrogateescape"), private)
            content = body.encode("utf-8", "surrogateescape")
            response = with_body(response, content) if content != response.body else response
        return replace(exchange, response=_in_headers(response, private))


def _in_headers(response: Response, words: list[str]) -> Response:
    told = [(name, value) for name, value in response.headers.items() if name.lower() in _WORDY]
    changed = {name: _without(value, words) for name, value in told}
    return response.with_headers(changed) if words and told else response


def _without(text: str, words: list[str]) -> str:
    for word in words:
        text = _spelled(word).sub(EMAIL if "@" in word else "caller", text)
    return text


@functools.cache
def _spelled(word: str) -> re.Pattern[str]:
    """A word in capitals or not, and as URLs and as JSON in ASCII spell it."""
    spellings = dict.fromkeys([word, quote(word, safe=""), quote_plus(word), json.dumps(word)[1:-1]])
    return re.compile("|".join(map(re.escape, spellings)), re.IGNORECASE)


def fixed(said: Any, name: str) -> dict[str, Any]:
    """An answer to `whoami` with the same keys and nothing of the person's."""
    values: dict[str, Any] = {
        "type": "user",
        "id": _NOBODY,
        "name": name,
        "fullname": name.title(),
        "email": EMAIL,
        "avatarUrl": f"/avatars/{name}.svg",
        "orgs": [],
        "billingMode": "prepaid",
    }
    found: dict[str, Any] = {}
    for key, value in said.items() if isinstance(said, dict) else ():
        if key == "auth":
            found[key] = _auth(value)
        elif key in values:
            found[key] = values[key]
        elif isinstance(value, bool):
            found[key] = key == "emailVerified"
        else:
            found[key] = [] if isinstance(value, list) else 0 if isinstance(value, int | float) else None
    return found


def _auth(said: Any) -> dict[str, Any]:
    token = said.get("accessToken") if isinstance(said, dict) else None
    role = token.get("role") if isinstance(token, dict) else None
    told = {"displayName": "conformance", "role": role if role in _ROLES else "read"}
    return {"type": "access_token", "accessToken": {**told, "createdAt": "2026-01-01T00:00:00.000Z"}}


def _words(said: Any, key: str = "") -> Iterator[str]:
    if isinstance(said, dict):
        for name, value in said.items():
            yield from _words(value, name)
    elif isinstance(said, list):
        for value in said:
            yield from _words(value, key)
    elif isinstance(said, str) and key in _TELLING and len(said) >= _SHORTEST and said != EMAIL:
        yield said
