"""Which fields of a row a Python program reads, as far as it can be seen from where the rows are loaded."""

from __future__ import annotations

import ast
from typing import Final

from conformance.trace.python_bindings import parameters
from conformance.trace.python_modules import FUNCTIONS, Module
from conformance.trace.python_values import Values

_SAME_ROWS: Final = {"shuffle", "select", "take", "skip", "filter", "map", "sort", "flatten_indices", "with_format"}
_JOINED: Final = {"concatenate_datasets", "interleave_datasets"}
_OF_A_ROW: Final = {"map", "filter", "apply"}
_HOPS: Final = 3


class Rows:
    """Follows the rows of a load through the class or function at the top of its module."""

    def __init__(self, values: Values) -> None:
        self.values = values

    def read(self, call: ast.Call, module: Module) -> tuple[str, ...]:
        """The names of the fields, sorted."""
        around = list(module.enclosing(call))
        owner: ast.AST = around[-1] if around else module.tree
        tables, rows = {_node(call)}, set[str]()
        owners = [owner, *self._callers(call, owner, module, tables)]
        fields: set[str] = set()
        for _ in range(_HOPS):  # each round sees what the one before has named
            for one in owners:
                for node in ast.walk(one):
                    self._name_tables(node, tables)
                    self._name_rows(node, tables, rows)
                self._follow_arguments(one, module, rows, fields)
                self._follow_functions(one, tables, fields)
        for one in owners:
            fields.update(field for node in ast.walk(one) if (field := _field(node, rows)) is not None)
        return tuple(sorted(fields))

    def _name_tables(self, node: ast.AST, tables: set[str]) -> None:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None and _is_table(node.value, tables):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, (ast.Name, ast.Attribute)):
                    tables.add(_key(target))

        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "append"
            and isinstance(node.func.value, ast.Name)
            and any(_is_table(one, tables) for one in node.args)
        ):
            tables.add(_key(node.func.value))  # a list of tables, to be put together

    def _name_rows(self, node: ast.AST, tables: set[str], rows: set[str]) -> None:
        if isinstance(node, (ast.For, ast.comprehension)) and _is_table(_unwrapped(node.iter), tables):
            target = node.target
            if isinstance(target, ast.Tuple) and target.elts:
                target = target.elts[-1]  # for index, row in enumerate(rows)
            if isinstance(target, ast.Name):
                rows.add(_key(target))
        elif isinstance(node, ast.Assign) and _is_row(node.value, rows):
            rows.update(_key(one) for one in node.targets if isinstance(one, ast.Name))
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _OF_A_ROW
            and _is_table(node.func.value, tables)
        ):
            for argument in node.args:
                if isinstance(argument, ast.Lambda) and argument.args.args:
                    rows.add(_key(ast.Name(argument.args.args[0].arg)))

    def _callers(self, call: ast.Call, owner: ast.AST, module: Module, tables: set[str]) -> list[ast.AST]:
        """Where in the module the rows go on to, if the function at its top returns them."""
        if not isinstance(owner, FUNCTIONS) or not any(
            isinstance(node, ast.Return) and node.value is not None for node in ast.walk(owner)
        ):
            return []
        inside = {_node(call)}
        for node in [*ast.walk(owner)] * 2:
            self._name_tables(node, inside)
        if not any(
            isinstance(one, ast.Return) and one.value and _is_table(one.value, inside) for one in ast.walk(owner)
        ):
            return []
        found: list[ast.AST] = []
        for where, caller in self.values.callers(f"{module.name}.{owner.name}"):
            around = list(where.enclosing(caller))
            if where is module and around:
                tables.add(_node(caller))
                found.append(around[-1])
        return found

    def _follow_functions(self, owner: ast.AST, tables: set[str], fields: set[str]) -> None:
        """What the functions read that are handed over together with the rows, as `map_fn=convert`."""
        inner = {one.name: one for one in ast.walk(owner) if isinstance(one, FUNCTIONS) and one.args.args}
        for node in ast.walk(owner):
            if not isinstance(node, ast.Call):
                continue
            given = [*node.args, *(one.value for one in node.keywords)]
            over = (
                isinstance(node.func, ast.Attribute)
                and node.func.attr in _OF_A_ROW
                and _is_table(node.func.value, tables)
            )
            if not over and not any(_is_table(one, tables) for one in given):
                continue
            for one in given:
                if isinstance(one, ast.Name) and one.id in inner:
                    rows = {inner[one.id].args.args[0].arg}
                    fields.update(name for part in ast.walk(inner[one.id]) if (name := _field(part, rows)) is not None)

    def _follow_arguments(self, owner: ast.AST, module: Module, rows: set[str], fields: set[str]) -> None:
        """What the functions read that a row is handed to."""
        for node in ast.walk(owner):
            if not isinstance(node, ast.Call):
                continue
            handed = [index for index, one in enumerate(node.args) if _is_row(one, rows)]
            name = self.values.called(node, module) if handed else None
            found = self.values.project.definition(name) if name else None
            if found is None or not isinstance(found[1], FUNCTIONS):
                continue
            method = isinstance(found[0].parents.get(found[1]), ast.ClassDef)
            names = [one.arg for one in parameters(found[1], method=method)]
            inner = {_key(ast.Name(names[index])) for index in handed if index < len(names)}
            fields.update(one for part in ast.walk(found[1]) if (one := _field(part, inner)) is not None)


def _node(node: ast.expr) -> str:
    """What a node is called in the set of tables: no name of source has this form."""
    return f"#{id(node)}"


def _key(node: ast.expr) -> str:
    return ast.unparse(node)


def _unwrapped(node: ast.expr) -> ast.expr:
    """Without `cast(T, …)`, `enumerate(…)`, `iter(…)`, `list(…)`, `tqdm(…)`."""
    while isinstance(node, ast.Call) and node.args and isinstance(node.func, (ast.Name, ast.Attribute)):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
        if name not in ("cast", "enumerate", "iter", "list", "tqdm"):
            break
        node = node.args[-1 if name == "cast" else 0]
    return node


def _is_table(node: ast.expr, tables: set[str]) -> bool:
    node = _unwrapped(node)
    if isinstance(node, ast.Call):
        if _node(node) in tables:
            return True
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in _JOINED:
            return any(_is_table(one, tables) for one in node.args)
        return (
            isinstance(node.func, ast.Attribute) and node.func.attr in _SAME_ROWS and _is_table(node.func.value, tables)
        )
    if isinstance(node, ast.Subscript):  # the split of a dict of splits
        return _is_table(node.value, tables)
    return isinstance(node, (ast.Name, ast.Attribute)) and _key(node) in tables


def _is_row(node: ast.expr, rows: set[str]) -> bool:
    node = _unwrapped(node)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict" and node.args:
        node = node.args[0]
    return isinstance(node, ast.Name) and _key(node) in rows


def _field(node: ast.AST, rows: set[str]) -> str | None:
    """The field that an expression reads of a row."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        return node.slice.value if _is_row(node.value, rows) else None
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "get"
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    ):
        return node.args[0].value if _is_row(node.func.value, rows) else None
    return None
