"""What a recording says of itself: the roles that it offers, before it is made and after."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.cli.main import main
from conformance.roles import roles_in
from conformance.selftest.imitation import Imitation, grown, typical
from conformance.traffic.cassette import load

TYPICAL = {"git_file", "lfs_file", "two_lfs_files", "converted", "old_commit", "history", "changes", "kept_files"}


@pytest.fixture(scope="module")
def hub() -> Iterator[Imitation]:
    """A Hub with a repository of a long history, one of a short one, and one that is gated."""
    with Imitation([grown(), typical(), typical("my-org/gated", gated="manual")]) as served:
        yield served


def run(*arguments: str) -> str:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    return result.output


def roles_of(output: str) -> set[str]:
    """The roles of the first line that names some."""
    found = re.search(r"^ *roles[^:]*: (.+)$", output, re.MULTILINE)
    assert found is not None, output
    return set(found[1].split(", "))


def test_the_manifest_lists_the_roles(hub: Imitation, tmp_path: Path) -> None:
    """They are those that are found in the recording, and the commands show the same."""
    target = tmp_path / "x"
    said = run("record", "my-org/typical", "--upstream", hub.url, "--to", str(target))
    (held,) = json.loads((target / "manifest.json").read_bytes())["roles"].values()
    assert set(held) >= TYPICAL
    assert "tag" not in held
    assert load(target).roles == roles_in(load(target)) == {"my-org/typical": tuple(held)}
    assert roles_of(said) == set(held)
    shown = run("recording", str(target))
    assert roles_of(shown) == set(held)
    assert re.search(r"checks that apply: at most \d+ of \d+", shown)


@pytest.mark.parametrize("name", ["my-org/typical", "my-org/grown"])
def test_a_dry_run_names_the_roles(name: str, hub: Imitation, tmp_path: Path) -> None:
    """No role is promised that the recording lacks; those of the head and the oldest commit are all named."""
    options = ["record", name, "--upstream", hub.url, "--to", str(tmp_path / "x")]
    promised = roles_of(run(*options, "--dry-run"))
    assert list(tmp_path.iterdir()) == []
    held = roles_of(run(*options))
    assert promised <= held
    assert held - promised <= {"changes", "kept_files", "additions"}
    assert {"git_file", "lfs_file", "converted", "old_commit", "history"} <= promised


def test_large_files_that_are_dropped_promise_nothing(hub: Imitation, tmp_path: Path) -> None:
    """A role of a content needs the content."""
    options = ["record", "my-org/typical", "--upstream", hub.url, "--to", str(tmp_path / "x"), "--dry-run"]
    assert "lfs_file" not in roles_of(run(*options, "--largest", "1k"))
    assert "lfs_file" in roles_of(run(*options, "--largest", "1k", "--large", "thin"))
    assert "lfs_file" not in roles_of(run(*options, "--only", "README.md"))


def test_a_dry_run_of_a_repository_that_nobody_may_read(hub: Imitation, tmp_path: Path) -> None:
    """It says so, as the recording would."""
    options = ["record", "my-org/gated", "--upstream", hub.url, "--to", str(tmp_path / "x"), "--dry-run"]
    assert "my-org/gated: no caller may read its files" in run(*options)
