"""What a Python program reaches: from its entry point over imports and names to the functions that call the Hub."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from conformance.trace.python_modules import FUNCTIONS, Module, Project


class Reach:
    """The symbols of a project, and which of them names which others.

    A symbol is a class or function at the top of a module, or the module itself: all that runs when it is imported.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self._edges: dict[str, set[str]] = {}
        for module in project.modules.values():
            self._index(module)

    def entries(self) -> list[Module]:
        """The modules that can be started: those with `if __name__ == "__main__":`."""
        return [module for module in self.project.modules.values() if any(map(_is_main_guard, module.tree.body))]

    def symbols(self, entry: Module) -> set[str]:
        """All symbols that an entry point reaches: every function of its own file, and what those name."""
        waiting = [entry.name, *(f"{entry.name}.{name}" for name, one in entry.definitions.items() if _is_symbol(one))]
        seen: set[str] = set()
        while waiting:
            symbol = waiting.pop()
            if symbol not in seen:
                seen.add(symbol)
                waiting += self._edges.get(symbol, ())
        return seen

    def symbol_of(self, module: Module, node: ast.AST) -> str:
        """The symbol that a node belongs to."""
        owner = module.owner(node)
        return f"{module.name}.{owner}" if owner else module.name

    def _index(self, module: Module) -> None:
        for node in module.nodes:
            if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
                name = self.project.qualified(node, module)
                targets = self._named(name) if name else ()
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                targets = self._imported(node, module)
            else:
                continue
            symbol = self.symbol_of(module, node)
            self._edges.setdefault(symbol, set()).update(one for one in targets if one != symbol)

    def _named(self, name: str) -> Iterable[str]:
        """The symbol of a qualified name; naming something in a module runs the module, too."""
        head, tail = name, ""
        while head:
            module = self.project.modules.get(head)
            if module is not None:
                first = tail.partition(".")[0]
                yield head
                if _is_symbol(module.definitions.get(first)):
                    yield f"{head}.{first}"
                return
            head, _, last = head.rpartition(".")
            tail = f"{last}.{tail}" if tail else last

    def _imported(self, node: ast.Import | ast.ImportFrom, module: Module) -> Iterable[str]:
        """The modules that an import runs: what of them is used is for the names to say."""
        names = [module.imports.get(one.asname or one.name.partition(".")[0], one.name) for one in node.names]
        for name in names:
            parts = name.split(".")
            yield from (
                one for index in range(len(parts)) if (one := ".".join(parts[: index + 1])) in self.project.modules
            )


def reached(reach: Reach, places: Mapping[str, set[str]]) -> list[tuple[Module, list[str]]]:
    """Each entry point that is no test with the places that it reaches; `places` are those of each symbol."""
    found = []
    for entry in reach.entries():
        symbols = reach.symbols(entry)
        found.append((entry, sorted({place for symbol in symbols for place in places.get(symbol, ())})))
    return found


def _is_symbol(node: ast.AST | None) -> bool:
    return isinstance(node, (*FUNCTIONS, ast.ClassDef))


def _is_main_guard(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.If)
        and isinstance(node.test, ast.Compare)
        and isinstance(node.test.left, ast.Name)
        and node.test.left.id == "__name__"
    )
