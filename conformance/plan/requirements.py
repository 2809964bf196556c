"""`<CONSUMER>_REQUIREMENTS.md`: the data sets, the operations and the data flow."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.plan.analysis import DATA, Analysis
from conformance.plan.claims import Claims
from conformance.plan.markdown import code, codes, document, fence, plain, table
from conformance.trace.needs import Call, Needs
from conformance.trace.table import table as known_calls


def render(analysis: Analysis, claims: Claims) -> str:
    """The document. Every row names the file and line that it is based on."""
    lines: list[str] = []
    for needs in analysis.needs:
        lines += [
            f"Consumer: {plain(needs.consumer)} at {code(needs.revision or 'no revision given')}, {needs.files} files.",
            "",
        ]
    lines += [
        "`literal`: written at the call. `resolved`: it follows from other source. `unknown`: decided at run time.",
        "",
    ]
    for needs in analysis.needs:
        lines += [f"## Data sets that {plain(needs.consumer)} loads", ""]
        lines += _data_sets(needs, analysis, claims)
        lines += _unresolved(needs)
    lines += [
        "## Recipes",
        "",
        "An entry point that reaches a call which loads data, and the operations of its chain.",
        "",
    ]
    lines += table(
        ["recipe", "repositories", "operations of the port", "calls"],
        [
            [
                code(one.file),
                codes(one.repos, 8),
                codes(one.operations, 12) or "no chain to the port",
                _places(one.calls),
            ]
            for one in analysis.recipes
        ],
    )
    lines += ["## Operations required", ""]
    lines += _operations(analysis)
    lines += ["## Data flow", "", *_flow(analysis)]
    return document(
        f"What {' and '.join(dict.fromkeys(one.consumer for one in analysis.needs))} need of the Hub", lines
    )


def _data_sets(needs: Needs, analysis: Analysis, claims: Claims) -> list[str]:
    users: dict[str, list[str]] = {}
    for recipe in analysis.recipes:
        for repo in recipe.repos:
            users.setdefault(repo, []).append(recipe.name)
    by_repo: dict[str, list[Call]] = {}
    wrapped = {call.via.partition(" ")[0] for call in needs.calls}  # their callers say what is loaded
    for call in needs.calls:
        if (call.kind in DATA or call.kind == "listing") and not call.test and call.place not in wrapped:
            for repo in call.repos():
                by_repo.setdefault(repo, []).append(call)
    rows = []
    for repo in sorted(by_repo, key=str.lower):
        calls = by_repo[repo]
        fact = claims.repository(repo)
        cases = [case for call in calls for case in call.cases if case[0] == repo]
        rows.append(
            [
                code(repo),
                _values(case[1] for case in cases),
                _values(case[2] for case in cases),
                plain(fact.files) if fact else codes(_given(calls, "data_files", "filename"), 4),
                f"{plain(fact.access)} ({plain(fact.source)})" if fact else "not known",
                codes(dict.fromkeys(field for call in calls for field in call.row), 10),
                codes(dict.fromkeys(step for call in calls for step in call.steps), 6),
                "streamed"
                if any(True in call.arguments["streaming"].values for call in calls if "streaming" in call.arguments)
                else "",
                _places(calls),
                codes(dict.fromkeys(users.get(repo, ())), 4),
            ]
        )
    heads = [
        "repository",
        "configs",
        "splits",
        "files",
        "access",
        "read of a row",
        "done with the rows",
        "way",
        "at",
        "reached by",
    ]
    return table(heads, rows)


def _unresolved(needs: Needs) -> list[str]:
    rows = [
        [code(call.place), code(call.call), code(call.arguments["repo_id"].text)]
        for call in needs.calls
        if call.kind in DATA and not call.test and "repo_id" in call.arguments and not call.repos()
    ]
    return (
        ["Calls whose repository is decided at run time:", "", *table(["at", "call", "expression"], rows)]
        if rows
        else []
    )


def _operations(analysis: Analysis) -> list[str]:
    sources: dict[str, dict[str, None]] = {}
    for language in ("python", "elixir"):
        for known in known_calls(language):
            for operation in known.operations:
                sources.setdefault(operation, {})[known.source] = None
    calls = [call for needs in analysis.needs for call in needs.calls if not call.test]
    rows = []
    for operation, recipes in analysis.required.items():
        own = [call for call in analysis.direct or calls if operation in call.operations]
        parameters = dict.fromkeys(role for call in own for role in call.arguments)
        functions = analysis.inventory.of(operation)
        rows.append(
            [
                code(operation),
                codes(dict.fromkeys(call.call for call in own), 4),
                codes(parameters, 10),
                codes((one.shown for one in functions), 3) or "no function",
                f"{len(recipes)} of {len(analysis.chained())} recipes" if recipes else "called, by no traced recipe",
                _places(own),
            ]
        )
    heads = ["operation", "called as", "parameters given", "function of the port", "needed by", "at"]
    return table(heads, rows)


def _flow(analysis: Analysis) -> list[str]:
    consumers = [needs.consumer for needs in analysis.needs if needs.entries]
    between = [needs.consumer for needs in analysis.needs if any(call in analysis.direct for call in needs.calls)]
    steps = [
        f"{' and '.join(dict.fromkeys(consumers)) or 'the consumer'}: {len(analysis.recipes)} recipes that load data"
    ]
    steps += [f"  -> {name}: {len(analysis.direct)} calls of the port" for name in dict.fromkeys(between)]
    steps += [
        f"    -> {analysis.inventory.library} {analysis.facts.version}: {len(analysis.required)} operations",
        "      -> the Hub",
    ]
    lines = fence("", "\n".join(" " * (len(one) - len(one.lstrip())) + " ".join(one.split()) for one in steps))
    outside = [one for one in analysis.recipes if not one.operations]
    if outside:
        lines += [
            f"{len(outside)} recipes have no chain to the port: no traced consumer in its language loads their "
            "repositories.",
            "",
            *table(["recipe", "repositories"], [[code(one.file), codes(one.repos)] for one in outside]),
        ]
    return lines


def _given(calls: Iterable[Call], *roles: str) -> dict[str, None]:
    values = (
        value for call in calls for role in roles if role in call.arguments for value in call.arguments[role].values
    )
    return dict.fromkeys(str(one) for one in values if one is not None)


def _values(values: Iterable[object]) -> str:
    found = dict.fromkeys(values)
    named = codes((str(one) for one in found if one not in (None, "?")), 8)
    more = ["decided at run time"] if "?" in found else []
    return ", ".join([*([named] if named else []), *more, *(["none given"] if None in found else [])])


def _places(calls: Iterable[Call]) -> str:
    return codes(dict.fromkeys(call.place for call in calls), 4)
