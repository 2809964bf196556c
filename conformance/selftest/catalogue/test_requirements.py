"""The catalogue of requirements and the checks are in step, and so are the texts made from them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from conformance.catalogue import render
from conformance.catalogue.check import all_checks
from conformance.catalogue.requirements import RequirementError, all_requirements


def test_every_check_tests_one_requirement() -> None:
    """Each check stands under exactly one requirement of its area, and each id there is a check."""
    named = Counter((requirement.area, id) for requirement in all_requirements() for id in requirement.checks)
    assert named == Counter((check.area, check.id) for check in all_checks().values())


def test_a_page_says_what_is_not_tested() -> None:
    """Its list is the one made from the catalogue; `python -m conformance.catalogue.render` makes it again."""
    for page in (render.README, render.NOT_TESTED):
        text = page.read_text("utf-8")
        assert render.with_not_tested(text) == text
    assert render.not_tested() in render.NOT_TESTED.read_text("utf-8")


def test_table_of_mutants_is_up_to_date() -> None:
    """The table of checks and mutants is the one made from them; `python -m conformance.catalogue.render` does."""
    assert render.TABLE.read_text("utf-8") == render.table()


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ("- text: It works.\n  level: MUST", "is no requirement"),
        ("- {text: It works., level: COULD, source: RFC 1, excluded: why}", "it is one of MUST, SHOULD, MAY"),
        ("- {text: It works., level: MUST, source: RFC 1}", "name its checks"),
        ("- {text: It works., level: MUST, source: RFC 1, checks: [a], excluded: why}", "name its checks"),
    ],
)
def test_bad_entry_is_refused(tmp_path: Path, entry: str, complaint: str) -> None:
    """An entry that lacks something, or has both checks and a reason to have none, is refused with what to write."""
    (tmp_path / "area.yaml").write_text(entry, "utf-8")
    with pytest.raises(RequirementError, match=complaint):
        all_requirements(tmp_path)
