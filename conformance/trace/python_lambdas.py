"""What the parameters of a lambda are given: where it is called, and by what it is handed to."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from conformance.trace.python_bindings import Binding
from conformance.trace.python_modules import Module

FOR_EACH: Final = frozenset({"map", "filter", "imap", "imap_unordered", "map_async", "thread_map", "process_map"})
"""Functions that call the function that they are given for each element of what comes after it."""


def of_a_lambda(node: ast.Name, module: Module) -> list[Binding]:
    """What a parameter of the lambda around it is bound to; none where that is not known, or it is another name."""
    for around in module.enclosing(node):
        if not isinstance(around, ast.Lambda):
            return []
        names = [one.arg for one in (*around.args.posonlyargs, *around.args.args)]
        if node.id in names:
            return list(_bindings(around, names.index(node.id), node.id, module))
    return []


def _bindings(made: ast.Lambda, place: int, name: str, module: Module) -> Iterator[Binding]:
    parent = module.parents.get(made)
    calls: list[ast.Call] = []
    if isinstance(parent, ast.Call) and parent.func is made:
        calls = [parent]
    elif isinstance(parent, ast.Call) and made in parent.args:
        last = getattr(parent.func, "attr", getattr(parent.func, "id", ""))
        index = parent.args.index(made) + 1 + place
        if last in FOR_EACH and index < len(parent.args):
            yield Binding("one of", parent.args[index], made)
            return
    elif isinstance(parent, ast.Assign):
        bound = {one.id for one in parent.targets if isinstance(one, ast.Name)}
        calls = [one for one in module.nodes if isinstance(one, ast.Call) and getattr(one.func, "id", "") in bound]
    for call in calls:
        named = [one.value for one in call.keywords if one.arg == name]
        if any(isinstance(one, ast.Starred) for one in call.args) or any(one.arg is None for one in call.keywords):
            yield Binding("other", call, call)
        elif named or place < len(call.args):
            yield Binding("is", (named or call.args[place:])[0], call)
    defaults = made.args.defaults
    missing = len(made.args.posonlyargs) + len(made.args.args) - place - len(defaults)
    if missing <= 0 and (not calls or any(len(one.args) <= place for one in calls)):
        yield Binding("is", defaults[-missing], made)
        if not calls:
            yield Binding("other", made, made)
