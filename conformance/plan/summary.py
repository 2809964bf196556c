"""`SUMMARY.md`: summary, critical findings, actions, documents, the five critical questions, and the checklist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conformance.plan import rule
from conformance.plan.analysis import Analysis, is_failure
from conformance.plan.claims import Claims, decide
from conformance.plan.markdown import code, codes, count, document, plain, table
from conformance.plan.tests_of import Written


def render(
    analysis: Analysis, claims: Claims, tests: Mapping[str, Written], documents: Sequence[tuple[str, str]]
) -> str:
    """The document. `documents` are the files that were written with it, each with what it holds."""
    facts = analysis.facts
    counts = facts.counts()
    serious = [one for one in analysis.causes if one.priority in ("P0", "P1")]
    lines = ["## Summary", ""]
    lines += [
        f"{plain(facts.port)} {plain(facts.version)} was measured {plain(facts.started)} with "
        f"{len(facts.checks)} checks of profile {plain(facts.profile)}: {counts['passed']} passed, "
        f"{counts['failed']} failed, {counts['unsupported']} unsupported. It offers "
        f"{len(facts.operations)} operations; the inventory has {len(analysis.inventory.functions)} public functions.",
        "",
        f"The traced consumers are {_consumers(analysis)}. {len(analysis.recipes)} entry points load data, "
        f"{len(analysis.chained())} of them over a chain that reaches the port; the consumers need "
        f"{len(analysis.required)} operations, of which {len(analysis.missing())} are not offered.",
        "",
        f"{len(analysis.causes)} causes explain all failures and needed operations that are not offered. By the rule "
        f"{len(analysis.steps('P0'))} are P0, "
        f"{len(analysis.steps('P1'))} P1, {len(analysis.steps('P2'))} P2, and {len(analysis.steps('not needed'))} "
        "concern what no consumer calls.",
        "",
        "## Critical findings",
        "",
    ]
    for cause in serious:
        harms = ", ".join(sorted({rule.harm(one) for one in cause.serious}))
        shown = codes((one.id for one in cause.serious), 2)
        lines.append(f"- {cause.priority} ({harms}): {plain(cause.reason)}. Shown by {shown}.")
    lines += [] if serious else ["None by the rule."]
    lines += ["", "## Recommended immediate actions", ""]
    lines += [
        f"{n}. Step {analysis.step(one)}: {plain(one.reason)} ({count(len(one.checks), 'check')})."
        for n, one in enumerate(serious, 1)
    ]
    lines += [] if serious else ["None."]
    lines += [
        "",
        "## Documents",
        "",
        *(f"- {name}: {what}" for name, what in documents),
        "",
        "## Critical questions",
        "",
    ]
    for number, (question, answer) in enumerate(_questions(analysis, claims), 1):
        lines += [f"### {number}. {question}", "", *answer, ""]
    lines += ["## Validation checklist", "", "Computed from the input; a box that is open names what is missing.", ""]
    lines += [
        f"- [{'x' if not open_ else ' '}] {text}{f' ({plain(open_)})' if open_ else ''}"
        for text, open_ in _checklist(analysis, claims, tests)
    ]
    return document(f"{facts.port} for {' and '.join(dict.fromkeys(one.consumer for one in analysis.needs))}", lines)


def _consumers(analysis: Analysis) -> str:
    return " and ".join(
        f"{plain(one.consumer)} {plain(one.revision)} ({one.files} files, {len(one.calls)} calls)"
        for one in analysis.needs
    )


def _questions(analysis: Analysis, claims: Claims) -> list[tuple[str, list[str]]]:
    groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for one in analysis.recipes:
        causes = tuple(
            analysis.step(c) for c in analysis.causes if one.name in c.recipes and c.priority in ("P0", "P1")
        )
        groups.setdefault((one.operations, causes), []).append(one.file)
    minimum = table(
        ["recipes", "operations of the port", "functions", "serious causes, by step"],
        [
            [
                f"{len(files)}: {codes(files, 40)}",
                codes(operations, 12) or "no chain to the port",
                codes((f.shown for name in operations for f in analysis.inventory.of(name)[:1]), 12),
                ", ".join(causes),
            ]
            for (operations, causes), files in groups.items()
        ],
    )
    return [
        ("Which functions does each recipe need at least?", minimum),
        (
            "Does the consumer work?",
            _observed("consumer", claims) or ["Not measured: no observation was given (`--claims`)."],
        ),
        (
            "Which caching behaviour is required?",
            [*_observed("caching", claims), *_areas(analysis, "cache", "offline")],
        ),
        ("What does authentication require?", [*_access(analysis, claims), *_areas(analysis, "auth")]),
        (
            "Which errors are expected, and is anything tried again?",
            [*_observed("errors", claims), *_areas(analysis, "errors", "resilience")],
        ),
        *([("Was the plan tried?", _observed("plan", claims))] if _observed("plan", claims) else []),
    ]


def _observed(question: str, claims: Claims) -> list[str]:
    found = [f"- {plain(says)} ({plain(source)})" for about, says, source in claims.observations if about == question]
    return [*found, ""] if found else []


def _areas(analysis: Analysis, *areas: str) -> list[str]:
    rows = []
    for area in areas:
        checks = [one for one in analysis.facts.checks if one.area == area]
        failed = [one for one in checks if is_failure(one)]
        causes = [one for one in analysis.causes if any(check in one.checks for check in failed)]
        rows.append(
            [
                code(area),
                str(sum(one.outcome == "passed" for one in checks)),
                str(len(failed)),
                str(sum(one.outcome == "unsupported" for one in checks)),
                "<br>".join(f"{plain(one.reason)} (step {analysis.step(one)})" for one in causes[:6]),
            ]
        )
    return table(["area of checks", "passed", "failed", "unsupported", "causes"], rows)


def _access(analysis: Analysis, claims: Claims) -> list[str]:
    repos = sorted({repo for one in analysis.recipes for repo in one.repos}, key=str.lower)
    known = [(repo, claims.repository(repo)) for repo in repos]
    gated = [
        repo for repo, fact in known if fact is not None and "gated" in fact.access and "not gated" not in fact.access
    ]
    public = [repo for repo, fact in known if fact is not None and repo not in gated]
    unknown = [repo for repo, fact in known if fact is None]
    return [
        f"- Public, by cited facts: {len(public)} of {len(repos)} repositories that recipes load",
        f"- Gated, by cited facts: {codes(gated) or 'none'}",
        f"- Not known: {codes(unknown, 12) or 'none'}",
        *_observed("authentication", claims),
        "",
    ]


def _checklist(analysis: Analysis, claims: Claims, tests: Mapping[str, Written]) -> list[tuple[str, str]]:
    unread = [f"{len(one.unread)} files of {one.consumer}" for one in analysis.needs if one.unread]
    open_calls = [
        call.place
        for needs in analysis.needs
        for call in needs.calls
        if call.kind in ("dataset", "names", "file")
        and not call.test
        and "repo_id" in call.arguments
        and not call.repos()
    ]
    unaudited = [one for one in analysis.facts.operations if not analysis.inventory.of(one)]
    undecided = [
        d.claim.says
        for one in claims.documents
        for d in (decide(c, analysis) for c in one.claims)
        if d.status == "undecided"
    ]
    without = [
        analysis.step(one) for one in analysis.causes if one.priority in ("P0", "P1") and one.reason not in tests
    ]
    beyond = [
        one.reason
        for one in analysis.causes
        if one.priority != "not needed" and not set(one.operations) & set(analysis.required)
    ]
    return [
        ("Every file of the consumers was read", ", ".join(unread)),
        (
            "Every repository that recipes load is known",
            f"decided at run time: {', '.join(open_calls[:6])}" if open_calls else "",
        ),
        ("Every consumer call maps to an operation", ", ".join(_unmapped(analysis)[:6])),
        ("Every offered operation has a function of the inventory", ", ".join(unaudited)),
        ("All documents were reviewed claim by claim", _reviewed(claims, undecided)),
        ("Every P0 and P1 step has a runnable example", f"by checks alone: {', '.join(without)}" if without else ""),
        ("Every step has an acceptance command", ""),
        ("The plan holds only what a consumer needs", ", ".join(beyond)),
    ]


def _reviewed(claims: Claims, undecided: Sequence[str]) -> str:
    if not claims.documents:
        return "none were given"
    return f"undecided: {', '.join(undecided[:3])}" if undecided else ""


def _unmapped(analysis: Analysis) -> list[str]:
    return [
        f"{call.call} at {call.place}"
        for needs in analysis.needs
        for call in needs.calls
        if not call.operations and call.kind not in ("write", "client") and not call.test
    ]
