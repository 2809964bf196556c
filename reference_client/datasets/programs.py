"""Tests of programming problems in the forms that datasets give them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeAlias, TypeVar

from reference_client.datasets.errors import shown
from reference_client.datasets.integers import all_from_json, from_json, to_json
from reference_client.limits import CELL_VALUES, LimitError

Parsed = TypeVar("Parsed")
Test: TypeAlias = dict[str, str]
"""`testtype` is `stdin` or `functional`. `input` and `output` are what a program reads and prints, or a function's
arguments as JSON, one a line, and its result as JSON."""


def parse(text: str | bytes) -> Any:
    """A JSON value.

    Raises:
        ValueError: the text is not JSON, or has more than `CELL_VALUES` values, which are counted before any is made.
    """
    try:
        return _parsed(text, from_json)
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON: {error}") from None


def parse_row(text: bytes) -> Any:
    """A JSON value as `parse` reads it, of which no object has two fields of one name: one of them would be lost.

    Raises:
        ValueError: as `parse`, or one has.
    """
    return _parsed(text, partial(from_json, object_pairs_hook=_distinct))


def parse_rows(text: bytes) -> list[Any]:
    """JSON values one after the other, with or without white space between them, each as `parse_row` reads it."""
    return _parsed(text, partial(all_from_json, object_pairs_hook=_distinct))


def _distinct(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(fields)
    if len(found) < len(fields):
        counts = Counter(name for name, _ in fields)
        raise ValueError(f"it has the field {shown(counts.most_common(1)[0][0])} twice")
    return found


def depth(line: bytes) -> int:
    """How many more lists and objects of JSON begin than end in a whole line, which no text in JSON goes beyond."""
    bare = _without_strings(line)
    return bare.count(b"[") + bare.count(b"{") - bare.count(b"]") - bare.count(b"}")


def _parsed(text: Any, read: Callable[[Any], Parsed]) -> Parsed:
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if _signs(data) > CELL_VALUES and _signs(_without_strings(data)) > CELL_VALUES:
        raise ValueError(str(LimitError("its JSON", "CELL_VALUES")))
    try:
        return read(text)
    except (RecursionError, MemoryError) as error:
        raise ValueError(
            f"its JSON is {'too large' if isinstance(error, MemoryError) else 'nested too deeply'}."
        ) from None


def _signs(data: bytes) -> int:
    """At least as many as there are values, but for one: each of the others follows one of these."""
    return sum(map(data.count, (b",", b":", b"[", b"{")))


def _without_strings(data: bytes) -> bytes:
    return b"".join(data.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2])


def listed_tests(value: Any) -> list[Test]:
    """Tests from a list of objects with `input`, `output` and `testtype`; `type` is another name of the last.

    A test without a type is a program's, or a function's if the row has `fn_name`. What is not text of a
    function's test becomes JSON: the arguments of a list, one a line, and the result.

    Raises:
        ValueError: it isn't such a list.
    """
    if not isinstance(value, list):
        raise ValueError(f"tests should be a list, and are {type(value).__name__}.")
    return [_test(test, number) for number, test in enumerate(value)]


def paired_tests(value: Mapping[str, Any]) -> list[Test]:
    """Tests from `inputs` and `outputs` side by side; with `fn_name` they are arguments and results of a function.

    Arguments may be lines of JSON instead of a list; then a result that is a text is JSON, too. A list of lines is
    joined to one text. A function's result may be in a separate list.

    Raises:
        ValueError: there are not as many outputs as inputs, or they have another form.
    """
    inputs, outputs = value.get("inputs"), value.get("outputs")
    if not isinstance(inputs, list) or not isinstance(outputs, list) or len(inputs) != len(outputs):
        raise ValueError("'inputs' and 'outputs' should be lists of one length.")
    if value.get("fn_name"):
        return [_called(*pair, number) for number, pair in enumerate(zip(inputs, outputs, strict=True))]
    return [
        {"input": _text(sent, number), "output": _text(printed, number), "testtype": "stdin"}
        for number, (sent, printed) in enumerate(zip(inputs, outputs, strict=True))
    ]


def _test(test: Any, number: int) -> Test:
    if not isinstance(test, dict):
        raise ValueError(f"test {number} should be an object, and is {type(test).__name__}.")
    kind = test.get("testtype", test.get("type", "functional" if test.get("fn_name") else "stdin"))
    kinds = {"stdin": "stdin", "stdin_stdout": "stdin", "functional": "functional", "function_call": "functional"}
    if not isinstance(kind, str) or kind not in kinds:
        raise ValueError(f"test {number} should have the type {', '.join(kinds)}, and has {shown(kind)}.")
    sent, expected = test.get("input"), test.get("output")
    if kinds[kind] == "functional":
        sent = _lines(sent) if isinstance(sent, list) else sent
        expected = expected if isinstance(expected, str) or "output" not in test else to_json(expected)
    if not isinstance(sent, str) or not isinstance(expected, str):
        name = "output" if isinstance(sent, str) else "input"
        raise ValueError(f"test {number} should have an {name!r} that is a string.")
    return {"input": sent, "output": expected, "testtype": kinds[kind]}


def _called(arguments: Any, result: Any, number: int) -> Test:
    if isinstance(arguments, str):
        try:
            sent = [parse(line) for line in arguments.split("\n") if line.strip()]
            result = parse(result) if isinstance(result, str) else result
        except ValueError as error:
            raise ValueError(f"test {number} should have lines of JSON: {error}") from None
        return {"input": _lines(sent), "output": to_json(result), "testtype": "functional"}
    if not isinstance(arguments, list):
        raise ValueError(f"test {number} should have a list of arguments, and has {type(arguments).__name__}.")
    if isinstance(result, list) and len(result) == 1:
        result = result[0]
    return {
        "input": _lines(arguments),
        "output": to_json(result),
        "testtype": "functional",
    }


def _lines(arguments: list[Any]) -> str:
    return "\n".join(map(to_json, arguments))


def _text(value: Any, number: int) -> str:
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "\n".join(value)
    if not isinstance(value, str):
        raise ValueError(f"test {number} should have text or a list of lines, and has {type(value).__name__}.")
    return value
