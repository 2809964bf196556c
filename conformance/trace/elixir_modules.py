"""Elixir source as modules: aliases, attributes, functions, and what a call in them names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from conformance.trace.grammar import line, parser, text, walk

if TYPE_CHECKING:
    from tree_sitter import Node

DEFINITIONS: Final = ("def", "defp", "defmacro", "defmacrop", "defdelegate")
_APPLIES: Final = frozenset(
    {
        *("apply", "spawn", "spawn_link", "spawn_monitor", ":erlang.apply", "Kernel.apply", "Kernel.spawn"),
        *("Task.async", "Task.start", "Task.start_link", "Task.async_stream", "Task.Supervisor.async"),
        *("Task.Supervisor.async_nolink", "Task.Supervisor.start_child", "Task.Supervisor.async_stream", ":rpc.call"),
        *(":erpc.call", ":erpc.cast", ":rpc.cast", ":timer.tc", ":timer.apply_after", ":timer.apply_interval"),
    }
)
"""Functions that take a module, the name of a function in it, and a list of arguments."""
_PUBLIC: Final = ("def", "defmacro", "defdelegate")
_HOPS: Final = 4


@dataclass(eq=False)
class Clause:
    """A clause of a function. `parameters` are the patterns, without defaults, which are in `defaults` by position."""

    module: Module
    name: str
    public: bool
    parameters: list[Node]
    defaults: dict[int, Node]
    node: Node
    attributes: Mapping[str, Node]

    @property
    def qualified(self) -> str:
        return f"{self.module.name}.{self.name}"

    @property
    def shown(self) -> str:
        return f"{self.name}/{len(self.parameters)}"


@dataclass(eq=False)
class Module:
    """A module of a file. `aliases` are by their last part, `imports` are modules whose functions need no prefix."""

    name: str
    path: str
    node: Node
    aliases: dict[str, str] = field(default_factory=dict)
    imports: list[str] = field(default_factory=list)
    uses: list[str] = field(default_factory=list)
    attributes: dict[str, list[Node]] = field(default_factory=dict)
    clauses: list[Clause] = field(default_factory=list)

    def attribute(self, name: str, where: Node) -> list[Node]:
        """What an attribute is set to at a place: what it was set to last before it."""
        held = self.attributes.get(name, [])
        return [one for one in held if one.start_byte < where.start_byte][-1:] or held

    def absolute(self, alias: str) -> str:
        """The whole name of a module that is named in here."""
        if alias == "__MODULE__":
            return self.name
        if alias.startswith("Elixir."):
            return alias.removeprefix("Elixir.")
        first, dot, rest = alias.partition(".")
        return self.aliases.get(first, first) + dot + rest


@dataclass(frozen=True)
class Invocation:
    """A call: what it names, and its positional arguments, with what is piped into it first."""

    name: str
    arguments: list[Node]
    node: Node


def modules(files: Mapping[str, str]) -> list[Module]:
    """The modules of files by path. A file with an error in it is read as far as it goes."""
    found: list[Module] = []
    for path, source in files.items():
        root = parser("elixir").parse(source.encode()).root_node
        top = Module("", path, root)
        _fill(top)
        found += [top, *_modules_in(root, path, "", top)]
    named = {module.name: module for module in found if module.name}
    for module in found:
        for used in (named[name] for name in module.uses if name in named):
            _bring(used, module)
    return found


def _bring(used: Module, module: Module) -> None:
    """What the macros of a module that is used bring in: the aliases and imports that they quote."""
    for clause in used.clauses:
        for quoted in (one for one in walk(clause.node) if keyword(one) == "quote"):
            for below in walk(quoted):
                _name(below, used, module)


def _modules_in(node: Node, path: str, outer: str, around: Module) -> Iterator[Module]:
    for child in _own(node):
        if keyword(child) == "defmodule" and (names := [one for one in arguments(child) if one.type == "alias"]):
            name = text(names[0])
            whole = f"{outer}.{name}" if outer else name
            module = Module(whole, path, child, dict(around.aliases), list(around.imports))
            _fill(module)
            yield module
            yield from _modules_in(child, path, module.name, module)


def _name(node: Node, module: Module, into: Module) -> None:
    """Note in a module what an `alias`, `require` or `import` names that stands in the same or another one."""
    word = keyword(node)
    if word in ("alias", "require"):
        into.aliases.update(_aliases(node, module))
    elif word == "import":
        into.imports += [module.absolute(text(one)) for one in arguments(node) if one.type == "alias"]


def _fill(module: Module) -> None:
    pending: dict[str, Node] = {}
    for node in _own(module.node):
        word = keyword(node)
        if word in ("alias", "require", "import"):
            _name(node, module, module)
        elif word == "use":
            module.uses += [module.absolute(text(one)) for one in arguments(node) if one.type == "alias"]
        elif word in DEFINITIONS and (clause := _clause(node, word, module, pending)):
            module.clauses.append(clause)
            pending = {}
            for below in walk(node):  # an alias or import within a function counts for the whole module
                _name(below, module, module)
        elif node.type == "unary_operator" and (inner := node.child_by_field_name("operand")) and inner.type == "call":
            name, given = keyword(inner), arguments(inner)
            if name and given and text(node).startswith("@"):
                if name in ("doc", "spec", "impl", "deprecated"):
                    pending[name] = given[0]
                else:
                    module.attributes.setdefault(name, []).append(given[0])


def _own(node: Node) -> Iterator[Node]:
    """The nodes of a module, those of inner modules and of functions left out."""
    for child in node.named_children:
        yield child
        if keyword(child) != "defmodule" and keyword(child) not in DEFINITIONS:
            yield from _own(child)


def keyword(node: Node) -> str:
    """The name of a local call, such as `def`, or ''."""
    target = node.child_by_field_name("target") if node.type == "call" else None
    return text(target) if target is not None and target.type == "identifier" else ""


def arguments(call: Node) -> list[Node]:
    """The arguments of a call; keywords at their end are one node."""
    return [one for child in call.named_children if child.type == "arguments" for one in child.named_children]


def pairs(node: Node) -> dict[str, Node]:
    """The pairs of keywords, a keyword list or a map whose keys are atoms or strings."""
    found: dict[str, Node] = {}
    waiting = [node]
    while waiting:
        one = waiting.pop(0)
        if one.type in ("list", "map", "map_content", "keywords"):
            waiting += one.named_children
        elif one.type == "pair":
            key, value = one.child_by_field_name("key"), one.child_by_field_name("value")
            if key is not None and value is not None:
                found[text(key).strip().rstrip(":").strip('"')] = value
        elif one.type == "binary_operator" and operator(one) == "=>":
            key, value = one.child_by_field_name("left"), one.child_by_field_name("right")
            if key is not None and value is not None:
                found[text(key).strip('":')] = value
    return found


def operator(node: Node) -> str:
    """The operator of a binary expression."""
    sign = node.child_by_field_name("operator")
    return text(sign) if sign is not None else ""


def invocation(node: Node, module: Module) -> Invocation | None:
    """The call that a node is; None for a definition, an access of a field, or anything else."""
    if node.type == "binary_operator" and operator(node) == "|>":
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        inner = invocation(right, module) if right is not None else None
        return Invocation(inner.name, [left, *inner.arguments], inner.node) if inner and left is not None else None
    if node.type == "tuple":  # {Module, :function, [arguments]}, for what starts it later
        return _applied("apply", node.named_children, node, module) if len(node.named_children) == 3 else None
    if node.type != "call":
        return None
    target = node.child_by_field_name("target")
    if target is None:
        return None
    given = arguments(node)
    if text(target) == "defdelegate":
        return _delegated(node, module)
    if target.type == "identifier":
        applied = _applied(text(target), given, node, module)
        return applied or Invocation(f"{module.name}.{text(target)}", given, node)
    left, right = target.child_by_field_name("left"), target.child_by_field_name("right")
    if target.type != "dot" or left is None or right is None:
        return None
    applied = _applied(text(target), given, node, module)
    if applied is not None:
        return applied
    named = _module_of(left, module)
    return Invocation(f"{named}.{text(right)}", given, node) if named else None


def _applied(name: str, given: list[Node], node: Node, module: Module) -> Invocation | None:
    """The call that `apply` or its like makes, of a module, a function's name and a list of arguments."""
    if name == "Function.capture" and len(given) > 1 and given[1].type == "atom" and _module_of(given[0], module):
        return Invocation(f"{_module_of(given[0], module)}.{text(given[1]).lstrip(':')}", [], node)
    if name not in _APPLIES:
        return None
    for place in range(len(given) - 2):
        function, listed = given[place + 1 : place + 3]
        named = _module_of(given[place], module)
        if named and function.type == "atom" and listed.type == "list":
            # Of a stream, the element comes first, and is not written there.
            found = [] if "stream" in name else listed.named_children
            return Invocation(f"{named}.{text(function).lstrip(':')}", found, node)
    return None


def _delegated(node: Node, module: Module) -> Invocation | None:
    """What `defdelegate name(parameters), to: Module, as: :other` calls."""
    given = arguments(node)
    told = pairs(given[-1]) if given else {}
    head = given[0] if given else None
    named = _module_of(told["to"], module) if "to" in told else None
    if head is None or named is None or not (keyword(head) or head.type == "identifier"):
        return None
    function = text(told["as"]).lstrip(":") if "as" in told else keyword(head) or text(head)
    return Invocation(f"{named}.{function}", arguments(head), node)


def _module_of(node: Node, module: Module, hops: int = 0) -> str | None:
    """The module that an expression stands for: written, in an attribute or a variable, or the default of a setting."""
    if hops > _HOPS:
        return None
    if node.type == "alias" or text(node) == "__MODULE__":
        return module.absolute(text(node))
    if node.type == "quoted_atom" and text(node).startswith(':"Elixir.'):
        return text(node).removeprefix(':"Elixir.').rstrip('"')
    held: list[Node] = []
    if node.type == "unary_operator" and text(node).startswith("@"):
        held = module.attribute(text(node)[1:].strip(), node)
    elif node.type == "identifier":
        held = list(_assigned(node))
    elif node.type == "call" and (target := node.child_by_field_name("target")) is not None:
        given = arguments(node)
        if text(target) == "Module.concat":
            parts = given[0].named_children if len(given) == 1 and given[0].type == "list" else given
            return ".".join(module.absolute(text(one)) if place == 0 else text(one) for place, one in enumerate(parts))
        if text(target).startswith(("Application.", "Keyword.get", "Map.get")):
            held = given[2:]
    return next((found for one in held if (found := _module_of(one, module, hops + 1))), None)


def _assigned(name: Node) -> Iterator[Node]:
    """What is assigned to a name in the function around it."""
    around = name.parent
    while around is not None and keyword(around) not in DEFINITIONS:
        around = around.parent
    for one in walk(around) if around is not None else ():
        left, right = one.child_by_field_name("left"), one.child_by_field_name("right")
        is_bound = one.type == "binary_operator" and operator(one) == "=" and left is not None
        if is_bound and left is not None and right is not None and text(left) == text(name) and right.id != name.id:
            yield right


def body(clause: Clause) -> list[Node]:
    """A clause without its head, which has the form of a call."""
    if keyword(clause.node) == "defdelegate":
        return [clause.node]
    head = arguments(clause.node)[:1]
    children = [one for child in clause.node.named_children for one in ([child] if child.type == "do_block" else [])]
    return [*children, *(one for one in arguments(clause.node) if one not in head)]


def outside(module: Module) -> Iterator[Node]:
    """What a module does outside of its functions: tests, attributes, and what macros make of it."""
    block = next((child for child in module.node.named_children if child.type == "do_block"), module.node)
    for child in block.named_children:
        named = text(child).lstrip("@").split("(", 1)[0].split(" ", 1)[0]
        is_a_type = child.type == "unary_operator" and named in ("spec", "type", "typep", "opaque", "callback")
        words = {keyword(one) for one in walk(child)}
        if "defmodule" not in words and not is_a_type and not words.intersection(DEFINITIONS if module.clauses else ()):
            yield child


def invocations(node: Node, module: Module) -> Iterator[Invocation]:
    """The calls below a node, each once."""
    piped: set[int] = set()
    for one in walk(node):
        found = invocation(one, module)
        if found is None or (one.type == "call" and one.id in piped):
            continue
        if one.type == "binary_operator":
            piped.add(found.node.id)
        yield found


def _aliases(node: Node, module: Module) -> dict[str, str]:
    found: dict[str, str] = {}
    given = arguments(node)
    for one in given:
        if one.type == "alias":
            name = module.absolute(text(one))
            renamed = pairs(given[-1]).get("as") if given[-1].type == "keywords" else None
            found[text(renamed) if renamed is not None else name.rpartition(".")[2]] = name
        elif one.type == "dot":  # alias HfHub.{Api, Download}
            left, right = one.child_by_field_name("left"), one.child_by_field_name("right")
            if left is not None and right is not None:
                base = module.absolute(text(left))
                for inner in right.named_children:
                    found[text(inner).rpartition(".")[2]] = f"{base}.{text(inner)}"
    return found


def _clause(node: Node, word: str, module: Module, attributes: Mapping[str, Node]) -> Clause | None:
    given = arguments(node)
    if not given:
        return None
    head: Node = given[0]
    if head.type == "binary_operator" and operator(head) == "when":
        head = next(iter(head.named_children))
    if head.type == "identifier":
        return Clause(module, text(head), word in _PUBLIC, [], {}, node, dict(attributes))
    target = head.child_by_field_name("target") if head.type == "call" else None
    if target is None or target.type != "identifier":
        return None
    parameters, defaults = [], {}
    for index, one in enumerate(arguments(head)):
        if one.type == "binary_operator" and operator(one) == "\\\\":
            left, right = one.child_by_field_name("left"), one.child_by_field_name("right")
            if left is not None and right is not None:
                parameters.append(left)
                defaults[index] = right
                continue
        parameters.append(one)
    return Clause(module, text(target), word in _PUBLIC, parameters, defaults, node, dict(attributes))


def shown(node: Node) -> str:
    """A node's source in one line, for a person to recognise."""
    return " ".join(text(node).split())[:200]


def place(module: Module, node: Node) -> str:
    """`file:line` of a node."""
    return f"{module.path}:{line(node)}"
