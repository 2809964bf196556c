"""The commands on datasets: what they print, and what they say when they can't."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from conformance.selftest.reference_client.conftest import GSM8K, TRAIN, Hub
from conformance.traffic.identity import TOKENS
from reference_client.datasets import atif
from reference_client.datasets.cli.main import main
from reference_client.datasets.store import Store

AGENT = "open-thoughts/OpenThoughts-Agent-v1-SFT"


class Commands:
    """Runs commands in this process."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Run one. Returns its exit code and what it wrote to standard output and standard error."""
        try:
            code = main(arguments)
        except SystemExit as exit:
            code = int(exit.code or 0)
        return code, *self._capsys.readouterr()

    def output(self, *arguments: str) -> str:
        """What one that must succeed, and must be silent besides, prints."""
        code, output, complaint = self.run(*arguments)
        assert (code, complaint) == (0, "")
        return output

    def complaint(self, code: int, *arguments: str) -> str:
        """The one line that one says which must fail with this exit code, and must print nothing."""
        found, output, complaint = self.run(*arguments)
        assert (found, output) == (code, ""), complaint
        assert re.fullmatch(r"hub-reference: .+\n", complaint), complaint
        return complaint


@pytest.fixture
def commands(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Commands:
    monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
    monkeypatch.setenv("HUB_REFERENCE_DIR", str(tmp_path / "store"))
    return Commands(tmp_path / "store", capsys)


@pytest.mark.parametrize(
    ("name", "repo", "ending"),
    [
        ("openthoughts-sft", AGENT, ".parquet"),
        ("gsm8k", GSM8K, ".parquet"),
        ("tulu3", "allenai/tulu-3-sft-mixture", ".parquet"),
        ("livecodebench", "livecodebench/code_generation_lite", ".jsonl"),
    ],
)
def test_a_known_dataset_is_all_its_files(hub: Hub, commands: Commands, name: str, repo: str, ending: str) -> None:
    """Its name alone brings what it consists of; the folder that is printed has the repository's paths."""
    folder = Path(commands.output("download", name).removesuffix("\n"))
    assert folder == commands.folder / repo
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert found == {path: file.data for path, file in hub.files(repo).items() if path.endswith(ending)}
    assert commands.output("path", name) == commands.output("path", repo) == f"{folder}\n"


def test_any_repository_by_patterns_and_revision(commands: Commands, tmp_path: Path) -> None:
    """Patterns choose its files, a revision has a folder of its own, and --dir is another store."""
    elsewhere = tmp_path / "elsewhere"
    arguments = ["--repo", GSM8K, "--revision", "refs/pr/1", "--dir", str(elsewhere)]
    printed = commands.output("download", *arguments, "--pattern", "README.md", "--pattern", "main/*")
    folder = Path(printed.removesuffix("\n"))
    assert folder.parent == elsewhere / "openai"
    assert {path.name for path in folder.iterdir()} == {"README.md", "main"}
    assert not commands.folder.exists()
    assert commands.output("path", GSM8K, "--dir", str(elsewhere), "--revision", "refs/pr/1") == printed
    assert "is not in" in commands.complaint(1, "path", GSM8K)


def test_verify_finds_what_looks_unchanged(commands: Commands) -> None:
    """A file whose bytes changed, but neither its size nor its time, is fetched again with --verify only."""
    commands.output("download", "gsm8k")
    file = commands.folder / GSM8K / TRAIN
    right, times = file.read_bytes(), file.stat()
    file.write_bytes(bytes(len(right)))
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    commands.output("download", "gsm8k")
    assert file.read_bytes() != right
    commands.output("download", "gsm8k", "--verify")
    assert file.read_bytes() == right


def test_the_token_of_the_environment_opens_a_gated_repository(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without one the complaint says how to get in."""
    arguments = ["download", "--repo", "conformance/gated", "--pattern", "**"]
    assert "HF_TOKEN" in commands.complaint(1, *arguments)
    monkeypatch.setenv("HF_TOKEN", TOKENS["granted"])
    assert commands.output(*arguments) == f"{commands.folder}/conformance/gated\n"


@pytest.mark.parametrize(
    "arguments", [["download", "gsm8k"], ["hub", "download", GSM8K], ["hub", "download", GSM8K, "README.md"]]
)
def test_a_hub_that_nobody_reaches_is_one_line(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    """With the reason and with what to look at."""
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.9:9")
    monkeypatch.setenv("HF_HUB_CACHE", str(commands.folder))
    complaint = commands.complaint(1, *arguments)
    assert complaint.endswith(": Connection refused. Check the network and HF_ENDPOINT, and try again.\n")
    assert "http://127.0.0.9:9/" in complaint


def test_the_list(commands: Commands) -> None:
    """A line for each revision of each dataset; nothing is no error."""
    code, output, note = commands.run("list")
    assert (code, output) == (0, "")
    assert str(commands.folder) in note

    for arguments in (["gsm8k"], ["gsm8k", "--revision", "v1.0"], ["openthoughts-sft"]):
        commands.output("download", *arguments)
    head, *lines = [line.split() for line in commands.output("list").splitlines()]
    assert head == ["REPO", "REVISION", "STATE", "SIZE", "FILES", "DOWNLOADED", "COMMIT"]
    assert {tuple(line[:3]) for line in lines} == {
        (GSM8K, "main", "complete"),
        (GSM8K, "v1.0", "complete"),
        (AGENT, "main", "complete"),
    }
    (commands.folder / GSM8K / TRAIN).unlink()
    assert [GSM8K, "main", "incomplete"] in [line.split()[:3] for line in commands.output("list").splitlines()]


def test_the_list_as_json(hub: Hub, commands: Commands) -> None:
    """The fields that programs may count on."""
    assert json.loads(commands.output("list", "--json")) == []
    commands.output("download", "openthoughts-sft")
    (found,) = json.loads(commands.output("list", "--json"))
    (path,) = found["patterns"]
    (file,) = [file for name, file in hub.files(AGENT).items() if name.endswith(".parquet")]
    assert found == {
        "repo": AGENT,
        "repo_type": "dataset",
        "revision": "main",
        "commit_hash": hub.commits(AGENT)[0],
        "local_path": str(commands.folder / AGENT),
        "files": [{"path": "data/train-00000-of-00001.parquet", "size": file.size, "sha256": file.sha256}],
        "total_bytes": file.size,
        "patterns": [path],
        "downloaded_at": found["downloaded_at"],
        "complete": True,
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found["downloaded_at"])


def test_info_has_every_file_of_every_revision(hub: Hub, commands: Commands) -> None:
    """One revision if that is asked for."""
    commands.output("download", "gsm8k")
    commands.output("download", "gsm8k", "--revision", "v1.0", "--pattern", TRAIN)
    both, one = commands.output("info", "gsm8k"), commands.output("info", GSM8K, "--revision", "v1.0")
    assert one in both
    (line,) = [line for line in one.splitlines() if line.startswith("main/")]
    *_, first = hub.commits(GSM8K)
    assert f"commit      {first}" in one
    assert line.split()[0] == TRAIN
    assert len(line.split()[-1]) == 64
    assert len([line for line in both.splitlines() if line.startswith(("main/", "socratic/"))]) == 5


def test_rows_by_number(commands: Commands) -> None:
    """Of the first config and split, or of those that are named; with the text as it is."""
    commands.output("download", "gsm8k")
    for arguments, path in (
        ([], TRAIN),
        (["--config", "socratic", "--split", "test"], "socratic/test-00000-of-00001.parquet"),
    ):
        rows: list[dict[str, Any]] = pq.read_table(commands.folder / GSM8K / path).to_pylist()
        assert commands.output("count", "gsm8k", *arguments) == f"{len(rows)}\n"
        shown = json.loads(commands.output("show", "gsm8k", str(len(rows) - 1), *arguments))
        assert {name: shown[name] for name in rows[-1]} == rows[-1]
        assert shown["final_answer"]


def test_episodes_by_name_and_as_trajectories(commands: Commands, tmp_path: Path) -> None:
    """A row has a number, a run and a trial; `--atif` shows it as it is exported."""
    commands.output("download", "openthoughts-sft")
    rows = pq.read_table(commands.folder / AGENT / "data" / "train-00000-of-00001.parquet").to_pylist()
    wanted = 5
    for name in (str(wanted), rows[wanted]["trial_name"]):
        assert json.loads(commands.output("show", "openthoughts-sft", name))["trial_name"] == rows[wanted]["trial_name"]
    shown = json.loads(commands.output("show", "openthoughts-sft", rows[wanted]["run_id"]))
    assert shown["run_id"] == rows[wanted]["run_id"]

    file = tmp_path / "out.jsonl"
    assert commands.output("export", "openthoughts-sft", "--atif", str(file)) == f"{file}\n"
    exported = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert exported == [atif.trajectory(row, index=index) for index, row in enumerate(rows)]
    arguments = ["show", "openthoughts-sft", str(wanted), "--atif"]
    assert json.loads(commands.output(*arguments)) == exported[wanted]
    newer = json.loads(commands.output(*arguments, "--atif-version", "1.8"))
    assert newer == {**exported[wanted], "schema_version": "ATIF-v1.8"}


def test_delete_removes_what_was_downloaded(commands: Commands) -> None:
    """Of one revision or of all; what isn't there is a complaint."""
    commands.output("download", "gsm8k")
    commands.output("download", "gsm8k", "--revision", "v1.0")
    assert commands.output("delete", "gsm8k", "--revision", "v1.0", "--yes") == ""
    assert [dataset.revision for dataset in Store(commands.folder).list_downloaded()] == ["main"]
    assert commands.output("delete", GSM8K, "--yes") == ""
    assert not (commands.folder / "openai").exists()
    assert "is not in" in commands.complaint(1, "delete", "gsm8k", "--yes")


def test_delete_needs_somebody_to_ask(commands: Commands) -> None:
    """Without a terminal, nothing is removed unless `--yes` says so."""
    commands.output("download", "gsm8k")
    assert "--yes" in commands.complaint(2, "delete", "gsm8k")
    assert Store(commands.folder).is_downloaded(GSM8K)


@pytest.mark.parametrize(
    "arguments",
    [["count", "gsm8k"], ["show", "gsm8k", "0"], ["path", GSM8K], ["info", "gsm8k"], ["delete", "gsm8k", "--yes"]],
    ids=lambda arguments: arguments[0],
)
def test_what_is_not_there_names_the_command_that_brings_it(commands: Commands, arguments: list[str]) -> None:
    """And that command does."""
    commands.output(*hinted(commands.complaint(1, *arguments)))
    assert commands.run(*arguments)[0] == 0


@pytest.mark.parametrize("damage", ["removed", "overwritten"])
def test_what_is_damaged_names_the_command_that_mends_it(commands: Commands, damage: str) -> None:
    """With the patterns that were asked for, and no others; at a revision and in a place of its own."""
    place = ["--dir", str(commands.folder / "with space"), "--revision", "v1.0"]
    downloaded = Path(commands.output("download", "gsm8k", *place, "--pattern", "main/*").removesuffix("\n"))
    file = downloaded / TRAIN
    right = file.read_bytes()
    if damage == "removed":
        file.unlink()
    else:
        file.write_bytes(b"PAR1" * 1000)
    commands.output(*hinted(commands.complaint(1, "count", "gsm8k", *place)))
    assert file.read_bytes() == right
    assert commands.output("count", "gsm8k", *place).strip().isdecimal()
    assert not (downloaded / "socratic").exists()


def hinted(complaint: str) -> list[str]:
    """The arguments of the command that a complaint names."""
    (command,) = re.findall("`(.+)`", complaint)
    program, *arguments = shlex.split(command)
    assert program == "hub-reference"
    return arguments


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["download", "gsm8"], ["'gsm8'", "Did you mean gsm8k?", "openthoughts-sft", "--repo OWNER/NAME"]),
        (["download", "some/thing"], ["--repo some/thing"]),
        (["download"], ["NAME", "--repo", "download --help"]),
        (["download", "gsm8k", "--repo", GSM8K], ["not allowed with"]),
        (["download", "--repo", "../up/x"], ["../up/x"]),
        (["download", "gsm8k", "--revision", "no-such"], ["no-such"]),
        (["download", "--repo", GSM8K, "--pattern", "*.csv"], ["*.csv", "README.md"]),
        (["path", "gsm"], ["gsm8k", "OWNER/NAME"]),
        (["count", "gsm8k", "--config", "mian"], ["mian", "socratic"]),
        (["count", "some/thing"], ["some/thing", "tulu3"]),
        (["show", "gsm8k", "first"], ["number", "first"]),
        (["show", "gsm8k", "0", "--atif"], ["openthoughts-sft"]),
        (["export", "gsm8k", "--atif", "x"], ["openthoughts-sft"]),
        (["export", "openthoughts-sft", "--atif", "-", "--atif-version", "9"], ["1.4, 1.8"]),
        (["frobnicate"], ["frobnicate"]),
        ([], ["COMMAND"]),
    ],
    ids=" ".join,
)
def test_what_is_asked_wrongly(commands: Commands, arguments: list[str], said: list[str]) -> None:
    """Exit code 2, and what would be right."""
    if arguments[:1] in (["count"], ["show"], ["export"]):
        for name in ("gsm8k", "openthoughts-sft"):
            commands.output("download", name)
    complaint = commands.complaint(2, *arguments)
    assert all(text in complaint for text in said), complaint


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["download", "--repo", "conformance/missing"], ["conformance/missing"]),
        (["show", "gsm8k", "100000"], ["no row 100000"]),
        (["show", "gsm8k", "-1"], ["no row -1"]),
        (["show", "openthoughts-sft", "nobody"], ["nobody"]),
        (["export", "openthoughts-sft", "--atif", "no/such/folder/out.jsonl"], ["no/such/folder", "No such file"]),
        (["count", "tulu3"], ["hub-reference download tulu3"]),
    ],
    ids=" ".join,
)
def test_what_cannot_be_had(commands: Commands, arguments: list[str], said: list[str]) -> None:
    """Exit code 1."""
    for name in ("gsm8k", "openthoughts-sft"):
        commands.output("download", name)
    complaint = commands.complaint(1, *arguments)
    assert all(text in complaint for text in said), complaint


def test_a_damaged_file_is_told_in_one_line(commands: Commands) -> None:
    """Exit code 1: the disk is to blame, not who asked."""
    commands.output("download", "gsm8k", "--pattern", "main/*")
    assert "socratic/train" in commands.complaint(1, "count", "gsm8k", "--config", "socratic")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "gsm8k", "٣"], "only a number"),
        (["serve", "gsm8k", "--port", "٣"], "not a port"),
    ],
)
def test_digits_of_other_scripts_are_no_number(commands: Commands, arguments: list[str], said: str) -> None:
    commands.output("download", "gsm8k")
    assert said in commands.complaint(2, *arguments)


def test_a_name_that_is_not_utf_8_names_no_row(commands: Commands) -> None:
    """As Python reads such an argument."""
    commands.output("download", "openthoughts-sft")
    assert "has no run and no trial" in commands.complaint(1, "show", "openthoughts-sft", "\udcff")


def test_an_empty_revision_is_main(commands: Commands) -> None:
    """As for every other function."""
    assert commands.output("download", "gsm8k", "--revision", "") == commands.output("path", "gsm8k")
