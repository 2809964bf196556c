"""`explain` says all there is to know of a check."""

from __future__ import annotations

import pytest

from conformance.catalogue.check import all_checks
from conformance.cli.explain import explained
from conformance.mutants import all_mutants
from conformance.selftest.author.conftest import Command

ID = "download/digest-is-verified[gsm8k]"


def test_everything_is_said() -> None:
    """Requirement, level, operation, source, cassette, and the defect of each mutant as a cause."""
    check = all_checks()[ID]
    text = " ".join(explained(check).split())
    for said in (
        ID,
        " ".join(check.requirement.split()),
        check.level,
        check.operation,
        check.source,
        "cassettes/gsm8k",
    ):
        assert said in text
    for name in check.mutants:
        assert " ".join(all_mutants()[name].defect.split())[1:] in text
    assert f"hub-conformance serve '{ID}'" in text


def test_every_check_can_be_explained() -> None:
    """No check lacks what the text is made of."""
    for check in all_checks().values():
        assert check.id in explained(check)


@pytest.mark.parametrize("name", ["explain", "emit", "serve"])
def test_an_unknown_check_is_refused(command: Command, name: str) -> None:
    """One line with the nearest id, and exit code 2."""
    ended = command(name, "download/digest-is-verifed[gsm8k]")
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 1
    assert f"did you mean {ID}" in ended.stderr
