"""The shim of the Elixir library, over a stand-in for the library: what is asked arrives, what comes back is passed on.

The stand-in has the library's functions, and prints and logs wherever it can.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance import replay
from conformance.ports import Context, Driver, Unimplemented, Unsupported, find, start
from conformance.replay import ReplayHub
from conformance.report import events
from conformance.selftest.ports.hf_hub_ex.conftest import (
    GSM8K,
    LIBRARY,
    PATIENT,
    PORT,
    STAND_IN,
    ask,
    error,
    needs_elixir,
)
from conformance.traffic import tls
from conformance.traffic.identity import TOKENS

TEST = "main/test-00000-of-00001.parquet"
HELLO = {"type": "hello", "id": 1, "suite": "0.1.0", "oldest": 1, "newest": 1}

pytestmark = needs_elixir


def known(value: Any, wanted: Any) -> Any:
    """As much of `wanted` as `value` tells at all: null is what the library does not know."""
    if isinstance(value, dict) and isinstance(wanted, dict):
        return {key: known(inner, wanted[key]) for key, inner in value.items()}
    if isinstance(value, list) and isinstance(wanted, list) and len(value) == len(wanted):
        return [known(*pair) for pair in zip(value, wanted, strict=True)]
    return None if value is None else wanted


def shim(*lines: dict[str, Any] | str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the shim as a user would, with these lines on its standard input."""
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    return subprocess.run(
        PORT.command,
        input=text,
        capture_output=True,
        text=True,
        env={**os.environ, **PORT.environment, **environment},
        timeout=120,
        check=False,
    )


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`hub-conformance` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "conformance", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "300", **environment},
        timeout=120,
        check=False,
    )


def test_the_shim_introduces_the_library(driver: Driver) -> None:
    """The version is the library's; what it can do is what the port file says."""
    info = driver.hello()
    assert (info.name, info.version, info.language) == ("hf_hub_ex", "0.0.0-stand-in", "elixir")
    assert info.runtime.startswith("Elixir 1.")
    assert set(info.operations) == set(PORT.operations)


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("list_repo_files", GSM8K),
        ("list_repo_tree", {**GSM8K, "recursive": True}),
        ("list_repo_tree", {**GSM8K, "path_in_repo": "main", "expand": False, "revision": None}),
        ("list_repo_refs", {**GSM8K, "include_pull_requests": True}),
        ("list_repo_commits", GSM8K),
        ("repo_exists", GSM8K),
        ("revision_exists", {**GSM8K, "revision": "no-such-branch"}),
        ("file_exists", {**GSM8K, "filename": TEST}),
        ("file_exists", {**GSM8K, "filename": "no-such-file"}),
        ("dataset_info", {"repo_id": "openai/gsm8k", "revision": "v1.0"}),
        ("repo_info", GSM8K),
        ("whoami", {}),
        ("read_file", {**GSM8K, "filename": "README.md"}),
        ("get_dataset_config_names", {"repo_id": "openai/gsm8k"}),
        ("get_data_files", {"repo_id": "openai/gsm8k", "config_name": "main"}),
    ],
)
def test_values_are_those_of_the_reference_client(
    driver: Driver, context: Context, operation: str, arguments: dict[str, Any]
) -> None:
    """Each operation reaches the right function, and what that returns takes the protocol's shape."""
    reader = Context(context.endpoint, context.cache_dir, token=TOKENS["reader"])
    seen = ask(driver, operation, reader, **arguments)
    reference = start(find("reference"))
    wanted = reference.call(operation, arguments, reader, PATIENT)
    assert seen == known(seen, wanted)
    assert seen not in (None, [], {})


def test_splits_have_names(driver: Driver, context: Context) -> None:
    """The config's name becomes the library's option."""
    seen = ask(driver, "get_dataset_split_names", context, repo_id="openai/gsm8k", config_name="socratic")
    assert sorted(seen) == ["test", "train"]


def test_infos_tell_what_the_library_tells(driver: Driver, context: Context) -> None:
    """Times have the protocol's form; what the library leaves out is null, and no key is missing."""
    info = ask(driver, "dataset_info", context, repo_id="openai/gsm8k")
    assert info["last_modified"].endswith(".000Z")
    assert {"rfilename": "README.md", "size": None, "blob_id": None, "lfs": None} in info["siblings"]
    assert info["private"] is None
    assert info["card_data"] is None
    assert info["description"] is None


def test_files_come_back_as_paths(driver: Driver, hub: ReplayHub, context: Context) -> None:
    """A file, a whole revision, and what the cache knows of both."""
    repo = hub.repo("openai/gsm8k")
    assert ask(driver, "try_to_load_from_cache", context, **GSM8K, filename=TEST) is None
    found = ask(driver, "hf_hub_download", context, **GSM8K, filename=TEST, force_download=True)
    assert Path(found["path"]).read_bytes() == repo.files()[TEST].body
    assert ask(driver, "try_to_load_from_cache", context, **GSM8K, filename=TEST) == found
    folder = ask(driver, "snapshot_download", context, **GSM8K, allow_patterns=[TEST, "README.md"])
    assert (Path(folder["path"]) / "README.md").read_bytes() == repo.files()["README.md"].body


def test_names_beyond_ascii_pass_in_both_directions(driver: Driver, tmp_path: Path) -> None:
    """Whatever the locale, text on standard input and output is UTF-8."""
    with ReplayHub(replay.load("contract")) as hub:
        context = Context(hub.endpoint, str(tmp_path))
        awkward = {"repo_id": "conformance/awkward-names", "repo_type": "dataset"}
        assert {"日本語.txt", "🤗.txt"} <= set(ask(driver, "list_repo_files", context, **awkward))
        found = ask(driver, "hf_hub_download", context, **awkward, filename="日本語.txt")
    assert Path(found["path"]).name == "日本語.txt"
    assert Path(found["path"]).read_text("utf-8") == "kept in git: 日本語\n"


def test_noise_stays_off_standard_output(driver: Driver, context: Context) -> None:
    """Printing, logging by either logger and writing to Erlang's own device all end on standard error."""
    driver.take_output()
    ask(driver, "dataset_info", context, repo_id="openai/gsm8k")
    output = driver.take_output()
    address = f"{context.endpoint}/api/datasets/openai/gsm8k"
    assert output.count(f"[warning] asking for {address}") == 2
    assert f"\nget {address}\n{address}\n" in f"\n{output}"
    assert "stdout_noise" not in output


def test_a_token_lasts_one_call(driver: Driver, hub: ReplayHub, context: Context) -> None:
    """The context's token is sent, the call's own goes before it, false sends none, and then nothing is left."""
    reader = Context(context.endpoint, context.cache_dir, token=TOKENS["reader"])
    ask(driver, "dataset_info", reader, repo_id="openai/gsm8k")
    ask(driver, "dataset_info", reader, repo_id="openai/gsm8k", token=TOKENS["granted"])
    ask(driver, "dataset_info", reader, repo_id="openai/gsm8k", token=False)
    ask(driver, "dataset_info", context, repo_id="openai/gsm8k")
    sent = [entry.request.headers.get("authorization") for entry in hub.wire]
    assert sent == [f"Bearer {TOKENS['reader']}", f"Bearer {TOKENS['granted']}", None, None]


def test_nothing_of_a_call_is_left(driver: Driver, context: Context) -> None:
    """The library's configuration is the context's and no more, also after the library itself has changed it."""
    before = error(driver, context, "stand-in/remembers").message
    assert str(context.endpoint) in before
    assert "offline: false" in before
    assert "token" not in before
    error(driver, context, "stand-in/logs-in")
    offline = Context(context.endpoint, context.cache_dir, token="t", offline=True)
    assert "offline: true" in error(driver, offline, "stand-in/remembers").message
    assert error(driver, context, "stand-in/remembers").message == before


def test_an_authority_is_trusted_when_it_is_given(driver: Driver, context: Context) -> None:
    """https works with the CA file, and with another Hub not after it: an open connection has been trusted already."""
    with ReplayHub(replay.load("gsm8k"), secure=True) as hub, ReplayHub(replay.load("gsm8k"), secure=True) as other:
        trusting = Context(hub.endpoint, context.cache_dir, ca_file=str(tls.ca_file()))
        assert ask(driver, "dataset_info", trusting, repo_id="openai/gsm8k")["id"] == "openai/gsm8k"
        assert error(driver, Context(other.endpoint, context.cache_dir), "openai/gsm8k").kind == "connection"


@pytest.mark.parametrize(
    ("operation", "arguments", "reason"),
    [
        ("hf_hub_download", {**GSM8K, "filename": TEST, "local_dir": "x", "subfolder": "y"}, "local_dir, subfolder"),
        ("snapshot_download", {**GSM8K, "local_files_only": True}, "no option for local_files_only"),
        ("snapshot_download", {**GSM8K, "allow_patterns": "*.md"}, "allow_patterns of hf_hub is a list"),
        ("dataset_info", {"repo_id": "openai/gsm8k", "token": True}, "token=True"),
        ("whoami", {"token": False}, "HfHub.Auth.whoami has no option for token"),
        ("repo_exists", {"repo_id": "openai/gsm8k", "repo_type": "kernel"}, ":model, :dataset and :space"),
        ("repo_info", {"repo_id": "openai/gsm8k", "repo_type": "kernel"}, ":model, :dataset and :space"),
        ("scan_cache_dir", {}, "lists no revisions"),
    ],
)
def test_what_the_library_lacks_is_unsupported(
    driver: Driver, hub: ReplayHub, context: Context, operation: str, arguments: dict[str, Any], reason: str
) -> None:
    """An argument or a function that the library doesn't have is named, and nothing is sent."""
    with pytest.raises(Unsupported, match=reason):
        ask(driver, operation, context, **arguments)
    assert len(hub.wire) == 0


def test_what_the_shim_does_not_know_is_unimplemented(driver: Driver, context: Context) -> None:
    """It might exist."""
    with pytest.raises(Unimplemented, match="teleport"):
        ask(driver, "teleport", context)


def test_the_environment_is_not_the_library_s(driver: Driver, context: Context) -> None:
    """The library reads no variables; without an address it would go to the real Hub, so it isn't run."""
    nowhere = Context(endpoint=None, cache_dir=None)
    variables = Context(context.endpoint, context.cache_dir, env={"HF_TOKEN": "t"})
    for context in (nowhere, variables):
        with pytest.raises(Unsupported, match="reads no environment variables"):
            ask(driver, "dataset_info", context, repo_id="openai/gsm8k")
    unset = Context("http://127.0.0.1:9", "cache", env={"HF_TOKEN": None})
    assert error(driver, unset, "openai/gsm8k").kind == "connection"


def test_the_shim_ends_with_its_input(library: Path) -> None:
    """Rubbish is reported and survived; at the end of the input the shim ends, with nothing but answers behind it."""
    ended = shim("rubbish", '{"type": "call"}', HELLO, **{LIBRARY: str(library)})
    assert ended.returncode == 0
    assert [json.loads(line)["type"] for line in ended.stdout.splitlines()] == ["welcome"]
    assert 'this line is no message of the suite: "rubbish' in ended.stderr
    assert ended.stderr.count("no message of the suite") == 2


def test_the_shim_ends_at_bye(library: Path) -> None:
    """What comes after is not read. A newer protocol than it speaks gets no welcome."""
    newer = {**HELLO, "oldest": 2, "newest": 3}
    ended = shim(newer, {"type": "bye", "id": 2}, HELLO, **{LIBRARY: str(library)})
    assert (ended.returncode, ended.stdout) == (0, "")
    assert "speaks version 1 of the protocol only" in ended.stderr


def test_the_library_may_be_on_the_code_path(library: Path) -> None:
    """Erlang's own variable says where compiled code is; nothing else is needed."""
    ended = shim(HELLO, **{LIBRARY: "", "ERL_LIBS": str(library)})
    assert json.loads(ended.stdout)["port"]["version"] == "0.0.0-stand-in"


def test_the_library_may_be_a_project(tmp_path: Path) -> None:
    """Mix compiles it, without the network, and what Mix prints is no noise."""
    project = tmp_path / "hf_hub"
    project.mkdir()
    (project / "mix.exs").write_text(
        "defmodule HfHub.MixProject do\n"
        "  use Mix.Project\n"
        '  def project, do: [app: :hf_hub, version: "0.0.0-compiled"]\n'
        "  def application, do: [extra_applications: [:logger, :inets, :ssl, :crypto]]\n"
        "end\n"
    )
    shutil.copytree(STAND_IN, project / "lib")
    ended = shim(
        HELLO, **{LIBRARY: str(project), "MIX_INSTALL_DIR": str(tmp_path / "installs"), "HEX_HOME": str(tmp_path)}
    )
    assert json.loads(ended.stdout)["port"]["version"] == "0.0.0-compiled"
    assert "Generated hf_hub app" in ended.stderr


def test_ports_says_why_the_library_is_not_found(tmp_path: Path) -> None:
    """Where there is no library, the reason says what to set; so it does where there is no Elixir."""
    absent = command("ports", "hf_hub_ex", **{LIBRARY: str(tmp_path)})
    assert absent.returncode == 0
    assert f"the library hf_hub is not in {tmp_path}." in " ".join(absent.stdout.split())
    without = command("ports", "hf_hub_ex", PATH=str(tmp_path))
    assert "the program elixir is not installed" in " ".join(without.stdout.split())


def test_checks_run_over_the_shim(library: Path, tmp_path: Path) -> None:
    """A run of the suite, as a user starts it, over the stand-in: it passes what it can do."""
    checks = [
        "auth/token-goes-to-the-hub[gsm8k]",
        "auth/token-never-goes-to-the-cdn[gsm8k]",
        "auth/false-means-no-token[gsm8k]",
        "download/lfs-file[gsm8k]",
        "info/dates-are-utc[gsm8k]",
        "info/refs[gsm8k]",
        "info/siblings-are-all-files[gsm8k]",
        "read/lfs-file[gsm8k]",
        "tree/all-pages[contract]",
        "tree/every-file[gsm8k]",
    ]
    ended = command(
        "run", "--port", "hf_hub_ex", "-n", "0", "--report", str(tmp_path), *checks, **{LIBRARY: str(library)}
    )
    outcomes = {check.id: check.outcome for check in events.read(tmp_path / events.FILE_NAME).checks}
    assert outcomes == dict.fromkeys(checks, "passed"), ended.stdout + ended.stderr
