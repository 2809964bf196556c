"""Profiles: what is scored."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.catalogue import profiles
from conformance.catalogue.check import all_checks


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "2026-01-31.txt").write_text("# frozen\ninfo/sha[gsm8k]  # the first\n\ntree/pages[gsm8k]\n")
    (tmp_path / "2026-11-01.txt").write_text("info/sha[gsm8k]\n")
    return tmp_path


def test_a_profile_is_its_ids(folder: Path) -> None:
    """Comments and blank lines are no ids."""
    assert profiles.load("2026-01-31", folder).checks == {"info/sha[gsm8k]", "tree/pages[gsm8k]"}


def test_the_latest_is_the_one_with_the_last_date(folder: Path) -> None:
    """Names are dates, and sort as such."""
    assert profiles.latest(folder).name == "2026-11-01"


def test_an_unknown_name_lists_the_known_ones(folder: Path) -> None:
    """The message has what was asked for and what there is."""
    with pytest.raises(profiles.ProfileError, match="'newest': choose one of 2026-01-31, 2026-11-01"):
        profiles.load("newest", folder)


def test_an_id_that_stands_twice_is_refused(folder: Path) -> None:
    """Each check is scored once."""
    (folder / "2026-11-01.txt").write_text("info/sha[gsm8k]\ninfo/sha[gsm8k]\n")

    with pytest.raises(profiles.ProfileError, match=r"2026-11-01 lists info/sha\[gsm8k\] twice"):
        profiles.latest(folder)


def test_a_folder_without_profiles_is_refused(tmp_path: Path) -> None:
    """There is nothing to score by."""
    with pytest.raises(profiles.ProfileError, match="no profile in"):
        profiles.latest(tmp_path)


@pytest.mark.parametrize("name", profiles.names())
def test_every_id_of_a_released_profile_is_a_check(name: str) -> None:
    """A frozen profile never names a check that is gone."""
    assert profiles.load(name).checks <= all_checks().keys()
