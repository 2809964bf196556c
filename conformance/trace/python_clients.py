"""What a call in Python calls: a library's function by whatever name, or a method of a library's object."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Final

from conformance.trace.python_lambdas import FOR_EACH
from conformance.trace.python_modules import Module
from conformance.trace.python_objects import Objects, alternatives
from conformance.trace.python_values import Values
from conformance.trace.table import Known, known_call, last_names

_HOPS: Final = 4
_WITH_ARGUMENTS: Final = frozenset({"to_thread", "submit", "run_in_executor", "run_sync"})
_CALLS_ITS_FUNCTION: Final = _WITH_ARGUMENTS | {
    *("map", "imap", "imap_unordered", "starmap", "map_async", "starmap_async", "apply", "apply_async"),
    *("thread_map", "process_map"),
}
"""Functions that call the one that they are given: with the arguments behind it, or with others."""
_WHICHEVER: Final = ast.Name("…", ast.Load())


class Clients:
    """Finds what calls stand for, over aliases, `functools.partial`, and the types of objects."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self.project = values.project
        self.objects = Objects(values)

    def target(self, call: ast.Call, module: Module) -> tuple[Known, ast.Call] | None:
        """The entry of the table that a call is, and the call, with what a `partial` gives before its own."""
        made = self._partial(call.func, module)
        if made is not None:  # the call of what a partial has made
            known = self._known(made.args[0], module)
            arguments = [*made.args[1:], *call.args]
            return (known, ast.Call(call.func, arguments, [*made.keywords, *call.keywords])) if known else None
        if self._is_partial(call, module):
            parent = module.parents.get(call)
            called = isinstance(parent, ast.Call) and parent.func is call
            bound = called or isinstance(parent, (ast.Assign, ast.AnnAssign))
            known = None if bound else self._known(call.args[0], module)  # passed to other code, which calls it
            return (known, ast.Call(call.func, call.args[1:], call.keywords)) if known else None
        handed = self._handed(call, module)
        if handed is not None:
            return handed
        name = self.name(call, module)
        known = known_call("python", name) if name else None
        return (known, _spread(call)) if known else None

    def name(self, call: ast.Call, module: Module) -> str | None:
        """The qualified name of what is called; for a method of a library's object, `package.Class.method`."""
        name = self.project.qualified(call.func, module)
        if name and known_call("python", name):
            return name
        if isinstance(call.func, ast.Attribute) and call.func.attr in last_names("python"):
            owner = self.objects.class_of(call.func.value, module)
            if owner and not self.objects.has_own(call.func, module):
                return f"{owner}.{call.func.attr}"
        for alias in self._names(call.func, module):
            if known_call("python", alias):
                return alias
        return name

    def _names(self, node: ast.expr, module: Module, depth: int = 0) -> Iterator[str]:
        """What an expression may stand for, over assignments, alternatives, and names that are written as text."""
        name = self.project.qualified(node, module)
        if name:
            yield name
        if depth > _HOPS:
            return
        held: Iterable[ast.expr] = self.objects.held(node, module) if isinstance(node, ast.Name) else alternatives(node)
        for value in held:
            yield from self._names(value, module, depth + 1)
        if isinstance(node, ast.Attribute):
            for owner in () if self.objects.has_own(node, module) else self._owners(node.value, module, depth):
                yield self.project.canonical(f"{owner}.{node.attr}")
            for value in self.objects.of_a_class(node, module):
                yield from self._names(value, module, depth + 1)
        elif isinstance(node, ast.Subscript):
            for part in self.objects.parts(node, module):
                yield from self._names(part, module, depth + 1)
            yield from self._in_a_namespace(node, module, depth)
        elif isinstance(node, ast.Call):
            yield from self._given_back(node, module, depth)

    def _in_a_namespace(self, node: ast.Subscript, module: Module, depth: int) -> Iterator[str]:
        """What is looked up by its name: `globals()["x"]`, `vars(m)["x"]`, `m.__dict__["x"]`, `sys.modules["m"]`."""
        key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if not isinstance(key, str):
            return
        holder = node.value
        function = self.project.qualified(holder.func, module) if isinstance(holder, ast.Call) else None
        if self.project.qualified(holder, module) == "sys.modules":
            yield key
        elif isinstance(holder, ast.Attribute) and holder.attr == "__dict__":
            for owner in self._owners(holder.value, module, depth):
                yield self.project.canonical(f"{owner}.{key}")
        elif isinstance(holder, ast.Call) and function in ("globals", "locals", "vars"):
            owners = self._owners(holder.args[0], module, depth) if holder.args else [module.name]
            for owner in owners:
                yield self.project.canonical(f"{owner}.{key}")

    def _given_back(self, node: ast.Call, module: Module, depth: int) -> Iterator[str]:
        """What a call gives back that names or wraps something: `getattr`, an import, a cache around a function."""
        function = self.project.qualified(node.func, module)
        if function in ("importlib.import_module", "__import__"):
            named = [one.value for one in node.keywords if one.arg == "name"]
            if (text := _text_in(node.args[-1:] or named)) is not None:
                yield text
        elif function == "getattr":
            text = _text_in(node.args[1:2])
            for owner in self._owners(node.args[0], module, depth) if text is not None else ():
                yield self.project.canonical(f"{owner}.{text}")
        elif len(node.args) == 1 and not node.keywords and isinstance(node.args[0], (ast.Name, ast.Attribute)):
            yield from self._names(node.args[0], module, depth + 1)

    def _owners(self, node: ast.expr, module: Module, depth: int) -> Iterator[str]:
        """What an expression may stand for, or is an object of."""
        yield from self._names(node, module, depth + 1)
        owner = self.objects.class_of(node, module)
        if owner:
            yield owner

    def _handed(self, call: ast.Call, module: Module) -> tuple[Known, ast.Call] | None:
        """A function of a library that is handed to what calls it, in a thread or for each of several arguments."""
        last = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if last not in _CALLS_ITS_FUNCTION:
            return None
        place = 1 if last == "run_in_executor" else 0
        handed = call.args[place] if len(call.args) > place else None
        known = self._known(handed, module) if isinstance(handed, (ast.Name, ast.Attribute)) else None
        if handed is None or known is None or known.returns:
            return None
        given = call.args[place + 1 :]
        if last in _WITH_ARGUMENTS:
            return known, ast.Call(handed, given, call.keywords if given else [])
        # For each of several arguments: a part of the list, whichever it is.
        parts: list[ast.expr] = [ast.Subscript(one, _WHICHEVER) for one in given] if last in FOR_EACH else []
        return known, ast.Call(handed, parts, [])

    def _known(self, function: ast.expr, module: Module) -> Known | None:
        name = self.project.qualified(function, module)
        return known_call("python", name) if name else None

    def _is_partial(self, node: ast.expr, module: Module) -> bool:
        return (
            isinstance(node, ast.Call)
            and bool(node.args)
            and (self.project.qualified(node.func, module) or "").rpartition(".")[2] == "partial"
        )

    def _partial(self, function: ast.expr, module: Module) -> ast.Call | None:
        """The `partial` that a called expression is, or that its name is bound to."""
        for one in (function, *(self.objects.held(function, module) if isinstance(function, ast.Name) else ())):
            if isinstance(one, ast.Call) and self._is_partial(one, module):
                return one
        return None


def _spread(call: ast.Call) -> ast.Call:
    """The call with what a written tuple or list of arguments holds, `f(*("a", "b"))`, as arguments."""
    given: list[ast.expr] = []
    for one in call.args:
        written = isinstance(one, ast.Starred) and isinstance(one.value, (ast.Tuple, ast.List))
        given += one.value.elts if written else [one]  # type: ignore[attr-defined]
    return call if given == call.args else ast.Call(call.func, given, call.keywords)


def _text_in(nodes: list[ast.expr]) -> str | None:
    """The one expression, where it is a text."""
    found = nodes[0].value if nodes and isinstance(nodes[0], ast.Constant) else None
    return found if isinstance(found, str) else None


def starred(call: ast.Call, module: Module, values: Values) -> dict[str, ast.expr]:
    """What `**pairs` brings: the pairs of a dict that is written there, or built in the same function or module."""
    found: dict[str, ast.expr] = {}
    for keyword in call.keywords:
        if keyword.arg is not None:
            continue
        for part in _merged(keyword.value):
            if isinstance(part, ast.Dict):
                found |= _pairs(part)
            elif isinstance(part, ast.Name):
                function = values.scope_of(part, module)
                found |= _built(part.id, function if function is not None else module.tree)
            elif isinstance(part, ast.Call):
                found |= {one.arg: one.value for one in part.keywords if one.arg is not None}
    return found


def _merged(node: ast.expr) -> Iterator[ast.expr]:
    """The dicts that one is put together from, in their order: `{**a, "b": 1}`, `a | b`, `dict(a, b=1)`."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        yield from _merged(node.left)
        yield from _merged(node.right)
        return
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                yield from _merged(value)
    elif isinstance(node, ast.Call):
        if not (isinstance(node.func, ast.Name) and node.func.id == "dict"):
            return
        for one in [*node.args, *(each.value for each in node.keywords if each.arg is None)]:
            yield from _merged(one)
    yield node


def _pairs(node: ast.Dict) -> dict[str, ast.expr]:
    pairs = zip(node.keys, node.values, strict=True)
    return {one.value: to for one, to in pairs if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def _built(name: str, scope: ast.AST) -> dict[str, ast.expr]:
    found: dict[str, ast.expr] = {}
    for node in ast.walk(scope):
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Name) and target.id == name and isinstance(node.value, ast.Dict):
                found |= _pairs(node.value)
            elif (
                isinstance(target, ast.Subscript)
                and isinstance(target.value, ast.Name)
                and target.value.id == name
                and isinstance(target.slice, ast.Constant)
                and isinstance(target.slice.value, str)
            ):
                key = target.slice.value
                before = found.get(key)
                found[key] = ast.BoolOp(ast.Or(), [before, node.value]) if before else node.value
    return found
