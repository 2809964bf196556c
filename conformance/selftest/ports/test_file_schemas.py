"""The JSON Schemas for editors say what the readers of port files and expectations say."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from conformance import ports, schemas
from conformance.author import templates
from conformance.cli.main import main
from conformance.ports.description import BUNDLED
from conformance.ports.errors import PortDescriptionError
from conformance.verdict import expectations
from conformance.verdict.expectations import ExpectationError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found,unused-ignore]

GOOD_PORT = 'name = "a"\nlanguage = "c"\noperations = ["whoami"]\nstart.command = ["x"]\n'
GOOD_ENTRY = "- check: a/b[c]\n  code: x\n  reason: r\n  source: s\n"


def accepts(name: str, value: Any) -> bool:
    validator = jsonschema.Draft202012Validator(json.loads(schemas.text(name)))
    return bool(validator.is_valid(json.loads(json.dumps(value, default=str))))


@pytest.mark.parametrize("port", ports.bundled())
def test_bundled_files_are_valid(port: str) -> None:
    """Port files and expectations."""
    assert accepts("port", tomllib.loads((BUNDLED / port / "port.toml").read_text("utf-8")))
    known = BUNDLED / port / "expectations.yaml"
    if known.is_file():
        assert accepts("expectations", yaml.safe_load(known.read_text("utf-8")))


@pytest.mark.parametrize("language", templates.LANGUAGES)
def test_what_new_port_writes_is_valid(tmp_path: Path, language: str) -> None:
    """In every language."""
    templates.write(language, "mine", tmp_path / "mine")
    assert accepts("port", tomllib.loads((tmp_path / "mine" / "port.toml").read_text("utf-8")))
    assert accepts("expectations", yaml.safe_load((tmp_path / "mine" / "expectations.yaml").read_text("utf-8")))


@pytest.mark.parametrize(
    ("instead_of", "write"),
    [
        ("name =", "nam ="),
        ('"c"', "3"),
        ('["whoami"]', "[]"),
        ('start.command = ["x"]', ""),
        ('start.command = ["x"]', 'start.command = ["x"]\nstart.python = "y"'),
        ("operations", 'cache = "x"\noperations'),
        ("operations", 'reads_environment = "x"\noperations'),
        ("operations", 'local_dir = "/x"\noperations'),
        ('["x"]\n', '["x"]\nstart.shell = true\n'),
    ],
)
def test_what_the_reader_of_port_files_refuses_is_invalid(tmp_path: Path, instead_of: str, write: str) -> None:
    """And the other way round for the file as it was."""
    file = tmp_path / "port.toml"
    file.write_text(GOOD_PORT, "utf-8")
    ports.find(str(tmp_path))
    assert accepts("port", tomllib.loads(GOOD_PORT))
    wrong = GOOD_PORT.replace(instead_of, write, 1)
    file.write_text(wrong, "utf-8")
    with pytest.raises(PortDescriptionError):
        ports.find(str(tmp_path))
    assert not accepts("port", tomllib.loads(wrong))


@pytest.mark.parametrize(
    ("instead_of", "write"),
    [
        ("check:", "chek:"),
        ("code: x\n", "\n"),
        ("reason: r", "reason: ''"),
        ("source: s", "\n"),
        ("code: x", "code: []"),
        ("code: x", "code: x\n  outcome: crashed"),
        ("code: x", "code: x\n  checks: [a]"),
    ],
)
def test_what_the_reader_of_expectations_refuses_is_invalid(tmp_path: Path, instead_of: str, write: str) -> None:
    """And the other way round for the file as it was."""
    file = tmp_path / "expectations.yaml"
    file.write_text(GOOD_ENTRY, "utf-8")
    expectations.read(file)
    assert accepts("expectations", yaml.safe_load(GOOD_ENTRY))
    wrong = GOOD_ENTRY.replace(instead_of, write, 1)
    file.write_text(wrong, "utf-8")
    with pytest.raises(ExpectationError):
        expectations.read(file)
    assert not accepts("expectations", yaml.safe_load(wrong))


def test_the_keys_are_those_of_the_readers() -> None:
    """So that a new key is not forgotten here."""
    entry = json.loads(schemas.text("expectations"))["$defs"]["entry"]["properties"]
    assert set(entry) == set(expectations._KEYS)


@pytest.mark.parametrize("name", schemas.NAMES)
def test_the_command_prints_a_schema(name: str) -> None:
    """A valid one."""
    result = CliRunner().invoke(main, ["schema", name])
    assert result.exit_code == 0
    jsonschema.Draft202012Validator.check_schema(json.loads(result.stdout))
