"""Reading a TOML table key by key, with an error that names the file, the key and what to write."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conformance.ports.errors import PortDescriptionError


class Table:
    """A table of a TOML file. Read its keys, then call `finish` to refuse those that were not read.

    Every method raises `PortDescriptionError`. A key without a default must be there.
    """

    def __init__(self, data: Mapping[str, Any], file: Path, prefix: str = "") -> None:
        self._data = dict(data)
        self._known: list[str] = []
        self._file = file
        self._prefix = prefix

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self._data

    def text(self, key: str, *, default: str | None = None) -> str:
        """A string that is not empty."""
        value = self._take(key, default, "a string")
        if value is not default and not (isinstance(value, str) and value):
            raise self.wrong(key, f'write a string, {key} = "…"')
        return self._plain(key, str(value))

    def texts(self, key: str, *, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of strings that is not empty."""
        value = self._take(key, default, "a list of strings")
        if isinstance(value, tuple):  # the default; TOML has lists only
            return value
        if not (isinstance(value, list) and value and all(isinstance(one, str) for one in value)):
            raise self.wrong(key, f'write a list of strings, {key} = ["…", "…"]')
        return tuple(self._plain(key, one) for one in value)

    def table(self, key: str, *, default: Mapping[str, Any] | None = None) -> Table:
        """A table below this one."""
        value = self._take(key, default, "a table")
        if not isinstance(value, Mapping):
            raise self.wrong(key, f"write a table, [{self._prefix}{key}]")
        return Table(value, self._file, f"{self._prefix}{key}.")

    def all_texts(self) -> dict[str, str]:
        """The whole table, if every value is a string; an empty one is allowed."""
        for key, value in self._data.items():
            if not isinstance(value, str):
                raise self.wrong(key, f'write a string, {key} = "{str(value)[:80]}"')
            self._plain(key, value)
        return dict(self._data)

    def variables(self) -> dict[str, str]:
        """The whole table as variables of an environment."""
        for key in self._data:
            if not key or "=" in key or "\0" in key:
                raise self.wrong(repr(key), "is not a variable name")
        return self.all_texts()

    def integer(self, key: str) -> int | None:
        """A whole number, or None if the key is not there."""
        value = self._take(key, ..., "a whole number")
        if value is ...:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(key, f"write a whole number, {key} = 3")
        return value

    def items(self, key: str) -> list[Any]:
        """A list that is not empty, of whatever there is in it."""
        value = self._take(key, None, "a list")
        if not (isinstance(value, list) and value):
            raise self.wrong(key, f'write a list, {key} = ["…", "…"]')
        return value

    def tables(self) -> dict[str, Table]:
        """The tables below this one, by name; there is nothing else in it."""
        return {key: self.table(key) for key in self._data}

    def list_of_tables(self, key: str) -> list[Table]:
        """A list of tables; none if the key is not there."""
        value = self._take(key, [], "a list of tables")
        if not (isinstance(value, list) and all(isinstance(one, Mapping) for one in value)):
            raise self.wrong(key, f"write tables, [[{self._prefix}{key}]]")
        return [Table(one, self._file, f"{self._prefix}{key}.") for one in value]

    def finish(self) -> None:
        """Refuse keys that were not read."""
        for key in self._data:
            if key not in self._known:
                near = difflib.get_close_matches(key, self._known, n=1)
                hint = f" (did you mean {near[0]}?)" if near else ""
                known = ", ".join(sorted(set(self._known)))
                raise self.wrong(key, f"there is no such key{hint}; known are {known}")

    def wrong(self, key: str, advice: str) -> PortDescriptionError:
        """The error about a key, to be raised."""
        return PortDescriptionError(f"{self._file}: {self._prefix}{key}: {advice}")

    def _plain(self, key: str, value: str) -> str:
        if "\0" in value:
            raise self.wrong(key, "has a NUL, which no argument can hold; leave it out")
        return value

    def _take(self, key: str, default: Any, wanted: str) -> Any:
        self._known.append(key)
        if key not in self._data and default is None:
            near = difflib.get_close_matches(key, self._data.keys() - set(self._known), n=1)
            hint = f"; there is {near[0]!r} instead" if near else ""
            raise self.wrong(key, f"is missing; write {wanted}{hint}")
        return self._data.get(key, default)
