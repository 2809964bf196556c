"""What the columns of a dataset hold, and where a file differs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, Union

from reference_client.datasets.errors import DatasetError, listed
from reference_client.urls import printable

if TYPE_CHECKING:
    import pyarrow as pa

Shape = Union[str, "list[Shape]", "dict[str, Shape]"]
"""`"string"`, `"integer"` or `"time"` (a string or a timestamp); `[shape]` for a list; `{name: shape}` for a struct."""
Columns: TypeAlias = Mapping[str, Shape]
Row: TypeAlias = dict[str, Any]


def check_columns(file: str, schema: pa.Schema, columns: Columns) -> None:
    """Compare the columns that are needed with the values that those of a Parquet file give, whatever else it has.

    Raises:
        DatasetError: a column is missing or of another type.
    """
    for name, shape in columns.items():
        if name not in schema.names:
            raise DatasetError(f"{file}: there is no column {name!r}; its columns are: {listed(schema.names)}.")
        found = schema.field(name).type
        if not _is(found, shape):
            raise DatasetError(
                f"{file}: column {name!r} should hold {describe(shape)}, and holds {printable(str(found))}."
            )


def check_values(place: str, row: Any, columns: Columns) -> None:
    """Compare a row of a JSON lines file with the columns that are needed; their values may not be null.

    Raises:
        DatasetError: the row isn't an object, or a value is missing or of another type.
    """
    if not isinstance(row, dict):
        raise DatasetError(f"{place}: a row should be an object, and is {_name(row)}.")
    for name, shape in columns.items():
        if name not in row:
            raise DatasetError(f"{place}: there is no column {name!r}; its columns are: {listed(row)}.")
        if not _holds(row[name], shape):
            raise DatasetError(f"{place}: column {name!r} should hold {describe(shape)}, and holds {_name(row[name])}.")


def check_present(place: str, row: Row, columns: Columns) -> None:
    """See that a row has a value in each of these columns.

    Raises:
        DatasetError: one is null.
    """
    for name, shape in columns.items():
        if row[name] is None:
            raise DatasetError(f"{place}: column {name!r} should hold {describe(shape)}, and holds null.")


def describe(shape: Shape) -> str:
    if isinstance(shape, list):
        return f"a list of {describe(shape[0])}"
    if isinstance(shape, dict):
        return "{" + ", ".join(f"{name}: {describe(inner)}" for name, inner in shape.items()) + "}"
    return shape


def _is(found: pa.DataType, shape: Shape) -> bool:
    from pyarrow import types

    if getattr(found, "extension_name", None) == "arrow.json":  # a name for texts
        return _is(found.storage_type, shape)
    if types.is_null(found):  # how a column without a single value is written, or one of empty lists
        return True
    if isinstance(shape, list):
        lists = (
            types.is_list,
            types.is_large_list,
            types.is_fixed_size_list,
            types.is_list_view,
            types.is_large_list_view,
        )
        return any(is_one(found) for is_one in lists) and _is(found.value_type, shape[0])
    if isinstance(shape, dict):
        return types.is_struct(found) and all(
            found.get_field_index(name) >= 0 and _is(found.field(name).type, inner) for name, inner in shape.items()
        )
    if types.is_dictionary(found):
        return _is(found.value_type, shape)
    is_string = types.is_string(found) or types.is_large_string(found) or types.is_string_view(found)
    kinds = {
        "string": is_string,
        "integer": types.is_integer(found),
        "time": is_string or types.is_timestamp(found),
    }
    return bool(kinds[shape])


def _holds(value: Any, shape: Shape) -> bool:
    if isinstance(shape, list):
        return isinstance(value, list) and all(_holds(inner, shape[0]) for inner in value)
    if isinstance(shape, dict):
        return isinstance(value, dict) and all(name in value and _holds(value[name], shape[name]) for name in shape)
    kind: type = {"string": str, "integer": int}[shape]
    return type(value) is kind


def _name(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a string", type(None): "null"}
    return names.get(type(value), type(value).__name__)
