"""Who calls what in a Python project, and which argument goes to which parameter."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Final

from conformance.trace.python_bindings import Binding, bindings, parameters
from conformance.trace.python_modules import FUNCTIONS, Function, Module, Project

_HOPS: Final = 6


class Callers:
    """The call sites of a project."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._bindings: dict[ast.AST, dict[str, list[Binding]]] = {}
        self._statements: dict[ast.ClassDef, tuple[ast.stmt, ...]] = {}
        self._callers: dict[str, list[tuple[Module, ast.Call]]] = {}
        for module in project.modules.values():
            for node in module.nodes:
                if isinstance(node, ast.Call) and (name := self.called(node, module)):
                    for one in (name, *self._made_by(name)):
                        self._callers.setdefault(one, []).append((module, node))

    def called(self, call: ast.Call, module: Module) -> str | None:
        """The qualified name of what is called; `self.method` is the method of the class around it."""
        function = call.func
        if (
            isinstance(function, ast.Attribute)
            and isinstance(function.value, ast.Name)
            and function.value.id in ("self", "cls")
        ):
            around = next((one for one in module.enclosing(call) if isinstance(one, ast.ClassDef)), None)
            return f"{module.name}.{around.name}.{function.attr}" if around else None
        if isinstance(function, ast.Attribute) and _is_super(function.value):
            around = next((one for one in module.enclosing(call) if isinstance(one, ast.ClassDef)), None)
            base = self.project.qualified(around.bases[0], module) if around and around.bases else None
            return base if base is None or function.attr == "__init__" else f"{base}.{function.attr}"
        return self.project.qualified(function, module)

    def _made_by(self, name: str) -> Iterator[str]:
        """The bases whose constructor makes an instance of a class, where it has none of its own."""
        for _ in range(_HOPS):
            found = self.project.definition(name)
            if found is None or not isinstance(found[1], ast.ClassDef) or not found[1].bases:
                return
            has_own = any(isinstance(one, FUNCTIONS) and one.name == "__init__" for one in found[1].body)
            if has_own or any(isinstance(one, ast.AnnAssign) for one in found[1].body):  # these are of a dataclass
                return
            name = self.project.qualified(found[1].bases[0], found[0]) or ""
            yield name

    def callers(self, name: str) -> list[tuple[Module, ast.Call]]:
        """The places that call a function, or make an instance of a class."""
        return self._callers.get(name, [])

    def bound(self, scope: ast.AST) -> dict[str, list[Binding]]:
        """The bindings of a function or a module."""
        if scope not in self._bindings:
            self._bindings[scope] = bindings(scope)
        return self._bindings[scope]

    def statements(self, around: ast.ClassDef) -> tuple[ast.stmt, ...]:
        """Every statement in a class, those of its methods included."""
        if around not in self._statements:
            self._statements[around] = tuple(one for one in ast.walk(around) if isinstance(one, ast.stmt))
        return self._statements[around]

    def scope_of(self, node: ast.Name, module: Module) -> Function | None:
        """The function that binds a name, from the inside out; None if the module or no function does."""
        for around in module.enclosing(node):
            if isinstance(around, FUNCTIONS) and (
                node.id in self.bound(around) or any(one.arg == node.id for one in parameters(around, method=False))
            ):
                return around
        return None

    def bind(self, call: ast.Call, name: str) -> dict[str, ast.expr] | None:
        """A call's arguments by the parameters of the function or the fields of the class that is called so."""
        found = self.project.definition(name)
        if found is None:
            return None
        module, target = found
        if isinstance(target, ast.ClassDef):
            init = next((one for one in target.body if isinstance(one, FUNCTIONS) and one.name == "__init__"), None)
            names = [one.arg for one in parameters(init, method=True)] if init else self.fields(target, module)
        elif isinstance(target, FUNCTIONS):
            names = [one.arg for one in parameters(target, method=isinstance(module.parents.get(target), ast.ClassDef))]
        else:
            return None
        return bound_arguments(call, names)

    def fields(self, target: ast.ClassDef, module: Module) -> list[str]:
        """The fields of a dataclass, those of its bases first."""
        names: list[str] = []
        for base in target.bases:
            found = self.project.definition(self.project.qualified(base, module) or "")
            if found and isinstance(found[1], ast.ClassDef) and found[1] is not target:
                names += self.fields(found[1], found[0])
        names += [
            one.target.id for one in target.body if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
        ]
        return names


def bound_arguments(call: ast.Call, names: Iterable[str]) -> dict[str, ast.expr]:
    """A call's arguments by parameter; what follows a starred argument has no place and is left out."""
    found: dict[str, ast.expr] = {}
    for name, argument in zip(names, call.args, strict=False):
        if isinstance(argument, ast.Starred):
            break
        found[name] = argument
    found.update({one.arg: one.value for one in call.keywords if one.arg is not None})
    return found


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
