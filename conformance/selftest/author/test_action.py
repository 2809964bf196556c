"""The action for GitHub, run step by step as a runner runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

CHECKOUT = Path(__file__).parents[3]

# What stands for programs of the runner's: a `python` that makes no environment, since the suite is installed here
# (from its wheel it is tested elsewhere), and an `npm` that asks no registry.
PYTHON: Final = """#!/bin/sh
if [ "$1 $2" = "-m venv" ]; then
  mkdir -p "$3/bin"
  printf '#!/bin/sh\\n[ "$2" = pip ] || exec "{python}" "$@"\\n' > "$3/bin/python"
  printf '#!/bin/sh\\nexec "{python}" -m conformance "$@"\\n' > "$3/bin/hub-conformance"
  chmod +x "$3/bin/python" "$3/bin/hub-conformance"
fi
"""
NPM: Final = """#!/bin/sh
while [ "$1" != --prefix ]; do shift; done
mkdir -p "$2/node_modules/tiny"
"""

SHIM: Final = """
import json, os, sys
from pathlib import Path
assert Path(os.environ["NODE_PATH"], "tiny").is_dir(), "what the port needs is not installed"
for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "bye":
        break
    port = {"name": "tiny", "version": "1", "language": "javascript", "operations": ["hf_hub_download"]}
    answer = {"type": "error", "kind": "other", "native": "Boom", "message": "no"}
    if message["type"] == "hello":
        answer = {"type": "welcome", "protocol": 1, "port": port}
    print(json.dumps({"id": message["id"], **answer}), flush=True)
"""

EXPECTATIONS: Final = """
- check: download/git-file[gsm8k]
  code: unexpected-error
  reason: it can do nothing yet
  source: shim.py
"""


def executable(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")
    path.chmod(0o755)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A port in JavaScript, as far as the suite can tell, with a package of npm's."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "package.json").write_text('{"dependencies": {"tiny": "1.0.0"}}', "utf-8")
    (folder / "shim.py").write_text(SHIM, "utf-8")
    (folder / "expectations.yaml").write_text(EXPECTATIONS, "utf-8")
    (folder / "port.toml").write_text(
        'name = "tiny"\nlanguage = "javascript"\noperations = ["hf_hub_download"]\nexpectations = "expectations.yaml"\n'
        f'[start]\ncommand = ["{sys.executable}", "{{folder}}/shim.py"]\npackages = "package.json"\n',
        "utf-8",
    )
    return folder


def run_steps(folder: Path, project: Path, **inputs: str) -> tuple[int, str]:
    """Run the action's own commands in order, until one fails: exit code and what was written.

    `${{ inputs.x }}` is an input or its default; `working-directory`, `env` and `shell: bash` are what a runner makes
    of them. Steps that use another action are left out: they only keep files from run to run.
    """
    action: dict[str, Any] = yaml.safe_load((CHECKOUT / "action.yml").read_text("utf-8"))
    values = {name: str(about.get("default", "")) for name, about in action["inputs"].items()} | inputs
    programs = folder / "programs"
    programs.mkdir(parents=True)
    executable(programs / "python", PYTHON.replace("{python}", sys.executable))
    executable(programs / "npm", NPM)
    temporary = folder / "temporary"
    temporary.mkdir()
    environment = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "RUNNER_TEMP": str(temporary),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "GITHUB_OUTPUT": str(folder / "outputs.txt"),
    }

    def filled(text: str) -> str:
        for name, value in values.items():
            text = text.replace(f"${{{{ inputs.{name} }}}}", value)
        return text.replace("${{ github.action_path }}", str(CHECKOUT))

    said = ""
    for step in action["runs"]["steps"]:
        if "run" not in step:
            continue
        ended = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=project / filled(step.get("working-directory", ".")),
            env={**environment, **{name: filled(value) for name, value in step.get("env", {}).items()}},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        said += ended.stdout + ended.stderr
        if ended.returncode:
            return ended.returncode, said
    return 0, said


@pytest.mark.parametrize(
    ("arguments", "code"),
    [("download/git-file[gsm8k]", 0), ("download/git-file[gsm8k] download/at-a-tag[gsm8k]", 1)],
    ids=["as expected", "not as expected"],
)
def test_the_action_installs_what_a_port_needs_and_gates(
    tmp_path: Path, project: Path, arguments: str, code: int
) -> None:
    """A port with packages is installed and measured; the exit code is the gate's, and the summary is shown."""
    ended, said = run_steps(tmp_path, project, port=".", processes="0", args=arguments)
    assert ended == code, said
    assert "tiny: installed" in said
    assert "parity" in (tmp_path / "summary.md").read_text("utf-8")
    assert (project / "report" / "parity.json").is_file()


def test_a_port_that_needs_nothing_is_measured_at_once(tmp_path: Path, project: Path) -> None:
    """The step that installs does nothing then."""
    ended, said = run_steps(tmp_path, project, port="reference", processes="0", args="download/git-file[gsm8k]")
    assert ended == 0, said
    assert "reference: needs no separate environment" in said


def outputs(folder: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in (folder / "outputs.txt").read_text("utf-8").splitlines())


def test_the_action_has_outputs_and_annotations(tmp_path: Path, project: Path) -> None:
    """Figures for later steps; a failure that is not expected is shown on the page of the change."""
    ended, said = run_steps(
        tmp_path, project, port=".", processes="0", args="download/git-file[gsm8k]\ndownload/at-a-tag[gsm8k]"
    )
    assert ended == 1, said
    assert outputs(tmp_path) == {
        "exit-code": "1",
        "parity": "0.0000",
        "must": "0/2",
        "failed": "2",
        "complete": "false",
    }
    assert "::error title=failed::download/at-a-tag[gsm8k] (MUST): [unexpected-error]" in said


def test_what_changed_since_a_baseline_begins_the_summary(tmp_path: Path, project: Path) -> None:
    """With `fail-on: regression` what failed before does not fail the job."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    which = {"port": ".", "processes": "0", "args": "download/git-file[gsm8k] download/at-a-tag[gsm8k]"}
    run_steps(tmp_path / "a", project, report="before", **which)
    ended, said = run_steps(tmp_path / "b", project, baseline="before", **which, **{"fail-on": "regression"})
    assert ended == 0, said
    assert (tmp_path / "b" / "summary.md").read_text("utf-8").startswith("### tiny 1 → tiny 1: no regression")
    ended, said = run_steps(tmp_path / "b" / "x", project, **which, **{"fail-on": "sometimes"})
    assert ended == 2
    assert "write gate, regression or never" in said


def test_a_run_without_a_report_is_no_pass(tmp_path: Path, project: Path) -> None:
    """A C library that calls `exit(0)` ends the suite as quietly as `--help` does; neither has a verdict."""
    ended, said = run_steps(tmp_path, project, port="reference", args="--help")
    assert ended == 2, said
    assert "::error::the run wrote no report, so its exit code 0 is no verdict" in said
    assert outputs(tmp_path) == {"exit-code": "2"}


def test_the_builder_is_a_pinned_one() -> None:
    """pip builds in isolation, where `--constraint` counts for nothing: only its variables pin the builder."""
    pins = (CHECKOUT / "requirements-ci.txt").read_text("utf-8").splitlines()
    assert any(line.startswith("hatchling==") for line in pins)
    action = yaml.safe_load((CHECKOUT / "action.yml").read_text("utf-8"))
    (step,) = (step for step in action["runs"]["steps"] if step["name"] == "Install the suite")
    for name in ("PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT"):  # before and since pip 25.3
        assert step["env"][name] == "${{ github.action_path }}/requirements-ci.txt"
    recipe = subprocess.run(
        ["make", "--dry-run", "--always-make", ".venv/installed"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    (install,) = (line for line in recipe.splitlines() if "pip install" in line)
    assert install.startswith("PIP_CONSTRAINT=requirements-ci.txt PIP_BUILD_CONSTRAINT=requirements-ci.txt ")
