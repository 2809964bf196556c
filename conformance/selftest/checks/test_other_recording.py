"""The checks hold for another recording than the bundled one: a small dataset of another shape."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance import ports
from conformance.author.sharp import sharpness
from conformance.catalogue.asked import roles_of
from conformance.catalogue.check import all_checks
from conformance.ports import Driver
from conformance.replay import ReplayHub, load
from conformance.roles import ROLES
from conformance.run.recorded import GENERAL, Recorded
from conformance.selftest.run.test_run import hub_conformance, outcomes
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


@pytest.mark.slow(seconds=8)
@pytest.mark.parametrize("area", AREAS)
def test_checks_that_apply_pass_and_are_sharp(area: str, typical: Path, reference: Driver) -> None:
    """A check passes on the reference client, and fails each mutant that it names, as on the bundled recording."""
    checks = [check for check in all_checks().values() if check.area == area and check.cassette == GENERAL]
    assert sharpness(Recorded(typical), checks, driver=reference).lost == []


def test_most_checks_apply(typical: Path) -> None:
    """Only those are left out whose roles the recording lacks."""
    with ReplayHub(load(typical)) as hub:
        offered = {name for name, role in ROLES.items() if role.offered(hub.subject) is not None}
    general = [check for check in all_checks().values() if check.cassette == GENERAL]
    assert sum(set(roles_of(check)) <= offered for check in general) > 700


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
    assert "measured on recording typical of stand-in (the suite's stand-in Hub) on " in " ".join(ended.stdout.split())
    refused = hub_conformance("run", "--port", "reference", *options, "download/git-file[gsm8k]")
    assert refused.returncode == 2
    assert "download/git-file[typical]" in refused.stderr + refused.stdout
