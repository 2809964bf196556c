"""What a Python expression can be, as far as its source says. Nothing is run, and nothing is guessed."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from conformance.trace.needs import Scalar, Value
from conformance.trace.python_bindings import Binding, branches, default, parameters
from conformance.trace.python_callers import Callers
from conformance.trace.python_modules import Function, Module, Project

_DEPTH: Final = 12
_MANY: Final = 400  # values; what can be more than that is not resolved
Fixed = Mapping["tuple[ast.AST, str]", Scalar]
"""Values that parameters are fixed to, while one case of a function is looked at."""


@dataclass(frozen=True, slots=True)
class Possible:
    """What an expression can be. `complete`: `values` are all it can be; `literal`: it is written right there."""

    values: tuple[Scalar, ...] = ()
    complete: bool = False
    literal: bool = False


UNKNOWN: Final = Possible()


class Values(Callers):
    """Evaluates the expressions of a project."""

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self._busy: set[tuple[ast.AST, str]] = set()

    def value(self, node: ast.expr, module: Module, fixed: Fixed | None = None) -> Value:
        """An expression as a `Value`, with its text."""
        found = self.possible(node, module, fixed or {})
        status = "unknown" if not found.complete else "literal" if found.literal else "resolved"
        return Value(status, found.values, _written(node))  # type: ignore[arg-type]

    def possible(self, node: ast.expr | None, module: Module, fixed: Fixed, depth: int = 0) -> Possible:
        """All that an expression can be."""
        if node is None or depth > _DEPTH:
            return UNKNOWN
        deeper = depth + 1
        if isinstance(node, ast.Constant):
            value = node.value
            return Possible((value,), True, True) if isinstance(value, (str, bool, int, float, type(None))) else UNKNOWN
        if isinstance(node, ast.Name):
            return self._name(node, module, fixed, deeper)
        if isinstance(node, ast.Attribute):
            return self._attribute(node, module, fixed, deeper)
        if isinstance(node, ast.JoinedStr):
            parts = [
                self.possible(part.value, module, fixed, deeper)
                if isinstance(part, ast.FormattedValue)
                else self.possible(part, module, fixed, deeper)
                for part in node.values
            ]
            return _joined(parts)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return _joined([self.possible(one, module, fixed, deeper) for one in (node.left, node.right)], plus=True)
        if isinstance(node, ast.IfExp):
            known = self.truth(node.test, module, fixed)
            chosen = [node.body] if known else [node.orelse] if known is False else [node.body, node.orelse]
            return union(self.possible(one, module, fixed, deeper) for one in chosen)
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
            return union(self.possible(one, module, fixed, deeper) for one in node.values)
        if isinstance(node, ast.Subscript):
            return self._item(node.value, node.slice, None, module, fixed, deeper)
        if isinstance(node, ast.Call):
            return self._call(node, module, fixed, deeper)
        return UNKNOWN

    def elements(self, node: ast.expr | None, module: Module, fixed: Fixed, depth: int, index: int = 0) -> Possible:
        """What the elements of a tuple, list, set or dict can be; those of inner tuples at `index`, counted from 1."""
        node, module = self._container(node, module)
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("items", "values", "keys")
        ):
            inner, module = self._container(node.func.value, module)
            if isinstance(inner, ast.Dict):
                keys = node.func.attr == "keys" or index == 1
                return union(
                    self.possible(one, module, fixed, depth + 1) for one in (inner.keys if keys else inner.values)
                )
            return UNKNOWN
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("sorted", "list", "tuple", "set", "reversed")
        ):
            return (
                self.elements(node.args[0], module, fixed, depth + 1, index)
                if node.args and depth < _DEPTH
                else UNKNOWN
            )
        if isinstance(node, ast.Dict):
            return union(self.possible(one, module, fixed, depth + 1) for one in node.keys)
        if isinstance(node, ast.Name):
            found = [
                self.elements(one.value, module, fixed, depth + 1, index)
                if one.kind == "is" and depth < _DEPTH
                else UNKNOWN
                for one in self._live(node, module, fixed)
            ]
            return union(found) if found else UNKNOWN
        if not isinstance(node, (ast.Tuple, ast.List, ast.Set)):
            return UNKNOWN
        parts: list[ast.expr] = node.elts
        if index:
            parts = [
                one.elts[index - 1]
                for one in parts
                if isinstance(one, (ast.Tuple, ast.List)) and len(one.elts) >= index
            ]
            if len(parts) != len(node.elts):
                return UNKNOWN
        return union(self.possible(one, module, fixed, depth + 1) for one in parts)

    def truth(self, test: ast.expr, module: Module, fixed: Fixed) -> bool | None:
        """What a condition is, where the source decides it: a comparison of a fixed value with a constant."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            inner = self.truth(test.operand, module, fixed)
            return None if inner is None else not inner
        if not (isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], (ast.Eq, ast.NotEq))):
            return None
        left, right = (self.possible(one, module, fixed) for one in (test.left, test.comparators[0]))
        if not (left.complete and right.complete and len(left.values) == len(right.values) == 1):
            return None
        return (left.values == right.values) == isinstance(test.ops[0], ast.Eq)

    def parameter(self, function: Function, name: str, module: Module, depth: int = 0) -> Possible:
        """What a parameter can be: what its declared type allows, else what its callers and its default say."""
        argument = next((one for one in parameters(function, method=False) if one.arg == name), None)
        if argument is None:
            return UNKNOWN
        declared = self._declared(argument.annotation, module)
        if declared.complete:
            return declared
        around = module.parents.get(function)
        given = default(function, name)
        if isinstance(around, ast.ClassDef):
            called = f"{module.name}.{around.name}" + ("" if function.name == "__init__" else f".{function.name}")
        else:
            called = f"{module.name}.{function.name}"
        return self._given(called, name, given, module, depth)

    def _given(self, called: str, name: str, given: ast.expr | None, module: Module, depth: int) -> Possible:
        found: list[Possible] = []
        for where, call in self.callers(called):
            arguments = self.bind(call, called) or {}
            starred = any(one.arg is None for one in call.keywords) or any(
                isinstance(one, ast.Starred) for one in call.args
            )
            if name in arguments:
                found.append(self.possible(arguments[name], where, {}, depth + 1))
            elif starred or given is None:
                found.append(UNKNOWN)
            else:
                found.append(self.possible(given, module, {}, depth + 1))
        if not found:  # no call is seen here: a default is what is known, and a caller may say otherwise
            return Possible(self.possible(given, module, {}, depth + 1).values)
        whole = union(found)
        return Possible(whole.values, whole.complete)

    def _declared(self, annotation: ast.expr | None, module: Module) -> Possible:
        if isinstance(annotation, ast.Subscript) and (self.project.qualified(annotation.value, module) or "").endswith(
            "Literal"
        ):
            inner = annotation.slice
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            values = union(self.possible(one, module, {}) for one in parts)
            return Possible(values.values, values.complete)
        return UNKNOWN

    def _name(self, node: ast.Name, module: Module, fixed: Fixed, depth: int) -> Possible:
        function = self.scope_of(node, module)
        if function is not None:
            if (function, node.id) in fixed:
                return Possible((fixed[function, node.id],), True)
            if (function, node.id) in self._busy:
                return UNKNOWN
            self._busy.add((function, node.id))
            try:
                found = [self._binding(one, module, fixed, depth) for one in self._live(node, module, fixed)]
                if any(one.arg == node.id for one in parameters(function, method=False)):
                    found.append(self.parameter(function, node.id, module, depth))
            finally:
                self._busy.discard((function, node.id))
            whole = union(found)
            return Possible(whole.values, whole.complete)
        found_at = self.project.definition(self.project.qualified(node, module) or "")
        if found_at and isinstance(found_at[1], (ast.Assign, ast.AnnAssign)):
            inner = self.possible(found_at[1].value, found_at[0], {}, depth)
            return Possible(inner.values, inner.complete)
        if module.is_parameter(node):
            return UNKNOWN
        loops = [one for one in self.bound(module.tree).get(node.id, []) if one.kind == "one of"]
        return union(self._binding(one, module, fixed, depth) for one in loops)

    def _live(self, node: ast.Name, module: Module, fixed: Fixed) -> list[Binding]:
        """The bindings of a name that are not ruled out by a condition."""
        function = self.scope_of(node, module)
        if function is None:
            return []
        found = self.bound(function).get(node.id, [])
        around = set(module.ancestors(node))
        own = [
            one for one in found if module.parents.get(one.place) in around and isinstance(one.place, ast.comprehension)
        ]
        if own:  # a comprehension has names of its own
            return own
        found = [one for one in found if not isinstance(one.place, ast.comprehension)]
        loop = next((one for one in module.ancestors(node) if any(one is each.place for each in found)), None)
        if isinstance(loop, (ast.For, ast.AsyncFor)):  # in the body of a loop its own target goes before others
            found = [
                one for one in found if one.place is loop or any(each is loop for each in module.ancestors(one.place))
            ]
        return [
            one
            for one in found
            if all(
                self.truth(test, module, fixed) in (None, wanted)
                for test, wanted in branches(one.place, module, function)
            )
        ]

    def _binding(self, one: Binding, module: Module, fixed: Fixed, depth: int) -> Possible:
        if one.kind == "is":
            return self.possible(one.value, module, fixed, depth)
        if one.kind == "one of":
            return self.elements(one.value, module, fixed, depth, one.index)
        if isinstance(one.value, (ast.Tuple, ast.List)) and one.index < len(one.value.elts):
            return self.possible(one.value.elts[one.index], module, fixed, depth)
        return UNKNOWN

    def _container(self, node: ast.expr | None, module: Module) -> tuple[ast.expr | None, Module]:
        """The expression behind the name of a constant of a module."""
        for _ in range(_DEPTH):
            if not isinstance(node, (ast.Name, ast.Attribute)):
                break
            if isinstance(node, ast.Name) and self.scope_of(node, module) is not None:
                break
            found = self.project.definition(self.project.qualified(node, module) or "")
            if not (found and isinstance(found[1], (ast.Assign, ast.AnnAssign))):
                break
            module, node = found[0], found[1].value
        return node, module

    def _item(
        self, container: ast.expr, key: ast.expr, other: ast.expr | None, module: Module, fixed: Fixed, depth: int
    ) -> Possible:
        """What a dict or a tuple holds under a key that may be open."""
        inner, where = self._container(container, module)
        if not isinstance(inner, (ast.Dict, ast.Tuple, ast.List)):
            return UNKNOWN
        wanted = self.possible(key, module, fixed, depth)
        pairs: Iterable[tuple[ast.expr | None, ast.expr]]
        if isinstance(inner, ast.Dict):
            pairs = zip(inner.keys, inner.values, strict=True)
        else:
            pairs = [(ast.Constant(index), one) for index, one in enumerate(inner.elts)]
        found = [
            self.possible(value, where, {}, depth)
            for name, value in pairs
            if not wanted.complete or name is None or set(self.possible(name, where, {}).values) & set(wanted.values)
        ]
        if other is not None:
            found.append(self.possible(other, module, fixed, depth))
        whole = union(found)
        return Possible(whole.values, whole.complete and bool(found))

    def _call(self, node: ast.Call, module: Module, fixed: Fixed, depth: int) -> Possible:
        name = self.project.qualified(node.func, module) or ""
        if name.rpartition(".")[2] == "cast" and len(node.args) == 2:
            return self.possible(node.args[1], module, fixed, depth)
        if name == "str" and len(node.args) == 1:
            return self.possible(node.args[0], module, fixed, depth)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
            return self._item(
                node.func.value, node.args[0], node.args[1] if len(node.args) > 1 else None, module, fixed, depth
            )
        return UNKNOWN

    def _attribute(self, node: ast.Attribute, module: Module, fixed: Fixed, depth: int) -> Possible:
        found = self.project.definition(self.project.qualified(node, module) or "")
        if found and isinstance(found[1], (ast.Assign, ast.AnnAssign)):
            inner = self.possible(found[1].value, found[0], {}, depth)
            return Possible(inner.values, inner.complete)
        owner = self.class_of(node.value, module)
        return self._field(owner[0], owner[1], node.attr, depth) if owner else UNKNOWN

    def class_of(self, node: ast.expr, module: Module, depth: int = 0) -> tuple[Module, ast.ClassDef] | None:
        """The class of a project that an expression is an instance of, by declared types and constructor calls."""
        if depth > _DEPTH:
            return None
        if isinstance(node, ast.Name) and node.id in ("self", "cls"):
            around = next((one for one in module.enclosing(node) if isinstance(one, ast.ClassDef)), None)
            return (module, around) if around else None
        declared: ast.expr | None = None
        if isinstance(node, ast.Name):
            function = self.scope_of(node, module)
            if function is not None:
                argument = next((one for one in parameters(function, method=False) if one.arg == node.id), None)
                declared = argument.annotation if argument else None
                for one in self.bound(function).get(node.id, []):
                    if isinstance(one.value, ast.Call) and one.kind == "is":
                        declared = declared or one.value.func
        elif isinstance(node, ast.Attribute) and (owner := self.class_of(node.value, module, depth + 1)):
            module, around = owner
            for child in ast.walk(around):
                if (
                    isinstance(child, ast.AnnAssign)
                    and isinstance(child.target, ast.Name)
                    and child.target.id == node.attr
                ):
                    declared = child.annotation
                elif isinstance(child, ast.Assign) and any(
                    isinstance(one, ast.Attribute) and one.attr == node.attr for one in child.targets
                ):
                    return self.class_of(child.value, module, depth + 1)
        found = (
            self.project.definition(self.project.qualified(declared, module) or "") if declared is not None else None
        )
        return (found[0], found[1]) if found and isinstance(found[1], ast.ClassDef) else None

    def _field(self, module: Module, owner: ast.ClassDef, name: str, depth: int) -> Possible:
        given: ast.expr | None = None
        for statement in owner.body:
            if isinstance(statement, ast.Assign) and any(
                isinstance(one, ast.Name) and one.id == name for one in statement.targets
            ):
                inner = self.possible(statement.value, module, {}, depth)
                return Possible(inner.values, inner.complete)
            if (
                isinstance(statement, ast.AnnAssign)
                and isinstance(statement.target, ast.Name)
                and statement.target.id == name
            ):
                declared = self._declared(statement.annotation, module)
                if declared.complete:
                    return declared
                given = statement.value
        if name in self.fields(owner, module):
            return self._given(f"{module.name}.{owner.name}", name, given, module, depth)
        stores = [
            one.value
            for one in ast.walk(owner)
            if isinstance(one, ast.Assign)
            and any(isinstance(to, ast.Attribute) and to.attr == name for to in one.targets)
        ]
        whole = union(self.possible(one, module, {}, depth) for one in stores) if stores else UNKNOWN
        return Possible(whole.values, whole.complete)


def _written(node: ast.expr) -> str:
    """An expression in one line; one that is nested too deeply to be written is cut."""
    try:
        return " ".join(ast.unparse(node).split())[:200]
    except RecursionError:
        return "…"


def union(parts: Iterable[Possible]) -> Possible:
    """What any of several can be."""
    found = list(parts)
    values = tuple(dict.fromkeys(value for one in found for value in one.values))
    if len(values) > _MANY:
        return Possible(values[:_MANY])
    return Possible(values, bool(found) and all(one.complete for one in found), len(found) == 1 and found[0].literal)


def _joined(parts: list[Possible], *, plus: bool = False) -> Possible:
    """Strings put together; a part that is not known leaves `{…}`."""
    choices = [one.values if one.complete else ("{…}",) for one in parts]
    if plus and not all(isinstance(value, str) for one in choices for value in one):
        return UNKNOWN
    count = 1
    for one in choices:
        count *= max(len(one), 1)
    if count > _MANY:
        return UNKNOWN
    values = tuple(dict.fromkeys("".join(map(str, one)) for one in itertools.product(*choices)))
    if values == ("{…}",) * len(values):
        return UNKNOWN
    return Possible(values, all(one.complete for one in parts), all(one.literal for one in parts))
