"""What an Elixir expression can be, as far as its source says. Nothing is run, and nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conformance.trace.elixir_captures import called, given_to, is_capture, words
from conformance.trace.elixir_modules import (
    Clause,
    Invocation,
    Module,
    arguments,
    body,
    invocation,
    keyword,
    operator,
    pairs,
    shown,
)
from conformance.trace.grammar import text, walk
from conformance.trace.needs import Scalar, Value

if TYPE_CHECKING:
    from tree_sitter import Node

_DEPTH: Final = 10
_LITERALS: Final = (
    "string",
    "atom",
    "boolean",
    "nil",
    "integer",
    "map",
    "tuple",
    "list",
    "keywords",
    "quoted_atom",
    "sigil",
)
_SAME: Final = (
    "to_string",
    "String.trim",
    "String.to_string",
    "dbg",
    "IO.inspect",
    "Function.identity",
)  # functions that give back what they get


@dataclass(frozen=True)
class Choice:
    """The literal expressions that an expression can be, each with its clause; `complete` if these are all."""

    nodes: tuple[tuple[Node, Clause | None, Module], ...] = ()
    complete: bool = False


NONE: Final = Choice()
ANY: Final = "*"
"""The key of every element of a list."""


class Values:
    """Evaluates the expressions of a set of modules."""

    def __init__(self, found: Iterable[Module]) -> None:
        self.modules = list(found)
        self._callers: dict[str, list[tuple[Module, Clause | None, Invocation]]] = {}
        self._bindings: dict[int, dict[str, list[tuple[Node | None, str]]]] = {}
        self._busy: set[tuple[int, str]] = set()
        self._clauses: dict[str, list[Clause]] = {}
        for module in self.modules:
            for clause in module.clauses:
                self._clauses.setdefault(clause.qualified, []).append(clause)
                for part in body(clause):
                    for one in called(part, module):
                        self._callers.setdefault(one.name, []).append((module, clause, one))

    def callers(self, name: str) -> list[tuple[Module, Clause | None, Invocation]]:
        """The places that call a function of the modules, `Module.function`."""
        return self._callers.get(name, [])

    def value(self, node: Node, clause: Clause | None, module: Module) -> Value:
        """An expression as a `Value`, with its text."""
        choice = self.choice(node, clause, module)
        values: list[Scalar] = []
        complete = choice.complete
        for one, _, _ in choice.nodes:
            scalar = _scalar(one)
            if scalar is _NO_SCALAR:
                complete = False
            else:
                values.append(scalar)  # type: ignore[arg-type]
        literal = complete and len(choice.nodes) == 1 and choice.nodes[0][0].id == node.id
        status = "unknown" if not complete else "literal" if literal else "resolved"
        return Value(status, tuple(dict.fromkeys(values)), shown(node))  # type: ignore[arg-type]

    def options(self, node: Node, clause: Clause | None, module: Module, depth: int = 0) -> dict[str, list[Node]]:
        """The pairs of an expression that is a keyword list, as far as it is built in the same clause."""
        found: dict[str, list[Node]] = {}
        if depth > _DEPTH:
            return found
        if node.type in ("keywords", "list"):
            return {name: [value] for name, value in pairs(node).items()}
        sources: list[Node] = []
        call = invocation(node, module)
        if node.type == "identifier" and clause is not None:
            sources = [
                one
                for one, key in self._bound(clause).get(text(node), [])
                if one is not None and not key and one.id != node.id
            ]
        elif node.type == "binary_operator" and operator(node) in ("++", "||"):
            sources = node.named_children
        elif call is not None and call.name in ("Keyword.put", "Keyword.put_new") and len(call.arguments) == 3:
            sources = call.arguments[:1]
            found[text(call.arguments[1]).lstrip(":")] = [call.arguments[2]]
        elif call is not None and call.name == "Keyword.merge":
            sources = call.arguments
        elif keyword(node) == "if":
            sources = [one for one in pairs(arguments(node)[-1]).values() if arguments(node)]
        for one in sources:
            for name, values in self.options(one, clause, module, depth + 1).items():
                found.setdefault(name, [])
                found[name] += [value for value in values if all(value.id != other.id for other in found[name])]
        return found

    def choice(self, node: Node, clause: Clause | None, module: Module, depth: int = 0) -> Choice:
        """The literal expressions that an expression can be."""
        if depth > _DEPTH:
            return NONE
        deeper = depth + 1
        if node.type == "unary_operator" and text(node).startswith("@"):
            return union(
                self.choice(one, None, module, deeper) for one in module.attribute(text(node)[1:].strip(), node)
            )
        if is_capture(node):
            given = given_to(node)
            whole = self.choice(given.node, clause, module, deeper) if given is not None else NONE
            return self._any(whole, deeper) if given is not None and given.is_each else whole
        if node.type == "sigil" and (listed := words(node)) is not None:
            return Choice(((listed, clause, module),), True)
        if node.type in _LITERALS:
            return Choice(((node, clause, module),), True)
        if node.type == "identifier":
            return self._name(text(node), clause, deeper) if clause is not None else NONE
        if node.type == "binary_operator" and operator(node) == "||":
            return union(self.choice(one, clause, module, deeper) for one in node.named_children)
        if node.type == "access_call":
            target, key = node.child_by_field_name("target"), node.child_by_field_name("key")
            return self._item(target, key, None, clause, module, deeper) if target is not None else NONE
        target = node.child_by_field_name("target") if node.type == "call" else None
        if target is not None and target.type == "dot" and not arguments(node):  # config.repo_id
            left, right = target.child_by_field_name("left"), target.child_by_field_name("right")
            if left is not None and right is not None and left.type != "alias":
                return self._field(self.choice(left, clause, module, deeper), text(right), deeper)
        if keyword(node) == "if" and arguments(node):
            return union(self.choice(one, clause, module, deeper) for one in pairs(arguments(node)[-1]).values())
        call = invocation(node, module)
        if call is None:
            return NONE
        if call.name in ("Map.get", "Keyword.get", "Map.fetch!", "Keyword.fetch!") and len(call.arguments) > 1:
            other = call.arguments[2] if len(call.arguments) > 2 else None
            return self._item(call.arguments[0], call.arguments[1], other, clause, module, deeper)
        if call.name.removeprefix(f"{module.name}.") in _SAME and call.arguments:
            return self.choice(call.arguments[0], clause, module, deeper)
        return self._constant(call, deeper) if not call.arguments else NONE

    def _constant(self, call: Invocation, depth: int) -> Choice:
        """What a function without parameters gives back, `defp repo, do: "a/b"`."""
        clauses = [one for one in self._clauses.get(call.name, []) if not one.parameters]
        ends = [(_last(clause), clause) for clause in clauses]
        return union(NONE if end is None else self.choice(end, clause, clause.module, depth) for end, clause in ends)

    def parameter(self, clause: Clause, name: str) -> int | None:
        """The position of a parameter that is a plain name."""
        return next(
            (i for i, one in enumerate(clause.parameters) if one.type == "identifier" and text(one) == name), None
        )

    def _name(self, name: str, clause: Clause, depth: int) -> Choice:
        if (clause.node.id, name) in self._busy:
            return NONE
        self._busy.add((clause.node.id, name))
        try:
            found = [
                NONE if one is None else self._taken(self.choice(one, clause, clause.module, depth), key, depth)
                for one, key in self._bound(clause).get(name, [])
            ]
            for index, pattern in enumerate(clause.parameters):
                if pattern.type == "identifier" and text(pattern) == name:
                    found.append(self._given(clause, index, depth))
                elif pattern.type == "map":
                    keys = [key for key, value in pairs(pattern).items() if text(value) == name]
                    found += [self._field(self._given(clause, index, depth), key, depth) for key in keys]
            return union(found)
        finally:
            self._busy.discard((clause.node.id, name))

    def _given(self, clause: Clause, index: int, depth: int) -> Choice:
        """What the callers of a function give for a parameter."""
        found = []
        for module, caller, call in self.callers(clause.qualified):
            if index < len(call.arguments):
                found.append(self.choice(call.arguments[index], caller, module, depth))
            elif index in clause.defaults:
                found.append(self.choice(clause.defaults[index], None, clause.module, depth))
        whole = union(found)
        return Choice(whole.nodes, whole.complete and not clause.public)  # others may call what is public

    def _item(
        self, container: Node, key: Node | None, other: Node | None, clause: Clause | None, module: Module, depth: int
    ) -> Choice:
        whole = self.choice(container, clause, module, depth)
        name = text(key).strip(':"') if key is not None and key.type in ("atom", "string") else None
        found = [self._field(whole, name, depth)] if name is not None else [self._any(whole, depth)]
        if other is not None:
            found.append(self.choice(other, clause, module, depth))
        joined = union(found)
        return Choice(joined.nodes, joined.complete and whole.complete)

    def _field(self, whole: Choice, name: str, depth: int) -> Choice:
        found = [
            self.choice(pairs(node)[name], clause, module, depth)
            for node, clause, module in whole.nodes
            if node.type in ("map", "list", "keywords") and name in pairs(node)
        ]
        joined = union(found)
        return Choice(joined.nodes, joined.complete and whole.complete)

    def _taken(self, whole: Choice, key: str, depth: int) -> Choice:
        return self._any(whole, depth) if key == ANY else self._field(whole, key, depth) if key else whole

    def _any(self, whole: Choice, depth: int) -> Choice:
        """Any value of a map, or element of a list: which one is decided when the program runs."""
        found = [
            self.choice(value, clause, module, depth)
            for node, clause, module in whole.nodes
            for value in (
                pairs(node).values() if node.type == "map" else node.named_children if node.type == "list" else ()
            )
        ]
        joined = union(found)
        return Choice(joined.nodes, joined.complete and whole.complete)

    def _bound(self, clause: Clause) -> dict[str, list[tuple[Node | None, str]]]:
        """What the names of a clause are bound to, and by which key; None where a pattern takes it apart otherwise."""
        if clause.node.id in self._bindings:
            return self._bindings[clause.node.id]
        found: dict[str, list[tuple[Node | None, str]]] = {}
        for node in walk(clause.node):
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            if node.type == "binary_operator" and operator(node) in ("=", "<-") and left is not None:
                whole = operator(node) == "=" and left.type == "identifier"
                keys = {text(value): key for key, value in pairs(left).items()} if left.type == "map" else {}
                whole = whole or (left.type == "identifier" and _is_of_a_loop(node))
                for name in [left] if whole else _identifiers(left):
                    key = keys.get(text(name), "") if operator(node) == "=" else ANY if whole else ""
                    found.setdefault(text(name), []).append((right if whole or key else None, key))
            elif node.type == "stab_clause" and left is not None:
                subject, function = _subject(node), node.parent
                is_function = function is not None and function.type == "anonymous_function"
                given = given_to(function) if function is not None and is_function else None
                patterns = left.named_children
                # Of several parameters the first is the element: `Enum.reduce(list, start, fn one, so_far -> …)`.
                first = patterns[0].id if patterns and patterns[0].type == "identifier" else None
                for name in _identifiers(left):
                    is_whole = name.id == first and (given is not None or len(patterns) == 1)
                    taken = (subject or (given.node if given else None)) if is_whole else None
                    found.setdefault(text(name), []).append((taken, ANY if given and given.is_each else ""))
        self._bindings[clause.node.id] = found
        return found


def union(parts: Iterable[Choice]) -> Choice:
    """What any of several can be."""
    found = list(parts)
    return Choice(
        tuple(node for one in found for node in one.nodes), bool(found) and all(one.complete for one in found)
    )


def _identifiers(node: Node) -> list[Node]:
    return [one for one in walk(node) if one.type == "identifier"]


def _last(clause: Clause) -> Node | None:
    """The expression that a clause gives back."""
    for part in body(clause):
        found = pairs(part).get("do") if part.type == "keywords" else None
        if part.type == "do_block" and part.named_children:
            found = part.named_children[-1]
        if found is not None:
            return found
    return None


def _subject(clause: Node) -> Node | None:
    """What a `case` looks at, for one of its clauses."""
    block = clause.parent
    case = block.parent if block is not None else None
    return arguments(case)[0] if case is not None and keyword(case) == "case" and arguments(case) else None


def _is_of_a_loop(generator: Node) -> bool:
    """Whether `name <- list` stands in a `for`."""
    parent = generator.parent
    call = parent.parent if parent is not None and parent.type == "arguments" else None
    return call is not None and keyword(call) == "for"


_NO_SCALAR: Final = object()


def _scalar(node: Node) -> object:
    if node.type == "string" and all(one.type == "quoted_content" for one in node.named_children):
        return "".join(text(one) for one in node.named_children)
    if node.type == "sigil" and text(node)[1:2] in "sS":
        return "".join(text(one) for one in node.named_children if one.type == "quoted_content")
    if node.type == "atom":
        return text(node).lstrip(":")
    if node.type == "boolean":
        return text(node) == "true"
    if node.type == "nil":
        return None
    if node.type == "integer" and text(node).isdigit():
        return int(text(node))
    return _NO_SCALAR
