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
_CLASSES: Final = ("class_declaration", "abstract_class_declaration")
_METHODS: Final = ("method_definition", "method_signature", "abstract_method_signature")
_AROUND: Final = ("parenthesized_expression", "satisfies_expression", "as_expression", "non_null_expression")
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


def renamed(root: Node) -> Iterator[tuple[str, str]]:
    """The functions of other files that a file exports under other names: the public name, and their own."""
    for node in root.named_children:
        if node.type == "export_statement" and node.child_by_field_name("source") is not None:
            for one in walk(node):
                own = one.child_by_field_name("name") if one.type == "export_specifier" else None
                public = one.child_by_field_name("alias") if own is not None else None
                if own is not None and public is not None:
                    yield _plain(public), _plain(own)


def _exported(node: Node, local: Local) -> Iterator[tuple[str, Node, Node]]:
    declaration = node.child_by_field_name("declaration")
    if declaration is not None:
        for name, function in _declared(declaration):
            yield name, node, function
    # `export default name` and `export = name`
    whole = node.child_by_field_name("value") or next((one for one in node.children if one.type == "identifier"), None)
    if whole is not None:
        yield from _of_a_name(text(whole), text(whole), local)
    if node.child_by_field_name("source") is not None:
        return  # it is found where it is declared
    for one in walk(node):
        own = one.child_by_field_name("name") if one.type == "export_specifier" else None
        if own is not None:
            yield from _of_a_name(_plain(one.child_by_field_name("alias") or own), _plain(own), local)


def _of_a_name(public: str, own: str, local: Local) -> Iterator[tuple[str, Node, Node]]:
    """The function of a name, or the methods of the class or object of this name, by the public name."""
    for name, (node, function) in local.items():
        if name == own or name.startswith(f"{own}."):
            yield public + name.removeprefix(own), node, function


def _plain(name: Node) -> str:
    """A name that may be written as a text."""
    return text(name).strip("\"'")


def _assigned(node: Node, local: Local) -> Iterator[tuple[str, Node, Node]]:
    """What CommonJS exports: `exports.name = …`, `module.exports = { … }`, and what compilers write in their place."""
    assignment = node.named_children[0] if node.named_children else None
    if assignment is not None and assignment.type == "call_expression":
        yield from _defined(assignment, node, local)
    if assignment is None or assignment.type != "assignment_expression":
        return
    left, right = assignment.child_by_field_name("left"), assignment.child_by_field_name("right")
    if left is None or right is None:
        return
    names = [text(left)]
    while right is not None and right.type == "assignment_expression":  # exports.a = exports.b = …
        names.append(text(right.child_by_field_name("left") or right))
        right = right.child_by_field_name("right")
    if right is None:
        return
    for one in names:
        named = _COMMON.fullmatch(one)
        if named is not None:
            yield from _as(named[1], right, node, local)
        elif one == "module.exports" and right.type == "object":
            yield from _members(right, node, local)
        elif one == "module.exports":
            own = right.child_by_field_name("name") if right.type in _WRITTEN else right
            if own is not None:
                yield from _as(text(own), right, node, local)


def _defined(call: Node, node: Node, local: Local) -> Iterator[tuple[str, Node, Node]]:
    """`Object.defineProperty(exports, "name", …)`, `Object.assign(exports, { … })`, and `__export(…, { … })`."""
    target, given = call.child_by_field_name("function"), call.child_by_field_name("arguments")
    parts = given.named_children if given is not None else []
    if target is None or len(parts) < 2:
        return
    to_exports = text(parts[0]) in ("exports", "module.exports")
    if text(target) == "Object.defineProperty" and to_exports and parts[1].type == "string":
        yield from _of_a_name(_plain(parts[1]), _plain(parts[1]), local)
    elif (text(target) == "Object.assign" and to_exports) or text(target) in ("__export", "__exportStar"):
        for part in parts[1:]:
            yield from _members(part, node, local)


def _members(value: Node, node: Node, local: Local) -> Iterator[tuple[str, Node, Node]]:
    """The functions that an object holds."""
    for one in value.named_children if value.type == "object" else ():
        name, held = one.child_by_field_name("key"), one.child_by_field_name("value")
        if one.type == "shorthand_property_identifier":
            yield from _as(text(one), one, node, local)
        elif one.type == "method_definition" and (own := one.child_by_field_name("name")) is not None:
            yield text(own), one, one
        elif name is not None and held is not None:
            yield from _as(_plain(name), held, node, local)


def _as(name: str, value: Node, node: Node, local: Local) -> Iterator[tuple[str, Node, Node]]:
    function = _function_in(value)
    given = function.child_by_field_name("body") if function is not None else None
    if given is not None and given.type == "identifier" and text(given) in local:  # `name: () => name`, of a compiler
        yield from _of_a_name(name, text(given), local)
    elif function is not None:
        yield name, node, function
    else:
        yield from _of_a_name(name, text(value), local)


def _declared(node: Node) -> Iterator[tuple[str, Node]]:
    """The functions that a statement declares, by name."""
    name = node.child_by_field_name("name")
    if node.type in _DECLARED and name is not None:
        yield text(name), node
    elif node.type == "ambient_declaration":
        for one in node.named_children:
            yield from _declared(one)
    elif node.type in _CLASSES and name is not None:
        for own, method in _methods(node):
            yield f"{text(name)}.{own}", method
    elif node.type in ("internal_module", "module") and name is not None:
        block = node.child_by_field_name("body")
        for own, _, inner in exports(block) if block is not None else ():
            yield f"{text(name)}.{own}", inner
    for one in node.named_children if node.type in _CONSTANTS else ():
        variable, value = one.child_by_field_name("name"), one.child_by_field_name("value")
        if variable is None or variable.type != "identifier" or value is None:
            continue
        function = _function_in(value)
        if function is not None:
            yield text(variable), function
        for own, _, member in _members(value, node, {}):
            yield f"{text(variable)}.{own}", member


def _methods(node: Node) -> Iterator[tuple[str, Node]]:
    """The public methods of a class, and its fields that hold a function."""
    block = node.child_by_field_name("body")
    for one in block.named_children if block is not None else ():
        name, value = one.child_by_field_name("name"), one.child_by_field_name("value")
        hidden = any(part.type == "accessibility_modifier" and text(part) != "public" for part in one.children)
        if name is None or hidden or name.type == "private_property_identifier" or text(name) == "constructor":
            continue
        function = one if one.type in _METHODS else _function_in(value) if value is not None else None
        if function is not None:
            yield _plain(name), function


def _function_in(value: Node) -> Node | None:
    """A function that is written there, also as the argument of another, `memo(x => …)`."""
    while value.type in _AROUND and value.named_children:
        value = value.named_children[0]
    if value.type in _WRITTEN:
        return value
    given = value.child_by_field_name("arguments") if value.type == "call_expression" else None
    return next((one for one in given.named_children if one.type in _WRITTEN), None) if given is not None else None
