"""Examples as pytest tests of a Python library."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from conformance.plan.examples import Example
from conformance.trace.inventory import Function

LANGUAGE: Final = "python"
SUPPORT_FILE: Final = "conftest.py"
RUN: Final = "pytest {file}"
SUPPORT: Final = '''\
"""Opens the recorded Hub of a check. `hub-conformance` must be on the PATH."""

import subprocess

import pytest


@pytest.fixture
def serve():
    started = []

    def open_hub(check, call):
        command = ["hub-conformance", "serve", check, "--call", str(call)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        told = {}
        for line in process.stdout:
            if line.startswith("requests ("):
                return told["endpoint"], told["cache_dir"]
            words = line.split(maxsplit=1)
            if line.startswith("  ") and len(words) == 2:
                told.setdefault(words[0], words[1].strip())
        raise AssertionError("hub-conformance serve ended")

    yield open_hub
    for process in started:
        process.communicate("", timeout=60)  # the end of its standard input ends it
'''


def chosen(functions: Sequence[Function]) -> Function | None:
    """Of several functions for an operation, one of a module before a method of a client."""
    return min(functions, key=lambda one: _owner(one)[:1].isupper(), default=None)


def _owner(function: Function) -> str:
    """What a function is in: a module, or a class, whose name begins with a capital letter."""
    return function.name.rpartition(".")[0].rpartition(".")[2]


def file_name(example: Example) -> str:
    """The file of an example."""
    return "test_" + re.sub(r"[^a-z0-9]+", "_", example.check).strip("_") + ".py"


def code(example: Example, function: Function) -> str:
    """A whole pytest test. `function` is the library's for the operation of the example."""
    module, _, name = function.name.rpartition(".")
    owner = module.rpartition(".")[2]
    if owner[:1].isupper():  # a method of a client
        module = module.rpartition(".")[0]
    given = {**{repr(key): repr(value) for key, value in example.arguments.items()}}
    places = {"endpoint": "endpoint", "cache_dir": "cache_dir"}
    further = {key: value for key, value in places.items() if key in function.options}
    if owner[:1].isupper():
        further = {"cache_dir": "cache_dir"} if example.operation == "hf_hub_download" else {}
    arguments = ", ".join(
        [f"**{{{', '.join(f'{k}: {v}' for k, v in given.items())}}}", *(f"{k}={v}" for k, v in further.items())]
    )
    called = f"{owner}(endpoint=endpoint).{name}" if owner[:1].isupper() else name
    call = f"{called}({arguments.removesuffix(', ')})"
    lines = [
        '"""',
        f"{example.check}, call {example.number}",
        '"""',
        "",
        "import hashlib",
        "",
        "import pytest",
        "",
        f"from {module} import {called.partition('(')[0]}",
        "",
        "",
    ]
    lines += [f"def test_{re.sub(r'[^a-z0-9]+', '_', example.check).strip('_')}(serve):"]
    lines += [
        f"    # {' '.join(example.requirement.split())[:100]}",
        f"    endpoint, cache_dir = serve({example.check!r}, {example.number})",
    ]
    return "\n".join([*lines, *(f"    {line}" for line in _assertions(example, call))]) + "\n"


def _assertions(example: Example, call: str) -> list[str]:
    if example.instead is not None:
        size, digest = example.instead
        read = "open(answer, 'rb').read()" if example.operation == "hf_hub_download" else "bytes(answer)"
        return [
            "try:",
            f"    answer = {call}",
            "except Exception:",
            "    return  # refused, which is right, too",
            f"data = {read}",
            f"assert (len(data), hashlib.sha256(data).hexdigest()) == ({size}, {digest!r})",
        ]
    if example.expect == "error":
        return ["with pytest.raises(Exception):", f"    {call}"]
    if example.expect in ("file", "content"):
        read = "open(answer, 'rb').read()" if example.expect == "file" else "bytes(answer)"
        size, digest = example.value
        return [
            f"answer = {call}",
            f"data = {read}",
            f"assert (len(data), hashlib.sha256(data).hexdigest()) == ({size}, {digest!r})",
        ]
    if example.expect == "paths":
        return [
            f"answer = list({call})",
            f"assert sorted(getattr(one, 'path', one) for one in answer) == {example.value!r}",
        ]
    if example.expect == "sha":
        return [f"assert {call}.sha == {example.value!r}"]
    value: Any = dict(example.value) if isinstance(example.value, Mapping) else example.value
    return [f"assert {call} == {value!r}"]
