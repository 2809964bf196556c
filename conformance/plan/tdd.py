"""`TDD_EXAMPLES.md`: complete tests in the port's language, each red on the port as measured."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.plan.analysis import Analysis
from conformance.plan.markdown import code, codes, document, fence, plain
from conformance.plan.tests_of import Support, Written


def render(analysis: Analysis, tests: Mapping[str, Written], support: Support | None) -> str:
    """The document. Each code block follows a comment that names its file."""
    if support is None:
        return document("Examples", [f"There are no templates for tests in {plain(analysis.inventory.language)}.", ""])
    lines = [
        "Each test opens the recorded Hub of one check by `hub-conformance serve`, makes the check's last call and "
        "compares the answer with that of a client that passes the check. Put the files into one folder.",
        "",
        f"<!-- file: {support.file} -->",
        *fence(support.language, support.code),
    ]
    for cause in analysis.causes:
        test = tests.get(cause.reason)
        if test is None:
            continue
        lines += [f"## Step {analysis.step(cause)}: {plain(cause.reason)}", ""]
        port = f"{plain(analysis.facts.port)} {plain(analysis.facts.version)}"
        lines += [f"Red on {port} as measured: {code(test.example.check)}", ""]
        lines += [f"<!-- file: {test.file} -->", *fence(test.language, test.code)]
        lines += ["Run:", "", *fence("sh", test.command)]
        lines += [
            f"Green when {code(f'hub-conformance run --port {analysis.facts.port} {test.example.check!r}')} passes.",
            "",
        ]
    without = [one for one in analysis.causes if one.reason not in tests and one.priority in ("P0", "P1", "P2")]
    lines += ["## Causes without an example", "", "No single call shows them; their checks are in the plan.", ""]
    lines += [
        f"- {analysis.step(one)} {plain(one.reason)} ({codes((check.id for check in one.checks), 1)})"
        for one in without
    ] or ["None."]
    return document(f"{analysis.facts.port}: examples for test-driven work", lines)
