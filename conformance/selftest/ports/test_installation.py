"""A port in an environment of its own: made whole or not at all, and driven there."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.cli.ports import ports
from conformance.ports import Context, PortDescriptionError, find, installation, start

ADAPTER = """
from collections.abc import Callable

from conformance.ports.adapters.adapter import Adapter
from conformance.protocol.messages import Answer, Call, Page, PortInfo, Result


class TinyAdapter:
    def __init__(self, module: str, name: str) -> None:
        import tiny

        self.info = PortInfo(name, tiny.__version__, "python", operations=("whoami",))

    def answer(self, call: Call, send: Callable[[Page], None], /) -> Answer:
        import sys
        from importlib import util

        return Result(call.id, {"prefix": sys.prefix, "has_click": util.find_spec("click") is not None})
"""


BACKEND = """
import pathlib, zipfile

def build_wheel(directory, config_settings=None, metadata_directory=None):
    with zipfile.ZipFile(pathlib.Path(directory, "built-VERSION-py3-none-any.whl"), "w") as archive:
        about = "built-VERSION.dist-info"
        archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\\nName: built\\nVersion: VERSION\\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(f"{about}/RECORD", "")
    return "built-VERSION-py3-none-any.whl"
"""
"""Builds a package whose version is the backend's own."""


def wheel_of(folder: Path, name: str, version: str, modules: dict[str, str]) -> Path:
    """A package that pip installs without any index."""
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    about = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        for module, source in modules.items():
            archive.writestr(f"{module}.py", source)
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    return wheel


def tiny_wheel(folder: Path) -> Path:
    """A package of a library and its adapter."""
    return wheel_of(folder, "tiny", "1.0", {"tiny": '__version__ = "1.0"\n', "tiny_adapter": ADAPTER})


def port_of(folder: Path, requirement: str) -> str:
    (folder / "port.toml").write_text(
        'name = "tiny"\nlanguage = "python"\noperations = ["whoami"]\n'
        f'[start]\npython = "tiny"\nadapter = "tiny_adapter:TinyAdapter"\nrequires = ["{requirement}"]\n',
        "utf-8",
    )
    return str(folder)


@pytest.fixture(autouse=True)
def environments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """All environments below the test's own folder."""
    folder = tmp_path / "environments"
    monkeypatch.setenv(installation.FOLDER_VARIABLE, str(folder))
    return folder


def command(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(ports, arguments, env={"COLUMNS": "400"})
    return result.exit_code, result.output + str(result.exception or "")


@pytest.mark.slow(seconds=12)
def test_a_port_runs_in_the_environment_that_was_made_for_it(tmp_path: Path, environments: Path) -> None:
    """Before, it is told how to install it; after, its child sees its environment and nothing of the suite's."""
    path = port_of(tmp_path, f"tiny @ {tiny_wheel(tmp_path).as_uri()}")
    description = find(path)
    assert f"hub-conformance ports --install {path}" in command(path)[1].replace("\n", "")
    with pytest.raises(PortDescriptionError, match="not installed: run hub-conformance ports --install"):
        start(description)
    assert command("--install", path) == (0, "tiny: installed\n")
    assert command("--install", path) == (0, "tiny: was installed already\n")
    driver = start(description)
    try:
        assert driver.hello().version == "1.0"
        seen = driver.call("whoami", {}, Context(None, None), 30.0)
    finally:
        driver.close()
    assert Path(seen["prefix"]) == installation.place("tiny", description.requires)
    assert seen["has_click"] is False
    with pytest.raises(PortDescriptionError, match="leave out --in-process"):
        start(description, in_child=False)


def test_an_environment_that_cannot_be_made_leaves_nothing_behind(tmp_path: Path, environments: Path) -> None:
    """pip's complaint is passed on, and no half environment stays."""
    path = port_of(tmp_path, f"tiny @ {(tmp_path / 'no-such-1.0-py3-none-any.whl').as_uri()}")
    code, output = command("--install", path)
    assert code != 0
    assert "the environment of the port tiny cannot be made" in output
    assert "no-such" in output
    assert list(environments.iterdir()) == []


@pytest.mark.slow(seconds=12)
def test_pins_reach_what_builds_a_package(tmp_path: Path, environments: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package without a wheel is built by the backend of the pinned version, not by the newest."""
    for version in ("1.0", "2.0"):
        wheel_of(tmp_path, "backend", version, {"backend": BACKEND.replace("VERSION", version)})
    source = tmp_path / "source"
    source.mkdir()
    (source / "pyproject.toml").write_text('[build-system]\nrequires = ["backend"]\nbuild-backend = "backend"\n')
    (tmp_path / "pins.txt").write_text("backend==1.0\n")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    assert installation.install("built", [str(source)], tmp_path / "pins.txt")
    assert [path.name for path in environments.rglob("built-*.dist-info")] == ["built-1.0.dist-info"]


@pytest.mark.parametrize(
    "arguments",
    [["--install"], ["--install", "--all", "reference"], ["--all"], ["--constraint", __file__, "reference"]],
    ids=" ".join,
)
def test_options_that_do_not_go_together_are_a_usage_error(arguments: list[str]) -> None:
    """What is to be installed must be said, once."""
    assert command(*arguments)[0] == 2


def test_other_requirements_are_another_environment() -> None:
    """The place follows from the name and the requirements."""
    assert installation.place("a", ["x==1"]) == installation.place("a", ["x==1"])
    assert len({installation.place(name, [wanted]) for name in ("a", "b") for wanted in ("x==1", "x==2")}) == 4
