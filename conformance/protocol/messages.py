"""The messages of the protocol as values, to JSON and back.

The suite sends `Hello`, `Call` and `Bye`. The port answers a hello with `Welcome` and a call with one of
`Result`, `Error`, `Unsupported` and `Unimplemented`; any number of `Page` may come before it. What a check expects is
never sent. `schemas/messages.json` defines the messages; they are checked by `conformance.protocol.checked`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, TypeAlias, TypeVar

OLDEST_PROTOCOL: Final = 1
NEWEST_PROTOCOL: Final = 1

Row: TypeAlias = Mapping[str, Any]
"""Column to value."""

_Message = TypeVar("_Message")


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
    """A port's description of itself. `version` is the library's; `runtime` runs it, as `CPython 3.12.1`."""

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
class Page:
    """Some of the rows that an operation gives, in their order. The next page or the answer follows."""

    type: ClassVar = "page"
    id: int
    rows: Sequence[Row]


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

ROW_OPERATIONS: Final = frozenset({"load_rows", "iter_rows", "stream_trajectories"})
"""Operations that give rows: these come in pages, and the value of the result is None."""


def encode(message: Request | Answer | Page) -> dict[str, Any]:
    """The message as a JSON object; a value that JSON lacks is left as it is, for `tagged.encode`."""
    fields = {one.name: getattr(message, one.name) for one in dataclasses.fields(message)}
    for name, value in fields.items():
        if isinstance(value, (Context, PortInfo)):
            fields[name] = dataclasses.asdict(value)
    return {"type": message.type, **fields}


def decode_request(data: Mapping[str, Any]) -> Request:
    """Read a message of the suite, which has checked it."""
    match data["type"]:
        case "hello":
            return _read(Hello, data)
        case "call":
            return _read(Call, {**data, "context": _read(Context, data["context"])})
    return _read(Bye, data)


def decode_answer(data: Mapping[str, Any]) -> Answer | Page:
    """Read a message of a port that follows the protocol (`checked.answer`)."""
    match data["type"]:
        case "welcome":
            given = {key: value for key, value in data["port"].items() if value is not None}
            port = _read(PortInfo, {**given, "operations": tuple(given["operations"])})
            return _read(Welcome, {**data, "port": port})
        case "page":
            return _read(Page, data)
        case "result":
            return _read(Result, data)
        case "error":
            return _read(Error, data)
        case "unsupported":
            return _read(Unsupported, data)
    return _read(Unimplemented, data)


def _read(message: type[_Message], data: Mapping[str, Any]) -> _Message:
    """A dataclass from its keys in the data; there may be others."""
    known = {one.name for one in dataclasses.fields(message)}  # type: ignore[arg-type]
    return message(**{key: value for key, value in data.items() if key in known})
