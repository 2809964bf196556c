"""`SUPERSEDED_DOCS.md`: the existing documents claim by claim, and what changed from run to run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from conformance.plan.analysis import Analysis, is_failure
from conformance.plan.claims import Claims, Decided, Document, decide
from conformance.plan.facts import Facts, outcomes
from conformance.plan.markdown import codes, document, plain, table


def render(analysis: Analysis, claims: Claims, before: Sequence[Facts]) -> str:
    """The document. `before` are earlier runs, the oldest first."""
    lines = ["A claim is decided by checks of the run, by the inventory, by the traced source, or by a cited fact.", ""]
    lines += table(
        ["document", "of", "claims", "status", "replaced by"], [_row(one, analysis) for one in claims.documents]
    )
    for one in claims.documents:
        lines += [f"## {plain(one.name)}", ""]
        rows = [[plain(d.claim.says), plain(d.claim.where), d.status, plain(d.why)] for d in _decided(one, analysis)]
        lines += table(["claim", "where", "status", "decided by"], rows)
        if one.omits:
            missing = [decide(claim, analysis) for claim in one.omits]
            lines += [
                "Missing in it:",
                "",
                *table(["what", "shown by"], [[plain(d.claim.says), plain(d.why)] for d in missing]),
            ]
    if not claims.documents:
        lines += ["No documents were given (`--claims`).", ""]
    lines += ["## Change log", ""]
    entries = [(date, says) for date, says in claims.changes]
    runs = [*before, analysis.facts]
    entries += [(one.started, _figures(one)) for one in runs[:1]]
    entries += [(runs[i].started, _difference(runs[i - 1], runs[i])) for i in range(1, len(runs))]
    lines += [f"- {plain(date)}: {plain(says)}" for date, says in sorted(entries, key=lambda one: one[0])]
    return document("Superseded documents", lines)


def _decided(one: Document, analysis: Analysis) -> list[Decided]:
    return [decide(claim, analysis) for claim in one.claims]


def _row(one: Document, analysis: Analysis) -> list[str]:
    counts = Counter(decided.status.partition(",")[0] for decided in _decided(one, analysis))
    if one.omits:
        counts["missing"] = len(one.omits)
    figures = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    wrong = counts["wrong"] + counts["outdated"]
    status = "superseded" if one.replaced_by and wrong else "in part" if wrong else "holds"
    return [plain(one.name), plain(one.date), figures, status, plain(one.replaced_by)]


def _figures(facts: Facts) -> str:
    counts = facts.counts()
    return (
        f"{facts.port} {facts.version}, profile {facts.profile}: {counts['passed']} passed, {counts['failed']} failed"
    )


def _difference(earlier: Facts, later: Facts) -> str:
    old, new = outcomes(earlier), outcomes(later)
    mended = [id for id, outcome in new.items() if outcome == "passed" and old.get(id) not in (None, "passed")]
    failing = {one.id for one in later.checks if is_failure(one)}
    broken = sorted(id for id in failing if old.get(id) == "passed")
    added = sorted(set(new) - set(old))
    return (
        f"{_figures(later)}; {len(mended)} fixed {codes(mended, 3)}; {len(broken)} newly failing {codes(broken, 3)}; "
        f"{len(added)} new checks"
    )
