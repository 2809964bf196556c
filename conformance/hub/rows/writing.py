"""Writing files of rows, and the parts of a card that follow from them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

Feature: TypeAlias = dict[str, Any]
"""A column as a card writes it: `{"name": …, "dtype": …}`, `{"name": …, "list": [columns]}` or `"struct"`."""
Row: TypeAlias = Mapping[str, Any]


def strings(*names: str) -> list[Feature]:
    return [{"name": name, "dtype": "string"} for name in names]


def table(rows: Iterable[Row], features: Sequence[Feature], *, list_type: str | None = "List") -> pa.Table:
    """A table with the note of its types that the `datasets` library leaves in the file's metadata.

    `list_type` is how that note calls a list: `List` since version 4; None is the form of before, a list in JSON.
    """
    schema = pa.schema([(feature["name"], _arrow(feature)) for feature in features])
    noted = {feature["name"]: _noted(feature, list_type) for feature in features}
    note = json.dumps({"info": {"features": noted}})
    return pa.Table.from_pylist(list(rows), schema=schema).replace_schema_metadata({"huggingface": note})


def parquet(data: pa.Table, *, rows_in_a_group: int = 2) -> bytes:
    """So few rows in a group that a reader of one group at a time has something to save."""
    sink = io.BytesIO()
    pq.write_table(data, sink, row_group_size=rows_in_a_group, compression="snappy")
    return sink.getvalue()


def json_lines(rows: Iterable[Row]) -> bytes:
    return "".join(f"{json.dumps(row)}\n" for row in rows).encode()


def shards(prefix: str, rows: Sequence[Row], count: int) -> dict[str, Sequence[Row]]:
    """Rows dealt to files `<prefix>-00000-of-<count>.parquet`, as evenly as goes, in order."""
    least, more = divmod(len(rows), count)
    found, start = {}, 0
    for number in range(count):
        end = start + least + (number < more)
        found[f"{prefix}-{number:05d}-of-{count:05d}.parquet"] = rows[start:end]
        start = end
    return found


def dataset_info(features: Sequence[Feature], splits: Mapping[str, Sequence[pa.Table]], size: int) -> dict[str, Any]:
    """An entry of a card's `dataset_info`, without its `config_name`."""
    found = [
        {
            "name": split,
            "num_bytes": sum(part.nbytes for part in tables),
            "num_examples": sum(part.num_rows for part in tables),
        }
        for split, tables in splits.items()
    ]
    return {
        "features": [dict(feature) for feature in features],
        "splits": found,
        "download_size": size,
        "dataset_size": sum(split["num_bytes"] for split in found),
    }


def card(front: Mapping[str, Any], text: str) -> bytes:
    front_matter = yaml.dump(dict(front), Dumper=_WithoutAnchors, sort_keys=False, allow_unicode=True)
    return f"---\n{front_matter}---\n\n{text}".encode()


def put(root: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


class _WithoutAnchors(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _arrow(feature: Feature) -> pa.DataType:
    if "list" in feature:
        inner = feature["list"]
        return pa.list_(pa.string() if inner == "string" else _struct(inner))
    if "struct" in feature:
        return _struct(feature["struct"])
    return {"string": pa.string(), "int64": pa.int64()}[feature["dtype"]]


def _struct(features: Sequence[Feature]) -> pa.DataType:
    return pa.struct([(feature["name"], _arrow(feature)) for feature in features])


def _noted(feature: Feature, list_type: str | None) -> Any:
    if "list" in feature:
        inner = feature["list"]
        noted = (
            {"dtype": inner, "_type": "Value"}
            if isinstance(inner, str)
            else {part["name"]: _noted(part, list_type) for part in inner}
        )
        return [noted] if list_type is None else {"feature": noted, "_type": list_type}
    if "struct" in feature:
        return {part["name"]: _noted(part, list_type) for part in feature["struct"]}
    return {"dtype": feature["dtype"], "_type": "Value"}
