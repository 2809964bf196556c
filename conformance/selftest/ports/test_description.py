"""Port files: the bundled ones are right, and a wrong one is told what to write."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conformance.ports import PortDescriptionError, bundled, find

GOOD = """
name = "mine"
language = "go"
operations = ["whoami"]
[start]
command = ["{folder}/shim", "--stdio"]
"""


def written(folder: Path, text: str) -> str:
    (folder / "port.toml").write_text(text)
    return str(folder)


@pytest.mark.parametrize("name", ["huggingface_hub", "reference"])
def test_the_bundled_ports_are_found_by_name(name: str) -> None:
    """A bundled port has the name of its folder, and its expectations beside it."""
    description = find(name)
    assert description.name == name
    assert description.expectations is not None
    assert description.expectations.is_file()
    assert name in bundled()


def test_a_port_of_one_s_own_is_found_by_its_file_or_folder(tmp_path: Path) -> None:
    """Both paths work, and the command knows its folder."""
    folder = written(tmp_path, GOOD)
    description = find(folder)
    assert description == find(f"{folder}/port.toml")
    assert description.command == (f"{tmp_path.resolve()}/shim", "--stdio")
    assert description.reads_environment == "at-start"


def test_a_program_of_the_folder_that_cannot_be_started_says_what_to_do(tmp_path: Path) -> None:
    """It is not installed, it is built; a port that `new-port` has written in Go names such a program."""
    description = find(written(tmp_path, GOOD))
    shim = tmp_path / "shim"
    assert description.missing() == f"there is no program {shim.resolve()}; build it first"
    shim.write_text("#!/bin/sh\n")
    shim.chmod(0o644)
    assert description.missing() == f"the program {shim.resolve()} is not executable; run chmod +x"
    shim.chmod(0o755)
    assert description.missing() is None


def test_an_unknown_name_gets_a_suggestion() -> None:
    """The message lists what there is, and what may have been meant."""
    with pytest.raises(PortDescriptionError, match=r"Did you mean huggingface_hub\? Bundled ports: "):
        find("hugingface_hub")


@pytest.mark.parametrize(
    ("instead_of", "write", "told"),
    [
        ('name = "mine"', "", "name: is missing; write a string"),
        ("operations", "operatoins", "operations: is missing; write a list of strings; there is 'operatoins' instead"),
        ('"go"', '"go"\nhomepag = "x"', "homepag: there is no such key (did you mean homepage?); known are cache"),
        ('"go"', "3", 'language: write a string, language = "…"'),
        ('["whoami"]', '"whoami"', "operations: write a list of strings"),
        ('["whoami"]', "[]", "operations: write a list of strings"),
        ("[start]", "[begin]", "start: is missing; write a table"),
        ("command", "run", "start.python: give either"),
        ("[start]", '[start]\npython = "mine"', "start.python: give either"),
        ("[start]", '[start]\nshell = "sh"', "start.shell: there is no such key; known are adapter, command"),
        ("[start]", '[start]\nrequires = ["x"]', "start.command: goes with neither adapter nor requires"),
        ("[start]", '[start]\nadapter = "x"', 'start.adapter: write adapter = "module:Class"'),
        ('"go"', '"go"\ntransfer = "ftp"', "transfer: write one of 'http', 'xet'"),
        ('"whoami"', '"whoamI"', "operations: 'whoamI' is not an operation (did you mean whoami?); see hub-conform"),
        ('"go"', '"go"\ntransfer = "xet"', "transfer: for Xet the port needs an environment with hf_xet"),
        ('"go"', '"go"\ncolour = "red"', "colour: there is no such key"),
        ('"go"', '"go"\nexpectations = "none.yaml"', "expectations: there is no file"),
        (
            '"go"',
            '"go"\nreads_environment = "never"',
            "reads_environment: write one of 'at-start', 'at-call'",
        ),
        ("[start]", "[environment]\nX = 1\n[start]", 'environment.X: write a string, X = "1"'),
        ("name", "name name", "port.toml: "),
    ],
)
def test_a_wrong_file_is_told_the_key_and_what_to_write(tmp_path: Path, instead_of: str, write: str, told: str) -> None:
    """The message has the file, the key and the remedy."""
    folder = written(tmp_path, GOOD.replace(instead_of, write, 1))
    with pytest.raises(PortDescriptionError) as raised:
        find(folder)
    assert str(raised.value).startswith(f"{folder}/port.toml: ")
    assert told in str(raised.value)


START = 'name = "x"\nlanguage = "python"\noperations = ["whoami"]\n[start]\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f'{START}python = "json"\n[environment]\nA = "x\\u0000y"\n', r"environment\.A: has a NUL"),
        (f'{START}python = "json"\n[environment]\n"A=B" = "x"\n', r"environment\.'A=B': is not a variable name"),
        (f'{START}python = "../../evil"\n', r"start\.python: write the name of a module"),
        (f'{START}python = ".evil"\n', r"start\.python: write the name of a module"),
        (f'{START}python = "json"\nadapter = "json:a.b"\n', r"start\.adapter"),
        (f'{START}command = ["a\\u0000b"]\n', r"start\.command: has a NUL"),
        ("x = " + "[" * 5000 + "]" * 5000, "nested too deeply"),
        ("name = 5", "."),
    ],
)
def test_what_cannot_be_started_is_refused_when_it_is_read(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "port.toml").write_text(text, encoding="utf-8")
    with pytest.raises(PortDescriptionError, match=says):
        find(str(tmp_path))


@pytest.mark.parametrize("adapter", ["os:system", "nosuch:X", "json:Nope"])
@pytest.mark.parametrize("options", [(), ("--child",)])
def test_an_adapter_that_is_not_one(tmp_path: Path, adapter: str, options: tuple[str, ...]) -> None:
    """One line says that the port cannot be started, and no traceback; nothing is called."""
    (tmp_path / "port.toml").write_text(f'{START}python = "json"\nadapter = "{adapter}"\n', encoding="utf-8")
    command = [sys.executable, "-m", "conformance", "run", "--port", str(tmp_path), "auth/whoami*", *options]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr + ended.stdout
