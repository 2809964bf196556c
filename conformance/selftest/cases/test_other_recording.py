"""The checks hold for another recording than the bundled one: a small dataset of another shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance import ports
from conformance.author.proof import against
from conformance.catalogue.check import all_checks
from conformance.ports import Driver
from conformance.record.client import Patience
from conformance.record.recipe import Recipe, Wanted
from conformance.record.session import record
from conformance.recorded import GENERAL, Recorded
from conformance.replay import ReplayHub, load
from conformance.roles import ROLES
from conformance.selftest.cases.test_run import hub_conformance, outcomes
from conformance.selftest.imitation import Imitation, grown
from conformance.selftest.typical import save_typical

AREAS = sorted({check.area for check in all_checks().values() if check.cassette == GENERAL})


@pytest.fixture(scope="module")
def typical(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small recording."""
    return save_typical(tmp_path_factory.mktemp("recordings") / "typical")


@pytest.fixture(scope="module")
def reference() -> Iterator[Driver]:
    """The reference client in this process, where a mutant can be made of it."""
    driver = ports.start(ports.find("reference"), in_child=False)
    yield driver
    driver.close()


def test_bundled_recording_offers_every_role() -> None:
    """No check of the bundled recording is lost for a role that it lacks."""
    with ReplayHub(load(GENERAL)) as hub:
        lacking = [name for name, role in ROLES.items() if role.offered(hub.subject) is None]
    assert lacking == []


@pytest.mark.slow(seconds=60)
def test_reference_passes_all_that_applies(typical: Path, tmp_path: Path) -> None:
    """Each check passes, or does not apply for a role that the recording lacks; the ids have the recording's name."""
    options = ("--recording", str(typical), "--report", str(tmp_path), "-n", "2")
    ended = hub_conformance("run", "--port", "reference", *options)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    seen = outcomes(tmp_path)
    assert all(id.endswith("[typical]") for id in seen)
    counted = Counter(seen.values())
    assert counted.keys() == {"passed", "not_applicable"}, {k: v for k, v in seen.items() if v not in counted}
    assert counted["passed"] > 700


@pytest.mark.slow(seconds=15)
@pytest.mark.parametrize("area", AREAS)
def test_checks_that_apply_kill_their_mutants(area: str, typical: Path, reference: Driver) -> None:
    """A check is as sharp on this recording as on the bundled one: it fails each mutant that it names."""
    recorded = Recorded(typical)
    blunt = []
    for check in (check for check in all_checks().values() if check.area == area and check.cassette == GENERAL):
        for mutant in check.mutants:
            proof = against(check, mutant, reference, recorded)
            if not proof.holds and proof.outcome != "not_applicable":
                blunt.append(f"{check.id}: {mutant} ends as {proof.outcome}: {proof.error}")
    assert blunt == []


def test_no_recording(tmp_path: Path) -> None:
    """A folder that holds no recording is refused with one line that names it."""
    ended = hub_conformance("run", "--port", "reference", "--recording", str(tmp_path))
    assert ended.returncode == 2
    assert "Traceback" not in ended.stdout + ended.stderr
    assert tmp_path.name in ended.stderr


def test_one_check_by_the_name_of_the_recording(typical: Path, tmp_path: Path) -> None:
    """A check is selected by the id that the report shows, and the bundled recording's id is refused."""
    options = ("--recording", str(typical), "--report", str(tmp_path))
    name = "download/git-file[typical]"
    ended = hub_conformance("run", "--port", "reference", *options, name)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert outcomes(tmp_path) == {name: "passed"}
    refused = hub_conformance("run", "--port", "reference", *options, "download/git-file[gsm8k]")
    assert refused.returncode == 2
    assert "download/git-file[typical]" in refused.stderr + refused.stdout


@pytest.mark.slow(seconds=60)
def test_a_recording_of_a_hub_like_the_real_one(tmp_path: Path) -> None:
    """Recorded from a history of 15 commits with pull requests and two content hosts, all that applies passes."""
    folder = tmp_path / "grown"
    with Imitation([grown()]) as hub:
        record(Recipe(hub.url, (Wanted("my-org/grown"),)), folder, {}, patience=Patience(lambda seconds: None))
    options = ("--recording", str(folder), "--report", str(tmp_path / "report"), "-n", "2")
    ended = hub_conformance("run", "--port", "reference", *options)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    counted = Counter(outcomes(tmp_path / "report").values())
    assert counted.keys() == {"passed", "not_applicable"}
    assert counted["passed"] > 750
