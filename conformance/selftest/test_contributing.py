"""The steps of CONTRIBUTING work: a check is added by its function, its mutant and one command."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
PAGE = CHECKOUT / ".github" / "CONTRIBUTING.md"
STEP = re.compile(r"<!-- append: (\S+) -->\n```python\n(.*?)```\n", re.DOTALL)
ID = "download/path-is-normal[gsm8k]"


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout with the page's check and mutant in it; recorded data is linked."""
    if not PAGE.is_file():
        pytest.skip("not a checkout: .github/CONTRIBUTING.md is missing")
    copy = tmp_path_factory.mktemp("scratch")
    for name in ("conformance", "reference_client"):
        shutil.copytree(CHECKOUT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "selftest"))
    for name in ("cassettes", "fixtures"):
        (copy / name).symlink_to(CHECKOUT / name)
    for name in ("README.md", "pyproject.toml"):
        shutil.copy(CHECKOUT / name, copy / name)
    steps = STEP.findall(PAGE.read_text("utf-8"))
    assert len(steps) == 2
    for path, code in steps:
        with (copy / path).open("a", encoding="utf-8") as module:
            module.write(f"\n\n{code}")
    return copy


def command(scratch: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(scratch)}
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=scratch, env=environment, capture_output=True, text=True, timeout=300
    )


def test_check_is_proved(scratch: Path) -> None:
    """The check passes on the reference client and fails on its mutant."""
    ended = command(scratch, "conformance", "prove", ID)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "ok   path-with-a-way-up: failed  way-up-in-a-path" in ended.stdout


def test_one_command_updates_what_is_generated(scratch: Path) -> None:
    """The profile and the table of mutants list the check."""
    ended = command(scratch, "conformance.catalogue.render")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    (newest,) = sorted(scratch.glob("conformance/catalogue/profiles/*.txt"))[-1:]
    assert ID in newest.read_text("utf-8").splitlines()
    assert ID in (scratch / "conformance/mutants/TABLE.md").read_text("utf-8")


def test_check_runs_against_a_port(scratch: Path) -> None:
    """Once the profile lists it, a run of the new check alone passes with the official client."""
    command(scratch, "conformance.catalogue.render")
    ended = command(scratch, "conformance", "run", "--port", "huggingface_hub", ID)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_check_that_is_blunt_is_not_proved(scratch: Path) -> None:
    """`prove` ends with 1 where a mutant passes."""
    module = scratch / "conformance/checks/test_download.py"
    before = module.read_text("utf-8")
    module.write_text(before.replace('require(".." not in path.parts,', "require(path.name,"), "utf-8")
    try:
        ended = command(scratch, "conformance", "prove", ID)
    finally:
        module.write_text(before, "utf-8")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "NOT  path-with-a-way-up" in ended.stdout
