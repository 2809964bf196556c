"""The command as its users meet it: in a terminal, stopped halfway, and in a pipe."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.selftest.reference_client.command import Command
from conformance.selftest.reference_client.conftest import GSM8K, TRAIN, Hub
from conformance.traffic.exchange import Delivery, Request, Response
from reference_client.datasets.cli.__main__ import main

FILES = 4
"""Parquet files of the small gsm8k."""


@pytest.fixture
def command(hub: Hub, tmp_path: Path) -> Command:
    return Command(hub.endpoint, tmp_path)


def test_a_new_user_gets_reads_and_removes_a_dataset(command: Command) -> None:
    """Download it under a bar, look at it, export another, delete both when asked."""
    folder = f"{command.folder}/openai/gsm8k\n"
    with command.in_terminal("download", "gsm8k") as terminal:
        code, output, screen = terminal.finish()
    assert (code, output) == (0, folder)
    assert re.search(rf"{FILES}/{FILES} files: 100%.* 160k/160k .*B/s\]\n$", screen), screen

    assert "openai/gsm8k" in command.run("list").stdout
    assert "final_answer" in json.loads(command.run("show", "gsm8k", "0").stdout)
    assert int(command.run("count", "gsm8k").stdout) > 0
    assert command.run("download", "openthoughts-sft").stderr == ""
    assert command.run("export", "openthoughts-sft", "--atif", "out.jsonl").stdout == "out.jsonl\n"
    lines = (command.folder / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == int(command.run("count", "openthoughts-sft").stdout)

    for answer, left in (("n", True), ("y", False)):
        with command.in_terminal("delete", "gsm8k") as terminal:
            terminal.wait_for("[y/N]")
            terminal.type(f"{answer}\n")
            code, output, screen = terminal.finish()
        assert (code, output) == (int(left), "")
        assert f"{command.folder}/openai/gsm8k, 159.8 kB in {FILES} files?" in screen
        assert (command.folder / "openai").exists() is left


def test_the_bar_tells_what_is_there_already(command: Command) -> None:
    """Nothing is fetched then, and nothing counts as fast."""
    command.run("download", "gsm8k", "--pattern", "main/*")
    for expected in (2, FILES):
        with command.in_terminal("download", "gsm8k") as terminal:
            _, _, screen = terminal.finish()
        assert f"{FILES}/{FILES} files: 100%" in screen
        assert f"{expected} already there]" in screen


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [(["--quiet"], {}), ([], {"HF_HUB_DISABLE_PROGRESS_BARS": "1"})],
    ids=["--quiet", "HF_HUB_DISABLE_PROGRESS_BARS"],
)
def test_no_bar_for_who_wants_none(command: Command, arguments: list[str], settings: dict[str, str]) -> None:
    """Not a byte is written to the terminal."""
    with replace(command, settings=settings).in_terminal("download", "gsm8k", *arguments) as terminal:
        assert terminal.finish() == (0, f"{command.folder}/openai/gsm8k\n", "")


def test_no_bar_before_there_is_anything_to_show(command: Command) -> None:
    """What remains on the screen after a refusal is the line that says so."""
    with command.in_terminal("download", "--repo", "conformance/missing") as terminal:
        code, _, screen = terminal.finish()
    assert code == 1
    assert re.fullmatch(r"\s*hub-reference: [^\r\n]*'conformance/missing'[^\r\n]*\n", screen.rpartition("\r")[2]), (
        screen
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_download_is_gone_on_with(hub: Hub, command: Command, number: signal.Signals) -> None:
    """The process ends at once although the server is silent, in one line; the next fetches only the rest."""
    half = hub.files(GSM8K)[TRAIN].size // 2

    def fall_silent(request: Request, response: Response) -> Response:
        named = request.origin == "cdn" and Path(TRAIN).name in request.target and len(response.body) > half
        return replace(response, delivery=Delivery(pause=600, pause_after=half)) if named else response

    hub.meddle = fall_silent
    patient = replace(command, settings={"HF_HUB_DOWNLOAD_TIMEOUT": "600"})
    with patient.in_terminal("download", "gsm8k", "--pattern", "main/*") as terminal:
        terminal.wait_for("1/2 files")
        wait_for_part(command.folder)
        terminal.process.send_signal(number)
        code, output, screen = terminal.finish()
    assert (code, output) == (128 + number, "")
    last = screen.splitlines()[-1]
    assert last == "hub-reference: stopped; run the same command to continue", screen

    hub.meddle = lambda _, response: response
    hub.requests()
    assert "incomplete" in command.run("list").stdout
    assert command.run("download", "gsm8k", "--pattern", "main/*").returncode == 0
    bodies = [entry.request for entry in hub.requests() if entry.request.origin == "cdn"]
    assert [request.headers["range"].startswith("bytes=") for request in bodies] == [True]
    assert (command.folder / GSM8K / TRAIN).read_bytes() == hub.files(GSM8K)[TRAIN].data


def wait_for_part(folder: Path) -> None:
    """Wait until a part of a file has arrived."""
    deadline = time.monotonic() + 60
    while not any(path.stat().st_size for path in folder.rglob("*.incomplete")):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_ctrl_c_in_the_first_moments_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the command's own modules are loaded."""

    class Interrupted:
        @property
        def main(self) -> None:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "reference_client.datasets.cli.main", Interrupted())
    assert main() == 130


def test_a_question_can_be_left_by_ctrl_c(command: Command) -> None:
    """Nothing is deleted, and one line says that it was stopped."""
    command.run("download", "gsm8k")
    with command.in_terminal("delete", "gsm8k") as terminal:
        terminal.wait_for("[y/N]")
        terminal.process.send_signal(signal.SIGINT)
        code, output, screen = terminal.finish()
    assert (code, output) == (130, "")
    assert screen.endswith("hub-reference: stopped\n")
    assert (command.folder / GSM8K / TRAIN).exists()


@pytest.mark.parametrize(
    "arguments",
    [["list", "--json"], ["export", "openthoughts-sft", "--atif", "-"]],
    ids=lambda arguments: arguments[0],
)
def test_a_closed_pipe_is_the_end(command: Command, arguments: list[str]) -> None:
    """As after `| head`: without a word."""
    command.run("download", "openthoughts-sft")
    reading, writing = os.pipe()
    os.close(reading)
    with command.start(*arguments, stdout=writing, stderr=subprocess.PIPE) as process:
        os.close(writing)
        _, complaint = process.communicate(timeout=60)
    assert complaint == ""
    assert process.returncode == 141


@pytest.mark.parametrize("arguments", [["--help"], ["download", "--help"], ["list"], ["path", "some/thing"]])
def test_help_and_lists_are_fast(tmp_path: Path, arguments: list[str]) -> None:
    """What only requests, rows and bars need is not loaded for them."""
    script = f"""
import contextlib, sys
from reference_client.datasets.cli.main import main
with contextlib.suppress(SystemExit):
    main({arguments!r})
print({{"requests", "urllib3", "pyarrow", "tqdm", "yaml", "conformance"}} & set(sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "HUB_REFERENCE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "set()"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
@pytest.mark.parametrize(
    "arguments",
    [
        *(["list"], ["list", "--json"], ["count", "gsm8k"], ["show", "gsm8k", "0"], ["--help"], ["count", "--help"]),
        ["export", "openthoughts-sft", "--atif", "-"],
    ],
)
def test_standard_output_on_a_full_disk(command: Command, arguments: list[str]) -> None:
    """One line, and not the interpreter's own complaint at its end."""
    command.run("download", "openthoughts-sft" if "export" in arguments else "gsm8k")
    with Path("/dev/full").open("w") as full, command.start(*arguments, stdout=full, stderr=subprocess.PIPE) as process:
        _, complaint = process.communicate(timeout=60)
    assert (process.returncode, complaint) == (
        1,
        "hub-reference: standard output can't be written: No space left on device.\n",
    )


@pytest.mark.parametrize("folder", ["loop", "~there-is-no-such-user/x"])
@pytest.mark.parametrize(
    "arguments", [["list", "--dir"], ["hub", "download", GSM8K, "--repo-type=dataset", "--local-dir"]]
)
def test_folders_that_there_cannot_be(command: Command, arguments: list[str], folder: str) -> None:
    (command.folder / "loop").symlink_to("loop")
    ended = command.run(*arguments, folder)
    assert ended.returncode == 1
    assert re.fullmatch(r"hub-reference: There is no folder .+\n", ended.stderr), ended.stderr


def test_names_play_no_tricks_on_a_terminal(command: Command) -> None:
    """Neither in a result nor in a warning; in a pipe a path is what it is."""
    folder = command.folder / "a\x1b[2Jb"
    folder.mkdir()
    command.run("download", "gsm8k", "--dir", str(folder))
    assert command.run("path", "gsm8k", "--dir", str(folder)).stdout == f"{folder}/{GSM8K}\n"
    (folder / "index.json").write_text("5")
    for arguments in (["path", "gsm8k"], ["info", "gsm8k"], ["delete", "gsm8k", "--yes"]):
        (folder / GSM8K / TRAIN).with_name("mine").touch()
        with command.in_terminal(*arguments, "--dir", str(folder)) as terminal:
            code, _, screen = terminal.finish()
        assert code == 0
        assert "\x1b" not in screen
        if arguments[0] == "path":
            assert re.search(r"hub-reference: .*x1b.*is invalid", screen), screen


def test_a_name_that_the_locale_cannot_hold(hub: Hub, tmp_path: Path) -> None:
    """It is no bad usage."""
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ended = Command(hub.endpoint, tmp_path, locale).run(
        "download", "--repo", "conformance/awkward-names", "--pattern", "**"
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert re.fullmatch(
        r"hub-reference: the system's ascii can't represent '.*'; set LC_ALL=C.UTF-8.\n",
        ended.stderr,
    )
