"""Where the names of a Python function come from: its parameters, its assignments, and the branches they stand in."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from conformance.trace.python_modules import FUNCTIONS, Function, Module

Kind: TypeAlias = Literal["is", "one of", "unpacked", "other"]


@dataclass(frozen=True, slots=True)
class Binding:
    """A name is bound: it `is` a value, is `one of` its elements, or is part `index` of one that is unpacked.

    What it is otherwise, such as an error that is caught or a value that was added to, is not known from `value`.
    """

    kind: Kind
    value: ast.expr
    place: ast.AST
    index: int = 0


def bindings(body: ast.AST) -> dict[str, list[Binding]]:
    """The bindings in a function or a module, those of inner functions and classes left out."""
    found: dict[str, list[Binding]] = {}
    within: list[ast.AST] = []
    for node in scope(body):
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            within.append(node)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                _bind(found, target, node.value, node)
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
            _bind(found, node.target, node.value, node)
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
            _bind_elements(found, node.target, node.iter, node)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                if item.optional_vars is not None:
                    _bind(found, item.optional_vars, item.context_expr, node)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            found.setdefault(node.target.id, []).append(Binding("other", node.value, node))
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name is not None:
            _bind_caught(found, node, node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest is not None:
            found.setdefault(node.rest, []).append(Binding("other", ast.Constant(None), node))
    _bind_from_within(found, within, ast.Global if isinstance(body, ast.Module) else ast.Nonlocal)
    return found


def _bind_caught(
    found: dict[str, list[Binding]], node: ast.ExceptHandler | ast.MatchAs | ast.MatchStar, name: str
) -> None:
    """An error that is caught, or what a pattern matches: the values that the pattern names, or anything."""
    pattern = node.pattern if isinstance(node, ast.MatchAs) else None
    parts = pattern.patterns if isinstance(pattern, ast.MatchOr) else [pattern]
    for part in parts:
        one = part.value if isinstance(part, ast.MatchValue) else None
        found.setdefault(name, []).append(Binding("other" if one is None else "is", one or ast.Constant(None), node))


def _bind_from_within(
    found: dict[str, list[Binding]], within: list[ast.AST], said: type[ast.Global] | type[ast.Nonlocal]
) -> None:
    """What inner functions bind of this scope's names, by `global` or `nonlocal`."""
    for node in (one for around in within for one in ast.walk(around)):
        if not isinstance(node, FUNCTIONS):
            continue
        names = {name for one in scope(node) if isinstance(one, said) for name in one.names}
        inner = bindings(node) if names else {}
        for name in names:
            found.setdefault(name, []).extend(inner.get(name, []))


def scope(body: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function or module in the order of the source, without those of inner functions and classes."""
    for child in ast.iter_child_nodes(body):
        yield child
        if not isinstance(child, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
            yield from scope(child)


def _bind(found: dict[str, list[Binding]], target: ast.expr, value: ast.expr, place: ast.AST) -> None:
    if isinstance(target, ast.Name):
        found.setdefault(target.id, []).append(Binding("is", value, place))
    elif isinstance(target, (ast.Tuple, ast.List)):
        for index, part in enumerate(target.elts):
            if isinstance(part, ast.Name):
                found.setdefault(part.id, []).append(Binding("unpacked", value, place, index))


def _bind_elements(found: dict[str, list[Binding]], target: ast.expr, value: ast.expr, place: ast.AST) -> None:
    if isinstance(target, ast.Name):
        found.setdefault(target.id, []).append(Binding("one of", value, place))
    elif isinstance(target, (ast.Tuple, ast.List)):
        for index, part in enumerate(target.elts):
            if isinstance(part, ast.Name):
                found.setdefault(part.id, []).append(Binding("one of", value, place, index + 1))


def branches(node: ast.AST, module: Module, function: Function | None) -> Iterator[tuple[ast.expr, bool]]:
    """The conditions of the `if`s around a node in its function or module, and what each must be for it to run."""
    child, parent = node, module.parents.get(node)
    while parent is not None and child is not function:
        if isinstance(parent, ast.If) and child is not parent.test:
            yield parent.test, any(child is one for one in parent.body)
        child, parent = parent, module.parents.get(parent)


def parameters(function: Function, *, method: bool) -> list[ast.arg]:
    """The parameters in the order of a call, without `self` or `cls` for a method."""
    arguments = [*function.args.posonlyargs, *function.args.args]
    static = any(isinstance(one, ast.Name) and one.id == "staticmethod" for one in function.decorator_list)
    if method and not static and arguments:
        arguments = arguments[1:]
    return [*arguments, *function.args.kwonlyargs]


def default(function: Function, name: str) -> ast.expr | None:
    """The default of a parameter."""
    arguments = [*function.args.posonlyargs, *function.args.args]
    from_the_end = function.args.defaults
    for argument, value in zip(reversed(arguments), reversed(from_the_end), strict=False):
        if argument.arg == name:
            return value
    for argument, given in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
        if argument.arg == name:
            return given
    return None
