"""A table's rows in short: what `load_rows` answers over the protocol."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any


def summary(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Columns with their types, the number of rows, the first and the last, and a digest of all in their order."""
    columns: dict[str, Any] = {}
    digest = hashlib.sha256()
    count, first, last = 0, None, None
    for count, row in enumerate(rows, start=1):  # noqa: B007
        last = {name: plain(value) for name, value in row.items()}
        first = first or last
        for name, value in last.items():
            columns[name] = _merged(columns.get(name), _type(value))
        digest.update(canonical(last) + b"\n")
    named = {name: _spelled(kind) for name, kind in columns.items()}
    return {"columns": named, "count": count, "first": first, "last": last, "sha256": digest.hexdigest()}


def canonical(row: Mapping[str, Any]) -> bytes:
    """A row as one line of JSON: keys sorted, no blanks, UTF-8 unescaped."""
    return json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def plain(value: Any) -> Any:
    """A value as JSON has it: times as ISO 8601 text, bytes as `{"base64": …}`."""
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return {"base64": base64.b64encode(value).decode()}
    return value


def _type(value: Any) -> Any:
    """A type as text, a list's as `[type]`, an object's as a dictionary; None for null."""
    if isinstance(value, Mapping):
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
