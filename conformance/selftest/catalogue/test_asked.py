"""Roles are read from a check's code, and the right ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance import ports
from conformance.author import one_check
from conformance.catalogue.asked import roles_of
from conformance.catalogue.check import all_checks
from conformance.roles import Role

SAMPLES = {
    "download/git-file[gsm8k]": ("git_file",),
    "download/lfs-file[gsm8k]": ("lfs_file",),
    "download/at-a-tag[gsm8k]": ("tag",),
    "snapshot/ignore-a-list[gsm8k]": ("folder", "git_file"),
    "tree/link-relative[gsm8k]": ("folders",),
    "cache/moved-branch-is-seen[gsm8k]": ("changes", "other_lfs_file"),
}


@pytest.mark.parametrize("id", SAMPLES)
def test_roles_of_a_check(id: str) -> None:
    """Those that its function calls, by its helpers too, and those of its own member of a family."""
    assert roles_of(all_checks()[id]) == SAMPLES[id]


@pytest.mark.slow(seconds=10)
def test_no_other_role_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What checks ask for while they run is what was read from their code."""
    asked: set[str] = set()
    call = Role.__call__

    def noted(role: Role[Any], repo: Any) -> Any:
        asked.add(role.name)
        return call(role, repo)

    monkeypatch.setattr(Role, "__call__", noted)
    driver = ports.start(ports.find("reference"), in_child=False)
    checks = [c for c in all_checks().values() if c.area in ("tree", "read") and c.cassette == "gsm8k"]
    for number, check in enumerate(checks):
        asked.clear()
        folder = tmp_path / str(number)
        folder.mkdir()
        with one_check.opened(check) as hub:
            one_check.run(check, hub, driver, folder)
        assert asked <= set(roles_of(check)), check.id
    driver.close()
    assert len(checks) > 30
