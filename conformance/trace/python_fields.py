"""What the attributes of a project's classes and objects can be: of a class, its bases, and the classes made of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, TypeAlias

from conformance.trace.python_bindings import Binding, parameters
from conformance.trace.python_modules import Module
from conformance.trace.python_possible import UNKNOWN, Possible, union

if TYPE_CHECKING:
    from conformance.trace.python_values import Values

_DEPTH: Final = 12
Owner: TypeAlias = "tuple[Module, ast.ClassDef]"


class Fields:
    """Evaluates attributes.

    Args:
        values: of the project.
    """

    def __init__(self, values: Values) -> None:
        self._values = values
        self._project = values.project
        self._made_of: dict[ast.ClassDef, list[Owner]] = {}
        self._stores: dict[str, list[tuple[Binding, Module]]] = {}
        for module in self._project.modules.values():
            for node in module.nodes:
                if isinstance(node, ast.ClassDef):
                    for base in self._bases(module, node):
                        self._made_of.setdefault(base[1], []).append((module, node))
                elif isinstance(node, ast.Assign):
                    for target in node.targets:
                        name = self._project.qualified(target, module) if isinstance(target, ast.Attribute) else None
                        if name is not None:
                            self._stores.setdefault(name, []).append((Binding("is", node.value, node), module))

    def stored(self, name: str) -> list[tuple[Binding, Module]]:
        """What is assigned to a qualified name from elsewhere, as in `settings.NAME = …`."""
        return self._stores.get(name, [])

    def attribute(self, node: ast.Attribute, module: Module, depth: int) -> Possible:
        """What an attribute of an object or a class can be; that of a member of an enumeration is its `value`."""
        owner = self.class_of(node.value, module)
        if owner is not None:
            return self._field(owner, node.attr, depth)
        found = self._project.definition(self._project.qualified(node.value, module) or "")
        if found is not None and isinstance(found[1], ast.ClassDef):
            whole = self._field((found[0], found[1]), node.attr, depth)
            name = self._project.canonical(self._project.qualified(node, module) or "")
            return union([whole, *(self._values.possible(one.value, at, {}, depth) for one, at in self.stored(name))])
        if node.attr == "value" and isinstance(node.value, ast.Attribute):
            return self.attribute(node.value, module, depth + 1) if depth < _DEPTH else UNKNOWN
        return UNKNOWN

    def class_of(self, node: ast.expr, module: Module, depth: int = 0) -> Owner | None:
        """The class of a project that an expression is an instance of, by declared types and constructor calls."""
        if depth > _DEPTH:
            return None
        if isinstance(node, ast.Name) and node.id in ("self", "cls"):
            around = next((one for one in module.enclosing(node) if isinstance(one, ast.ClassDef)), None)
            return (module, around) if around else None
        declared: ast.expr | None = node.func if isinstance(node, ast.Call) else None
        if isinstance(node, ast.Name):
            function = self._values.scope_of(node, module)
            if function is not None:
                argument = next((one for one in parameters(function, method=False) if one.arg == node.id), None)
                declared = argument.annotation if argument else None
            for one in self._values.bound(function or module.tree).get(node.id, []):
                if isinstance(one.value, ast.Call) and one.kind == "is":
                    declared = declared or one.value.func
        elif isinstance(node, ast.Attribute) and (owner := self.class_of(node.value, module, depth + 1)):
            module, around = owner
            for child in self._values.statements(around):
                if isinstance(child, ast.AnnAssign) and _is_name(child.target, node.attr):
                    declared = child.annotation
                elif isinstance(child, ast.Assign) and any(_is_attribute(one, node.attr) for one in child.targets):
                    return self.class_of(child.value, module, depth + 1)
        return self._class(declared, module) if declared is not None else None

    def _class(self, node: ast.expr, module: Module) -> Owner | None:
        found = self._project.definition(self._project.qualified(node, module) or "")
        return (found[0], found[1]) if found and isinstance(found[1], ast.ClassDef) else None

    def _bases(self, module: Module, owner: ast.ClassDef) -> Iterator[Owner]:
        for base in owner.bases:
            found = self._class(base, module)
            if found is not None and found[1] is not owner:
                yield found

    def _field(self, owner: Owner, name: str, depth: int) -> Possible:
        """What a field can be: of its class or else of a base, and of the classes that are made of it."""
        if depth > _DEPTH:
            return UNKNOWN
        found = self._own(owner, name, depth)
        if not found:
            found = [self._field(base, name, depth + 1) for base in self._bases(*owner)][:1]
        seen, waiting = {owner[1]}, [owner]
        for _, around in waiting:  # the list grows while it is read
            for further in self._made_of.get(around, []):
                if further[1] not in seen:
                    seen.add(further[1])
                    waiting.append(further)
                    found += self._own(further, name, depth)
        whole = union(found)
        return Possible(whole.values, whole.complete)

    def _own(self, owner: Owner, name: str, depth: int) -> list[Possible]:
        """What the class itself says: its own constants, the fields of its constructor, what its methods store."""
        module, around = owner
        found: list[Possible] = []
        given: ast.expr | None = None
        for statement in around.body:
            if isinstance(statement, ast.Assign) and any(_is_name(one, name) for one in statement.targets):
                found.append(self._values.possible(statement.value, module, {}, depth))
            elif isinstance(statement, ast.AnnAssign) and _is_name(statement.target, name):
                declared = self._values.declared(statement.annotation, module)
                if declared.complete:
                    return [declared]
                given = _default_of(statement.value)
        if name in self._values.fields(around, module):
            found.append(self._values.given(f"{module.name}.{around.name}", name, given, module, depth))
        for one in self._values.statements(around):
            targets = one.targets if isinstance(one, ast.Assign) else [getattr(one, "target", None)]
            if not any(_is_attribute(to, name) for to in targets):
                continue
            is_whole = any(isinstance(to, ast.Attribute) for to in targets)
            if isinstance(one, (ast.Assign, ast.AnnAssign)) and is_whole:
                found += [self._values.possible(one.value, module, {}, depth)] if one.value is not None else []
            else:  # it is added to, is the target of a loop, or is unpacked
                found.append(UNKNOWN)
        return found


def _default_of(value: ast.expr | None) -> ast.expr | None:
    """The default of a field, also where `dataclasses.field` gives it."""
    if isinstance(value, ast.Call):
        return next((one.value for one in value.keywords if one.arg == "default"), value)
    return value


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _is_attribute(node: ast.expr | None, name: str) -> bool:
    parts = node.elts if isinstance(node, (ast.Tuple, ast.List)) else [node]
    return any(isinstance(part, ast.Attribute) and part.attr == name for part in parts)
