"""Which class of a library an expression is an instance of: over names, attributes, functions and containers."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias, TypeGuard

from conformance.trace.python_bindings import Binding, parameters, scope
from conformance.trace.python_modules import FUNCTIONS, Module
from conformance.trace.python_values import Values
from conformance.trace.table import known_call

_HOPS: Final = 6
_GIVES_ITS_PART: Final = ("__enter__", "__aenter__")
Owner: TypeAlias = "tuple[Module, ast.ClassDef]"


class Objects:
    """Finds the library's class of an expression.

    Args:
        values: of the project.
    """

    def __init__(self, values: Values) -> None:
        self.values = values
        self.project = values.project

    def held(self, node: ast.Name, module: Module) -> Iterator[ast.expr]:
        """What a name is bound to, in its function or its module."""
        for one in self._bindings(node, module):
            if one.kind == "is":
                yield one.value
            elif one.kind == "unpacked" and isinstance(one.value, ast.Tuple) and one.index < len(one.value.elts):
                yield one.value.elts[one.index]

    def parts(self, node: ast.Subscript, module: Module) -> list[ast.expr]:
        """What a list, a tuple or a dict holds that is written there, under a key where one is written."""
        holders = [node.value, *(self.held(node.value, module) if isinstance(node.value, ast.Name) else ())]
        return [part for holder in holders for part in _elements(holder, node.slice)]

    def of_a_class(self, node: ast.Attribute, module: Module) -> list[ast.expr]:
        """What a class of the project has under a name that is no method: `load = staticmethod(load_dataset)`."""
        owner = self._instance(node.value, module, 0)
        found: list[ast.expr] = []
        for _ in range(_HOPS):
            if owner is None or found:
                break
            where, around = owner
            for one in around.body:
                if isinstance(one, ast.Assign) and node.attr in map(_target, one.targets):
                    found.append(one.value)
            bases = (self.project.definition(self.project.qualified(one, where) or "") for one in around.bases)
            owner = next(((base[0], base[1]) for base in bases if _is_class(base)), None)
        return found

    def has_own(self, node: ast.Attribute, module: Module) -> bool:
        """Whether a method is one that a class of the project defines, in place of the library's."""
        owner = self._instance(node.value, module, 0)
        return owner is not None and any(isinstance(one, FUNCTIONS) and one.name == node.attr for one in owner[1].body)

    def _bindings(self, node: ast.Name, module: Module) -> list[Binding]:
        function = self.values.scope_of(node, module)
        bound = self.values.bound(module.tree) if function is None else self.values.bound(function)
        return bound.get(node.id, [])

    def class_of(self, node: ast.expr, module: Module, depth: int = 0) -> str | None:
        """The library's class that an expression is (an instance of), such as `huggingface_hub.HfApi`."""
        if depth > _HOPS:
            return None
        if parts := alternatives(node):
            return self._first(parts, module, depth)
        if isinstance(node, ast.Call):
            return self._made(node, module, depth)
        if isinstance(node, ast.Subscript):
            return self._part(node, module, depth)
        if isinstance(node, ast.Name) and node.id in ("self", "cls") and (own := self.values.class_of(node, module)):
            return self._base(own, depth)
        name = self.project.qualified(node, module)
        if name and name.startswith("transformers.") and name.rpartition(".")[2].startswith("Auto"):
            return name
        if isinstance(node, ast.Name):
            return self._of_name(node, module, depth)
        if isinstance(node, ast.Attribute):
            return self._of_attribute(node, name or "", module, depth)
        return None

    def _first(self, parts: Iterable[ast.expr], module: Module, depth: int) -> str | None:
        """The first class that any of several expressions is."""
        return next((found for part in parts if (found := self.class_of(part, module, depth + 1))), None)

    def _made(self, call: ast.Call, module: Module, depth: int) -> str | None:
        """The class of what a call makes or returns."""
        name = self.project.qualified(call.func, module)
        if name == "super":
            around = next((one for one in module.enclosing(call) if isinstance(one, ast.ClassDef)), None)
            return self._base((module, around), depth) if around is not None else None
        known = known_call("python", name) if name else None
        if known is not None and known.returns:
            return known.returns
        found = self.project.definition(name) if name else None
        if found is not None and isinstance(found[1], ast.ClassDef):
            return self._base((found[0], found[1]), depth)
        if found is not None and isinstance(found[1], FUNCTIONS):
            return self._returned(found[1], found[0], depth)
        if isinstance(call.func, ast.Attribute):
            if call.func.attr in _GIVES_ITS_PART:
                return self.class_of(call.func.value, module, depth + 1)
            owner = self._instance(call.func.value, module, depth + 1)
            return self._of_member(call.func.attr, owner, depth + 1) if owner else None
        return None

    def _base(self, owner: Owner, depth: int) -> str | None:
        """The library's class that a class of the project is a kind of."""
        if depth > _HOPS:
            return None
        for base in owner[1].bases:
            name = self.project.qualified(base, owner[0]) or ""
            known, found = known_call("python", name), self.project.definition(name)
            if known is not None and known.returns:
                return known.returns
            inherited = self._base((found[0], found[1]), depth + 1) if _is_class(found) else None
            if inherited:
                return inherited
        return None

    def _returned(self, function: ast.FunctionDef | ast.AsyncFunctionDef, module: Module, depth: int) -> str | None:
        """The class that a function is declared to return, or returns."""
        declared = self._declared(function.returns, module) if function.returns is not None else None
        values = [one.value for one in scope(function) if isinstance(one, (ast.Return, ast.Yield)) and one.value]
        return declared or self._first(values, module, depth)

    def _part(self, node: ast.Subscript, module: Module, depth: int) -> str | None:
        """The class of what a list or a dict holds, under a key where one is written."""
        return self._first(self.parts(node, module), module, depth)

    def _of_name(self, node: ast.Name, module: Module, depth: int) -> str | None:
        function = self.values.scope_of(node, module)
        if function is None:
            constant = module.definitions.get(node.id)
            if isinstance(constant, ast.AnnAssign) and (declared := self._declared(constant.annotation, module)):
                return declared
        for one in parameters(function, method=False) if function is not None else ():
            if one.arg == node.id and one.annotation is not None:
                declared = self._declared(one.annotation, module)
                if declared:
                    return declared
        for binding in self._bindings(node, module):
            owner = None
            if binding.kind == "is":
                owner = self.class_of(binding.value, module, depth + 1)
            elif binding.kind == "one of":
                owner = self._first(_elements(binding.value), module, depth)
            elif isinstance(binding.value, ast.Call):
                owner = self._unpacked(binding.value, binding.index, module)
            elif isinstance(binding.value, ast.Tuple) and binding.index < len(binding.value.elts):
                owner = self.class_of(binding.value.elts[binding.index], module, depth + 1)
            if owner:
                return owner
        found = self.project.definition(module.imports.get(node.id, ""))
        return self._of_definition(found, depth) if found is not None else None

    def _of_attribute(self, node: ast.Attribute, name: str, module: Module, depth: int) -> str | None:
        """The class of an attribute of an object or a class, or of a constant of another module."""
        found = self.project.definition(name) if name else None
        constant = self._of_definition(found, depth) if found is not None else None
        owner = self._instance(node.value, module, depth + 1)
        return constant or (self._of_member(node.attr, owner, depth) if owner else None)

    def _of_definition(self, found: tuple[Module, ast.AST], depth: int) -> str | None:
        where, held = found
        if not isinstance(held, (ast.Assign, ast.AnnAssign)) or held.value is None:
            return None
        return self.class_of(held.value, where, depth + 1)

    def _instance(self, node: ast.expr, module: Module, depth: int) -> Owner | None:
        """The class of the project that an expression is, or is an instance of."""
        if depth > _HOPS:
            return None
        name = self.project.qualified(node.func if isinstance(node, ast.Call) else node, module)
        found = self.project.definition(name) if name else None
        if _is_class(found):
            return found[0], found[1]
        if isinstance(node, ast.Name):
            for one in self.held(node, module):
                if owner := self._instance(one, module, depth + 1):
                    return owner
            if owner := self._annotated(node, module):
                return owner
        return self.values.class_of(node, module)

    def _annotated(self, node: ast.Name, module: Module) -> Owner | None:
        """The class of the project in a parameter's declared type, beside others such as None."""
        function = self.values.scope_of(node, module)
        given = parameters(function, method=False) if function is not None else []
        annotation = next((_read(one.annotation) for one in given if one.arg == node.id and one.annotation), None)
        for part in ast.walk(annotation) if annotation is not None else ():
            found = self.project.definition(self.project.qualified(part, module) or "")
            if _is_class(found):
                return found[0], found[1]
        return None

    def _of_member(self, name: str, owner: Owner, depth: int) -> str | None:
        """The class of what an object has under a name, or of what its method or property returns."""
        if depth > _HOPS:
            return None
        where, around = owner
        for child in self.values.statements(around):
            found = None
            if isinstance(child, ast.AnnAssign) and _target(child.target) == name:
                found = self._declared(child.annotation, where)
            elif isinstance(child, ast.Assign) and name in map(_target, child.targets):
                found = self.class_of(child.value, where, depth + 1)
            elif isinstance(child, FUNCTIONS) and child.name == name and child in around.body:
                found = self._returned(child, where, depth + 1)
            if found:
                return found
        for base in around.bases:
            inherited = self.project.definition(self.project.qualified(base, where) or "")
            if _is_class(inherited):
                found = self._of_member(name, (inherited[0], inherited[1]), depth + 1)
                if found:
                    return found
        return None

    def _declared(self, annotation: ast.expr, module: Module) -> str | None:
        """The library's class of a declared type: by itself, in quotation marks, or with others and None."""
        read = _read(annotation)
        for node in ast.walk(read) if read is not None else ():
            name = self.project.qualified(node, module) if isinstance(node, (ast.Name, ast.Attribute)) else None
            known = known_call("python", name) if name else None
            if known is not None and known.returns:
                return known.returns
            alias = self.project.definition(name) if name else None  # `Api = HfApi`
            if alias is not None and isinstance(alias[1], ast.Assign) and alias[1].value is not annotation:
                known = known_call("python", self.project.qualified(alias[1].value, alias[0]) or "")
                if known is not None and known.returns:
                    return known.returns
        return None

    def _unpacked(self, call: ast.Call, index: int, module: Module) -> str | None:
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
                return self._declared(parts[index], found[0]) if index < len(parts) else None
        return None


def alternatives(node: ast.expr) -> list[ast.expr]:
    """The expressions that a conditional one can be; none for another."""
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.BoolOp):
        return node.values
    return [node.value] if isinstance(node, (ast.NamedExpr, ast.Await)) else []


def _is_class(found: tuple[Module, ast.AST] | None) -> TypeGuard[Owner]:
    return found is not None and isinstance(found[1], ast.ClassDef)


def _read(annotation: ast.expr) -> ast.expr | None:
    """A declared type, also one in quotation marks; None for one that cannot be read."""
    if not (isinstance(annotation, ast.Constant) and isinstance(annotation.value, str)):
        return annotation
    try:
        return ast.parse(annotation.value, mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return None


def _elements(node: ast.expr, key: ast.expr | None = None) -> list[ast.expr]:
    """The parts of a list, a tuple or a dict that is written there: those under a key, or all."""
    if isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.SetComp)):
        return [node.elt]
    if isinstance(node, ast.DictComp):
        return [node.value]
    wanted = key.value if isinstance(key, ast.Constant) else None
    if isinstance(node, ast.Dict):
        pairs = list(zip(node.keys, node.values, strict=True))
        named = [to for one, to in pairs if isinstance(one, ast.Constant) and one.value == wanted]
        return named or [to for _, to in pairs]
    if not isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return []
    return [node.elts[wanted]] if isinstance(wanted, int) and 0 <= wanted < len(node.elts) else list(node.elts)


def _target(node: ast.expr) -> str:
    """The name, or the name of the attribute, that is assigned to."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
