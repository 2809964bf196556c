"""The messages of the protocol as values, to JSON and back.

The suite sends `Hello`, `Call` and `Bye`. The port answers a hello with `Welcome` and a call with one of
`Result`, `Error`, `Unsupported` and `Unimplemented`. What a check expects is never sent.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import NoneType
from typing import Any, ClassVar, Final, TypeAlias

from conformance.protocol.errors import ERROR_KINDS, ProtocolError

OLDEST_PROTOCOL: Final = 1
NEWEST_PROTOCOL: Final = 1


@dataclass(frozen=True, slots=True)
class Context:
    """What holds for one call: where the Hub is, who is calling, where files go.

    `endpoint` has no trailing slash. `token` None: the suite gives no token, and the environment holds none
    unless `env` does. `ca_file` is a PEM file of the authority to trust. `env` holds variables for this
    call, with None for one that must not be set; a port that reads its environment once gets a fresh process
    with them. Where `endpoint` or `cache_dir` is None, the choice is left to the library and its environment.
    """

    endpoint: str | None
    cache_dir: str | None
    token: str | None = None
    offline: bool = False
    ca_file: str | None = None
    env: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PortInfo:
    """What a port says of itself. `version` is the library's; `runtime` runs it, as `CPython 3.12.1`."""

    name: str
    version: str
    language: str
    runtime: str = ""
    homepage: str = ""
    issues: str = ""
    operations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hello:
    """The first message: the protocol versions that the suite speaks, and the suite's own version."""

    type: ClassVar = "hello"
    id: int
    suite: str
    oldest: int = OLDEST_PROTOCOL
    newest: int = NEWEST_PROTOCOL


@dataclass(frozen=True, slots=True)
class Call:
    """Run one operation. `arguments` are named as the parameters of the `huggingface_hub` function are."""

    type: ClassVar = "call"
    id: int
    operation: str
    arguments: Mapping[str, Any]
    context: Context


@dataclass(frozen=True, slots=True)
class Bye:
    """The last message: the port ends, without an answer."""

    type: ClassVar = "bye"
    id: int


@dataclass(frozen=True, slots=True)
class Welcome:
    """The answer to a hello: the protocol version chosen, and who is speaking."""

    type: ClassVar = "welcome"
    id: int
    protocol: int
    port: PortInfo


@dataclass(frozen=True, slots=True)
class Result:
    """The operation returned this value."""

    type: ClassVar = "result"
    id: int
    value: Any


@dataclass(frozen=True, slots=True)
class Error:
    """The library raised an error. `kind` is one of `ERROR_KINDS`, `native` is the library's name for it."""

    type: ClassVar = "error"
    id: int
    kind: str
    native: str
    message: str
    status: int | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Unsupported:
    """The library cannot do this. `issue` is where that is discussed, if anywhere."""

    type: ClassVar = "unsupported"
    id: int
    reason: str
    issue: str | None = None


@dataclass(frozen=True, slots=True)
class Unimplemented:
    """The library might, but the shim does not know the operation."""

    type: ClassVar = "unimplemented"
    id: int
    reason: str


Request: TypeAlias = Hello | Call | Bye
Answer: TypeAlias = Welcome | Result | Error | Unsupported | Unimplemented


def encode(message: Request | Answer) -> dict[str, Any]:
    """The message as a JSON object."""
    return {"type": message.type, **dataclasses.asdict(message)}


def decode_request(data: Mapping[str, Any]) -> Request:
    """Read a message of the suite. Raises `ProtocolError`."""
    match data.get("type"):
        case "hello":
            return Hello(*_fields(data, id=(int,), suite=(str,), oldest=(int,), newest=(int,)))
        case "call":
            id, operation, arguments, context = _fields(
                data, id=(int,), operation=(str,), arguments=(dict,), context=(dict,)
            )
            return Call(id, operation, arguments, _context(context))
        case "bye":
            return Bye(*_fields(data, id=(int,)))
        case unknown:
            raise ProtocolError(f'"type" is {unknown!r}; the suite sends "hello", "call" or "bye"')


def decode_answer(data: Mapping[str, Any]) -> Answer:
    """Read a message of a port. Raises `ProtocolError`."""
    match data.get("type"):
        case "welcome":
            id, protocol, port = _fields(data, id=(int,), protocol=(int,), port=(dict,))
            return Welcome(id, protocol, _port(port))
        case "result":
            return Result(*_fields(data, id=(int,), value=(object,)))
        case "error":
            error = Error(
                *_fields(data, id=(int,), kind=(str,), native=(str,), message=(str,)),
                *_fields(data, status=(int, NoneType), request_id=(str, NoneType)),
            )
            if error.kind not in ERROR_KINDS:
                raise ProtocolError(f'"kind" is {error.kind!r}; it must be one of: {", ".join(ERROR_KINDS)}')
            return error
        case "unsupported":
            return Unsupported(*_fields(data, id=(int,), reason=(str,), issue=(str, NoneType)))
        case "unimplemented":
            return Unimplemented(*_fields(data, id=(int,), reason=(str,)))
        case unknown:
            raise ProtocolError(
                f'"type" is {unknown!r}; a port answers with "welcome", "result", "error", "unsupported" '
                'or "unimplemented"'
            )


def _context(data: Mapping[str, Any]) -> Context:
    text = (str, NoneType)
    return Context(
        *_fields(data, endpoint=text, cache_dir=text, token=text, offline=(bool,), ca_file=text, env=(dict,))
    )


def _port(data: Mapping[str, Any]) -> PortInfo:
    name, version, language, operations = _fields(
        data, name=(str,), version=(str,), language=(str,), operations=(list,)
    )
    texts = {key: data.get(key, "") for key in ("runtime", "homepage", "issues")}
    for key, value in texts.items():
        if not isinstance(value, str):
            raise ProtocolError(f'"{key}" is {value!r}; it must be a string')
    if not all(isinstance(operation, str) for operation in operations):
        raise ProtocolError('"operations" must be a list of strings')
    return PortInfo(name, version, language, operations=tuple(operations), **texts)


def _fields(data: Mapping[str, Any], **types: tuple[type, ...]) -> list[Any]:
    """The values of these keys, in this order. A key whose value may be null may be missing."""
    values = []
    for key, allowed in types.items():
        if key not in data and NoneType not in allowed:
            raise ProtocolError(f'"{key}" is missing in a message of type {data.get("type")!r}')
        value = data.get(key)
        # JSON's true is no number, though Python's is.
        if not isinstance(value, allowed) or (isinstance(value, bool) and int in allowed):
            wanted = " or ".join(_JSON_NAMES[one] for one in allowed)
            raise ProtocolError(f'"{key}" is {value!r}; it must be {wanted}')
        values.append(value)
    return values


_JSON_NAMES: Final[dict[type, str]] = {
    str: "a string",
    int: "a whole number",
    bool: "true or false",
    dict: "an object",
    list: "a list",
    NoneType: "null",
}
