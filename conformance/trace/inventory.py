"""What a library offers: its public functions, as `inventory.json` holds them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from conformance.trace.needs import FORMAT, TraceError, json_object


@dataclass(frozen=True, slots=True)
class Function:
    """A public function of a library.

    `name` is qualified; `arity` how many arguments it takes at most, `optional` how many of them have defaults.
    `options` are the names of keyword options: declared, documented, or read by the function. `documentation` is the
    first sentence of its documentation, '' without any. `tests` are the places of the library's own tests that call
    it. `operations` are those of the protocol that it stands for.
    """

    name: str
    file: str
    line: int
    arity: int
    optional: int = 0
    options: tuple[str, ...] = ()
    documentation: str = ""
    tests: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"

    @property
    def shown(self) -> str:
        return f"{self.name}/{self.arity}"


@dataclass(frozen=True, slots=True)
class Inventory:
    """The functions of a library, in the order of files and lines."""

    library: str
    revision: str
    language: str
    files: int
    functions: tuple[Function, ...]
    unread: Mapping[str, str] = field(default_factory=dict)

    def of(self, operation: str) -> tuple[Function, ...]:
        """The functions that stand for an operation."""
        return tuple(one for one in self.functions if operation in one.operations)


def to_json(inventory: Inventory) -> str:
    """The text of `inventory.json`: the same inventory gives the same bytes."""
    return json.dumps({"format": FORMAT, **asdict(inventory)}, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def read(path: Path) -> Inventory:
    """Read an `inventory.json`.

    Raises:
        TraceError: it cannot be read, or does not hold an inventory; the message names the file and what is wrong.
    """
    data = json_object(path, "make the inventory again")
    try:
        return Inventory(
            library=str(data["library"]),
            revision=str(data["revision"]),
            language=str(data["language"]),
            files=int(data["files"]),
            functions=tuple(_function(one) for one in data["functions"]),
            unread={str(name): str(reason) for name, reason in data["unread"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        problem = f"{type(error).__name__}: {error}"
        raise TraceError(f"{path} does not hold an inventory", f"{problem}; run `trace --library` again") from error


def _function(data: Mapping[str, Any]) -> Function:
    return Function(
        name=str(data["name"]),
        file=str(data["file"]),
        line=int(data["line"]),
        arity=int(data["arity"]),
        optional=int(data["optional"]),
        options=tuple(map(str, data["options"])),
        documentation=str(data["documentation"]),
        tests=tuple(map(str, data["tests"])),
        operations=tuple(map(str, data["operations"])),
    )


def take(root: Path, language: str) -> tuple[int, list[Function], dict[str, str]]:
    """The number of files of a library, its public functions, and the files that are unread.

    Raises:
        TraceError: the language has no reader, or the path does not exist.
    """
    import importlib

    module = importlib.import_module(_READERS[language])
    function: Callable[[Path], tuple[int, list[Function], dict[str, str]]] = module.inventory
    return function(root)


_READERS: Final = {
    "elixir": "conformance.trace.elixir_inventory",
    "javascript": "conformance.trace.javascript_inventory",
    "python": "conformance.trace.python_inventory",
}
LANGUAGES: Final = tuple(sorted(_READERS))


def first_sentence(documentation: str) -> str:
    """The first sentence of a documentation, in one line."""
    paragraph = documentation.strip().partition("\n\n")[0]
    words = " ".join(paragraph.split())
    end = words.find(". ")
    return (words[: end + 1] if end >= 0 else words)[:300]


__all__ = ["LANGUAGES", "Function", "Inventory", "TraceError", "first_sentence", "read", "take", "to_json"]
