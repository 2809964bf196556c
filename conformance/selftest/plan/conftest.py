"""Facts for the plan, small and made up."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.plan.facts import Checked, Facts
from conformance.trace.inventory import Function, Inventory
from conformance.trace.needs import Call, Entry, Needs, Value


def call(file: str, line: int, repo: str, *operations: str, kind: str = "dataset", **roles: str) -> Call:
    """A call that loads a repository."""
    values = {"repo_id": repo, **roles}
    return Call(
        file=file,
        line=line,
        function="load",
        call="datasets.load_dataset",
        kind=kind,
        operations=operations,
        arguments={role: Value("literal", (value,), repr(value)) for role, value in values.items()},
        cases=((repo, None, "train"),),
    )


def failed(
    id: str, code: str, *, level: str = "MUST", operation: str = "hf_hub_download", cause: str = "it breaks"
) -> Checked:
    """A check that failed."""
    return Checked(
        id, level, operation, "failed", f"It must do {id}.", code, "a message", "this", "that", cause, "lib.py:1"
    )


@pytest.fixture
def needs() -> Needs:
    """Two recipes: both download, one also asks for names."""
    calls = (
        call("a/train.py", 3, "openai/gsm8k", "hf_hub_download", "get_dataset_config_names"),
        call("b/train.py", 4, "other/data", "hf_hub_download"),
    )
    entries = (Entry("a/train.py", ("a/train.py:3",)), Entry("b/train.py", ("b/train.py:4",)))
    return Needs("my-consumer", "v1", 2, calls, entries)


@pytest.fixture
def inventory() -> Inventory:
    functions = (
        Function(
            "lib.hf_hub_download",
            "lib.py",
            1,
            2,
            1,
            ("endpoint", "cache_dir"),
            "Gets.",
            ("test_lib.py:3",),
            ("hf_hub_download",),
        ),
        Function("lib.delete_repo", "lib.py", 9, 1),
    )
    return Inventory("lib", "1.0", "python", 1, functions)


@pytest.fixture
def facts() -> Callable[..., Facts]:
    """Facts of a run with these checks."""

    def made(*checks: Checked, started: str = "2026-11-27T00:00:00+00:00") -> Facts:
        return Facts(
            "my_port", "1.0", "python", "0.1", "p", started, ("get_dataset_config_names", "hf_hub_download"), checks
        )

    return made
