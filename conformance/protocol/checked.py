"""Messages and values as the JSON Schemas in `schemas/` have them: nothing is sent or taken in that differs.

A port's own environment has no `jsonschema`. Nothing is checked there: the suite checks what it gets.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from conformance.protocol import messages, tagged
from conformance.protocol.errors import ProtocolError
from conformance.protocol.messages import Answer, Page, Request
from conformance.protocol.shapes import ANY, Shape

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

_REQUESTS: Final = ("hello", "call", "bye")
_ANSWERS: Final = ("welcome", "page", "result", "error", "unsupported", "unimplemented")
_SCALARS: Final = frozenset({str, int, float, bool, type(None)})
_LONGEST_SHOWN: Final = 60


def request(message: Request) -> dict[str, Any]:
    """A message of the suite as JSON. Raises `ProtocolError`, which is then the suite's own fault."""
    data = messages.encode(message)
    _require(data, _REQUESTS)
    return data


def answer(data: Mapping[str, Any]) -> Answer | Page:
    """A message of a port, read. The value of a result is not looked at.

    Raises:
        ProtocolError: it is invalid. The text has the place, its value, and what is allowed.
    """
    _require(data, _ANSWERS)
    return messages.decode_answer(data)


def value(operation: str, data: Any) -> Any:
    """The value of a result in its shape (`shapes`), with tagged values made plain (`tagged.decode`).

    Keys that the shape lacks are left out. An operation that the protocol does not know has values of any shape.

    Raises:
        ProtocolError: it has not the shape of this operation's values, or a tagged value is malformed.
    """
    validator = _validators("values.json", "properties").get(operation)
    if validator and not validator.is_valid(_thinned(data)):
        raise ProtocolError(_told(next(validator.iter_errors(data)), "value"))
    return tagged.decode(_shapes().get(operation, ANY).brought(data), "value")


def _require(data: Mapping[str, Any], types: tuple[str, ...]) -> None:
    kind = data.get("type")
    if kind not in types:
        raise ProtocolError(f'"type" is {kind!r}; it must be one of: {", ".join(types)}')
    for error in _validators("messages.json", "$defs")[kind].iter_errors(data):
        raise ProtocolError(f"in a message of type {kind!r}, {_told(error, '')}")


def _thinned(data: Any) -> Any:
    """The data with one of each kind in its lists: a listing has thousands of entries, and they are all alike.

    The schemas of an entry describe its keys, its types, and the value of "type"; so what holds for
    one holds for each of its kind. What is inside tagged values is looked at when they are decoded.
    """
    if isinstance(data, dict):
        return {key: one if type(one) in _SCALARS else _thinned(one) for key, one in data.items()}
    if isinstance(data, list):
        return [_thinned(one) for one in {_kind(one): one for one in data}.values()]
    return data


def _kind(data: Any) -> Any:
    if isinstance(data, dict):
        kinds = (*data, *[type(one) if type(one) in _SCALARS else _kind(one) for one in data.values()])
        named = data.get("type")
        return (named, kinds) if isinstance(named, str) else kinds
    if isinstance(data, list):
        return frozenset(map(_kind, data))
    return type(data)


def _told(error: ValidationError, root: str) -> str:
    place = root
    for step in error.absolute_path:
        place += f"[{step}]" if isinstance(step, int) else f".{step}" if place else step
    match error.validator, error.validator_value:
        case "required", [*keys]:
            held: Any = error.instance
            missing = next(key for key in keys if key not in held)
            return f'"{place}.{missing}" is missing' if place else f'"{missing}" is missing'
        case "type", str() | [*_] as types:
            allowed = [types] if isinstance(types, str) else types
            wanted = " or ".join(_JSON_NAMES[one] for one in allowed)
        case "enum", [*allowed]:
            wanted = f"one of: {', '.join(map(str, allowed))}"
        case "const", constant:
            wanted = json.dumps(constant)
        case _:
            wanted = error.schema["title"]  # type: ignore[index, call-overload, unused-ignore]
    found = repr(error.instance)
    shown = found if len(found) <= _LONGEST_SHOWN else f"{found[:_LONGEST_SHOWN]}…"
    return f'"{place}" is {shown}; it must be {wanted}'


_JSON_NAMES: Final = {
    "string": "a string",
    "integer": "a whole number",
    "boolean": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}


@functools.cache
def _validators(name: str, below: str) -> dict[str, Draft202012Validator]:
    """Validators of the entries below a key of a schema file, by name."""
    from jsonschema import Draft202012Validator

    return {key: Draft202012Validator(one) for key, one in _schemas(name, below).items()}


@functools.cache
def _shapes() -> dict[str, Shape]:
    return {operation: Shape.of(one) for operation, one in _schemas("values.json", "properties").items()}


def _schemas(name: str, below: str) -> dict[str, Any]:
    text = resources.files("conformance.protocol").joinpath("schemas").joinpath(name).read_text("utf-8")
    schema = json.loads(text)
    return {key: _flat(one, schema["$defs"]) for key, one in schema[below].items()}


def _flat(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """The schema with each definition in place of the reference to it, which takes long to follow."""
    if isinstance(schema, list):
        return [_flat(one, definitions) for one in schema]
    if not isinstance(schema, dict):
        return schema
    meant = definitions[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else {}
    whole = {**meant, **{key: inner for key, inner in schema.items() if key != "$ref"}}
    return {key: _flat(inner, definitions) for key, inner in whole.items()}
