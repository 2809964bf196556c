"""Texts that are made from the catalogue: what is not tested, and which check fails which mutant.

`python -m conformance.catalogue.render` writes both anew in a checkout.
"""

from __future__ import annotations

import re
from pathlib import Path

from conformance.catalogue.check import all_checks
from conformance.catalogue.requirements import all_requirements
from conformance.mutants import all_mutants

CHECKOUT = Path(__file__).parents[2]
README = CHECKOUT / "README.md"
NOT_TESTED = CHECKOUT / "conformance" / "docs" / "not-tested.md"
TABLE = CHECKOUT / "conformance" / "mutants" / "TABLE.md"

_SECTION = re.compile(r"(<!-- not tested: begin -->\n).*?(<!-- not tested: end -->)", re.DOTALL)


def not_tested() -> str:
    """What the contract asks and no check tests, as a Markdown list by area."""
    lines = []
    for requirement in all_requirements():
        if requirement.excluded:
            lines.append(f"* **{requirement.area}** ({requirement.level}): {requirement.text} — {requirement.excluded}")
    return "\n".join(lines) + "\n"


def with_not_tested(readme: str) -> str:
    """A page with its section on what is not tested made again; unchanged if it has none."""
    return _SECTION.sub(lambda match: match[1] + not_tested() + match[2], readme)


def table() -> str:
    """Every mutant with its defect and the checks that fail it, and so every check with its mutants."""
    checks = all_checks().values()
    lines = [
        "# Checks and the mutants that they fail",
        "",
        "Made by `python -m conformance.catalogue.render`. Each pair is proved by",
        "`conformance/selftest/cases/test_mutants.py`, which runs the check against the mutant.",
        "",
        "| mutant | what it does wrong | checks that fail it |",
        "|---|---|---|",
    ]
    for mutant in all_mutants().values():
        killers = "<br>".join(f"`{check.id}`" for check in checks if mutant.name in check.mutants)
        lines.append(f"| `{mutant.name}` | {' '.join(mutant.defect.split())} | {killers} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for page in (README, NOT_TESTED):
        page.write_text(with_not_tested(page.read_text("utf-8")), "utf-8")
    TABLE.write_text(table(), "utf-8")
