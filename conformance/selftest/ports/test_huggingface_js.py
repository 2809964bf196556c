"""The JavaScript port: its shim translates and does nothing else, and a whole run is as its expectations say."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.catalogue import profiles
from conformance.ports import Context, Driver, PortError, Unimplemented, Unsupported, find, start
from conformance.replay import ReplayHub, load
from conformance.report import events
from conformance.traffic import tls
from conformance.traffic.identity import TOKENS

PORT = find("huggingface_js")
GSM8K = "openai/gsm8k"
DEADLINE = 30.0


@pytest.fixture(scope="module")
def installed() -> None:
    """The environment that `make test` makes. Where it could not, the tests are skipped; in CI that is an error."""
    missing = PORT.missing()
    if missing and os.environ.get("CI") == "true":
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)


@pytest.fixture(scope="module")
def driver(installed: None) -> Iterator[Driver]:
    """The port in a process of its own."""
    with contextlib.closing(start(PORT)) as driver:
        yield driver


@pytest.fixture
def hub() -> Iterator[ReplayHub]:
    with ReplayHub(load("gsm8k")) as hub:
        yield hub


def context(hub: ReplayHub, folder: Path, **changes: object) -> Context:
    return Context(**{"endpoint": hub.endpoint, "cache_dir": str(folder / "hub"), **changes})  # type: ignore[arg-type]


@pytest.mark.usefixtures("installed")
def test_every_package_has_the_version_that_is_named() -> None:
    """Also what the library itself depends on: a run next year measures the same code."""
    named = json.loads((PORT.folder / "package.json").read_text("utf-8"))
    assert PORT.node_modules is not None
    made = json.loads((PORT.node_modules / ".package-lock.json").read_text("utf-8"))["packages"]
    versions = {place.removeprefix("node_modules/"): package["version"] for place, package in made.items()}
    assert versions == {**named["dependencies"], **named["overrides"]}


def test_shim_says_what_the_port_file_says(driver: Driver) -> None:
    """Version and operations are those of package.json and port.toml."""
    named = json.loads((PORT.folder / "package.json").read_text("utf-8"))["dependencies"]
    info = driver.hello()
    assert info.version == named["@huggingface/hub"]
    assert info.operations == PORT.operations
    assert info.runtime.startswith("Node ")


def test_logs_go_to_standard_error(driver: Driver, hub: ReplayHub, tmp_path: Path) -> None:
    """What the library tells of a download is kept beside the check, and is no noise on standard output."""
    driver.take_output()
    arguments = {"repo_id": GSM8K, "repo_type": "dataset", "filename": "README.md"}
    path = driver.call("hf_hub_download", arguments, context(hub, tmp_path), DEADLINE)["path"]
    assert Path(path).read_bytes() == hub.repo(GSM8K).files()["README.md"].body
    output = driver.take_output()
    assert "Downloading README.md" in output
    assert "stdout_noise" not in output


def test_nothing_of_a_call_reaches_the_next(driver: Driver, hub: ReplayHub, tmp_path: Path) -> None:
    """Neither the token nor the environment of one call is there in the next."""
    arguments = {"repo_id": GSM8K}
    driver.call("dataset_info", arguments, context(hub, tmp_path, token=TOKENS["reader"]), DEADLINE)
    driver.call("dataset_info", arguments, context(hub, tmp_path), DEADLINE)
    assert [entry.request.headers.get("authorization") for entry in hub.wire] == [f"Bearer {TOKENS['reader']}", None]

    file = {"repo_id": GSM8K, "repo_type": "dataset", "filename": "README.md"}
    other = {"HF_HUB_CACHE": str(tmp_path / "other")}
    with_environment = context(hub, tmp_path, cache_dir=None, env=other)
    assert "other" in driver.call("hf_hub_download", file, with_environment, DEADLINE)["path"]
    assert "other" not in driver.call("hf_hub_download", file, context(hub, tmp_path, cache_dir=None), DEADLINE)["path"]


def test_an_authority_is_trusted_for_one_call(driver: Driver, tmp_path: Path) -> None:
    """With the context's CA file https works, and without it not: the file is no setting of the process."""
    with ReplayHub(load("gsm8k"), secure=True) as hub:
        trusting = context(hub, tmp_path, ca_file=str(tls.ca_file()))
        assert driver.call("dataset_info", {"repo_id": GSM8K}, trusting, DEADLINE)["id"] == GSM8K
        with pytest.raises(PortError) as caught:
            driver.call("dataset_info", {"repo_id": GSM8K}, context(hub, tmp_path), DEADLINE)
        assert caught.value.kind == "connection"


@pytest.mark.parametrize(
    ("operation", "arguments", "changes", "reason"),
    [
        ("snapshot_download", {"repo_id": GSM8K, "allow_patterns": "*.md"}, {}, "no parameter for allow_patterns"),
        ("dataset_info", {"repo_id": GSM8K}, {"offline": True}, "no offline mode"),
        ("dataset_info", {"repo_id": GSM8K}, {"endpoint": None}, "only from hubUrl"),
        ("dataset_info", {"repo_id": GSM8K}, {"env": {"HF_TOKEN": TOKENS["reader"]}}, "does not read HF_TOKEN"),
        ("dataset_info", {"repo_id": GSM8K, "token": True}, {}, "stores no token"),
    ],
)
def test_what_the_library_lacks_is_unsupported(
    driver: Driver,
    hub: ReplayHub,
    tmp_path: Path,
    operation: str,
    arguments: dict[str, object],
    changes: dict[str, object],
    reason: str,
) -> None:
    """The reason names what is lacking, and no request is sent: least of all to the real Hub."""
    with pytest.raises(Unsupported, match=reason):
        driver.call(operation, arguments, context(hub, tmp_path, **changes), DEADLINE)
    assert not hub.wire


def test_an_unknown_operation_is_unimplemented(driver: Driver, hub: ReplayHub, tmp_path: Path) -> None:
    """The shim knows what it does not know."""
    with pytest.raises(Unimplemented):
        driver.call("create_repo", {}, context(hub, tmp_path), DEADLINE)


def test_errors_are_told_as_the_library_tells_them(driver: Driver, hub: ReplayHub, tmp_path: Path) -> None:
    """Class, text, status and request id are the library's; the kind follows from them."""
    with pytest.raises(PortError) as caught:
        arguments = {"repo_id": "conformance/missing", "token": TOKENS["reader"]}
        driver.call("dataset_info", arguments, context(hub, tmp_path), DEADLINE)
    error = caught.value
    assert (error.kind, error.native, error.status) == ("repository_not_found", "HubApiError", 404)
    assert "Repository not found" in error.message
    assert error.request_id


@pytest.mark.slow(seconds=20)
@pytest.mark.usefixtures("installed")
def test_a_sixth_of_the_checks_is_as_expected(tmp_path: Path) -> None:
    """Every check passes, is unsupported, or fails as expected. `make generations` runs all of them."""
    sixth = ["--shard", "1/6", "-n", "2"]
    ended = subprocess.run(
        [sys.executable, "-m", "conformance", "run", "--port", PORT.name, "--report", str(tmp_path), *sixth],
        capture_output=True,
        text=True,
        cwd=Path.home(),
        timeout=600,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert len(events.read(tmp_path / events.FILE_NAME).checks) >= len(profiles.latest().checks) // 6
