"""Remove the data of the person who records from the recording; answers of `whoami` keep their form."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import quote, quote_plus, urlsplit

from conformance.record.said import json_of
from conformance.traffic.body import with_body
from conformance.traffic.compact import to_json
from conformance.traffic.exchange import Exchange, Response
from conformance.traffic.identity import caller
from conformance.traffic.missing import MISSING_FILE, MISSING_REPOSITORY, MISSING_REVISION
from conformance.traffic.scrub import EMAIL, LEADING, is_own_words
from conformance.traffic.stored import StoredExchange, head_of

WHOAMI: Final = "/api/whoami-v2"
_NOBODY: Final = "0" * 24
_ROLES: Final = ("read", "write", "fineGrained")
_WORDY: Final = ("x-error-message", "x-hf-warning", *LEADING)
"""Headers in which the Hub says something to a person, or which lead to a place that may be named after one."""
_NAMES: Final = "id _id name fullname email displayName avatarUrl user userId username login nickname"
_ABOUT: Final = "location details bio biography about website homepage url twitter github gitlab linkedin bluesky orcid"
_TELLING: Final = frozenset(f"{_NAMES} {_ABOUT}".split())
"""Keys of `whoami` whose values tell who somebody is."""
_OURS: Final = (MISSING_FILE, MISSING_REPOSITORY, *MISSING_REPOSITORY.split("/"), MISSING_REVISION)
"""What the recorder asks for to learn how the Hub says that it is missing: replay looks for these names."""
_SHORTEST: Final = 6
"""Letters; a shorter name may stand anywhere by chance, and is taken out where a key says that it is one."""
_NAMING: Final = r'"(?:user|author|username|login|fullname|createdBy|updatedBy|submitter)"'


@dataclass(frozen=True, slots=True)
class Person:
    """What tells who a caller is: ids, names and addresses of a person and of their organisations.

    Args:
        words: what must not be said.
        places: the paths at which a Hub says who a caller is.
    """

    words: tuple[str, ...] = ()
    places: frozenset[str] = frozenset({WHOAMI})

    @classmethod
    def behind(cls, exchanges: list[Exchange]) -> Person:
        """The person whom the recorded answers to `whoami` describe."""
        places = _places(exchanges)
        found = [word for one in exchanges if one.request.path in places for word in _words(json_of(one.response))]
        return cls(tuple(sorted(set(found), key=lambda word: (-len(word), word))), places)

    def without(self, exchange: Exchange, public: Collection[str]) -> Exchange:
        """The exchange with a fixed person in place of the one who records.

        Args:
            public: names that anybody may read: those of the recorded repositories.
        """
        known = {word.casefold() for word in (*public, *_OURS)}
        private = [word for word in self.words if word.casefold() not in known]
        request = exchange.request
        if private:
            request = replace(request, target=_without(request.target, private))
        if isinstance(exchange, StoredExchange):  # a file; its content is not about the person who records
            return StoredExchange(request, _in_headers(exchange.head, private), exchange.blob)
        response = exchange.response
        if request.path in self.places and 200 <= response.status < 300:
            said = fixed(json_of(response), caller(request.token))
            response = with_body(response, to_json(said))
        elif is_own_words(response, request):
            body = _named(_without(response.body.decode("utf-8", "surrogateescape"), private), private)
            content = body.encode("utf-8", "surrogateescape")
            response = with_body(response, content) if content != response.body else response
        return replace(exchange, request=request, response=_in_headers(response, private))


def _places(exchanges: list[Exchange]) -> frozenset[str]:
    """Where a Hub says who a caller is: at the path of `whoami`, and where that redirects to."""
    found = {WHOAMI}
    leads = {one.request.path: head_of(one).headers.get("Location", "") for one in exchanges}
    todo = [WHOAMI]
    while todo:
        path = urlsplit(leads.get(todo.pop(), "")).path
        if path and path not in found:
            found.add(path)
            todo.append(path)
    return frozenset(found)


def _in_headers(response: Response, words: list[str]) -> Response:
    wordy = [(name, value) for name, value in response.headers.items() if name.lower() in _WORDY]
    changed = {name: _without(value, words) for name, value in wordy}
    return response.with_headers(changed) if words and wordy else response


def _named(text: str, words: list[str]) -> str:
    """JSON without the short names that a key says to be one."""
    for word in words:
        if len(word) < _SHORTEST:
            text = re.sub(rf"({_NAMING}\s*:\s*){re.escape(json.dumps(word, ensure_ascii=False))}", r'\1"caller"', text)
    return text


def _without(text: str, words: list[str]) -> str:
    for word in words:
        if len(word) < _SHORTEST:
            continue
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
    shown = {"displayName": "conformance", "role": role if role in _ROLES else "read"}
    return {"type": "access_token", "accessToken": {**shown, "createdAt": "2026-01-01T00:00:00.000Z"}}


def _words(said: Any, key: str = "") -> Iterator[str]:
    if isinstance(said, dict):
        for name, value in said.items():
            yield from _words(value, name)
    elif isinstance(said, list):
        for value in said:
            yield from _words(value, key)
    elif isinstance(said, str) and key in _TELLING and said.strip() and said != EMAIL:
        yield said
