"""The calls of an Elixir project that reach the Hub, and its own functions that lead to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from conformance.trace import source
from conformance.trace.elixir_captures import called
from conformance.trace.elixir_modules import Clause, Invocation, Module, body, modules, outside, place
from conformance.trace.elixir_values import Values
from conformance.trace.grammar import damage, line, text
from conformance.trace.needs import Call, Value
from conformance.trace.table import Known, known_call

if TYPE_CHECKING:
    from tree_sitter import Node

_OPTIONS: Final = ("config", "split", "revision", "token", "repo_type", "filename")


@dataclass(frozen=True)
class Found:
    module: Module
    clause: Clause | None
    call: Invocation
    known: Known
    name: str
    arguments: Mapping[str, list[Node]]
    via: str = ""


def trace(root: Path) -> tuple[int, list[Call], dict[str, str]]:
    """The number of files below a path, the calls in the order of files and lines, and the files that are unread."""
    found = source.read(root, (".ex", ".exs"))
    values = Values(modules(found.files))
    direct = [one for module in values.modules for one in _direct(module, values)]
    unique: dict[tuple[str, int, str, str, tuple[str, ...]], Call] = {}
    for one in [*direct, *_by_wrappers(direct, values)]:
        call = _described(one, values)
        unique.setdefault((call.file, call.line, call.call, call.function, call.repos()), call)
    calls = [unique[key] for key in sorted(unique)]
    tops = [one for one in values.modules if not one.name]
    damaged = {
        one.path: f"read in part: a syntax error in line {damage(one.node)}" for one in tops if one.node.has_error
    }
    return len(found.files), calls, {**found.unread, **damaged}


def _direct(module: Module, values: Values) -> Iterator[Found]:
    within = [(clause, part) for clause in module.clauses for part in body(clause)]
    around: list[tuple[Clause | None, Node]] = [(None, node) for node in outside(module)]
    for clause, node in [*within, *around]:
        for call in called(node, module):
            name = _imported(call, module) or call.name
            known = known_call("elixir", name)
            if known is not None and module.name.partition(".")[0] != known.name.partition(".")[0]:
                yield Found(module, clause, call, known, name, _arguments(call, known, clause, module, values))


def _imported(call: Invocation, module: Module) -> str | None:
    """The name of a function that the module imports, where a call has no prefix and the module no such function."""
    local = call.name.removeprefix(f"{module.name}.")
    if "." in local or any(clause.name == local for clause in module.clauses):
        return None
    for imported in module.imports:
        known = known_call("elixir", f"{imported}.{local}")
        if known is not None and "*" not in known.name:
            return f"{imported}.{local}"
    return None


def _arguments(
    call: Invocation, known: Known, clause: Clause | None, module: Module, values: Values
) -> dict[str, list[Node]]:
    given: dict[str, list[Node]] = {}
    for name, node in zip(known.parameters, call.arguments, strict=False):
        given[name] = [node]
    if len(call.arguments) > len(known.parameters):
        given.update(values.options(call.arguments[-1], clause, module))
    return {role: given[name] for role, name in known.roles.items() if name in given}


def _by_wrappers(found: list[Found], values: Values) -> Iterator[Found]:
    """The calls of functions that hand a parameter of theirs on as the repository, for all that these reach."""
    reach = _Reach(found, values)
    places = [(one.clause, _handed_on(one, values)) for one in found]
    handing = {(clause.qualified, index) for clause, index in places if clause is not None and index is not None}
    waiting, seen = sorted(handing), set(handing)
    for name, index in waiting:  # the list grows while it is read
        for module, clause, call in values.callers(name):
            if index >= len(call.arguments):
                continue
            repo = call.arguments[index]
            further = values.parameter(clause, text(repo)) if clause is not None and repo.type == "identifier" else None
            if clause is not None and further is not None:
                key = (clause.qualified, further)
                if key not in seen:
                    seen.add(key)
                    waiting.append(key)
            elif values.value(repo, clause, module).values:
                arguments = {"repo_id": [repo]}
                if len(call.arguments) > 1:
                    options = values.options(call.arguments[-1], clause, module)
                    arguments |= {role: options[role] for role in _OPTIONS if role in options}
                for one in reach.of(name):
                    via = f"{place(one.module, one.call.node)} {one.clause.shown if one.clause else ''}"
                    yield Found(module, clause, call, one.known, one.name, arguments, via)


class _Reach:
    """Which calls of the Hub a function comes to, over the functions that it calls."""

    def __init__(self, found: list[Found], values: Values) -> None:
        self._hub: dict[str, list[Found]] = {}
        self._calls: dict[str, set[str]] = {}
        for one in found:
            if one.clause is not None:
                self._hub.setdefault(one.clause.qualified, []).append(one)
        for module in values.modules:
            for clause in module.clauses:
                reached = {call.name for part in body(clause) for call in called(part, module)}
                self._calls.setdefault(clause.qualified, set()).update(reached)

    def of(self, name: str) -> list[Found]:
        waiting, seen = [name], {name}
        for one in waiting:
            for other in sorted(self._calls.get(one, ())):
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)
        return [found for one in waiting for found in self._hub.get(one, ())]


def _handed_on(one: Found, values: Values) -> int | None:
    """The position of the parameter that a call hands on as its repository."""
    repo = one.arguments.get("repo_id")
    if one.clause is None or not repo or repo[0].type != "identifier":
        return None
    return values.parameter(one.clause, text(repo[0]))


def _described(one: Found, values: Values) -> Call:
    arguments = {
        role: _joined([values.value(node, one.clause, one.module) for node in nodes])
        for role, nodes in one.arguments.items()
    }
    repos = arguments.get("repo_id", Value("unknown", (), "")).values
    config, split = (arguments.get(role, Value("literal", (None,), "")) for role in ("config", "split"))
    open_config, open_split = (one.values if one.status != "unknown" else (*one.values, "?") for one in (config, split))
    return Call(
        file=one.module.path,
        line=line(one.call.node),
        function=".".join(filter(None, [one.module.name, one.clause.shown if one.clause else ""])),
        call=one.name,
        kind=one.known.kind,
        operations=one.known.operations,
        arguments=arguments,
        cases=tuple((repo, a, b) for repo in repos for a in open_config for b in open_split),
        via=one.via,
        test=source.is_test(one.module.path),
    )


def _joined(found: list[Value]) -> Value:
    if len(found) == 1:
        return found[0]
    values = tuple(dict.fromkeys(value for one in found for value in one.values))
    complete = all(one.status != "unknown" for one in found)
    return Value("resolved" if complete else "unknown", values, " or ".join(dict.fromkeys(one.text for one in found)))
