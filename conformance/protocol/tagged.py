"""Values that JSON lacks, as objects with one key: `$timestamp`, `$bytes`, `$integer` and `$float`.

They are decoded to plain values, so that a check sees one form whatever the language of the port.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timezone
from typing import Any, Final

from conformance.protocol.errors import ProtocolError

CONTENT_NEEDED: Final = 64 << 10
"""The most bytes whose content must be sent along."""

_PLAIN: Final = frozenset({str, int, bool, type(None)})
_DIGITS: Final = re.compile(r"-?[0-9]+")
_TIMESTAMP: Final = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)")


def dumps(value: object) -> str:
    """A Python value as JSON of the protocol, with what JSON lacks in tagged form.

    Raises:
        TypeError: as `encode`.
    """
    try:
        return json.dumps(value, default=encode, allow_nan=False)
    except ValueError:  # NaN or infinity: `default` is not asked about floats
        return json.dumps(_without_nan(value), default=encode, allow_nan=False)


def _without_nan(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(inner) for inner in value]
    return named(value) if isinstance(value, float) and not math.isfinite(value) else value


def encode(value: object) -> Any:
    """A Python value that JSON lacks, as `default` of `json.dumps` wants it.

    A time without a zone, a date and a time of day are no points in time: they are ISO 8601 text.

    Raises:
        TypeError: it is of another type.
    """
    if isinstance(value, datetime) and value.tzinfo is not None:
        return {"$timestamp": value.isoformat()}
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        content = base64.b64encode(value).decode() if len(value) <= CONTENT_NEEDED else None
        return {"$bytes": {"size": len(value), "sha256": hashlib.sha256(value).hexdigest(), "base64": content}}
    raise TypeError(f"{type(value).__name__} is not a type of the protocol: {value!r}")


def decode(value: Any, place: str) -> Any:
    """A value in which each tagged one is plain.

    A timestamp becomes UTC text with milliseconds, `2024-01-04T12:05:15.000Z`, or as many decimals as it has beyond
    those; bytes become an object with `size` and `sha256`; an integer becomes one. A float that is not a number keeps
    its tag: untagged, it would not be equal to itself, and no JSON. Python's bare `NaN` is taken for it.

    Args:
        value: from JSON, or a Python value that `encode` knows.
        place: its place, for the error: `value`.

    Raises:
        ProtocolError: a tagged value is malformed; the text has its place.
    """
    if isinstance(value, Mapping):
        if len(value) == 1:
            tag, inner = next(iter(value.items()))
            if tag in _DECODERS:
                return _DECODERS[tag](inner, f"{place}.{tag}")
        return {
            str(key): inner if type(inner) in _PLAIN else decode(inner, f"{place}.{key}")
            for key, inner in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [
            inner if type(inner) in _PLAIN else decode(inner, f"{place}[{number}]")
            for number, inner in enumerate(value)
        ]
    if isinstance(value, float):
        return value if math.isfinite(value) else named(value)
    if value is None or isinstance(value, (str, int)):
        return value
    return decode(encode(value), place)


def _timestamp(text: Any, place: str) -> str:
    found = _TIMESTAMP.fullmatch(text) if isinstance(text, str) else None
    try:
        if found is None:
            raise ValueError
        day, clock, decimals, zone = found.groups()
        moment = datetime.fromisoformat(f"{day}T{clock}{zone.replace('Z', '+00:00')}").astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise ProtocolError(
            f'"{place}" is {text!r}; write a time with its zone as RFC 3339 has it: "2024-01-04T12:05:15Z"'
        ) from None
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{(decimals or '').rstrip('0').ljust(3, '0')}Z"


def _integer(text: Any, place: str) -> int:
    try:
        if not (isinstance(text, str) and _DIGITS.fullmatch(text)):
            raise ValueError
        return int(text)
    except ValueError:  # Python also refuses a number of several thousand digits
        raise ProtocolError(f'"{place}" is {text!r}; write its digits as text: "9007199254740993"') from None


_NAMES: Final = ("NaN", "Infinity", "-Infinity")


def named(value: float) -> dict[str, str]:
    """The form of NaN or an infinity."""
    return {"$float": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}


def _float(name: Any, place: str) -> dict[str, str]:
    if name not in _NAMES:
        raise ProtocolError(f'"{place}" is {name!r}; write one of: {", ".join(_NAMES)}; a finite number needs no tag')
    return {"$float": name}


def _bytes(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, Mapping) or [type(value.get(key)) for key in ("size", "sha256")] != [int, str]:
        raise ProtocolError(f'"{place}" is {value!r}; write an object with "size", "sha256" and "base64"')
    size, digest, content = value["size"], value["sha256"], value.get("base64")
    if content is None and size <= CONTENT_NEEDED:
        raise ProtocolError(f'"{place}.base64" is missing; only content of over {CONTENT_NEEDED} bytes may be left out')
    if content is not None:
        try:
            held = base64.b64decode(content, validate=True)
        except (TypeError, ValueError, binascii.Error):
            raise ProtocolError(f'"{place}.base64" is not base64 text') from None
        if len(held) != size:
            raise ProtocolError(f'"{place}.size" is {size}; the content has {len(held)} bytes')
        if hashlib.sha256(held).hexdigest() != digest:
            raise ProtocolError(f'"{place}.sha256" is {digest!r}, which is not the digest of the content')
    return {"size": size, "sha256": digest}


_DECODERS: Final[dict[str, Callable[[Any, str], Any]]] = {
    "$timestamp": _timestamp,
    "$bytes": _bytes,
    "$integer": _integer,
    "$float": _float,
}
