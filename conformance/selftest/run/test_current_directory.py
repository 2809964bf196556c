"""Checks leave nothing in the directory that the suite was started from."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance import ports
from conformance.author import one_check
from conformance.catalogue.check import all_checks
from conformance.mutants import all_mutants
from conformance.selftest.run.test_run import hub_conformance

PATHS = "environment/cache-below-a-home-with-a-tilde[gsm8k]"


def test_paths_of_the_environment_stay_in_the_checks_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library in this process that takes `~/hub-data` literally writes below the check's folder."""
    here, folder = tmp_path / "here", tmp_path / "folder"
    here.mkdir()
    folder.mkdir()
    monkeypatch.chdir(here)
    check = all_checks()[PATHS]
    driver = ports.start(ports.find("reference"), in_child=False)
    with (
        all_mutants()[check.mutants[0]].applied(),
        one_check.opened(check) as hub,
        pytest.raises(Exception, match="cache"),
    ):
        one_check.run(check, hub, driver, folder)
    driver.close()
    assert list(here.iterdir()) == []
    assert Path.cwd() == here


def test_a_run_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a run the current directory is as it was."""
    monkeypatch.chdir(tmp_path)
    ended = hub_conformance("run", "--port", "reference", "-n", "0", "-k", "environment/cache-below-a-home")
    assert ended.returncode == 0, ended.stdout
    assert list(tmp_path.iterdir()) == []
