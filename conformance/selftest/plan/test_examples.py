"""The examples: red on a library with the defect, green on one without."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

import conformance
import reference_client
from conformance.mutants import all_mutants
from conformance.plan import code_javascript, code_python, examples
from conformance.plan import facts as facts_of
from conformance.plan.examples import Example
from conformance.plan.facts import Checked
from conformance.selftest.plan.test_documents import FOLDER
from conformance.selftest.ports.hf_hub_ex.conftest import STAND_IN, needs_elixir
from conformance.trace.inventory import Function
from conformance.trace.python_inventory import inventory

PATIENT: Final = 120.0
_NAMED: Final = re.compile(r"^Red on .* as measured: `(.+)`$", re.MULTILINE)
CHECKS: Final = tuple(_NAMED.findall((FOLDER / "TDD_EXAMPLES.md").read_text("utf-8")))
"""The checks that the examples of hf_hub_ex are made of: the same call, and the same answer, in Python."""
DEFECTS: Final = {"errors/missing-revision-of-a-model[contract]": ("info-ignores-revision",)}
"""The defect that an example shows, where its check is about something finer."""
_BLOCK: Final = re.compile(r"^<!-- file: (\S+) -->\n```\w+\n(.*?)\n```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def failures() -> dict[str, Checked]:
    return {one.id: one for one in facts_of.read(FOLDER / "run.json").checks if one.outcome == "failed"}


@pytest.fixture(scope="module")
def functions() -> Callable[[str], Any]:
    """The function of the reference client that stands for an operation."""
    _, found, _ = inventory(Path(reference_client.__file__).parent)
    # Methods that are made by a function, such as `model_info`, are not in the inventory of the source.
    made = Function("reference_client.api.HfApi.model_info", "api.py", 1, 1, options=("revision", "token"))
    return lambda operation: code_python.chosen([one for one in found if operation in one.operations]) or made


@pytest.fixture
def serve() -> Iterator[Any]:
    """The fixture that the support file of the examples has."""
    scope: dict[str, Any] = {}
    source = code_python.SUPPORT.replace('["hub-conformance", ', f'[{sys.executable!r}, "-m", "conformance", ')
    exec(compile(source.replace("@pytest.fixture\n", ""), code_python.SUPPORT_FILE, "exec"), scope)
    opened = scope["serve"]()
    yield next(opened)
    with contextlib.suppress(StopIteration):
        next(opened)


def example_of(failures: dict[str, Checked], check: str) -> Example:
    example = examples.of_check(failures[check])
    assert example is not None
    return example


def run_example(example: Example, functions: Callable[[str], Any], serve: Any) -> None:
    """Run the example's pytest test."""
    scope: dict[str, Any] = {}
    exec(compile(code_python.code(example, functions(example.operation)), example.check, "exec"), scope)
    (test,) = [one for name, one in scope.items() if name.startswith("test_")]
    test(serve)


@pytest.mark.slow(seconds=2)
@pytest.mark.parametrize("check", CHECKS)
def test_a_pytest_example_is_green_on_the_reference_client(
    check: str, failures: dict[str, Checked], functions: Callable[[str], Any], serve: Any
) -> None:
    run_example(example_of(failures, check), functions, serve)


@pytest.mark.slow(seconds=2)
@pytest.mark.parametrize("check", CHECKS)
def test_a_pytest_example_is_red_on_a_client_with_the_defect(
    check: str, failures: dict[str, Checked], functions: Callable[[str], Any], serve: Any
) -> None:
    example = example_of(failures, check)
    green = []
    mutants = DEFECTS.get(check, example.mutants)
    for name in mutants:
        with all_mutants()[name].applied():
            try:
                run_example(example, functions, serve)
            except (Exception, pytest.fail.Exception):
                continue
            green.append(name)
    assert len(green) < len(mutants), f"green on each of {', '.join(green)}"


def test_a_check_of_which_no_single_call_tells_is_no_example(failures: dict[str, Checked]) -> None:
    assert examples.of_check(failures["cache/blob-that-was-cut[gsm8k]"]) is None  # its calls share a cache
    assert examples.of_check(failures["wire/head-asks-for-identity[gsm8k]"]) is None  # it is about requests


@pytest.fixture(scope="module")
def exunit(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str, Callable[[str], str]], subprocess.CompletedProcess[str]]:
    """Runs an example of TDD_EXAMPLES.md against the stand-in library, whose source is changed first."""
    blocks = dict(_BLOCK.findall((FOLDER / "TDD_EXAMPLES.md").read_text("utf-8")))

    def run(file: str, change: Callable[[str], str]) -> subprocess.CompletedProcess[str]:
        folder = tmp_path_factory.mktemp("exunit")
        compiled = folder / "lib" / "hf_hub" / "ebin"
        compiled.mkdir(parents=True)
        for source in STAND_IN.glob("*.ex"):
            text = source.read_text("utf-8")
            (folder / source.name).write_text(change(text) if source.name == "hf_hub.ex" else text, encoding="utf-8")
        subprocess.run(["elixirc", "--no-docs", "-o", compiled, *folder.glob("*.ex")], check=True, timeout=PATIENT)
        shutil.copy(STAND_IN / "hf_hub.app", compiled)
        for name in ("hub_of.exs", file):
            (folder / name).write_text(blocks[name], encoding="utf-8")
        command = folder / "bin" / "hub-conformance"
        command.parent.mkdir()
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m conformance "$@"\n', encoding="utf-8")
        command.chmod(0o755)
        words = [
            "elixir",
            "-pa",
            str(compiled),
            "-e",
            "Application.ensure_all_started(:hf_hub)",
            "-r",
            "hub_of.exs",
            "-r",
            file,
        ]
        return subprocess.run(
            words,
            cwd=folder,
            env=_environment(command.parent),
            capture_output=True,
            text=True,
            timeout=PATIENT,
            check=False,
        )

    return run


def _environment(folder: Path) -> dict[str, str]:
    """The environment with the commands of a folder, and with this suite for Python."""
    path = [str(Path(conformance.__file__).parent.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    own = {"LC_ALL": "C.UTF-8", "PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": ":".join(path)}
    return {**os.environ, **own}


_SPLITS: Final = "{:ok, Enum.uniq(found)}"
_DOWNLOAD: Final = "  def hf_hub_download(options) do\n"
_REFUSING: Final = """\
  def hf_hub_download(options) do
    if String.contains?(options[:revision] || "", ".."), do: {:error, :bad_revision}, else: fetch(options)
  end

  defp fetch(options) do
"""


@needs_elixir
@pytest.mark.slow(seconds=6)
@pytest.mark.parametrize(
    ("file", "broken", "mended"),
    [
        pytest.param(
            "datasets_splits_of_lcbv5_deepcoder_test.exs",
            (_SPLITS, "{:ok, Enum.sort(Enum.uniq(found))}"),
            (_SPLITS, "{:ok, Enum.sort(Enum.uniq(found), :desc)}"),
            id="order-of-splits",
        ),
        pytest.param(
            "names_revision_with_a_way_up_gsm8k_test.exs",
            ('options[:revision] || "main"', '"main"'),
            (_DOWNLOAD, _REFUSING),
            id="revision-with-a-way-up",
        ),
    ],
)
def test_an_exunit_example_is_red_with_the_defect_and_green_without(
    exunit: Any, file: str, broken: tuple[str, str], mended: tuple[str, str]
) -> None:
    """The stand-in library, once with the defect and once without."""

    def change(pair: tuple[str, str]) -> Callable[[str], str]:
        def changed(text: str) -> str:
            assert pair[0] in text
            return text.replace(*pair)

        return changed

    red, green = exunit(file, change(broken)), exunit(file, change(mended))
    assert (red.returncode, "1 failure" in red.stdout + red.stderr) == (2, True), red.stdout + red.stderr
    assert (green.returncode, "0 failures" in green.stdout) == (0, True), green.stdout + green.stderr


def test_a_javascript_example_is_a_whole_module(failures: dict[str, Checked]) -> None:
    text = code_javascript.code(example_of(failures, "tree/link-with-a-title[gsm8k]"))
    assert text is not None
    assert 'import { listFiles } from "@huggingface/hub";' in text
    assert "main/test-00000-of-00001.parquet" in text
    if shutil.which("node"):
        subprocess.run(
            ["node", "--check", "--input-type=module", "-"], input=text, text=True, check=True, timeout=PATIENT
        )
