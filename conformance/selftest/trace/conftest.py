"""Source for the tracer, written as the test says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from conformance.trace import consumer
from conformance.trace.needs import Call, Needs


@pytest.fixture
def traced(tmp_path: Path) -> Callable[[Mapping[str, str]], Needs]:
    """What a consumer of these files needs."""

    def trace(files: Mapping[str, str]) -> Needs:
        for name, text in files.items():
            path = tmp_path / "consumer" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return consumer.trace([tmp_path / "consumer"], "consumer", "1")

    return trace


@pytest.fixture
def only(traced: Callable[[Mapping[str, str]], Needs]) -> Callable[[str], Call]:
    """The one call that a Python module makes."""

    def one(text: str) -> Call:
        (call,) = traced({"module.py": text}).calls
        return call

    return one
