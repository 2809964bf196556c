"""Python source as modules: who imports what, who defines what, and what a name in a module stands for."""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from conformance.trace import source
from conformance.trace.table import known_call

Function: TypeAlias = "ast.FunctionDef | ast.AsyncFunctionDef"
FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_HOPS: Final = 8
_DEEP: Final = 300  # levels of the syntax tree: what follows a tree by calling itself stays below Python's own limit


@dataclass(eq=False)
class Module:
    """A module. `imports` maps a local name to what it stands for, wherever in the module it is imported."""

    name: str
    path: str
    tree: ast.Module
    imports: dict[str, str] = field(default_factory=dict)
    definitions: dict[str, ast.AST] = field(default_factory=dict)
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)
    nodes: list[ast.AST] = field(default_factory=list)
    stars: list[str] = field(default_factory=list)
    """The modules that everything is imported from."""

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, from the inside out."""
        while (node := self.parents.get(node, self.tree)) is not self.tree:
            yield node

    def enclosing(self, node: ast.AST) -> Iterator[ast.AST]:
        """The functions and classes around a node, from the inside out."""
        return (one for one in self.ancestors(node) if isinstance(one, (*FUNCTIONS, ast.ClassDef, ast.Lambda)))

    def function(self, node: ast.AST) -> Function | None:
        """The function around a node."""
        return next((one for one in self.enclosing(node) if isinstance(one, FUNCTIONS)), None)

    def is_parameter(self, node: ast.Name) -> bool:
        """Whether a name is a parameter of a function around it."""
        for around in self.enclosing(node):
            if isinstance(around, (*FUNCTIONS, ast.Lambda)):
                given = around.args
                every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
                if any(one is not None and one.arg == node.id for one in every):
                    return True
        return False

    def owner(self, node: ast.AST) -> str:
        """The name of the class or function at the top of the module that holds a node, or ''."""
        around = list(self.enclosing(node))
        top = around[-1] if around else node
        return top.name if isinstance(top, (*FUNCTIONS, ast.ClassDef)) else ""

    def where(self, node: ast.AST) -> str:
        """The dotted name of the function around a node, as `Class.method`, or `<module>`."""
        names = [one.name for one in self.enclosing(node) if isinstance(one, (*FUNCTIONS, ast.ClassDef))]
        return ".".join(reversed(names)) or "<module>"


class Project:
    """The modules below one root."""

    def __init__(self, files: Mapping[str, str], prefix: str = "") -> None:
        self.modules: dict[str, Module] = {}
        self.unread: dict[str, str] = {}
        for path, text in files.items():
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # invalid escapes in a consumer's source are its own affair
                    tree = ast.parse(text)
                module = Module(_module_name(path, prefix), path, tree)
                _index(module)
            except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                version = ".".join(map(str, sys.version_info[:2]))
                self.unread[path] = f"cannot be read as Python {version}: {error}".splitlines()[0]
                continue
            self.modules[module.name] = module

    @classmethod
    def read(cls, root: Path) -> Project:
        """The project below a path; names begin with the package that the path lies in."""
        found = source.read(root, (".py",))
        folder, parts = root if root.is_dir() else root.parent, []
        while (folder / "__init__.py").is_file():
            parts.append(folder.name)
            folder = folder.parent
        project = cls(found.files, ".".join(reversed(parts)))
        project.unread.update(found.unread)
        return project

    def qualified(self, node: ast.AST, module: Module) -> str | None:
        """What a name or a dotted name stands for, such as `datasets.load_dataset`; None for anything else."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        if module.is_parameter(node):
            first = f"<{node.id}>"  # whatever the caller gives
        elif node.id in module.imports:
            first = module.imports[node.id]
        elif node.id in module.definitions:
            first = f"{module.name}.{node.id}"
        else:
            first = self._starred(node.id, module) or node.id
        return self.canonical(".".join([first, *reversed(parts)]))

    def _starred(self, name: str, module: Module) -> str | None:
        """The name as `from … import *` brings it: what a module of the project has, or a library is known to have."""
        for base in module.stars:
            known = self.modules.get(base)
            if known is not None and (name in known.definitions or name in known.imports):
                return f"{base}.{name}"
            if known is None and known_call("python", f"{base}.{name}") is not None:
                return f"{base}.{name}"
        return None

    def canonical(self, name: str) -> str:
        """A name with re-exports followed: where the thing is defined."""
        for _ in range(_HOPS):
            module, rest = self._split(name)
            if module is None or not rest:
                return name
            first, _, others = rest.partition(".")
            if first in module.definitions or first not in module.imports:
                return name
            target = module.imports[first] + (f".{others}" if others else "")
            if target == name:
                return name
            name = target
        return name

    def definition(self, name: str) -> tuple[Module, ast.AST] | None:
        """The class, function, method or assignment of a qualified name."""
        module, rest = self._split(self.canonical(name))
        if module is None or not rest:
            return None
        first, *others = rest.split(".")
        found = module.definitions.get(first)
        for other in others:
            if not isinstance(found, ast.ClassDef):
                return None
            found = next((one for one in found.body if isinstance(one, FUNCTIONS) and one.name == other), None)
        return (module, found) if found is not None else None

    def _split(self, name: str) -> tuple[Module | None, str]:
        head, rest = name, ""
        while head:
            if head in self.modules:
                return self.modules[head], rest
            head, _, last = head.rpartition(".")
            rest = f"{last}.{rest}" if rest else last
        return None, name


def _module_name(path: str, prefix: str) -> str:
    parts = path.removesuffix(".py").split("/")
    if parts[0] == "src" and len(parts) > 1:
        parts = parts[1:]
    if parts[-1] == "__init__":
        parts = parts[:-1]
    return ".".join([*([prefix] if prefix else []), *parts])


def _index(module: Module) -> None:
    package = module.name if module.path.endswith("__init__.py") else module.name.rpartition(".")[0]
    waiting: list[ast.AST] = [module.tree]
    depths = [0]
    for node, depth in zip(waiting, depths, strict=False):  # the lists grow while they are read: breadth first
        if depth > _DEEP:
            raise RecursionError(f"nested more than {_DEEP} deep")
        for child in ast.iter_child_nodes(node):
            if not isinstance(
                child, (ast.expr_context, ast.operator, ast.cmpop)
            ):  # shared between nodes, and of no use
                module.parents[child] = node
                waiting.append(child)
                depths.append(depth + 1)
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                module.imports[name] = alias.name if alias.asname else name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - (node.level - 1)] if package else []
                base = ".".join([*above, *([base] if base else [])])
            for alias in node.names:
                if alias.name == "*":
                    module.stars.append(base)
                else:
                    module.imports[alias.asname or alias.name] = f"{base}.{alias.name}"
    module.nodes = waiting
    for statement in _top_statements(module.tree.body):
        if isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
            module.definitions[statement.name] = statement
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    module.definitions[target.id] = statement
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            module.definitions[statement.target.id] = statement


def _top_statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module, with those inside of `if` and `try`."""
    for statement in body:
        yield statement
        for name in ("body", "orelse", "finalbody"):
            if isinstance(statement, (ast.If, ast.Try)):
                yield from _top_statements(getattr(statement, name, []))
        if isinstance(statement, ast.Try):
            for handler in statement.handlers:
                yield from _top_statements(handler.body)
