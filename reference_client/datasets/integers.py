"""JSON with integers of any length, and no number that becomes infinity.

Python turns no text of more than 4300 digits into an integer, nor back, since that takes the square of the length:
https://docs.python.org/3/library/stdtypes.html#int-max-str-digits. Tests of programming problems hold longer ones.
`decimal` converts them in less, and they have a limit.
"""

from __future__ import annotations

import json
import math
import re
import secrets
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from reference_client.datasets.errors import shown
from reference_client.limits import INTEGER_DIGITS, LimitError

_BLANKS = re.compile(r"[ \t\r\n]*")
_INFINITIES = (math.inf, -math.inf)
_SHORT = 4000
"""Digits that Python converts itself, wherever its limit is set."""


def from_json(text: str | bytes, **options: Any) -> Any:
    """`json.loads`, whose options these are.

    Raises:
        ValueError: the text is not JSON, a number with a fraction or an exponent is larger than any float, or the
            integers of more than 4300 digits have more than `INTEGER_DIGITS` together.
    """
    try:
        return json.loads(text, parse_float=_float, **options)
    except json.JSONDecodeError:
        raise
    except ValueError as error:
        if isinstance(error, (UnicodeError, _TooLargeError)):
            raise
        return json.loads(text, parse_int=_reader(), parse_float=_float, **options)


def all_from_json(text: bytes, **options: Any) -> list[Any]:
    """The JSON values in a text of UTF-8, one after the other. Raises ValueError as `from_json`."""
    whole = text.decode("utf-8-sig", "surrogatepass")
    decoder, found, at = json.JSONDecoder(parse_int=_reader(), parse_float=_float, **options), [], 0
    while (at := _after_blanks(whole, at)) < len(whole):
        value, at = decoder.raw_decode(whole, at)
        found.append(value)
    return found


class _TooLargeError(ValueError):
    """A number would become infinity, which is another one."""


def _float(text: str) -> float:
    value = float(text)
    if value in _INFINITIES:
        raise _TooLargeError(f"the number {shown(text)} is larger than a float can be")
    return value


def _after_blanks(text: str, at: int) -> int:
    blanks = _BLANKS.match(text, at)
    return blanks.end() if blanks else at


def _reader() -> Callable[[str], int]:
    """What makes the integers of one piece of JSON."""
    digits = 0

    def integer(text: str) -> int:
        nonlocal digits
        if len(text) <= _SHORT:
            return int(text)
        digits += len(text)
        if digits > INTEGER_DIGITS:
            raise ValueError(str(LimitError("The length of its integers", "INTEGER_DIGITS"))) from None
        return int(Decimal(text))

    return integer


def to_json(value: Any, **options: Any) -> str:
    """`json.dumps`, whose options these are.

    Raises:
        ValueError: as `json.dumps`, except for long integers.
    """
    try:
        return json.dumps(value, **options)
    except ValueError:
        long: dict[str, str] = {}
        text = json.dumps(_without(value, secrets.token_hex(), long), **options)
        for name, digits in long.items():
            text = text.replace(f'"{name}"', digits)
        return text


def _without(value: Any, mark: str, long: dict[str, str]) -> Any:
    """The value with names in place of its long integers."""
    if isinstance(value, dict):
        return {name: _without(inner, mark, long) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without(inner, mark, long) for inner in value]
    if type(value) is int and value.bit_length() > _SHORT * 3:
        name = f"{mark}-{len(long)}"
        long[name] = format(Decimal(value), "f")
        return name
    return value
