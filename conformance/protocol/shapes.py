"""The shape that a schema describes, and a value brought into it: what a check compares is in the value's own shape.

A library may tell more than the protocol has keys for, and write a path with a needless slash. Neither is a difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final

PATH: Final = "an absolute path"
"""The title of the schema of a path on disk."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a schema says of the keys of an object and the items of a list.

    Args:
        keys: the keys that are known, each with the shape of its value; None if an object may have any.
        items: the shape of every item of a list.
        is_path: whether a text is a path on disk.
        marked: a key that decides: an object that has it has it alone.
    """

    keys: Mapping[str, Shape] | None = None
    items: Shape | None = None
    is_path: bool = False
    marked: str | None = None

    @classmethod
    def of(cls, schema: Mapping[str, Any]) -> Shape:
        """The shape in a schema whose references have been resolved."""
        alternatives = [schema[word] for word in ("then", "else") if word in schema]
        parts = [schema, *schema.get("allOf", ()), *alternatives]
        known = {name: ANY for part in parts for name in part.get("required", ())}
        for part in schema.get("allOf", ()):
            known.update(cls.of(part).keys or {})
        for part in (schema, *alternatives):
            known.update({name: cls.of(inner) for name, inner in part.get("properties", {}).items()})
        decisive = schema.get("if", {}).get("required", ())
        return cls(
            keys=known or None,
            items=cls.of(schema["items"]) if "items" in schema else None,
            is_path=schema.get("title") == PATH,
            marked=next(iter(decisive), None),
        )

    def brought(self, data: Any) -> Any:
        """The value without the keys that the shape lacks, and with paths in their plain form."""
        if isinstance(data, dict) and self.keys is not None:
            names = {self.marked} if self.marked in data else set(self.keys)
            return {name: self.keys[name].brought(data[name]) for name in data if name in names}
        if isinstance(data, list) and self.items is not None:
            return [self.items.brought(one) for one in data]
        return str(PurePath(data)) if self.is_path and isinstance(data, str) else data


ANY: Final = Shape()
"""A value of any shape, which stays as it is."""
