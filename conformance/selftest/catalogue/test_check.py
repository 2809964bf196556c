"""Declaring checks: what is incomplete is refused at once."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.catalogue import profiles
from conformance.catalogue.check import Checks, all_checks
from conformance.mutants import all_mutants

COMPLETE: dict[str, Any] = {
    "id": "selftest/complete[gsm8k]",
    "kills": "some-mutant",
}


def declare(docstring: str | None = "What must hold.", **changed: Any) -> None:
    def case() -> None: ...

    case.__doc__ = docstring
    Checks("dataset_info", source=changed.pop("source", "RFC 2119"))(**{**COMPLETE, **changed})(case)


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"id": "Not an id"}, "does not have the form"),
        ({"id": "area/no-dataset"}, "does not have the form"),
        ({"level": "WOULD"}, "is not one of MUST, SHOULD, MAY"),
        ({"docstring": None}, "no docstring"),
        ({"kills": ()}, "does not name a mutant"),
        ({"source": ""}, "does not name a source"),
        ({"id": "info/sha-is-the-head[gsm8k]"}, "is taken by conformance.checks.test_info"),
    ],
)
def test_incomplete_check_is_refused(changed: dict[str, Any], complaint: str) -> None:
    """A check needs an id of the right form, a known level, a requirement, a mutant and a source."""
    all_checks()
    with pytest.raises(ValueError, match=complaint):
        declare(**changed)


def test_newest_profile_lists_checks_that_exist() -> None:
    """Every id of the newest profile is a check of the suite."""
    assert profiles.latest().checks <= set(all_checks())


def test_there_are_checks_for_every_area() -> None:
    """Each area of the suite has checks, and there are at least 40 over GSM8K."""
    checks = all_checks().values()
    assert {check.area for check in checks} >= {"info", "tree", "download", "cache", "errors", "auth", "wire"}
    assert sum(check.id.endswith("[gsm8k]") for check in checks) >= 40


def test_checks_and_mutants_name_each_other() -> None:
    """Every mutant that a check names exists, and every mutant is named by a check."""
    named = {name for check in all_checks().values() for name in check.mutants}
    assert named == set(all_mutants())


def test_every_requirement_is_a_sentence() -> None:
    """It begins with a capital or a code, also where its first word is that of a row, and its first paragraph ends."""
    for check in all_checks().values():
        first = check.requirement.partition("\n\n")[0].rstrip()
        assert first[0].isupper() or first[0] == "`", check.id
        assert first.endswith((".", ")", "!", "?")), check.id
