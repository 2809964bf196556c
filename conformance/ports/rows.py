"""A table's rows in short: what a check sees of an operation that gives rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from conformance.protocol import tagged
from conformance.protocol.errors import ProtocolError
from conformance.protocol.messages import Row


class Summary:
    """Sums rows up as they come, and keeps none but the first and the last."""

    def __init__(self) -> None:
        self._columns: dict[str, Any] = {}
        self._digest = hashlib.sha256()
        self._count = 0
        self._first: dict[str, Any] | None = None
        self._last: dict[str, Any] | None = None

    def add(self, rows: Iterable[Row]) -> None:
        """Take in the next rows: from JSON, with tagged values, or of Python values as a library gives them.

        Raises:
            ProtocolError: a tagged value is malformed.
        """
        for row in rows:
            if not isinstance(row, Mapping):
                raise ProtocolError(f'"rows[{self._count}]" is {row!r}; a row is an object, column to value')
            plain = {str(name): tagged.decode(value, f"rows[{self._count}].{name}") for name, value in row.items()}
            for name, value in plain.items():
                self._columns[name] = _merged(self._columns.get(name), _type(value))
            self._digest.update(canonical(plain) + b"\n")
            self._first = self._first or plain
            self._last = plain
            self._count += 1

    def value(self) -> dict[str, Any]:
        """Columns with their types, the number of rows, the first and the last, and a digest of all in their order."""
        return {
            "columns": {name: _spelled(kind) for name, kind in self._columns.items()},
            "count": self._count,
            "first": self._first,
            "last": self._last,
            "sha256": self._digest.hexdigest(),
        }


def canonical(row: Mapping[str, Any]) -> bytes:
    """A row as one line of JSON: keys sorted, no blanks, UTF-8 unescaped."""
    return json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _type(value: Any) -> Any:
    """A type as text, a list's as `[type]`, an object's as a dictionary; None for null."""
    if isinstance(value, Mapping):
        if value.keys() == {"$float"}:
            return "float"
        return {name: _type(inner) for name, inner in value.items()}
    if isinstance(value, list):
        inner: Any = None
        for element in value:
            inner = _merged(inner, _type(element))
        return [inner]
    for kind, name in ((bool, "bool"), (int, "int"), (float, "float"), (str, "string")):
        if isinstance(value, kind):
            return name
    return None if value is None else type(value).__name__


def _merged(one: Any, other: Any) -> Any:
    if one is None or other is None or one == other:
        return other if one is None else one
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return {name: _merged(one.get(name), other.get(name)) for name in {**one, **other}}
    if isinstance(one, list) and isinstance(other, list):
        return [_merged(one[0], other[0])]
    return "float" if (one, other) in (("int", "float"), ("float", "int")) else "mixed"


def _spelled(kind: Any) -> str:
    if isinstance(kind, Mapping):
        inner = ", ".join(f"{name}: {_spelled(kind[name])}" for name in sorted(kind))
        return f"struct<{inner}>"
    if isinstance(kind, list):
        return f"list<{_spelled(kind[0])}>"
    return kind or "null"
