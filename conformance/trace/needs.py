"""What a consumer needs of the Hub, as `needs.json` holds it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from conformance.errors import ConformanceError

FORMAT: Final = 1
Scalar: TypeAlias = "str | bool | int | float | None"
Status: TypeAlias = Literal["literal", "resolved", "unknown"]
STATUSES: Final = ("literal", "resolved", "unknown")


class TraceError(ConformanceError):
    """Source cannot be traced, or a file that holds the outcome of tracing cannot be read."""


@dataclass(frozen=True, slots=True)
class Value:
    """What an argument can be.

    `literal`: it is written at the call. `resolved`: it follows from other source, and `values` are all it can be.
    `unknown`: it is decided when the program runs; `values` are those that are known to occur, such as a default.
    `text` is the expression as it is written.
    """

    status: Status
    values: tuple[Scalar, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A place where a consumer reaches the Hub.

    `call` is the qualified name of what is called. `via` is the function of the consumer's own that leads there, as
    `file:line name`, where the place calls that function (a wrapper). `operations` are operations of the protocol that
    the call needs. `arguments` are by role: repo_id, config, split, revision, filename, data_files, streaming, token,
    … `cases` are the combinations of (repo_id, config, split) that can occur together, each None where not given.
    `row` lists the fields that are read of a row, as far as it can be seen. `test` is whether the file holds tests.
    """

    file: str
    line: int
    function: str
    call: str
    kind: str
    operations: tuple[str, ...]
    arguments: Mapping[str, Value]
    cases: tuple[tuple[Scalar, Scalar, Scalar], ...] = ()
    via: str = ""
    row: tuple[str, ...] = ()
    test: bool = False

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"

    def repos(self) -> tuple[str, ...]:
        """The repositories that are known, in the order of the source."""
        value = self.arguments.get("repo_id")
        return tuple(one for one in value.values if isinstance(one, str)) if value else ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A program to start, such as a recipe's `train.py`, and the places of the calls that it reaches."""

    file: str
    calls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Needs:
    """All that was found. `unread` are files that could not be read, with the reason."""

    consumer: str
    revision: str
    files: int
    calls: tuple[Call, ...]
    entries: tuple[Entry, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)


def to_json(needs: Needs) -> str:
    """The text of `needs.json`: the same needs give the same bytes."""
    return json.dumps({"format": FORMAT, **asdict(needs)}, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def read(path: Path) -> Needs:
    """Read a `needs.json`.

    Raises:
        TraceError: it cannot be read, or does not hold needs; the message names the file and what is wrong.
    """
    data = json_object(path, "trace the consumer again")
    try:
        return Needs(
            consumer=_text(data["consumer"]),
            revision=_text(data["revision"]),
            files=int(data["files"]),
            calls=tuple(_call(one) for one in data["calls"]),
            entries=tuple(Entry(_text(one["file"]), tuple(map(_text, one["calls"]))) for one in data["entries"]),
            unread={_text(name): _text(reason) for name, reason in data["unread"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        problem = f"{type(error).__name__}: {error}"
        raise TraceError(f"{path} does not hold what `trace` writes", f"{problem}; trace the consumer again") from error


def json_object(path: Path, remedy: str) -> dict[str, Any]:
    """The JSON object that a file of the tracer holds.

    Raises:
        TraceError: the file cannot be read, is not JSON or has another format.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TraceError(f"{path} cannot be read", error.strerror or str(error)) from error
    except (ValueError, RecursionError) as error:
        raise TraceError(f"{path} is not JSON", f"{error}; {remedy}") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise TraceError(f"{path} has no `format` of {FORMAT}", remedy)
    return data


def _call(data: Mapping[str, Any]) -> Call:
    arguments = {_text(role): _value(one) for role, one in data["arguments"].items()}
    return Call(
        file=_text(data["file"]),
        line=int(data["line"]),
        function=_text(data["function"]),
        call=_text(data["call"]),
        kind=_text(data["kind"]),
        operations=tuple(map(_text, data["operations"])),
        arguments=arguments,
        cases=tuple((one[0], one[1], one[2]) for one in data["cases"]),
        via=_text(data["via"]),
        row=tuple(map(_text, data["row"])),
        test=bool(data["test"]),
    )


def _value(data: Mapping[str, Any]) -> Value:
    if data["status"] not in STATUSES:
        raise ValueError(f"a value's status is {data['status']!r}")
    return Value(data["status"], tuple(data["values"]), _text(data["text"]))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a string")
    return value
