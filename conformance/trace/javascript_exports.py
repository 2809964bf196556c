"""What a file of JavaScript or TypeScript exports: functions by their public names, however they are declared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

from conformance.trace.grammar import text, walk

if TYPE_CHECKING:
    from tree_sitter import Node

_DECLARED: Final = ("function_declaration", "function_signature", "generator_function_declaration")
_WRITTEN: Final = ("arrow_function", "function_expression", "generator_function", "function", "method_definition")
_CONSTANTS: Final = ("lexical_declaration", "variable_declaration")
_COMMON: Final = re.compile(r"(?:module\.)?exports\.([A-Za-z_$][\w$]*)")
Local: TypeAlias = "Mapping[str, tuple[Node, Node]]"
"""The functions of a file by their names: the statement, and the function in it."""


def exports(root: Node) -> Iterator[tuple[str, Node, Node]]:
    """Each exported function: its public name, the statement that declares it, and the function."""
    local = {name: (node, function) for node in root.named_children for name, function in _declared(node)}
    for node in root.named_children:
        if node.type == "export_statement":
            yield from _exported(node, local)
        elif node.type == "expression_statement":
            yield from _assigned(node, local)


def _exported(node: Node, local: Local) -> Iterator[tuple[str, Node, Node]]:
    declaration = node.child_by_field_name("declaration")
    if declaration is not None:
        for name, function in _declared(declaration):
            yield name, node, function
    default = node.child_by_field_name("value")  # `export default name`
    if default is not None and text(default) in local:
        yield text(default), *local[text(default)]
    if node.child_by_field_name("source") is not None:
        return  # it is found where it is declared
    for one in walk(node):
        own = one.child_by_field_name("name") if one.type == "export_specifier" else None
        if own is not None and text(own) in local:
            yield text(one.child_by_field_name("alias") or own), *local[text(own)]


def _assigned(node: Node, local: Local) -> Iterator[tuple[str, Node, Node]]:
    """What CommonJS exports: `exports.name = …` and `module.exports = { … }`."""
    assignment = node.named_children[0] if node.named_children else None
    if assignment is None or assignment.type != "assignment_expression":
        return
    left, right = assignment.child_by_field_name("left"), assignment.child_by_field_name("right")
    if left is None or right is None:
        return
    named = _COMMON.fullmatch(text(left))
    if named is not None:
        yield from _as(named[1], right, node, local)
    elif text(left) == "module.exports" and right.type == "object":
        for one in right.named_children:
            name, value = one.child_by_field_name("key"), one.child_by_field_name("value")
            if one.type == "shorthand_property_identifier":
                yield from _as(text(one), one, node, local)
            elif one.type == "method_definition" and (own := one.child_by_field_name("name")) is not None:
                yield text(own), one, one
            elif name is not None and value is not None:
                yield from _as(text(name), value, node, local)


def _as(name: str, value: Node, node: Node, local: Local) -> Iterator[tuple[str, Node, Node]]:
    function = _function_in(value)
    if function is not None:
        yield name, node, function
    elif text(value) in local:
        yield name, *local[text(value)]


def _declared(node: Node) -> Iterator[tuple[str, Node]]:
    """The functions that a statement declares, by name."""
    name = node.child_by_field_name("name")
    if node.type in _DECLARED and name is not None:
        yield text(name), node
    for one in node.named_children if node.type in _CONSTANTS else ():
        name, value = one.child_by_field_name("name"), one.child_by_field_name("value")
        function = _function_in(value) if value is not None else None
        if name is not None and name.type == "identifier" and function is not None:
            yield text(name), function


def _function_in(value: Node) -> Node | None:
    """A function that is written there, also as the argument of another, `memo(x => …)`."""
    if value.type in _WRITTEN:
        return value
    given = value.child_by_field_name("arguments") if value.type == "call_expression" else None
    return next((one for one in given.named_children if one.type in _WRITTEN), None) if given is not None else None
