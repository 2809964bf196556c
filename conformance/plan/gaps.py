"""`GAP_ANALYSIS.md`: what to fix first, by the written rule."""

from __future__ import annotations

from typing import Final

from conformance.plan import rule
from conformance.plan.analysis import Analysis, Cause
from conformance.plan.claims import Claims
from conformance.plan.markdown import code, codes, document, plain, table
from conformance.plan.rule import Priority

_HEADS: Final[dict[Priority, str]] = {
    "P0": "Critical gaps (P0)",
    "P1": "Gaps of some recipes (P1)",
    "P2": "Further gaps (P2)",
    "not needed": "Failures that no consumer reaches",
}


def render(analysis: Analysis, claims: Claims) -> str:
    """The document."""
    lines = ["## The rule", "", *(f"{number}. {plain(one)}" for number, one in enumerate(rule.SENTENCES, 1)), ""]
    lines += ["## Operations", ""]
    lines += table(
        ["operation", "function", "passes", "fails", "needed by", "first gap"],
        [
            [
                code(name),
                codes((one.shown for one in analysis.inventory.of(name)), 2) or "no function",
                str(len(analysis.passed(name))),
                str(len(analysis.failed(name))) if name in analysis.facts.operations else "not offered",
                f"{len(recipes)} of {len(analysis.chained())} recipes" if recipes else "called, by no traced recipe",
                next(
                    (f"{one.priority}, step {analysis.step(one)}" for one in analysis.causes if name in one.operations),
                    "none",
                ),
            ]
            for name, recipes in analysis.required.items()
        ],
    )
    for priority, head in _HEADS.items():
        lines += [f"## {head}", "", *_gaps(analysis, analysis.steps(priority), priority)]
    lines += [
        "## What is not needed",
        "",
        "Operations of the protocol that no traced consumer reaches; they are left out on purpose.",
        "",
    ]
    unneeded = sorted({one.operation for one in analysis.facts.checks} - set(analysis.required))
    lines += table(
        ["operation", "offered", "checks that fail"],
        [
            [code(name), "yes" if name in analysis.facts.operations else "no", str(len(analysis.failed(name)))]
            for name in unneeded
        ],
    )
    called = {call.call for call in analysis.direct}
    other = [one for one in analysis.inventory.functions if not one.operations]
    lines += [
        f"{len(other)} public functions of the library stand for no operation of the protocol; "
        f"{sum(one.name not in called for one in other)} of them are called by no traced consumer.",
        "",
    ]
    return document("Gap analysis", lines)


def _gaps(analysis: Analysis, causes: tuple[Cause, ...], priority: Priority) -> list[str]:
    rows = []
    for cause in causes:
        shown = cause.serious or cause.checks
        harms = ", ".join(sorted({rule.harm(one) for one in shown}))
        chained = [one.name for one in analysis.chained()]
        who = (
            "every recipe"
            if list(cause.recipes) == chained and chained
            else codes(cause.recipes, 30) or "no traced recipe"
        )
        rows.append(
            [
                analysis.step(cause),
                plain(cause.reason),
                codes(cause.operations, 6),
                f"{harms}: {codes((one.id for one in shown), 2)}" if priority != "P2" else harms,
                f"{len(cause.serious)} of {len(cause.checks)}" if priority in ("P0", "P1") else str(len(cause.checks)),
                who if priority in ("P0", "P1") else "",
                plain(cause.source),
            ]
        )
    heads = ["step", "cause", "operations", "harm, and a check that shows it", "serious checks", "recipes", "where"]
    return table(heads, rows)
