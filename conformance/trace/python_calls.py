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
from conformance.trace.python_modules import FUNCTIONS, Function, Module, Project
from conformance.trace.python_rows import Rows
from conformance.trace.python_values import Fixed, Values
from conformance.trace.source import is_test
from conformance.trace.table import Known, known_call, last_names

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

    def all(self) -> list[tuple[Found, Call]]:
        """Every call that reaches the Hub, in the order of files and lines."""
        direct = [one for module in self.project.modules.values() for one in self._direct(module)]
        found = direct + list(self._by_wrappers(direct))
        calls = [(one, self._described(one)) for one in found]
        kept = [(one, call) for one, call in calls if not _is_local(call)]
        return sorted(kept, key=lambda pair: (pair[1].file, pair[1].line, pair[1].call, pair[1].via))

    def _direct(self, module: Module) -> Iterator[Found]:
        for node in module.nodes:
            if not isinstance(node, ast.Call):
                continue
            name = self._name(node, module)
            known = known_call("python", name) if name else None
            if known is not None:
                names = known.parameters
                given = {**self._starred(node, module), **bound_arguments(node, names)}
                roles = {role: given[name] for role, name in known.roles.items() if name in given}
                yield Found(module, node, known, roles)

    def _name(self, call: ast.Call, module: Module) -> str | None:
        """The name of what is called; for a method of a library's object, `package.Class.method`."""
        name = self.project.qualified(call.func, module)
        if name and known_call("python", name):
            return name
        if isinstance(call.func, ast.Attribute) and call.func.attr in last_names("python"):
            owner = self._library_class(call.func.value, module)
            if owner:
                return f"{owner}.{call.func.attr}"
        return name

    def _library_class(self, node: ast.expr, module: Module, depth: int = 0) -> str | None:
        """The library's class that an expression is (an instance of), such as `huggingface_hub.HfApi`."""
        if depth > _HOPS:
            return None
        if isinstance(node, ast.IfExp):
            return self._library_class(node.body, module, depth + 1)
        if isinstance(node, ast.Call):
            name = self.project.qualified(node.func, module)
            known = known_call("python", name) if name else None
            return known.returns or None if known else None
        if not isinstance(node, (ast.Name, ast.Attribute)):
            return None
        name = self.project.qualified(node, module)
        if name and name.startswith("transformers.") and name.rpartition(".")[2].startswith("Auto"):
            return name
        if isinstance(node, ast.Name):
            function = self.values.scope_of(node, module)
            if function is None:
                return None
            for one in parameters(function, method=False):
                if one.arg == node.id and one.annotation is not None:
                    declared = self.project.qualified(one.annotation, module)
                    known = known_call("python", declared) if declared else None
                    return known.returns or None if known else None
            for binding in self.values.bound(function).get(node.id, []):
                owner = None
                if binding.kind == "is":
                    owner = self._library_class(binding.value, module, depth + 1)
                elif binding.kind == "unpacked" and isinstance(binding.value, ast.Call):
                    owner = self._returned(binding.value, binding.index, module)
                if owner:
                    return owner
        return None

    def _returned(self, call: ast.Call, index: int, module: Module) -> str | None:
        """The library's class at a place of the tuple that a function of the project declares to return."""
        name = self.values.called(call, module)
        found = self.project.definition(name) if name else None
        if found is None or not isinstance(found[1], FUNCTIONS) or found[1].returns is None:
            return None
        for node in ast.walk(found[1].returns):  # `Generator[tuple[str, HfApi]]` as well as `tuple[str, HfApi]`
            if isinstance(node, ast.Subscript) and (self.project.qualified(node.value, found[0]) or "").endswith(
                "uple"
            ):
                parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else []
                declared = self.project.qualified(parts[index], found[0]) if index < len(parts) else None
                known = known_call("python", declared) if declared else None
                return known.returns or None if known else None
        return None

    def _starred(self, call: ast.Call, module: Module) -> dict[str, ast.expr]:
        """What `**kwargs` brings: the pairs of a dict that is built in the same function."""
        found: dict[str, ast.expr] = {}
        for keyword in call.keywords:
            if keyword.arg is not None or not isinstance(keyword.value, ast.Name):
                continue
            function = self.values.scope_of(keyword.value, module)
            if function is None:
                continue
            for node in ast.walk(function):
                if isinstance(node, (ast.Assign, ast.AnnAssign)):
                    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                    for target in targets:
                        if (
                            isinstance(target, ast.Name)
                            and target.id == keyword.value.id
                            and isinstance(node.value, ast.Dict)
                        ):
                            pairs = zip(node.value.keys, node.value.values, strict=True)
                            found |= {
                                one.value: to
                                for one, to in pairs
                                if isinstance(one, ast.Constant) and isinstance(one.value, str)
                            }
                        elif (
                            isinstance(target, ast.Subscript)
                            and isinstance(target.value, ast.Name)
                            and target.value.id == keyword.value.id
                            and isinstance(target.slice, ast.Constant)
                            and isinstance(target.slice.value, str)
                            and node.value is not None
                        ):
                            name = target.slice.value
                            before = found.get(name)
                            found[name] = ast.BoolOp(ast.Or(), [before, node.value]) if before else node.value
        return found

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
        arguments: dict[str, Value] = {
            role: self.values.value(expression, one.module) for role, expression in one.arguments.items()
        }
        return Call(
            file=one.module.path,
            line=one.node.lineno,
            function=one.module.where(one.node),
            call=one.known.name if "*" not in one.known.name else self._name(one.node, one.module) or one.known.name,
            kind=one.known.kind,
            operations=_operations(one.known, arguments),
            arguments=arguments,
            cases=tuple(self._cases(one)) if one.known.kind in ("dataset", "names") else (),
            via=one.via,
            row=self.rows.read(one.node, one.module) if one.known.kind == "dataset" else (),
            test=is_test(one.module.path),
        )

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
