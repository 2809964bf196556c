"""Which part imports which: no circles, and no stage knows a later one."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]

FORBIDDEN = {
    "traffic": {"hub", "record", "replay", "ports", "verdict", "report", "checks", "run", "cli", "author"},
    "protocol": {"hub", "record", "replay", "ports", "verdict", "report", "checks", "run", "cli", "author"},
    "hub": {"record", "replay", "ports", "verdict", "report", "checks", "run", "cli", "author"},
    "record": {"replay", "ports", "verdict", "report", "checks", "run", "cli", "author"},
    "replay": {"hub", "record", "ports", "verdict", "report", "checks", "run", "cli", "author"},
    "ports": {"hub", "record", "replay", "verdict", "report", "checks", "run", "cli", "author"},
    "verdict": {"hub", "record", "replay", "ports", "report", "checks", "run", "cli", "author"},
    "report": {"hub", "record", "replay", "checks", "run", "cli", "author"},
    "checks": {"hub", "report", "run", "cli", "author"},
}
"""The parts of `conformance` that a part does not import."""

FIXTURES = "conformance.checks.conftest"
"""Hands what a run makes to the checks; pytest finds it only in their folder."""

KNOW_PYTEST = {"plugin", "checks.conftest", "cli.run", "bench.suite"}
"""The modules that import pytest: the plugin, the fixtures of checks, what starts pytest. Mutants use its patches."""


def modules() -> dict[str, Path]:
    """Every module of the two packages, but for tests and templates, by name."""
    found = {}
    for package in ("conformance", "reference_client"):
        for path in (CHECKOUT / package).rglob("*.py"):
            if not {"selftest", "templates"} & set(path.parts):
                found[".".join(path.relative_to(CHECKOUT).with_suffix("").parts).removesuffix(".__init__")] = path
    return found


def imported(path: Path, known: dict[str, Path]) -> Iterator[str]:
    """The modules that one imports when it is imported: not in functions, and not for types alone."""
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield from (name for name in (full, node.module) if name in known)


def test_there_is_no_circle() -> None:
    """No module imports itself by way of others."""
    known = modules()
    # A package's `__init__` runs before its modules, whoever imports them; its own imports are not followed back.
    graph = {
        name: {other for other in imported(path, known) if not name.startswith(f"{other}.")}
        for name, path in known.items()
        if path.name != "__init__.py"
    }
    graphlib.TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("part", FORBIDDEN)
def test_no_part_knows_a_later_one(part: str) -> None:
    """Each stage imports only those before it."""
    known = modules()
    wrong = [
        f"{name} imports {other}"
        for name, path in known.items()
        if name.startswith(f"conformance.{part}.") and name != FIXTURES
        for other in imported(path, known)
        if other.startswith("conformance.") and other.split(".")[1] in FORBIDDEN[part]
    ]
    assert wrong == []


def test_replay_loads_neither_the_recorder_nor_the_stand_in() -> None:
    """Importing `conformance.replay` leaves them out: a program that replays a recording needs neither."""
    code = "import sys, conformance.replay; print(*sorted(m for m in sys.modules if m.startswith('conformance.')))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=CHECKOUT)
    names = loaded.stdout.split()
    assert not [name for name in names if name.startswith(("conformance.hub", "conformance.record"))]


def test_a_run_does_not_know_pytest() -> None:
    """Importing the runner, and then every check, loads neither pytest nor the plugin."""
    code = (
        "import sys, conformance.run.runner; from conformance.catalogue.check import all_checks; assert all_checks();"
        "print(*sorted(sys.modules))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=CHECKOUT)
    names = set(loaded.stdout.split())
    assert "conformance.run.runner" in names
    assert not {"pytest", "_pytest", "syrupy", "conformance.plugin", "conformance.checks.conftest"} & names
    assert not {"conformance.hub", "conformance.run.stand_in", "conformance.record"} & names


def test_only_the_plugin_and_the_fixtures_know_pytest() -> None:
    """No other module imports it, at its top or in a function."""
    found = {
        name.removeprefix("conformance.")
        for name, path in modules().items()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.Import) and any(alias.name.partition(".")[0] == "pytest" for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in ("pytest", "_pytest"))
    }
    assert {name for name in found if not name.startswith("mutants.")} == KNOW_PYTEST
