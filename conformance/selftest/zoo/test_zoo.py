"""The suite against clients that are unlike the official one: what each must end with, by area."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

import pytest
from syrupy.assertion import SnapshotAssertion

from conformance.catalogue.check import Check, all_checks
from conformance.selftest.zoo.animals import ANIMALS
from conformance.selftest.zoo.measuring import WHOLE, Ended, by_area, described, measure, part_of

_EVERYTHING: Final[tuple[str, ...]] = ()

AREAS: Final[Mapping[str, tuple[str, ...]]] = {
    "FlatCache": ("auth", "cache", "download", "names", "offline", "snapshot", "tree"),
    "NoCache": ("cache", "download", "snapshot"),
    "StatusOnly": ("errors", "names", "tree"),
    "GetOnly": ("cache", "download", "resilience"),
    "OneOperation": ("auth", "download", "errors", "redirects", "wire"),
    "TokenEverywhere": ("auth", "wire"),
    "WrongPaths": ("cache", "snapshot"),
    "FoldersForFiles": ("cache", "download", "names"),
}
"""The areas in which a client differs from the others; one that is not listed is measured on all."""


def _of(ended: Iterable[Ended], *outcomes: str) -> list[str]:
    return [str(one) for one in ended if one.outcome in outcomes]


def passes_nothing(ended: list[Ended]) -> None:
    """Whoever does nothing has shown nothing."""
    assert _of(ended, "passed") == []


def declines_all(ended: list[Ended]) -> None:
    """Each check is declined, none is passed or failed."""
    assert {one.outcome for one in ended} == {"unsupported"}
    assert {one.finding.code for one in ended if one.finding} == {"declined"}


def is_not_charged_for_a_layout(ended: list[Ended]) -> None:
    """No finding is about the names, links and refs of the official cache."""
    layout = {
        "wrong-folder",
        "wrong-blob-name",
        "wrong-ref",
        "wrong-snapshot",
        "no-link",
        "no-blob",
        "no-ref",
        "stale-ref",
    }
    assert [str(one) for one in ended if one.finding and one.outcome == "failed" and one.finding.code in layout] == []


def is_charged_for_errors_alone(ended: list[Ended]) -> None:
    """That it cannot tell the kinds of errors apart is a finding of the checks about kinds of errors."""
    wrong = [one for one in ended if one.outcome == "failed" and one.finding and one.finding.code == "wrong-error"]
    assert {one.check.area for one in wrong} == {"errors"}


def leaks_are_seen(ended: list[Ended]) -> None:
    """The token at another host fails the checks that look for it."""
    codes = {one.finding.code for one in ended if one.outcome == "failed" and one.finding}
    assert "token-leaked" in codes


CLAIMS: Final[Mapping[str, tuple[Callable[[list[Ended]], None], ...]]] = {
    "FlatCache": (is_not_charged_for_a_layout,),
    "NoCache": (is_not_charged_for_a_layout,),
    "GetOnly": (is_not_charged_for_a_layout,),
    "StatusOnly": (is_charged_for_errors_alone, is_not_charged_for_a_layout),
    "TokenEverywhere": (leaks_are_seen,),
    "AnswersWithErrors": (passes_nothing,),
    "AnswersWithNull": (passes_nothing,),
    "DeclinesEverything": (declines_all,),
}


def half_of_checks(name: str, half: int) -> list[Check]:
    """One half of the checks of the areas in which the client differs."""
    areas = AREAS.get(name, _EVERYTHING)
    checks = [check for check in all_checks().values() if not areas or check.area in areas]
    return [check for check in checks if part_of(check, 2) == half]


@pytest.mark.slow(seconds=6)
@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.parametrize("name", ANIMALS)
def test_no_client_breaks_the_suite(name: str, half: int, tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    """Each check ends with an outcome, those outcomes are the ones on record, and what must hold of the client does."""
    if not WHOLE and half != list(ANIMALS).index(name) % 2:
        pytest.skip("make zoo runs it")
    ended = measure(ANIMALS[name], tmp_path, half_of_checks(name, half))
    assert [str(one) for one in ended if one.outcome is None] == []
    for claim in CLAIMS.get(name, ()):
        claim(ended)
    assert by_area(ended) == snapshot


def test_port_file_is_one(tmp_path: Path) -> None:
    """The port file of a client is read as one; without that, nothing above would have been measured."""
    assert described(ANIMALS["NoCache"], tmp_path).is_file()
