"""The catalogue of requirements and the checks are in step, and so are the texts made from them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from conformance.catalogue import render
from conformance.catalogue.check import all_checks
from conformance.catalogue.requirements import RequirementError, all_requirements


def test_every_check_tests_one_requirement() -> None:
    """Each check belongs to exactly one requirement of its area."""
    named = Counter((requirement.area, id) for requirement in all_requirements() for id in requirement.checks)
    assert named == Counter((check.area, check.id) for check in all_checks().values())


def test_page_says_what_is_not_tested() -> None:
    """The list is the one made from the catalogue; `make catalogue` writes it."""
    page = render.NOT_TESTED.read_text("utf-8")
    assert render.with_not_tested(page) == page
    assert render.not_tested() in page


def test_table_of_mutants_is_up_to_date() -> None:
    """The table of checks and mutants is the one made from them; `make catalogue` writes it."""
    assert render.TABLE.read_text("utf-8") == render.table()


def test_next_profile_is_up_to_date() -> None:
    """The profile that is not released yet lists every check; `make catalogue` writes it."""
    profile = render.next_profile()
    assert profile is None or profile[0].read_text("utf-8") == profile[1]


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ("- level: MUST", "is not a requirement"),
        ("- {text: It works., level: MUST, excluded: why}", "give its level and its source"),
        ("- {text: It works., checks: [auth/no-such-check]}", "no check is called"),
        ("- {text: It works., level: MUST, checks: ['info/whole[gsm8k]']}", "leave out level"),
        ("- {text: It works., level: COULD, source: RFC 1, excluded: why}", "it is one of MUST, SHOULD, MAY"),
        ("- {text: It works., level: MUST, source: RFC 1}", "name its checks"),
        ("- {text: It works., checks: [a], excluded: why}", "name its checks"),
    ],
)
def test_bad_entry_is_refused(tmp_path: Path, entry: str, complaint: str) -> None:
    """An entry that lacks something, or has both checks and a reason to have none, is refused with what to write."""
    (tmp_path / "area.yaml").write_text(entry, "utf-8")
    with pytest.raises(RequirementError, match=complaint):
        all_requirements(tmp_path)
