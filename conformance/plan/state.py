"""`<PORT>_CURRENT_STATE.md`: what works, what works in part and why not, and what is not there."""

from __future__ import annotations

from conformance.plan.analysis import Analysis, Cause, is_failure
from conformance.plan.claims import Claims
from conformance.plan.markdown import code, codes, document, plain, table


def render(analysis: Analysis, claims: Claims) -> str:
    """The document."""
    facts, inventory = analysis.facts, analysis.inventory
    counts = facts.counts()
    tested = sum(bool(one.tests) for one in inventory.functions)
    lines = [
        f"{plain(facts.port)} {plain(facts.version)} ({plain(facts.language)}), measured {plain(facts.started)} "
        f"with profile {plain(facts.profile)}: "
        + ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(counts.items()) if count)
        + ".",
        "",
        f"Inventory of {plain(inventory.library)} {plain(inventory.revision)}: {inventory.files} files, "
        f"{len(inventory.functions)} public functions, {tested} of them called by its own tests.",
        "",
        "## Working: every check that could be tried passes",
        "",
    ]
    lines += table(["operation", "function", "checks that prove it", "its own tests"], _working(analysis))
    lines += ["## Working in part: what fails, by cause", ""]
    lines += table(["operation", "function", "passes", "fails", "causes", "its own tests"], _partial(analysis))
    lines += ["## Not implemented", ""]
    lines += table(["operation", "priority", "blocks"], _absent(analysis))
    lines += ["## Declined: what the library has no way to do", ""]
    declined: dict[str, list[str]] = {}
    for check in facts.checks:
        if check.outcome == "unsupported" and not check.message.startswith("the port does not offer"):
            declined.setdefault(check.cause or check.message, []).append(check.id)
    lines += table(
        ["reason", "checks", "such as"],
        [
            [plain(reason), str(len(ids)), codes(ids, 2)]
            for reason, ids in sorted(declined.items(), key=lambda one: -len(one[1]))
        ],
    )
    lines += ["## Functions", "", "All public functions; the operation that each stands for, where it has one.", ""]
    lines += table(
        ["function", "at", "options", "documented", "operation", "own tests"],
        [
            [
                code(one.shown),
                code(one.place),
                codes(one.options, 8),
                "yes" if one.documentation else "no",
                codes(one.operations),
                codes(one.tests, 1),
            ]
            for one in inventory.functions
        ],
    )
    return document(f"{facts.port}: what it does", lines)


def _working(analysis: Analysis) -> list[list[str]]:
    return [
        [
            code(name),
            _functions(analysis, name),
            f"{len(passed)}: {codes((one.id for one in passed), 2)}",
            _tests(analysis, name),
        ]
        for name in analysis.facts.operations
        if (passed := analysis.passed(name)) and not analysis.failed(name)
    ]


def _partial(analysis: Analysis) -> list[list[str]]:
    rows = []
    for name in analysis.facts.operations:
        failed = analysis.failed(name)
        if failed:
            causes = [one for one in analysis.causes if name in one.operations]
            rows.append(
                [
                    code(name),
                    _functions(analysis, name),
                    str(len(analysis.passed(name))),
                    str(len(failed)),
                    "<br>".join(_cause(analysis, one, name) for one in causes),
                    _tests(analysis, name),
                ]
            )
    return rows


def _cause(analysis: Analysis, cause: Cause, operation: str) -> str:
    number = sum(check.operation == operation for check in cause.checks)
    return f"{number}: {plain(cause.reason)} (step {analysis.step(cause)})"


def _absent(analysis: Analysis) -> list[list[str]]:
    offered = set(analysis.facts.operations)
    absent = sorted({one.operation for one in analysis.facts.checks} - offered)
    rows = []
    for name in absent:
        recipes = analysis.required.get(name, ())
        step = next((one for one in analysis.causes if one.operations == (name,) and name in analysis.missing()), None)
        priority = f"{step.priority}, step {analysis.step(step)}" if step is not None else "not needed"
        rows.append([code(name), priority, codes(recipes, 8) or "no traced recipe"])
    return sorted(rows, key=lambda row: (row[1], row[0]))


def _functions(analysis: Analysis, operation: str) -> str:
    return codes((one.shown for one in analysis.inventory.of(operation)), 3)


def _tests(analysis: Analysis, operation: str) -> str:
    tests = [place for one in analysis.inventory.of(operation) for place in one.tests]
    return f"{len(tests)}: {codes(tests, 1)}" if tests else "none"


def failing(analysis: Analysis) -> int:
    """How many checks fail."""
    return sum(map(is_failure, analysis.facts.checks))
