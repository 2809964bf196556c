"""Parsers of languages other than Python: tree-sitter grammars, which the extra `trace` brings."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from conformance.trace.needs import TraceError

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_MODULES = {
    "elixir": ("tree_sitter_elixir", "language"),
    "javascript": ("tree_sitter_typescript", "language_typescript"),
}


@functools.cache
def parser(language: str) -> Parser:
    """The parser of a language.

    Raises:
        TraceError: the extra is not installed.
    """
    module, function = _MODULES[language]
    try:
        tree_sitter = importlib.import_module("tree_sitter")
        grammar = getattr(importlib.import_module(module), function)()
    except ImportError as error:
        cure = "pip install 'hf-hub-conformance[trace]'"
        raise TraceError(f"source in {language} cannot be read without {error.name}", cure) from error
    made: Parser = tree_sitter.Parser(tree_sitter.Language(grammar))
    return made


def text(node: Node) -> str:
    """The source of a node."""
    return (node.text or b"").decode("utf-8", "replace")


def line(node: Node) -> int:
    """The line that a node begins in, counted from 1."""
    return node.start_point[0] + 1


def walk(node: Node) -> Iterator[Node]:
    """A node and all below it, in the order of the source."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(reversed(one.named_children))


def damage(root: Node) -> int:
    """The line of the first thing in a tree that its grammar does not know, counted from 1."""
    waiting = [root]
    while waiting:
        one = waiting.pop()
        if one.is_error or one.is_missing:
            return line(one)
        waiting.extend(child for child in reversed(one.children) if child.has_error or child.is_missing)
    return line(root)
