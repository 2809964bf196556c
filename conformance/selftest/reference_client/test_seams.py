"""Mutants patch the public steps of the reference client; the private names that they patch may only get fewer.

A private name may change in any tidy-up of the client, and each patch of one then breaks. The steps that have public
names for this: `session.send` and `wait_before`, `api.pages`, `ask_info` and `repo_url`, `download.into_cache`,
`into_local_dir` and `look_up`, `transfer.receive`, `ask_for_rest` and `verify`, `snapshot.resolve_revision`,
`list_files`, `obtain_all` and `fall_back`, and `settings.flag`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from conformance import mutants

ALLOWED = 94
"""Patches of private names. Lower this with each one that goes."""
PATCHING = {"setattr", "wrap", "change_result", "change_arguments"}


def _patched_private_names(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if called not in PATCHING:
            continue
        for argument in node.args:
            name = argument.value if isinstance(argument, ast.Constant) else None
            if isinstance(name, str) and name.startswith("_") and not name.startswith("__") and name.isidentifier():
                yield name


def test_mutants_patch_no_more_private_names_than_before() -> None:
    found = [
        f"{path.name}: {name}"
        for path in sorted(Path(mutants.__path__[0]).glob("*.py"))
        for name in _patched_private_names(path.read_text(encoding="utf-8"))
    ]
    assert len(found) == ALLOWED, f"{len(found)} patches; patch a public step instead, or lower ALLOWED: {found}"
