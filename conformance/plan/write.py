"""Make the seven documents, and put them into a folder."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from conformance.plan import gaps, requirements, state, steps, summary, superseded, tdd, tests_of
from conformance.plan.analysis import analyse
from conformance.plan.claims import Claims
from conformance.plan.facts import Facts, PlanError
from conformance.trace.inventory import Inventory
from conformance.trace.needs import Needs


def documents(
    needs: Sequence[Needs], facts: Facts, inventory: Inventory, claims: Claims, before: Sequence[Facts] = ()
) -> dict[str, str]:
    """The texts of the documents by file name: the same input gives the same texts.

    Args:
        before: earlier runs of the port, the oldest first, for the change log.
    """
    analysis = analyse(needs, facts, inventory)
    planned = tuple(one for one in analysis.causes if one.priority != "not needed")
    tests = tests_of.for_causes(analysis, planned)
    consumer, port = _file_name(needs[0].consumer), _file_name(facts.port)
    named = {
        f"{consumer}_REQUIREMENTS.md": ("what the consumers need", requirements.render(analysis, claims)),
        f"{port}_CURRENT_STATE.md": ("what the port does", state.render(analysis, claims)),
        "GAP_ANALYSIS.md": ("what to mend first, and by which rule", gaps.render(analysis, claims)),
        "IMPLEMENTATION_PLAN_UNIFIED.md": ("what to do, in which order", steps.render(analysis, claims, tests)),
        "TDD_EXAMPLES.md": ("runnable tests", tdd.render(analysis, tests, tests_of.support(analysis))),
        "SUPERSEDED_DOCS.md": ("existing documents, claim by claim", superseded.render(analysis, claims, before)),
    }
    listed = [(name, what) for name, (what, _) in named.items()]
    return {
        "SUMMARY.md": summary.render(analysis, claims, tests, listed),
        **{name: text for name, (_, text) in named.items()},
    }


def put(texts: dict[str, str], folder: Path) -> None:
    """Write the documents.

    Raises:
        PlanError: the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise PlanError(f"{folder} cannot be written to", error.strerror or str(error)) from error


def _file_name(name: str) -> str:
    """A name as the beginning of a file's: `TINKER_COOKBOOK`."""
    return re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")[:80] or "CONSUMER"
