"""What a Python expression can be, as far as its source says. Nothing is run, and nothing is guessed."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Final

from conformance.trace.needs import Scalar, Value
from conformance.trace.python_bindings import Binding, branches, default, parameters
from conformance.trace.python_callers import Callers
from conformance.trace.python_changes import Change, Changes
from conformance.trace.python_fields import Fields
from conformance.trace.python_lambdas import of_a_lambda
from conformance.trace.python_modules import Function, Module, Project
from conformance.trace.python_possible import UNKNOWN, Possible, joined, union, written

_DEPTH: Final = 12
Fixed = Mapping["tuple[ast.AST, str]", Scalar]
"""Values that parameters are fixed to, while one case of a function is looked at."""


class Values(Callers):
    """Evaluates the expressions of a project."""

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self._busy: set[tuple[ast.AST, str]] = set()
        self._changes = Changes(self)
        self._methods: dict[str, list[tuple[Module, ast.Call]]] = {}
        for module in project.modules.values():
            for node in module.nodes:
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    self._methods.setdefault(node.func.attr, []).append((module, node))
        self.fields_of = Fields(self)

    def callers(self, name: str) -> list[tuple[Module, ast.Call]]:
        """The places that call a function, a class, or a method of an object of a class of the project."""
        known = super().callers(name)
        found = self.project.definition(name)
        around = found[0].parents.get(found[1]) if found is not None else None
        if not isinstance(around, ast.ClassDef):
            return known
        others = []
        for module, call in self._methods.get(name.rpartition(".")[2], []):
            owner = self.class_of(call.func.value, module) if isinstance(call.func, ast.Attribute) else None
            if owner is not None and owner[1] is around and all(call is not one for _, one in known):
                others.append((module, call))
        return [*known, *others]

    def value(self, node: ast.expr, module: Module, fixed: Fixed | None = None) -> Value:
        """An expression as a `Value`, with its text."""
        found = self.possible(node, module, fixed or {})
        status = "unknown" if not found.complete else "literal" if found.literal else "resolved"
        return Value(status, found.values, written(node))  # type: ignore[arg-type]

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
                self._formatted(part, module, fixed, deeper)
                if isinstance(part, ast.FormattedValue)
                else self.possible(part, module, fixed, deeper)
                for part in node.values
            ]
            return joined(parts)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return joined([self.possible(one, module, fixed, deeper) for one in (node.left, node.right)], plus=True)
        if isinstance(node, ast.IfExp):
            known = self.truth(node.test, module, fixed)
            chosen = [node.body] if known else [node.orelse] if known is False else [node.body, node.orelse]
            return union(self.possible(one, module, fixed, deeper) for one in chosen)
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
            return union(self.possible(one, module, fixed, deeper) for one in node.values)
        if isinstance(node, (ast.NamedExpr, ast.Await)):
            return self.possible(node.value, module, fixed, deeper)
        if isinstance(node, ast.Subscript):
            return self._item(node.value, node.slice, None, module, fixed, deeper)
        if isinstance(node, ast.Call):
            return self._call(node, module, fixed, deeper)
        return UNKNOWN

    def _formatted(self, part: ast.FormattedValue, module: Module, fixed: Fixed, depth: int) -> Possible:
        """A value in a formatted text, unless it is written there in another form, as in `{n:03d}`."""
        is_plain = part.format_spec is None and part.conversion in (-1, ord("s"))
        return self.possible(part.value, module, fixed, depth) if is_plain else UNKNOWN

    def elements(self, node: ast.expr | None, module: Module, fixed: Fixed, depth: int, index: int = 0) -> Possible:
        """What the elements of a tuple, list, set or dict can be; those of inner tuples at `index`, counted from 1."""
        if depth > _DEPTH or node is None:
            return UNKNOWN
        deeper = depth + 1
        method = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and method in ("items", "values", "keys")
        ):
            found = [
                self._of_a_dict(one, where, keys=method == "keys" or index == 1, depth=deeper)
                for one, where in self._holders(node.func.value, module, fixed)
            ]
            changes = self._changes_of(node.func.value, module)
            return union([*found, *([UNKNOWN] if changes else [])])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            if node.func.id in ("sorted", "list", "tuple", "set", "reversed", "frozenset", "iter"):
                return self.elements(node.args[0], module, fixed, deeper, index)
            if node.func.id == "enumerate" and index == 2:
                return self.elements(node.args[0], module, fixed, deeper)
            if node.func.id == "zip" and 0 < index <= len(node.args):
                return self.elements(node.args[index - 1], module, fixed, deeper)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return union(self.elements(one, module, fixed, deeper, index) for one in (node.left, node.right))
        if isinstance(node, ast.Dict):
            return self._of_a_dict(node, module, keys=True, depth=deeper)
        if isinstance(node, (ast.Name, ast.Attribute)):
            busy = (module.tree, f"in {ast.unparse(node)}")
            if busy in self._busy:
                return UNKNOWN
            self._busy.add(busy)
            try:
                return self._elements_of(node, module, fixed, deeper, index)
            finally:
                self._busy.discard(busy)
        if not isinstance(node, (ast.Tuple, ast.List, ast.Set)):
            return UNKNOWN
        found = []
        for one in node.elts:
            if isinstance(one, ast.Starred):
                found.append(self.elements(one.value, module, fixed, deeper, index))
            elif not index:
                found.append(self.possible(one, module, fixed, deeper))
            else:
                is_part = isinstance(one, (ast.Tuple, ast.List)) and len(one.elts) >= index
                found.append(self.possible(one.elts[index - 1], module, fixed, deeper) if is_part else UNKNOWN)  # type: ignore[attr-defined]
        return union(found)

    def _elements_of(
        self, node: ast.Name | ast.Attribute, module: Module, fixed: Fixed, depth: int, index: int
    ) -> Possible:
        found = [
            UNKNOWN if one is None else self.elements(one, where, fixed, depth, index)
            for one, where in self._holders(node, module, fixed)
        ]
        found += [
            UNKNOWN if one.value is None or one.key or index else self.possible(one.value, where, {}, depth)
            for one, where in self._changes_of(node, module)
        ]
        return union(found)

    def _of_a_dict(self, node: ast.expr | None, module: Module, *, keys: bool, depth: int) -> Possible:
        if not isinstance(node, ast.Dict):
            return UNKNOWN
        pairs = zip(node.keys, node.values, strict=True)
        return union(
            UNKNOWN if key is None else self.possible(key if keys else to, module, {}, depth) for key, to in pairs
        )

    def _holders(self, node: ast.expr, module: Module, fixed: Fixed) -> list[tuple[ast.expr | None, Module]]:
        """The expressions behind a name; None for what is not known."""
        found: list[tuple[ast.expr | None, Module]] = []
        waiting, seen = [(node, module)], {id(node)}
        for one, where in waiting:  # the list grows while it is read
            if not isinstance(one, (ast.Name, ast.Attribute)):
                found.append((one, where))
                continue
            origins = self.origins(one, where, fixed)
            for binding, at in origins:
                if binding.kind != "is":
                    found.append((None, at))
                elif id(binding.value) not in seen:
                    seen.add(id(binding.value))
                    waiting.append((binding.value, at))
            if not origins:
                found.append((None, where))
        return found or [(None, module)]

    def _changes_of(self, node: ast.expr, module: Module) -> list[tuple[Change, Module]]:
        """What is added to the container of a name after it was written down."""
        if isinstance(node, ast.Name) and (function := self.scope_of(node, module)) is not None:
            return [(one, module) for one in self._changes.of(function, node.id, module)]
        name = self.project.qualified(node, module) or ""
        found = self.project.definition(name)
        if found is None:
            return []
        last = self.project.canonical(name).rpartition(".")[2]
        return [(one, found[0]) for one in self._changes.of(None, last, found[0])]

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
        declared = self.declared(argument.annotation, module)
        if declared.complete:
            return declared
        around = module.parents.get(function)
        given = default(function, name)
        if isinstance(around, ast.ClassDef):
            called = f"{module.name}.{around.name}" + ("" if function.name == "__init__" else f".{function.name}")
        else:
            called = f"{module.name}.{function.name}"
        return self.given(called, name, given, module, depth)

    def given(self, called: str, name: str, given: ast.expr | None, module: Module, depth: int) -> Possible:
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

    def declared(self, annotation: ast.expr | None, module: Module) -> Possible:
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
        if function is not None and (function, node.id) in fixed:
            return Possible((fixed[function, node.id],), True)
        busy = (function or module.tree, node.id)
        if busy in self._busy:
            return UNKNOWN
        self._busy.add(busy)
        try:
            found = [self._binding(one, where, fixed, depth) for one, where in self.origins(node, module, fixed)]
            if function is not None and any(one.arg == node.id for one in parameters(function, method=False)):
                found.append(self.parameter(function, node.id, module, depth))
        finally:
            self._busy.discard(busy)
        whole = union(found)
        return Possible(whole.values, whole.complete)

    def origins(self, node: ast.expr, module: Module, fixed: Fixed) -> list[tuple[Binding, Module]]:
        """Where a name, or a dotted name of the project, is bound; none for a parameter."""
        if isinstance(node, ast.Name):
            function = self.scope_of(node, module)
            if function is None and module.is_parameter(node):
                return [(one, module) for one in of_a_lambda(node, module)]
            if function is not None or (node.id in self.bound(module.tree) and node.id not in module.imports):
                stored = self.fields_of.stored(f"{module.name}.{node.id}") if function is None else []
                return [(one, module) for one in self._live(node, module, fixed)] + stored
        name = self.project.qualified(node, module) or ""
        found = self.project.definition(name)
        if found is None or not isinstance(found[1], (ast.Assign, ast.AnnAssign)):
            return []
        name = self.project.canonical(name)
        held = self.bound(found[0].tree).get(name.rpartition(".")[2], [])
        here = [(one, found[0]) for one in held if not isinstance(one.place, ast.comprehension)]
        return here + self.fields_of.stored(name)

    def _live(self, node: ast.Name, module: Module, fixed: Fixed) -> list[Binding]:
        """The bindings of a name that are not ruled out by a condition."""
        function = self.scope_of(node, module)
        found = self.bound(function or module.tree).get(node.id, [])
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

    def _item(
        self, container: ast.expr, key: ast.expr, other: ast.expr | None, module: Module, fixed: Fixed, depth: int
    ) -> Possible:
        """What a dict or a tuple holds under a key that may be open."""
        wanted = self.possible(key, module, fixed, depth)
        found: list[Possible] = []
        for inner, where in self._holders(container, module, fixed):
            if not isinstance(inner, (ast.Dict, ast.Tuple, ast.List)):
                found.append(UNKNOWN)
                continue
            pairs: Iterable[tuple[ast.expr | None, ast.expr]]
            if isinstance(inner, ast.Dict):
                pairs = zip(inner.keys, inner.values, strict=True)
            else:
                pairs = [(ast.Constant(index), one) for index, one in enumerate(inner.elts)]
            found += [
                UNKNOWN if name is None else self.possible(value, where, {}, depth)
                for name, value in pairs
                if not wanted.complete or name is None or self._may_be(name, where, wanted)
            ]
        for change, where in self._changes_of(container, module):
            if change.key is None or change.value is None:
                found.append(UNKNOWN)
            elif not wanted.complete or self._may_be(change.key, where, wanted):
                found.append(self.possible(change.value, where, {}, depth))
        if other is not None:
            found.append(self.possible(other, module, fixed, depth))
        whole = union(found)
        return Possible(whole.values, whole.complete and bool(found))

    def _may_be(self, key: ast.expr, module: Module, wanted: Possible) -> bool:
        found = self.possible(key, module, {})
        return not found.complete or bool(set(found.values) & set(wanted.values))

    def _call(self, node: ast.Call, module: Module, fixed: Fixed, depth: int) -> Possible:
        name = self.project.qualified(node.func, module) or ""
        if name.rpartition(".")[2] == "cast" and len(node.args) == 2:
            return self.possible(node.args[1], module, fixed, depth)
        if name == "os.getenv" and len(node.args) == 2:
            return Possible(self.possible(node.args[1], module, fixed, depth).values)
        if name == "str" and len(node.args) == 1:
            return self.possible(node.args[0], module, fixed, depth)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
            return self._item(
                node.func.value, node.args[0], node.args[1] if len(node.args) > 1 else None, module, fixed, depth
            )
        return UNKNOWN

    def class_of(self, node: ast.expr, module: Module, depth: int = 0) -> tuple[Module, ast.ClassDef] | None:
        """The class of the project that an expression is an instance of."""
        return self.fields_of.class_of(node, module, depth)

    def _attribute(self, node: ast.Attribute, module: Module, fixed: Fixed, depth: int) -> Possible:
        held = self.origins(node, module, fixed)
        if held:
            whole = union(self._binding(one, where, {}, depth) for one, where in held)
            return Possible(whole.values, whole.complete)
        return self.fields_of.attribute(node, module, depth)
