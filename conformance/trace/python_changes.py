"""What is added to the lists, sets and dicts of a Python module after they were written down."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Final

from conformance.trace.python_callers import Callers
from conformance.trace.python_modules import Module

_ONE: Final = frozenset({"append", "add", "appendleft", "insert"})
_MANY: Final = frozenset({"extend", "extendleft", "update", "setdefault", "__setitem__"})


@dataclass(frozen=True, slots=True)
class Change:
    """Something is added: `value`, under a `key` for a dict; without a value it is not known what."""

    value: ast.expr | None = None
    key: ast.expr | None = None


class Changes:
    """Finds what is added to a container by its name: of a function, or of the module (None)."""

    def __init__(self, callers: Callers) -> None:
        self._callers = callers
        self._found: dict[Module, dict[tuple[ast.AST | None, str], list[Change]]] = {}

    def of(self, scope: ast.AST | None, name: str, module: Module) -> list[Change]:
        """The changes of a name that a function or the module binds."""
        if module not in self._found:
            self._found[module] = self._all(module)
        return self._found[module].get((scope, name), [])

    def _all(self, module: Module) -> dict[tuple[ast.AST | None, str], list[Change]]:
        found: dict[tuple[ast.AST | None, str], list[Change]] = {}
        for node in module.nodes:
            for target, change in _changes(node):
                scope = self._callers.scope_of(target, module)
                if scope is not None or not module.is_parameter(target):
                    found.setdefault((scope, target.id), []).append(change)
        return found


def _changes(node: ast.AST) -> list[tuple[ast.Name, Change]]:
    if isinstance(node, ast.Assign):
        stores = [one for one in node.targets if isinstance(one, ast.Subscript)]
        return [(one.value, Change(node.value, one.slice)) for one in stores if isinstance(one.value, ast.Name)]
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Subscript):
        return [(node.target.value, Change())] if isinstance(node.target.value, ast.Name) else []
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return []
    holder, method = node.func.value, node.func.attr
    if not isinstance(holder, ast.Name) or method not in _ONE | _MANY:
        return []
    return [(holder, Change(node.args[-1] if method in _ONE and node.args else None))]
