"""The calls of a Python project that reach the Hub, and the project's own functions that lead to them."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from conformance.trace.needs import Call, Scalar, Value
from conformance.trace.python_bindings import default, parameters
from conformance.trace.python_callers import bound_arguments
from conformance.trace.python_clients import Clients, starred
from conformance.trace.python_modules import Function, Module, Project
from conformance.trace.python_rows import Rows
from conformance.trace.python_values import Fixed, Values
from conformance.trace.source import is_test
from conformance.trace.table import Known

_CASES: Final = 256
_FIXED: Final = 16  # combinations of a function's parameters that are looked at one by one
_HOPS: Final = 4
_LOCAL: Final = ("./", "../", "/", "~")
_WRAPPED: Final = (
    "dataset",
    "names",
    "file",
    "listing",
)  # a model's name is the user's choice wherever it is handed on
_CASE_ROLES: Final = ("repo_id", "config", "split")


@dataclass(frozen=True)
class Found:
    """A call of the table, its arguments by role, and where it leads on to."""

    module: Module
    node: ast.Call
    known: Known
    arguments: Mapping[str, ast.expr]
    via: str = ""


class Calls:
    """Finds the calls of a project."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.values = Values(project)
        self.rows = Rows(self.values)
        self.clients = Clients(self.values)

    def all(self) -> list[tuple[Found, Call]]:
        """Every call that reaches the Hub, in the order of files and lines."""
        direct = [one for module in self.project.modules.values() for one in self._direct(module)]
        found = direct + list(self._by_wrappers(direct))
        calls = [(one, self._described(one)) for one in found]
        kept = [(one, call) for one, call in calls if not _is_local(call)]
        return sorted(kept, key=lambda pair: (pair[1].file, pair[1].line, pair[1].call, pair[1].via))

    def _direct(self, module: Module) -> Iterator[Found]:
        for node in module.nodes:
            if isinstance(node, ast.Call) and (target := self.clients.target(node, module)) is not None:
                known, call = target
                given = {**starred(call, module, self.values), **bound_arguments(call, known.parameters)}
                roles = {role: given[name] for role, name in known.roles.items() if name in given}
                yield Found(module, node, known, roles)

    def _by_wrappers(self, found: list[Found]) -> Iterator[Found]:
        """The calls of functions that hand a parameter of theirs on as the repository."""
        seen: set[tuple[str, str, str]] = set()
        found = [one for one in found if one.known.kind in _WRAPPED]
        for _ in range(_HOPS):
            onward: list[Found] = []
            for one in found:
                function = one.module.function(one.node)
                repo = one.arguments.get("repo_id")
                if function is None or repo is None:
                    continue
                name = self._handed_on(repo, function, one.module)
                called = self._called_as(function, one.module)
                if name is None or (called, one.known.name, name) in seen:
                    continue
                seen.add((called, one.known.name, name))
                onward += self._callers(one, function, called)
            yield from (
                one for one in onward if self.values.value(one.arguments["repo_id"], one.module).status != "unknown"
            )
            found = onward

    def _callers(self, inner: Found, function: Function, called: str) -> Iterator[Found]:
        names = {one.arg for one in parameters(function, method=False)}
        for module, node in self.values.callers(called):
            given = self.values.bind(node, called) or {}
            roles: dict[str, ast.expr] = {}
            for role, expression in inner.arguments.items():
                name = self._handed_on(expression, function, inner.module)
                if name is None:
                    continue  # the wrapper decides it
                if name in given:
                    roles[role] = given[name]
                elif (preset := default(function, name)) is not None and not _is_none(preset):
                    roles[role] = preset
            if "repo_id" in roles and names:
                place = f"{inner.module.path}:{inner.node.lineno} {inner.module.where(inner.node)}"
                yield Found(module, node, inner.known, roles, inner.via or place)

    def _handed_on(self, expression: ast.expr, function: Function, module: Module) -> str | None:
        """The parameter that an expression hands on unchanged, or cleaned by a method of its own."""
        while True:
            if (
                isinstance(expression, ast.Call)
                and isinstance(expression.func, ast.Name)
                and expression.func.id == "str"
            ):
                expression = expression.args[0] if expression.args else expression.func
            elif isinstance(expression, ast.BoolOp):
                expression = expression.values[0]
            else:
                break
        if not isinstance(expression, ast.Name) or self.values.scope_of(expression, module) is not function:
            return None
        names = {one.arg for one in parameters(function, method=isinstance(module.parents.get(function), ast.ClassDef))}
        return expression.id if expression.id in names else None

    def _called_as(self, function: Function, module: Module) -> str:
        around = module.parents.get(function)
        if isinstance(around, ast.ClassDef):
            return f"{module.name}.{around.name}" + ("" if function.name == "__init__" else f".{function.name}")
        return f"{module.name}.{function.name}"

    def _described(self, one: Found) -> Call:
        row, steps = self.rows.read(one.node, one.module) if one.known.kind == "dataset" else ((), ())
        arguments: dict[str, Value] = {
            role: self.values.value(expression, one.module) for role, expression in one.arguments.items()
        }
        return Call(
            file=one.module.path,
            line=one.node.lineno,
            function=one.module.where(one.node),
            call=self._shown(one),
            kind=one.known.kind,
            operations=_operations(one.known, arguments),
            arguments=arguments,
            cases=tuple(self._cases(one)) if one.known.kind in ("dataset", "names") else (),
            via=one.via,
            row=row,
            steps=steps,
            test=is_test(one.module.path),
        )

    def _shown(self, one: Found) -> str:
        """The name of the call: that of the table, or what a pattern of it stands for."""
        pattern = "*" in one.known.name
        return (self.clients.name(one.node, one.module) if pattern else None) or one.known.name

    def _cases(self, one: Found) -> list[tuple[Scalar, Scalar, Scalar]]:
        """The combinations of repository, config and split that can occur together."""
        cases: dict[tuple[Scalar, Scalar, Scalar], None] = {}
        for fixed in self._fixed(one.module.function(one.node), one.module):
            choices: list[tuple[Scalar, ...]] = []
            for role in _CASE_ROLES:
                expression = one.arguments.get(role)
                found = self.values.possible(expression, one.module, fixed) if expression is not None else None
                values = (None,) if found is None else found.values if found.complete else (*found.values, "?")
                choices.append(tuple(values) or ("?",))
            for case in itertools.islice(itertools.product(*choices), _CASES):
                cases[case[0], case[1], case[2]] = None
        return list(cases)[:_CASES]

    def _fixed(self, function: Function | None, module: Module) -> list[Fixed]:
        """The ways to fix those parameters of a function that can be few things."""
        if function is None:
            return [{}]
        choices: list[list[tuple[tuple[ast.AST, str], Scalar]]] = []
        count = 1
        for argument in parameters(function, method=False):
            found = self.values.parameter(function, argument.arg, module)
            if found.complete and len(found.values) > 1 and count * len(found.values) <= _FIXED:
                count *= len(found.values)
                choices.append([((function, argument.arg), value) for value in found.values])
        return [dict(one) for one in itertools.product(*choices)]


def _operations(known: Known, arguments: Mapping[str, Value]) -> tuple[str, ...]:
    """The operations of a call; one that streams reads files instead of downloading them."""
    streaming = arguments.get("streaming")
    if streaming is not None and list(streaming.values) == [True]:
        return (*("iter_rows" if one == "load_rows" else one for one in known.operations), "read_file")
    return known.operations


def _is_local(call: Call) -> bool:
    """Whether a call names a folder of this machine and not a repository."""
    value = call.arguments.get("repo_id")
    return (
        value is not None
        and value.status != "unknown"
        and all(isinstance(one, str) and one.startswith(_LOCAL) for one in value.values)
        and bool(value.values)
    )


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
