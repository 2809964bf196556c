"""The facts joined: which recipe needs which operation, what fails of it and why, and in which order to fix it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from conformance.plan import rule
from conformance.plan.facts import Checked, Facts
from conformance.plan.rule import PRIORITIES, Priority
from conformance.trace.inventory import Inventory
from conformance.trace.needs import Call, Needs

DATA: Final = ("dataset", "names", "file")
"""The kinds of calls that fetch data: an entry point with one of these is a recipe."""
_SUFFIXES: Final = {"elixir": (".ex", ".exs"), "javascript": (".ts", ".js", ".mjs"), "python": (".py",)}


@dataclass(frozen=True, slots=True)
class Recipe:
    """A program of a consumer that loads data. `repos` are those that are known; `operations` are of its chain."""

    name: str
    file: str
    calls: tuple[Call, ...]
    repos: tuple[str, ...]
    operations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason for which checks fail, and so one step to fix them; or an operation that is not offered.

    `checks` are the failed ones, each in one cause, or those of that operation; `serious` those that make its priority.
    `recipes` are the names of those whose chain needs one of the operations.
    """

    reason: str
    source: str
    priority: Priority
    checks: tuple[Checked, ...]
    serious: tuple[Checked, ...]
    operations: tuple[str, ...]
    recipes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that the documents are made of.

    `direct` are the calls of consumers in the port's own language. A recipe without operations has no chain to the
    port: no such consumer loads its repositories. `required` has the recipes of each operation that a chain needs.
    """

    needs: tuple[Needs, ...]
    facts: Facts
    inventory: Inventory
    recipes: tuple[Recipe, ...]
    direct: tuple[Call, ...]
    required: Mapping[str, tuple[str, ...]]
    causes: tuple[Cause, ...]

    def steps(self, priority: Priority) -> tuple[Cause, ...]:
        """The causes of a priority, in the order in which to mend them."""
        return tuple(one for one in self.causes if one.priority == priority)

    def failed(self, operation: str) -> tuple[Checked, ...]:
        return tuple(one for one in self.facts.checks if one.operation == operation and is_failure(one))

    def passed(self, operation: str) -> tuple[Checked, ...]:
        return tuple(one for one in self.facts.checks if one.operation == operation and one.outcome == "passed")

    def chained(self) -> tuple[Recipe, ...]:
        """The recipes that reach the port."""
        return tuple(one for one in self.recipes if one.operations)

    def missing(self) -> tuple[str, ...]:
        """The operations that consumers need of the port, and that it does not offer."""
        return tuple(one for one in self.required if one not in self.facts.operations)

    def step(self, cause: Cause) -> str:
        """The number of a cause in the plan, as `1.2`: its phase and its place in it."""
        of_priority = self.steps(cause.priority)
        return f"{PRIORITIES.index(cause.priority) + 1}.{of_priority.index(cause) + 1}"


def is_failure(check: Checked) -> bool:
    """Whether a check says that the library is wrong: it failed, or its port ended without an answer."""
    return check.outcome in ("failed", "crashed", "timed_out", "protocol_error")


def analyse(needs: Sequence[Needs], facts: Facts, inventory: Inventory) -> Analysis:
    """Join the facts."""
    suffixes = _SUFFIXES.get(inventory.language, ())
    own = tuple(call for one in needs for call in one.calls if not call.test)
    direct = tuple(call for call in own if call.file.endswith(suffixes)) if inventory.language != "python" else ()
    recipes = tuple(recipe for one in needs for recipe in _recipes(one, direct))
    required: dict[str, tuple[str, ...]] = {}
    for operation in sorted({name for one in recipes for name in one.operations} | _operations(direct)):
        required[operation] = tuple(one.name for one in recipes if operation in one.operations)
    uses = rule.uses(direct or [call for one in recipes for call in one.calls])
    names = [one.name for one in recipes if one.operations]
    called = _operations(direct)
    causes: dict[tuple[str, str], list[Checked]] = {}
    for check in facts.checks:
        if is_failure(check):
            causes.setdefault((check.cause, check.source), []).append(check)
    made = []
    for (reason, source), checks in causes.items():
        ranked = {
            check.id: rule.priority(
                check, uses, required.get(check.operation, ()), names, called=check.operation in called
            )
            for check in checks
        }
        best = min(ranked.values(), key=PRIORITIES.index)
        operations = tuple(sorted({one.operation for one in checks}))
        reach = {name for one in operations for name in required.get(one, ())}
        made.append(
            Cause(
                reason=reason,
                source=source,
                priority=best,
                checks=tuple(checks),
                serious=tuple(one for one in checks if ranked[one.id] == best and rule.serious(one, uses)),
                operations=operations,
                recipes=tuple(name for name in names if name in reach),
            )
        )
    made += [_absent(name, facts, required[name], names) for name in required if name not in facts.operations]
    made.sort(key=_order)
    return Analysis(tuple(needs), facts, inventory, recipes, direct, required, tuple(made))


def _order(cause: Cause) -> tuple[int, int, int, int, str]:
    """By priority, then by how many recipes it touches, how many serious checks it has, and how many in all."""
    priority = PRIORITIES.index(cause.priority)
    return priority, -len(cause.recipes), -len(cause.serious), -len(cause.checks), cause.reason


def _absent(operation: str, facts: Facts, needed_by: tuple[str, ...], recipes: Sequence[str]) -> Cause:
    """An operation that consumers need and the port does not offer: it blocks every consumer that needs it."""
    checks = tuple(one for one in facts.checks if one.operation == operation and one.outcome == "unsupported")
    priority: Priority = "P2" if not needed_by else "P0" if set(needed_by) >= set(recipes) else "P1"
    met = tuple(one for one in checks if one.level == "MUST" and one.dataset in rule.RECORDED)
    recipes_of_it = tuple(name for name in recipes if name in needed_by)
    return Cause(
        f"{operation} is not offered", "", priority, checks, met if needed_by else (), (operation,), recipes_of_it
    )


def _operations(calls: Sequence[Call]) -> set[str]:
    return {name for call in calls for name in call.operations}


def _recipes(needs: Needs, direct: Sequence[Call]) -> list[Recipe]:
    """The entry points that load data. Where a consumer in the port's language loads a repository, its calls count.

    With such a consumer the operations are those that it calls for the recipe's repositories: it is the consumer that
    uses the port. Without one they are those of the recipe's own calls.

    A consumer that has no entry points, as a package that others import, has its files in their place.
    """
    by_place: dict[str, list[Call]] = {}
    for call in needs.calls:
        by_place.setdefault(call.place, []).append(call)
    reached = [
        (
            entry.file,
            [call for place in entry.calls for call in by_place.get(place, ()) if call.kind in DATA and not call.test],
        )
        for entry in needs.entries
    ]
    if not reached and not any(call in direct for call in needs.calls):
        files = dict.fromkeys(call.file for call in needs.calls if not call.test)
        reached = [(file, [call for call in needs.calls if call.file == file and not call.test]) for file in files]
    recipes = []
    for file, calls in reached:
        if not calls:
            continue
        repos = tuple(dict.fromkeys(repo for call in calls for repo in call.repos() if "{…}" not in repo))
        fitting = [call for call in direct if set(call.repos()) & set(repos)]
        operations = _operations(fitting) if direct else _operations(calls)
        recipes.append(Recipe(_name(file), file, tuple(calls), repos, tuple(sorted(operations))))
    return recipes


def _name(file: str) -> str:
    """A recipe's name: the file without its ending, and without the package around all recipes."""
    parts = file.removesuffix(".py").split("/")
    if "recipes" in parts:
        parts = parts[parts.index("recipes") + 1 :]
    return "/".join(parts)
