"""The public functions of an Elixir library, from its source."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.trace import source
from conformance.trace.elixir_modules import Clause, body, invocations, modules, place
from conformance.trace.grammar import line, text, walk
from conformance.trace.inventory import Function, first_sentence
from conformance.trace.table import known_call

if TYPE_CHECKING:
    from tree_sitter import Node

_OPTION = re.compile(r"^\s*[-*]\s+`?:(\w+)`?", re.MULTILINE)
_READERS = ("Keyword.get", "Keyword.fetch!", "Keyword.fetch", "Keyword.pop", "Keyword.get_lazy", "Keyword.has_key?")


def inventory(root: Path) -> tuple[int, list[Function], dict[str, str]]:
    """The number of files, the public functions of documented modules, and the files that are unread."""
    found = source.read(root, (".ex", ".exs"))
    all_modules = modules(found.files)
    tests: dict[str, dict[str, None]] = {}
    for module in all_modules:
        if source.is_test(module.path):
            for call in invocations(module.node, module):
                tests.setdefault(call.name, {})[place(module, call.node)] = None
    functions: dict[str, list[Clause]] = {}
    hidden: set[str] = set()
    for module in all_modules:
        moduledoc = next(iter(module.attributes.get("moduledoc", [])), None)
        if source.is_test(module.path) or not module.path.startswith("lib/") or not module.name:
            continue
        for clause in module.clauses:
            key = f"{clause.qualified}/{len(clause.parameters)}"
            doc = clause.attributes.get("doc")
            if clause.public and not (moduledoc is not None and text(moduledoc) == "false"):
                functions.setdefault(key, []).append(clause)
            if (doc is not None and text(doc) == "false") or "impl" in clause.attributes:
                hidden.add(key)
    made = [_function(clauses, tests) for key, clauses in functions.items() if key not in hidden]
    return len(found.files), sorted(made, key=lambda one: (one.file, one.line)), dict(found.unread)


def _function(clauses: list[Clause], tests: dict[str, dict[str, None]]) -> Function:
    first = clauses[0]
    documentation = next((_string(one.attributes["doc"]) for one in clauses if "doc" in one.attributes), "")
    known = known_call("elixir", first.qualified)
    options = dict.fromkeys(_OPTION.findall(documentation))
    for clause in clauses:
        for part in body(clause):
            for node in walk(part):
                key = node.child_by_field_name("key") if node.type == "access_call" else None
                if key is not None and key.type == "atom" and text(node).startswith("opts["):
                    options[text(key).lstrip(":")] = None
            for call in invocations(part, clause.module):
                if call.name in _READERS and len(call.arguments) > 1 and call.arguments[1].type == "atom":
                    options[text(call.arguments[1]).lstrip(":")] = None
    return Function(
        name=first.qualified,
        file=first.module.path,
        line=line(first.node),
        arity=len(first.parameters),
        optional=max(len(one.defaults) for one in clauses),
        options=tuple(options),
        documentation=first_sentence(documentation),
        tests=tuple(tests.get(first.qualified, {})),
        operations=known.operations if known else (),
    )


def _string(node: Node) -> str:
    return "".join(text(one) for one in walk(node) if one.type in ("quoted_content", "escape_sequence"))
