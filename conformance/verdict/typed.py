"""Fields of JSON objects that come from outside, by their types.

Each function raises a `ValueError` with the name of the field and what it holds, if that has another type.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, cast


def mapping(value: Any, name: str) -> Mapping[str, Any]:
    """A JSON object; `name` is what the message calls it."""
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} is not an object: {value!r:.60}")
    return value


def _field(data: Mapping[str, Any], name: str, kind: type | tuple[type, ...], called: str) -> Any:
    value = data.get(name)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"{name} is not {called}: {value!r:.60}")
    return value


def text(data: Mapping[str, Any], name: str) -> str:
    """A field that is a text."""
    return cast(str, _field(data, name, str, "a text"))


def flag(data: Mapping[str, Any], name: str) -> bool:
    """A field that is true or false."""
    return cast(bool, _field(data, name, bool, "true or false"))


def number(data: Mapping[str, Any], name: str) -> float:
    """A field that is a number that a float can hold, not true or false."""
    value = cast(float, _field(data, name, (int, float), "a number"))
    if not -sys.float_info.max <= value <= sys.float_info.max:  # so is NaN
        raise ValueError(f"{name} is not a number that can be used")
    return value


def whole(data: Mapping[str, Any], name: str) -> int:
    """A field that is a whole number."""
    return cast(int, _field(data, name, int, "a whole number"))


def items(data: Mapping[str, Any], name: str) -> list[Any]:
    """A field that is a list."""
    return cast(list[Any], _field(data, name, list, "a list"))


def texts(data: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A field that is a list of texts."""
    values = items(data, name)
    if not all(isinstance(value, str) for value in values):
        raise ValueError(f"{name} is not a list of texts")
    return tuple(values)
