"""The public functions of a Python library, from its source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from conformance.catalogue.operations import SAMPLES
from conformance.trace.inventory import Function, first_sentence
from conformance.trace.python_bindings import parameters
from conformance.trace.python_callers import Callers
from conformance.trace.python_modules import FUNCTIONS, Module, Project
from conformance.trace.python_modules import Function as Definition
from conformance.trace.source import is_test


def inventory(root: Path) -> tuple[int, list[Function], dict[str, str]]:
    """The number of files, the public functions and methods of public modules, and the files that are unread."""
    project = Project.read(root)
    calls = Callers(project)
    found = [
        _function(module, name, node, calls)
        for module in project.modules.values()
        if not is_test(module.path) and not any(part.startswith("_") for part in module.name.split("."))
        for name, node in _public(module)
    ]
    files = len(project.modules) + len(project.unread)
    return files, sorted(found, key=lambda one: (one.file, one.line)), project.unread


def _public(module: Module) -> Iterator[tuple[str, Definition]]:
    for name, node in module.definitions.items():
        if name.startswith("_"):
            continue
        if isinstance(node, FUNCTIONS):
            yield name, node
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, FUNCTIONS) and not inner.name.startswith("_"):
                    yield f"{name}.{inner.name}", inner


def _function(module: Module, name: str, node: Definition, calls: Callers) -> Function:
    names = parameters(node, method="." in name)
    optional = len(node.args.defaults) + sum(one is not None for one in node.args.kw_defaults)
    operation = name.rpartition(".")[2]
    qualified = f"{module.name}.{name}"
    return Function(
        name=qualified,
        file=module.path,
        line=node.lineno,
        arity=len(names),
        optional=optional,
        options=tuple(one.arg for one in names[len(names) - optional :]) if optional else (),
        documentation=first_sentence(ast.get_docstring(node) or ""),
        tests=tuple(f"{where.path}:{call.lineno}" for where, call in calls.callers(qualified) if is_test(where.path)),
        operations=(operation,) if operation in SAMPLES else (),
    )
