"""Command-line clients: what their port files may say, and what becomes of a call."""

from __future__ import annotations

import inspect
import stat
import sys
from pathlib import Path

import pytest

import reference_client
from conformance.checks.support import Disk
from conformance.ports import (
    Context,
    Driver,
    PortCrashed,
    PortDescriptionError,
    PortError,
    PortTimedOut,
    ProtocolError,
    Unimplemented,
    Unsupported,
    find,
    start,
)
from conformance.ports.drivers.commandline import PLACEHOLDERS, Choice, Words
from conformance.replay import ReplayHub, load
from conformance.selftest.recordings import GSM8K

PATIENT = 30.0

PORT = """
name = "tool"
language = "python"
operations = ["hf_hub_download", "snapshot_download"]

[exec]
version = ["{folder}/tool", "--version"]

[exec.environment]
HF_ENDPOINT = "{endpoint}"
HF_TOKEN = "{token}"

[exec.operations.hf_hub_download]
command = ["{folder}/tool", "file", "{repo_id}", "{filename}", ["--revision", "{revision}"]]
path = "{cache_dir}/{filename}"

[exec.operations.snapshot_download]
command = [
  "{folder}/tool", "all", "{repo_id}", { by = "repo_type", words = { model = [], dataset = ["--dataset"] } },
  ["--include", "{allow_patterns}"], { by = "force_download", words = { false = [], true = ["--force"] } },
]

[[exec.errors]]
exit_code = 4
output = 'HTTP (?P<status>404)'
kind = "entry_not_found"

[[exec.errors]]
output = 'no route'
kind = "connection"
"""

TOOL = """#!{python}
import json, os, signal, sys, time

if sys.argv[1:] == ["--version"]:
    print("tool 1.2.3")
    sys.exit()
print("at work", file=sys.stderr)
match sys.argv[2]:
    case "missing":
        print("HTTP 404")
        sys.exit(4)
    case "cut-off":
        sys.exit("no route to host")
    case "odd":
        sys.exit(9)
    case "slow":
        time.sleep(60)
    case "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    case "silent":
        sys.exit()
names = ("HF_ENDPOINT", "HF_TOKEN", "HF_HUB_OFFLINE")
print(json.dumps([sys.argv[1:], {{name: os.environ.get(name) for name in names}}]))
print("/the/end" if sys.argv[1] == "all" else "")
"""


@pytest.fixture
def tool(tmp_path: Path) -> Path:
    """A port file and the program that it is about."""
    program = tmp_path / "tool"
    program.write_text(TOOL.format(python=sys.executable), "utf-8")
    program.chmod(stat.S_IRWXU)
    (tmp_path / "port.toml").write_text(PORT, "utf-8")
    return tmp_path


@pytest.fixture
def driver(tool: Path, nothing_left: None) -> Driver:
    return start(find(str(tool)))


HUB = Context(endpoint="http://127.0.0.1:1", cache_dir="/cache", token="the-token")


def test_a_call_is_one_process(driver: Driver) -> None:
    """Arguments are words, the token is a variable, and the path is where the port file says."""
    assert driver.hello().version == "1.2.3"
    value = driver.call("hf_hub_download", {"repo_id": "a/b", "filename": "c d.txt", "revision": None}, HUB, PATIENT)
    assert value == {"path": "/cache/c d.txt"}
    said = driver.take_output()
    assert '[["file", "a/b", "c d.txt"], {"HF_ENDPOINT": "http://127.0.0.1:1", "HF_TOKEN": "the-token"' in said
    assert "at work" in said
    driver.close()


def test_optional_words_are_repeated_or_left_out(driver: Driver) -> None:
    """A list is a word for each item; a choice has its words; the path is the last line."""
    offline = Context(endpoint=None, cache_dir=None, offline=True)
    arguments = {"repo_id": "a/b", "repo_type": "dataset", "allow_patterns": ["*.md", "x/*"], "force_download": True}
    assert driver.call("snapshot_download", arguments, offline, PATIENT) == {"path": "/the/end"}
    said = driver.take_output()
    assert '["all", "a/b", "--dataset", "--include", "*.md", "--include", "x/*", "--force"]' in said
    assert '{"HF_ENDPOINT": null, "HF_TOKEN": null, "HF_HUB_OFFLINE": "1"}' in said
    driver.close()


@pytest.mark.parametrize(
    ("repo_id", "kind", "status"),
    [("missing", "entry_not_found", 404), ("cut-off", "connection", None), ("odd", "other", None)],
)
def test_a_failure_has_its_kind(driver: Driver, repo_id: str, kind: str, status: int | None) -> None:
    """The first entry of the table that fits counts; what fits none is `other`."""
    with pytest.raises(PortError) as raised:
        driver.call("snapshot_download", {"repo_id": repo_id}, HUB, PATIENT)
    assert (raised.value.kind, raised.value.status) == (kind, status)
    assert "at work" in raised.value.message
    driver.close()


@pytest.mark.parametrize(
    ("repo_id", "deadline", "name", "told"),
    [
        ("slow", 0.2, PortTimedOut, "did not end within 0.2 s during snapshot_download"),
        ("killed", PATIENT, PortCrashed, "was ended by SIGKILL during snapshot_download; it wrote:\nat work"),
        ("silent", PATIENT, ProtocolError, "its standard output does not end with a path"),
    ],
)
def test_what_is_no_answer_has_its_name(
    driver: Driver, repo_id: str, deadline: float, name: type[Exception], told: str
) -> None:
    """The next call works."""
    with pytest.raises(name) as raised:
        driver.call("snapshot_download", {"repo_id": repo_id}, HUB, deadline)
    assert told in str(raised.value)
    assert driver.call("snapshot_download", {"repo_id": "a/b"}, HUB, PATIENT) == {"path": "/the/end"}
    driver.close()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"repo_id": "a/b", "local_dir": "/x"}, "the command for snapshot_download has no parameter local_dir"),
        ({"repo_id": "a/b", "repo_type": "space"}, "the command knows no repo_type space"),
        ({"repo_id": "a/b", "token": True}, "cannot require a token"),
        ({}, "the command needs repo_id"),
        ({"repo_id": "a/b", "allow_patterns": []}, "no arguments for an empty allow_patterns"),
    ],
)
def test_what_the_command_has_no_words_for(driver: Driver, arguments: dict[str, object], told: str) -> None:
    """It is unsupported, and nothing is run that would do something else."""
    with pytest.raises(Unsupported, match=told):
        driver.call("snapshot_download", arguments, HUB, PATIENT)
    with pytest.raises(Unimplemented):
        driver.call("whoami", {}, HUB, PATIENT)
    assert driver.take_output() == ""
    driver.close()


@pytest.mark.parametrize(
    ("arguments", "folder"),
    [
        ({"repo_id": "a/b"}, "/cache/models--a--b@main"),
        ({"repo_id": "a/b", "revision": "refs/pr/1"}, "/cache/models--a--b@refs--pr--1"),
        ({"repo_id": "../..", "revision": "../x"}, "/cache/models--..--..@..--x"),
        ({"repo_id": "a/b", "local_dir": "/x"}, "/x"),
    ],
)
def test_without_a_cache_files_go_into_a_folder(tool: Path, arguments: dict[str, str], folder: str) -> None:
    """That of the call; else one of the port file's choice, which no name leads out of the cache directory."""
    without_a_cache(tool)
    driver = start(find(str(tool)))
    value = driver.call("hf_hub_download", {**arguments, "filename": "c.txt"}, HUB, PATIENT)
    assert value == {"path": f"{folder}/c.txt"}
    assert f'"--into", "{folder}"' in driver.take_output()
    driver.close()


def test_without_a_cache_or_its_place_nothing_is_downloaded(tool: Path) -> None:
    """A client that is to find its cache by itself has none to find."""
    without_a_cache(tool)
    driver = start(find(str(tool)))
    with pytest.raises(Unsupported, match="the command needs local_dir"):
        driver.call("hf_hub_download", {"repo_id": "a/b", "filename": "c"}, Context(HUB.endpoint, None), PATIENT)
    driver.close()


def test_without_a_cache_its_layout_is_not_looked_at(tool: Path, tmp_path: Path) -> None:
    """A check that asks where something lies in the cache is unsupported, not failed."""
    assert find(str(tool)).cache == "hub"
    without_a_cache(tool)
    assert find(str(tool)).cache == "none"
    with ReplayHub(load("gsm8k")) as hub, pytest.raises(Unsupported, match="the library has no cache"):
        Disk(tmp_path, kind="none").folder(hub.repo(GSM8K))


def without_a_cache(tool: Path) -> None:
    """Make the port file that of a client which knows folders only."""
    file = tool / "port.toml"
    text = file.read_text("utf-8").replace("{cache_dir}/{filename}", "{local_dir}/{filename}")
    text = text.replace("[exec]\n", '[exec]\nlocal_dir = "{cache_dir}/{repo_type}s--{repo_id}@{revision}"\n')
    text = text.replace('"{filename}", [', '"{filename}", "--into", "{local_dir}", [')
    file.write_text(text, "utf-8")


def test_no_token_goes_not_before_the_environment(driver: Driver) -> None:
    """Where a command takes its token from the environment, a call without one cannot overrule that."""
    asked = {"repo_id": "a/b", "token": False}
    with pytest.raises(Unsupported, match="cannot ignore the token"):
        driver.call("snapshot_download", asked, Context(HUB.endpoint, "/cache", env={"HF_TOKEN": "theirs"}), PATIENT)
    assert driver.call("snapshot_download", asked, HUB, PATIENT) == {"path": "/the/end"}
    assert '"HF_TOKEN": null' in driver.take_output()
    driver.close()


def test_calls_at_once(driver: Driver) -> None:
    """Each has a process of its own, and its own value or error."""
    first, second = driver.at_once(
        [("snapshot_download", {"repo_id": "a/b"}), ("snapshot_download", {"repo_id": "missing"})], HUB, PATIENT
    )
    assert first == {"path": "/the/end"}
    assert isinstance(second, PortError)
    driver.close()


@pytest.mark.parametrize(
    ("instead_of", "write", "told"),
    [
        ('"{filename}", [', '"{filename}", "{token}", [', "exec.operations.hf_hub_download.command: every user of the"),
        ('"{filename}", [', "3, [", "exec.operations.hf_hub_download.command: 3 is neither a word, nor optional"),
        (
            '"{filename}", [',
            '"{file_name}", [',
            "exec.operations.hf_hub_download.command: {file_name} is not a placeholder",
        ),
        (
            '"{filename}", [',
            '"{repo-id}", [',
            "exec.operations.hf_hub_download.command: '{repo-id}' has a brace that belongs to no placeholder",
        ),
        (
            '"{filename}", [',
            '"{filename}", ["--rev", "{revison=main}"], [',
            "exec.operations.hf_hub_download.command: {revison} is not a placeholder (did you mean {revision}?)",
        ),
        (
            "[exec.operations.snapshot_download]",
            '[exec.operations.snapshot_download]\npath = "{folder}/{repo}/%{http_code}"',
            "exec.operations.snapshot_download.path: {http_code} is not a placeholder",
        ),
        (
            "[exec.environment]\n",
            '[exec.environment]\nX = "{tokn}"\n',
            "exec.environment.X: {tokn} is not a placeholder",
        ),
        (
            "[exec]\n",
            '[exec]\nlocal_dir = "{cache_dir}/{revision=main}"\n',
            "exec.local_dir: write a folder of the cache",
        ),
        (
            "[exec.operations.snapshot_download]",
            "[exec.operations.whoami]",
            "exec.operations.whoami: a command can implement",
        ),
        (', "snapshot_download"]', "]", "operations: [exec.operations] has hf_hub_download, snapshot_download"),
        ("exit_code = 4", 'exit_code = "4"', "exec.errors.exit_code: write a whole number"),
        ("no route", "(no route", "exec.errors.output: '(no route' is not a regular expression"),
        (
            '"connection"',
            '"bad_luck"',
            "exec.errors.kind: 'bad_luck' is not an error kind; use one of repository_not_found",
        ),
        ("[exec]", '[start]\ncommand = ["x"]\n[exec]', "exec: goes with neither start.python nor start.command"),
        ("[exec]\n", '[exec]\nlocal_dir = "/x"\n', "exec.local_dir: write a folder of the cache"),
        ("[exec]\n", '[exec]\nlocal_dir = "{cache_dir}/{x}"\n', "exec.local_dir: write a folder of the cache"),
        ("[exec]\n", "[exec]\nshell = true\n", "exec.shell: there is no such key; known are environment, errors"),
    ],
)
def test_a_wrong_port_file_is_told_what_to_write(tool: Path, instead_of: str, write: str, told: str) -> None:
    """The message has the file, the key and the remedy."""
    file = tool / "port.toml"
    file.write_text(file.read_text("utf-8").replace(instead_of, write, 1), "utf-8")
    with pytest.raises(PortDescriptionError) as raised:
        find(str(tool))
    assert str(raised.value).startswith(f"{file}: {told}")


def test_braces_can_be_written_and_choices_hold_placeholders() -> None:
    """`{{` is a brace; the words of a choice are filled as others are."""
    assert Words(("{{x}} {repo_id}", "{{{repo_id}}}")).expand({"repo_id": "a/{b}"}) == ["{x} a/{b}", "{a/{b}}"]
    choice = Choice("repo_type", {"model": (), "dataset": ("--from", "datasets/{repo_id}")})
    assert choice.names == {"repo_type", "repo_id"}
    assert choice.expand({"repo_type": "dataset", "repo_id": "a/b"}) == ["--from", "datasets/a/b"]
    assert choice.expand({"repo_type": "model", "repo_id": "a/b"}) == []


def test_a_placeholder_may_have_a_default() -> None:
    """It fills a missing value, also in a word of several parts; a value takes precedence, also one that is empty."""
    words = Words(("{repo_id}@{revision=main}", "{subfolder=}"))
    assert words.names == {"repo_id", "revision", "subfolder"}
    assert words.expand({"repo_id": "a/b"}) == ["a/b@main", ""]
    assert words.expand({"repo_id": "a/b", "revision": "v1", "subfolder": "x"}) == ["a/b@v1", "x"]
    with pytest.raises(Unsupported, match="the command needs repo_id"):
        words.expand({"revision": "v1"})


def test_every_argument_of_a_download_is_a_placeholder() -> None:
    """As the reference client has them."""
    for function in (reference_client.hf_hub_download, reference_client.snapshot_download):
        assert set(inspect.signature(function).parameters) <= PLACEHOLDERS
