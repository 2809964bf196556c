"""The exported functions of a JavaScript or TypeScript library, from its source or its declarations."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.trace import source
from conformance.trace.grammar import damage, line, parser, text, walk
from conformance.trace.inventory import Function, first_sentence
from conformance.trace.javascript_exports import exports, renamed
from conformance.trace.table import known_call

if TYPE_CHECKING:
    from tree_sitter import Node


def inventory(root: Path) -> tuple[int, list[Function], dict[str, str]]:
    """The number of files, the exported functions, and the files that are unread."""
    found = source.read(root, (".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"))
    functions: dict[str, Function] = {}
    trees = {path: parser("javascript").parse(content.encode()).root_node for path, content in found.files.items()}
    called: dict[str, dict[str, None]] = {}
    for path, root_node in trees.items():
        if source.is_test(path):
            for node in walk(root_node):
                target = node.child_by_field_name("function") if node.type == "call_expression" else None
                if target is not None and target.type == "identifier":
                    called.setdefault(text(target), {})[f"{path}:{line(node)}"] = None
    for path, root_node in trees.items():
        if source.is_test(path):
            continue
        for name, node, declared in exports(root_node):
            functions.setdefault(name, _function(path, node, declared, name, called))
    for path, root_node in trees.items():
        for public, own in renamed(root_node) if not source.is_test(path) else ():
            if own in functions:
                known = known_call("javascript", public)
                operations = known.operations if known else functions[own].operations
                functions.setdefault(public, replace(functions[own], name=public, operations=operations))
    damaged = {
        path: f"read in part: a syntax error in line {damage(root_node)}"
        for path, root_node in trees.items()
        if root_node.has_error
    }
    listed = sorted(functions.values(), key=lambda one: (one.file, one.line, one.name))
    return len(found.files), listed, {**found.unread, **damaged}


def _function(path: str, export: Node, node: Node, name: str, called: dict[str, dict[str, None]]) -> Function:
    given = node.child_by_field_name("parameters")
    alone = node.child_by_field_name("parameter")  # `x => …`
    parameters = given.named_children if given is not None else [alone] if alone is not None else []
    options = [
        text(key)
        for one in parameters
        for inner in walk(one)
        if inner.type == "property_signature" and (key := inner.child_by_field_name("name")) is not None
    ]
    known = known_call("javascript", name.rpartition(".")[2])
    before = export.prev_named_sibling
    comment = text(before) if before is not None and before.type == "comment" and text(before).startswith("/**") else ""
    return Function(
        name=name,
        file=path,
        line=line(export),
        arity=len(parameters),
        optional=sum(one.type == "optional_parameter" for one in parameters),
        options=tuple(dict.fromkeys(options)),
        documentation=first_sentence(re.sub(r"^\s*\*+ ?|/\*\*|\*/", "", comment, flags=re.MULTILINE)),
        tests=tuple(called.get(name, {})),
        operations=known.operations if known else (),
    )
