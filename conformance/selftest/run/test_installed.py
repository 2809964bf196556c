"""The distribution as users install it: from its wheel, away from the checkout, beside projects of their own."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from conformance.author import templates
from conformance.selftest.run.test_run import hub_conformance

CHECKOUT = Path(__file__).parents[3]

PYTEST_LINE = re.compile(r"^(pytest --pyargs conformance [^#\n]*)", re.MULTILINE)
"""How the README says to measure through pytest."""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked as pip does it: with its entry points, so that pytest finds the plugin."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=CHECKOUT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    site = folder / "site"
    zipfile.ZipFile(wheel).extractall(site)
    return site


def in_project(folder: Path, installed: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a project's folder, with the wheel in front of everything else."""
    return subprocess.run(
        [sys.executable, "-m", *words],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(installed)},
        timeout=900,
        check=False,
    )


@pytest.mark.slow(seconds=12)
def test_wheel_brings_everything_along(installed: Path, tmp_path: Path) -> None:
    """The suite finds its recordings and runs."""
    ended = hub_conformance("run", "--port", "reference", "-k", "info/", PYTHONPATH=str(installed))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    where = in_project(tmp_path, installed, "conformance", "ports")
    assert where.returncode == 0, where.stderr
    place = subprocess.run(
        [sys.executable, "-c", "import conformance.data as d; print(d.cassettes_dir())"],
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert Path(place.stdout.strip()).is_relative_to(installed)


@pytest.mark.slow(seconds=14)
def test_the_pytest_line_of_the_readme(installed: Path, tmp_path: Path) -> None:
    """The line works as it is printed: only checks are collected, nothing of the recorded repositories."""
    (line,) = PYTEST_LINE.findall((CHECKOUT / "README.md").read_text("utf-8"))
    words = [word.replace("huggingface_hub", "reference") for word in shlex.split(line)]
    ended = in_project(tmp_path, installed, *words, "-k", "tree/")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "tree  " in ended.stdout
    assert "parity" in ended.stdout


def test_new_port_of_every_language(installed: Path, tmp_path: Path) -> None:
    """An installer compiles every Python file, those of the templates among them: no language minds."""
    compileall = [sys.executable, "-m", "compileall", "-q", str(installed / "conformance" / "author" / "templates")]
    subprocess.run(compileall, check=True)
    assert list((installed / "conformance" / "author" / "templates" / "python").glob("__pycache__/*.pyc"))
    for language in templates.LANGUAGES:
        ended = in_project(tmp_path, installed, "conformance", "new-port", "--lang", language, f"my_{language}")
        assert ended.returncode == 0, ended.stderr
        assert (tmp_path / f"my_{language}" / "port.toml").is_file()
        assert not list(tmp_path.rglob("*.pyc"))


CONFTEST = """
OPTIONS = ("port", "report", "profile", "expectations", "check", "deadline", "shuffle", "attach", "port-child")

def pytest_addoption(parser):
    for name in OPTIONS:
        parser.addoption(f"--{name}", default="the project's own")
"""

TEST = """
from conftest import OPTIONS

def test_own_options(request):
    assert {request.config.getoption(f"--{name}") for name in OPTIONS} == {"the project's own"}
"""


@pytest.mark.parametrize("options", [[], ["-p", "xdist", "-n", "2"]], ids=["plain", "xdist"])
def test_other_projects_notice_nothing(installed: Path, tmp_path: Path, options: list[str]) -> None:
    """A project with options of the same names, strict markers and tests in a folder `cases` runs as ever."""
    (tmp_path / "conftest.py").write_text(CONFTEST, "utf-8")
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "test_own.py").write_text(TEST, "utf-8")
    ended = in_project(tmp_path, installed, "pytest", "--strict-markers", "-q", *options)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "1 passed" in ended.stdout
    markers = in_project(tmp_path, installed, "pytest", "--markers")
    assert "hub_check" not in markers.stdout
