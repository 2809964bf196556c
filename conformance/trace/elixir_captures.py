"""What Elixir's functions without a name are called with: `&f(&1)`, `&Module.f/1`, `fn x -> … end`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conformance.trace.elixir_modules import Invocation, Module, arguments, invocation, invocations, operator
from conformance.trace.grammar import parser, text, walk

if TYPE_CHECKING:
    from tree_sitter import Node

_EACH: Final = ("Enum.", "Stream.", "Task.async_stream", "Task.Supervisor.async_stream", "Flow.")
_WHOLE: Final = ("then", "tap", "Kernel.then", "Kernel.tap")
_FIRST: Final = re.compile(r"&1\b")


@dataclass(frozen=True, slots=True)
class Given:
    """What a function is called with: an expression, or each of its elements."""

    node: Node
    is_each: bool


def is_capture(node: Node) -> bool:
    """Whether this is `&…`, or the first parameter `&1` in one."""
    return node.type == "unary_operator" and text(node).startswith("&")


def given_to(node: Node) -> Given | None:
    """What a function, a capture, or the one around a `&1`, is called with; None where that is not known."""
    function: Node | None = node
    if _FIRST.fullmatch(text(node)):
        function = node.parent
        while function is not None and not is_capture(function):
            function = function.parent
    given = function.parent if function is not None else None
    call = given.parent if given is not None and given.type == "arguments" else None
    target = call.child_by_field_name("target") if call is not None and call.type == "call" else None
    if call is None or target is None or function is None:
        return None
    is_each = text(target).startswith(_EACH)
    if not is_each and text(target) not in _WHOLE:
        return None
    pipe = call.parent
    is_piped = pipe is not None and pipe.type == "binary_operator" and operator(pipe) == "|>"
    left = pipe.child_by_field_name("left") if pipe is not None and is_piped else arguments(call)[0]
    return Given(left, is_each) if left is not None and left.id != function.id else None


def captured(node: Node, module: Module) -> Invocation | None:
    """The call that `&Module.function/1` or `&function/1` stands for: its argument is the capture itself."""
    inner = node.child_by_field_name("operand") if is_capture(node) else None
    if inner is None or inner.type != "binary_operator" or operator(inner) != "/":
        return None
    left, right = inner.child_by_field_name("left"), inner.child_by_field_name("right")
    if left is None or right is None:
        return None
    found = invocation(left, module)
    if left.type == "identifier":
        return Invocation(f"{module.name}.{text(left)}", [node], node)
    return Invocation(found.name, [node], found.node) if found is not None and text(right) == "1" else found


def words(node: Node) -> Node | None:
    """The list that a sigil of words stands for, `~w(a b)`; None for another sigil, or one with a modifier."""
    content = [text(one) for one in node.named_children if one.type == "quoted_content"]
    names = [text(one) for one in node.named_children if one.type in ("sigil_name", "sigil_modifiers", "interpolation")]
    if names not in (["w"], ["W"]) or len(content) != 1 or '"' in content[0] or "\\" in content[0]:
        return None
    source = "[" + ", ".join(f'"{word}"' for word in content[0].split()) + "]"
    return parser("elixir").parse(source.encode()).root_node.named_children[0]


def called(node: Node, module: Module) -> Iterator[Invocation]:
    """The calls below a node, each once, those of captures with what they are called with."""
    named: set[int] = set()
    for one in walk(node):
        found = captured(one, module) if is_capture(one) else None
        if found is not None:
            named.add(found.node.id)
            yield found
    yield from (one for one in invocations(node, module) if one.node.id not in named)
