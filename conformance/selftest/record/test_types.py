"""A model and a Space are recorded, and the reference client is measured on them: what holds for any type."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance import ports
from conformance.author.proof import against
from conformance.catalogue.asked import is_about_a_dataset
from conformance.catalogue.check import all_checks
from conformance.cli.main import main
from conformance.record import session
from conformance.record.recipe import Recipe, Wanted
from conformance.run.recorded import GENERAL, Recorded
from conformance.selftest.imitation import Imitation, typical
from conformance.traffic.recording import RepoType

AREAS = ("info", "read", "tree", "wire")
AT_LEAST = {"info": 25, "read": 5, "tree": 3, "wire": 8}
"""Checks of these areas that apply to a model and to a Space."""


@pytest.fixture(scope="module", params=["model", "space"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of a repository of a type."""
    repo_type: RepoType = request.param
    target = tmp_path_factory.mktemp("recordings") / f"of-a-{repo_type}"
    with Imitation([typical(repo_type=repo_type)]) as hub:
        session.record(Recipe(hub.url, (Wanted("my-org/typical", repo_type),)), target, {})
    return target


@pytest.mark.slow(seconds=12)
def test_the_reference_passes_what_applies(folder: Path) -> None:
    """Nothing fails, nothing breaks, and nothing is asked for that is not recorded."""
    driver = ports.start(ports.find("reference"), in_child=False)
    recorded = Recorded.at(str(folder))
    passed: Counter[str] = Counter()
    wrong = []
    for check in recorded.checks().values():
        if check.area in AREAS:
            proof = against(check, "reference", driver, recorded)
            if proof.outcome == "passed":
                passed[check.area] += 1
            elif proof.outcome != "not_applicable":
                wrong.append(f"{check.id}: {proof.outcome}: {proof.finding or proof.error}")
    driver.close()
    assert wrong == []
    assert {area: passed[area] for area in AREAS if passed[area] < AT_LEAST[area]} == {}


def test_the_command_measures_on_it(folder: Path, tmp_path: Path) -> None:
    """`run --recording` says which recording it was, and which checks need a dataset."""
    command = [sys.executable, "-m", "conformance", "run", "--port", "reference", "--recording", str(folder), "read"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=tmp_path)
    said = " ".join(done.stdout.split())
    assert f"measured on recording {folder.name} of http://127.0.0.1" in said, done.stdout + done.stderr
    assert " 0 failed" in said
    assert "the recording lacks a dataset" in said
    assert done.returncode == 0


def test_how_many_apply(folder: Path) -> None:
    """The page of the recording counts those that hold for its type."""
    said = CliRunner().invoke(main, ["recording", str(folder)]).output
    (line,) = [line for line in said.splitlines() if "checks that apply" in line]
    apply, _, known = line.partition(": at most ")[2].partition(" of ")
    assert 350 < int(apply) < int(known) - 200


@pytest.mark.parametrize(
    ("id", "is_of_one"),
    [
        ("download/git-file[gsm8k]", False),
        ("read/at-a-commit[gsm8k]", False),
        ("info/counts[gsm8k]", False),
        ("datasets/configs-of-the-card[gsm8k]", True),
        ("rows/missing-column-is-an-error[gsm8k]", True),
    ],
)
def test_which_checks_are_about_a_dataset(id: str, is_of_one: bool) -> None:
    """Seen in their code: a name of an operation, of a route, or of the type."""
    general = {check.id: check for check in all_checks().values() if check.cassette == GENERAL}
    assert is_about_a_dataset(general[id]) is is_of_one
