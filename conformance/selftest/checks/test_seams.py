"""How the mutants hold on to the reference client: a number that may only fall."""

from __future__ import annotations

import ast
from pathlib import Path

import conformance.mutants

MOST = 86
"""Patches of a private name. A mutant changes a step of the client that has a public name, or what goes in and out of
an operation; only what cannot be said there patches more."""


def test_mutants_patch_few_private_names() -> None:
    """So the client can be changed without its mutants. A change that removes one lowers the number."""
    patched = []
    for file in Path(*conformance.mutants.__path__).glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in ("setattr", "wrap") or name.startswith("change"):
                    said = [one.value for one in node.args if isinstance(one, ast.Constant)]
                    names = [one.rpartition(".")[2] for one in said if isinstance(one, str)]
                    patched += [f"{file.name}: {one}" for one in names if one.startswith("_") and one[1:2] != "_"]
    assert len(patched) <= MOST, "\n".join(sorted(patched))
    assert len(patched) == MOST, f"lower MOST to {len(patched)}"
