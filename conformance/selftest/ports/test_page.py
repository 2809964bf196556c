"""What the port file's page shows is what the suite reads."""

from __future__ import annotations

import re
from pathlib import Path

import conformance.ports
from conformance.catalogue.check import all_checks
from conformance.ports.description import find
from conformance.verdict import expectations

PAGE = Path(conformance.ports.__file__).with_name("README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_expectations_of_the_page_are_read(tmp_path: Path) -> None:
    """Each form of an entry is one of the grammar's, and its checks exist."""
    (example,) = blocks("yaml")
    file = tmp_path / "expectations.yaml"
    file.write_text(example, "utf-8")
    entries = expectations.entries_for(expectations.read(file), "2.4.0")
    assert [entry.outcome for entry in entries] == ["failed", "unsupported", "failed"]
    assert entries[2].seen_in
    for entry in entries:
        for pattern in (*entry.checks, *entry.seen_in):
            assert any(expectations.matches(pattern, check) for check in all_checks()), pattern


def test_the_folder_of_the_page_is_read(tmp_path: Path) -> None:
    """The keys of a shim without a cache make a port file."""
    (example,) = (block for block in blocks("toml") if block.startswith("cache"))
    rest = 'name = "p"\nlanguage = "x"\noperations = ["whoami"]\n'
    (tmp_path / "port.toml").write_text(f'{rest}{example}start.command = ["x"]\n', "utf-8")
    description = find(str(tmp_path))
    assert description.cache == "none"
    assert description.local_dir is not None


def test_the_first_example_of_the_page_is_read(tmp_path: Path) -> None:
    """Every key but those for Xet, which needs an environment of its own."""
    example = next(block for block in blocks("toml") if block.startswith("name"))
    (tmp_path / "expectations.yaml").write_text("", "utf-8")
    (tmp_path / "port.toml").write_text(re.sub(r"(?m)^transfer.*\n", "", example), "utf-8")
    description = find(str(tmp_path))
    assert description.cache == "own"
    assert description.reads_environment == "at-call"
