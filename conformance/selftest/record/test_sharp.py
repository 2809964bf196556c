"""Whether checks keep their edge on a recording: found by their mutants, and shown by `recording DIR --sharp`."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.author.sharp import Sharpness, sharpness
from conformance.catalogue.check import all_checks
from conformance.cli.main import main
from conformance.record import session, stable
from conformance.record.recipe import Recipe, Wanted
from conformance.run.recorded import Recorded
from conformance.selftest.imitation import Imitation, typical

SOME = ("info/counts[gsm8k]", "info/dates-are-utc[gsm8k]", "download/git-file[gsm8k]", "info/sha-of-a-tag[gsm8k]")


def recorded(folder: Path) -> Path:
    with Imitation([typical()]) as hub:
        session.record(Recipe(hub.url, (Wanted("my-org/typical"),)), folder, {})
    return folder


def found_in(folder: Path) -> Sharpness:
    tried: list[str] = []
    found = sharpness(Recorded(folder), [all_checks()[id] for id in SOME], tried.append)
    assert tried == [id.replace("gsm8k", folder.name) for id in SOME]
    return found


def test_checks_keep_their_edge(tmp_path: Path) -> None:
    """Each that applies fails its mutants; one whose role is missing is not counted."""
    assert found_in(recorded(tmp_path / "x")) == Sharpness(checks=3, mutants=3)


def test_a_check_that_lost_its_edge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all counters are equal, nobody sees that two of them are exchanged."""
    monkeypatch.setattr(stable, "_COUNTERS", dict.fromkeys(stable._COUNTERS, 7))
    found = found_in(recorded(tmp_path / "x"))
    assert found.lost == ["info/counts[x]: does not notice info-counts-mixed-up: passed"]


@pytest.mark.parametrize(("lost", "code"), [([], 0), (["info/counts[x]: does not notice y: passed"], 1)])
def test_the_command(lost: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It prints what lost its edge, and ends with 1 where something did."""
    folder = recorded(tmp_path / "x")
    monkeypatch.setattr("conformance.cli.recording.sharpness", lambda *_: Sharpness(700, 800, lost))
    result = CliRunner().invoke(main, ["recording", str(folder), "--sharp"])
    assert result.exit_code == code, result.output
    *lines, last = result.output.splitlines()
    assert lines == lost
    assert last.startswith("700 checks apply, tried with 800 mutants: ")


def test_not_with_a_cassette_for_vcrpy(tmp_path: Path) -> None:
    folder = recorded(tmp_path / "x")
    result = CliRunner().invoke(main, ["recording", str(folder), "--sharp", "--vcr", str(tmp_path / "y.yaml")])
    assert (result.exit_code, "exclude each other" in result.output) == (2, True)
