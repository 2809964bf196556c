"""What is generated from the checks and the exclusions is not stale."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.catalogue import render
from conformance.catalogue.exclusions import ExclusionError, all_exclusions


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
    ("text", "complaint"),
    [
        ("- {text: It works.}", "is not a mapping of areas to lists"),
        ("auth: {text: It works.}", "is not a mapping of areas to lists"),
        ("auth: [It works.]", "is not an exclusion"),
        ("auth: [{level: MUST}]", "its keys are text, level, source, reason"),
        ("auth: [{text: It works., level: MUST, source: RFC 1}]", "is not an exclusion"),
        ("auth: [{text: It works., level: COULD, source: RFC 1, reason: why}]", "use one of MUST, SHOULD, MAY"),
    ],
)
def test_bad_exclusion_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    """A file or an entry that breaks the grammar is refused with what to write."""
    file = tmp_path / "exclusions.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(ExclusionError, match=complaint):
        all_exclusions(file)
