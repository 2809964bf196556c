"""`IMPLEMENTATION_PLAN_UNIFIED.md`: phases, and for each cause what to write, what to change and when it is done."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Final

from conformance.plan import rule
from conformance.plan.analysis import Analysis, Cause, is_failure
from conformance.plan.claims import Claims
from conformance.plan.facts import Checked
from conformance.plan.markdown import code, codes, count, document, fence, plain, table
from conformance.plan.rule import Priority
from conformance.plan.tests_of import Written

_PHASES: Final[dict[Priority, str]] = {
    "P0": "Phase 1: what every recipe needs (P0)",
    "P1": "Phase 2: what some recipes need (P1)",
    "P2": "Phase 3: further failures of operations that are needed (P2)",
}
_REQUIREMENTS: Final = 8


def render(analysis: Analysis, claims: Claims, tests: Mapping[str, Written]) -> str:
    """The document."""
    total = sum(map(is_failure, analysis.facts.checks))
    absent = [one for one in analysis.causes if not any(map(is_failure, one.checks))]
    lines = [
        f"{len(analysis.causes) - len(absent)} causes explain the {total} failed checks; {len(absent)} needed "
        "operations are not offered. Each check is counted under one. Within a phase the cause that touches most "
        "recipes comes first, then the one with the most serious checks. A step turns the checks of its cause; where a "
        "check has a second cause that the run did not come to, it shows when the first is mended.",
        "",
    ]
    lines += table(
        ["step", "cause", "priority", "turns", "passes after it"],
        _progress(analysis),
    )
    for priority, head in _PHASES.items():
        lines += [f"## {head}", ""]
        causes = analysis.steps(priority)
        if not causes:
            lines += ["Nothing.", ""]
        for cause in causes:
            lines += _step(analysis, cause, tests.get(cause.reason))
    unneeded = analysis.steps("not needed")
    lines += [
        "## Left out",
        "",
        f"{count(len(unneeded), 'cause')} ({sum(len(one.checks) for one in unneeded)} checks) concern operations "
        "that no traced consumer reaches: see GAP_ANALYSIS.md.",
        "",
    ]
    return document(f"{analysis.facts.port}: implementation plan", lines)


def _progress(analysis: Analysis) -> list[list[str]]:
    passed = analysis.facts.counts()["passed"]
    rows = [["", "as measured", "", "", str(passed)]]
    for cause in analysis.causes:
        if cause.priority != "not needed":
            passed += len(cause.checks)
            rows.append(
                [analysis.step(cause), plain(cause.reason), cause.priority, str(len(cause.checks)), str(passed)]
            )
    return rows


def _step(analysis: Analysis, cause: Cause, test: Written | None) -> list[str]:
    functions = [one for name in cause.operations for one in analysis.inventory.of(name)]
    lines = [f"### {analysis.step(cause)} {plain(cause.reason)}", ""]
    lines += [f"- Operations: {codes(cause.operations, 12)}"]
    places = dict.fromkeys(f"{one.shown} ({one.place})" for one in functions)
    lines += [f"- Functions: {codes(places, 8) or 'none in the inventory'}"]
    lines += [f"- Seen in: {plain(cause.source) or 'not looked up'}"]
    lines += [f"- Turns {count(len(cause.checks), 'check')}, {len(cause.serious)} of them serious", ""]
    if not cause.checks:
        return [*lines, "The run holds no check of it: measure the port with all checks.", ""]
    lines += ["#### Current state", ""]
    shown = _representatives(cause)
    lines += table(
        ["finding", "expected", "seen", "checks"],
        [
            [plain(one.message or one.code), plain(one.expected), plain(one.seen), f"{count}: {code(one.id)}"]
            for one, count in shown
        ],
    )
    lines += ["#### Required behaviour", ""]
    lines += [f"- {plain(one.level)} {plain(one.requirement)} ({code(one.id)})" for one in _requirements(cause)]
    left = len({one.requirement for one in cause.checks}) - len(_requirements(cause))
    lines += [f"- and {left} more; `hub-conformance explain CHECK` tells each"] if left > 0 else []
    lines += ["", "#### Test plan", ""]
    if test is not None:
        lines += [f"{code(test.file)} (support: TDD_EXAMPLES.md), from {code(test.example.check)}; run it by", ""]
        lines += fence("sh", test.command)
        lines += fence(test.language, test.code)
    else:
        lines += ["No single call shows this cause; the checks themselves are its tests:", ""]
        lines += fence(
            "sh", f"hub-conformance run --port {shlex.quote(analysis.facts.port)} {shlex.quote(cause.checks[0].id)}"
        )
    lines += ["#### Steps", "", *_orders(analysis, cause, test), ""]
    lines += ["#### Acceptance", ""]
    if cause.source:
        lines += [
            "With the entries of this cause taken out of the port's expectations, this ends with exit code 0:",
            "",
        ]
    else:
        lines += ["This ends with exit code 0:", ""]
    words = [
        f"hub-conformance run --port {shlex.quote(analysis.facts.port)}",
        *(shlex.quote(one.id) for one in cause.checks),
    ]
    return [*lines, *fence("sh", " \\\n  ".join(words))]


def _orders(analysis: Analysis, cause: Cause, test: Written | None) -> list[str]:
    """What to do, each followed by the checks that it makes pass, serious ones first and then by operation."""
    first = f"Write {code(test.file)} and see it fail." if test is not None else f"See {code(cause.checks[0].id)} fail."
    orders = [first, f"Change {plain(cause.source) if cause.source else 'the functions named above'}."]
    serious = {one.id for one in cause.serious}
    groups: dict[tuple[bool, str, str], list[Checked]] = {}
    for one in cause.checks:
        groups.setdefault((one.id not in serious, one.operation, one.area), []).append(one)
    for (light, operation, area), checks in sorted(groups.items()):
        kind = "" if light else "serious "
        harms = ", ".join(sorted({rule.harm(one) for one in checks}))
        orders.append(
            f"Make {count(len(checks), f'{kind}check')} of {code(operation)} in {code(area)} pass ({harms}): "
            f"{codes((one.id for one in checks), 3)}."
        )
    orders.append(
        "Take the entries of this cause out of the port's expectations." if cause.source else "Run the acceptance."
    )
    return [f"{number}. {one}" for number, one in enumerate(orders, 1)]


def _representatives(cause: Cause) -> list[tuple[Checked, int]]:
    """One check for each kind of finding, with how many there are."""
    kinds: dict[str, list[Checked]] = {}
    for one in [*cause.serious, *(one for one in cause.checks if one not in cause.serious)]:
        kinds.setdefault(one.code, []).append(one)
    return [(found[0], len(found)) for found in kinds.values()][:_REQUIREMENTS]


def _requirements(cause: Cause) -> list[Checked]:
    found: dict[str, Checked] = {}
    for one in [*cause.serious, *cause.checks]:
        found.setdefault(one.requirement, one)
    return list(found.values())[:_REQUIREMENTS]
