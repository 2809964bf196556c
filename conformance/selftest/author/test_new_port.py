"""`new-port` writes ports that are right as they are, and nothing else."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from conformance.author import templates
from conformance.errors import ConformanceError
from conformance.ports import find
from conformance.selftest.author.conftest import Command
from conformance.selftest.author.test_smoke import smoked
from conformance.verdict import expectations

RUNS = {"python": "python3", "node": "node", "elixir": "elixir", "go": "go", "rust": "cargo"}


@pytest.mark.parametrize("language", templates.LANGUAGES)
def test_a_new_port_passes_smoke_untouched(language: str, tmp_path: Path) -> None:
    """Written, built where the language needs it, and right in all probes."""
    if shutil.which(RUNS[language]) is None:
        pytest.skip(f"{RUNS[language]} is not on this machine")
    port = tmp_path / "port"
    templates.write(language, "my_client", port)
    prepare = templates.LANGUAGES[language].prepare
    if prepare:
        built = subprocess.run(prepare, shell=True, cwd=port, capture_output=True, text=True, check=False)
        assert built.returncode == 0, built.stderr
    code, states, text = smoked(port)
    assert code == 0, text
    assert set(states.values()) == {"ok"}, text


@pytest.mark.parametrize("language", templates.LANGUAGES)
def test_its_files_are_well_formed(language: str, tmp_path: Path) -> None:
    """The port file and the expectations are read as such, the workflow is YAML, and no word is left to fill in."""
    port = tmp_path / "port"
    templates.write(language, "my_client", port)
    description = find(str(port))
    assert description.name == "my_client"
    assert description.expectations is not None
    assert expectations.entries_for(expectations.read(description.expectations), "0.0.0") == []
    workflow = yaml.safe_load((port / ".github/workflows/conformance.yml").read_text("utf-8"))
    assert workflow["jobs"]["conformance"]["steps"][-1]["with"] == {"port": "."}
    about = templates.LANGUAGES[language]
    files = [path for path in port.rglob("*") if path.is_file()]
    assert {port / about.shim, port / about.client, port / "README.md"} <= set(files)
    for path in files:
        text = path.read_text("utf-8")
        for word in ("@NAME@", "@SHIM@", "@CLIENT@", "@PREPARE@", "@SETUP@", "@VERSION@"):
            assert word not in text, path


@pytest.mark.parametrize("language", templates.LANGUAGES)
def test_every_line_of_its_page_is_a_command(language: str, tmp_path: Path) -> None:
    """The page's block of commands can be run line by line: each is one of the suite, with options that it has."""
    port = tmp_path / "port"
    templates.write(language, "my_client", port)
    before, block, after = re.split(r"^```(?:sh)?$", (port / "README.md").read_text("utf-8"), flags=re.MULTILINE)
    assert "hub-conformance docs porting" in after
    assert "```" not in before + after
    lines = [shlex.split(line, comments=True) for line in block.strip().splitlines()]
    prepare = templates.LANGUAGES[language].prepare
    assert lines[: bool(prepare)] == [prepare.split()] * bool(prepare)
    commands = [words[1] for words in lines[bool(prepare) :] if words[0] == "hub-conformance"]
    assert commands == ["smoke", "run", "run", "explain", "serve"]
    assert all(text.count("hub-conformance") == 1 for text in block.strip().splitlines()[bool(prepare) :])


@pytest.mark.parametrize("language", templates.LANGUAGES)
def test_no_file_of_a_template_is_left_out(language: str, tmp_path: Path) -> None:
    """The files are listed in the code; those of the folder are all there."""
    templates.write(language, "my_client", tmp_path / "port")
    own = templates.FOLDER / language
    files = {path.relative_to(own) for path in own.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    written = {path.relative_to(tmp_path / "port") for path in (tmp_path / "port").rglob("*") if path.is_file()}
    assert files <= written


def test_nothing_is_overwritten(command: Command, tmp_path: Path) -> None:
    """A folder that exists stays as it is, even an empty one."""
    (tmp_path / "mine").mkdir()
    ended = command("new-port", "--lang", "python", "mine")
    assert ended.returncode == 2
    assert ended.stderr == "Error: mine exists already: nothing was written; give another folder with --to\n"
    assert [path.name for path in tmp_path.rglob("*")] == ["mine"]


def test_the_folder_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a file cannot be written, nothing is left."""
    real = Path.write_text

    def full(self: Path, *args: str) -> int:
        if self.name == "shim.py":
            raise OSError("no space left on device")
        return real(self, *args)

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(ConformanceError, match="no space left"):
        templates.write("python", "mine", tmp_path / "mine")
    assert list(tmp_path.iterdir()) == []


def test_what_comes_next_is_said(command: Command, tmp_path: Path) -> None:
    """The command prints what to run."""
    ended = command("new-port", "--lang", "go", "mine", "--to", "ports/mine")
    assert ended.returncode == 0
    assert ended.stdout.splitlines()[1:] == [
        "  (cd ports/mine && go build -o shim .)",
        "  hub-conformance smoke --port ports/mine",
    ]
    assert (tmp_path / "ports/mine/port.toml").is_file()


@pytest.mark.parametrize("arguments", [["--lang", "cobol", "mine"], ["--lang", "go", "Mine!"], ["mine"]])
def test_bad_usage_is_refused(command: Command, tmp_path: Path, arguments: list[str]) -> None:
    """Exit code 2, and nothing is written."""
    assert command("new-port", *arguments).returncode == 2
    assert list(tmp_path.iterdir()) == []
