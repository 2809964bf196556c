"""The port of transformers.js: its shim leads the requests for the built-in host to the suite's Hub, no more."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.ports import Context, Driver, PortError, Unsupported, find, start
from conformance.replay import ReplayHub, load
from conformance.traffic import tls
from conformance.traffic.identity import TOKENS

PORT = find("transformers_js")
GSM8K = "openai/gsm8k"
README = {"repo_id": GSM8K, "repo_type": "dataset", "filename": "README.md"}
DEADLINE = 30.0


@pytest.fixture(scope="module")
def driver() -> Iterator[Driver]:
    """The port in a process of its own; skipped where its packages are not installed, which in CI is an error."""
    missing = PORT.missing()
    if missing and os.environ.get("CI") == "true":
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
    with contextlib.closing(start(PORT)) as driver:
        yield driver


@pytest.fixture
def hub() -> Iterator[ReplayHub]:
    with ReplayHub(load("gsm8k")) as hub:
        yield hub


def context(hub: ReplayHub, folder: Path, **changes: object) -> Context:
    return Context(**{"endpoint": hub.endpoint, "cache_dir": str(folder / "hub"), **changes})  # type: ignore[arg-type]


def test_every_package_has_the_version_that_is_named(driver: Driver) -> None:
    """A run next year measures the same code, and no ONNX runtime is fetched: another package stands in its place."""
    named = json.loads((PORT.folder / "package.json").read_text("utf-8"))
    assert PORT.node_modules is not None
    made = json.loads((PORT.node_modules / ".package-lock.json").read_text("utf-8"))["packages"]
    versions = {place.removeprefix("node_modules/"): package["version"] for place, package in made.items()}
    assert versions == {
        name: version.rpartition("@")[2] for name, version in {**named["dependencies"], **named["overrides"]}.items()
    }
    assert driver.hello().version == named["dependencies"]["@huggingface/transformers"]
    assert driver.hello().operations == PORT.operations


def test_requests_reach_the_hub_with_the_token_of_the_call(driver: Driver, hub: ReplayHub, tmp_path: Path) -> None:
    """The library gives its token to the built-in host alone, so it must believe that this host is asked."""
    for token, header in ((TOKENS["reader"], f"Bearer {TOKENS['reader']}"), (None, None)):
        before = len(list(hub.wire))
        asked = context(hub, tmp_path / str(token), token=token)
        path = driver.call("hf_hub_download", README, asked, DEADLINE)["path"]
        assert Path(path).read_bytes() == hub.repo(GSM8K).files()["README.md"].body
        sent = {entry.request.headers.get("authorization") for entry in list(hub.wire)[before:]}
        assert sent == {header}


def test_an_authority_is_trusted_for_one_call(driver: Driver, tmp_path: Path) -> None:
    """With the context's CA file https works, and the file is cached as any other; without it https does not."""
    with ReplayHub(load("gsm8k"), secure=True) as hub:
        trusting = context(hub, tmp_path, ca_file=str(tls.ca_file()))
        assert Path(driver.call("hf_hub_download", README, trusting, DEADLINE)["path"]).is_file()
        with pytest.raises(PortError) as caught:
            driver.call("hf_hub_download", README, context(hub, tmp_path / "other"), DEADLINE)
        assert caught.value.kind == "connection"


@pytest.mark.parametrize(
    ("arguments", "changes", "reason"),
    [
        ({"force_download": True}, {}, "no parameter for force_download"),
        ({"repo_type": "notebook"}, {}, "no repositories of the type notebook"),
        ({"token": True}, {}, "stores no token"),
        ({}, {"endpoint": None}, "host built in"),
        ({}, {"env": {"HF_HUB_OFFLINE": "1"}}, "does not read HF_HUB_OFFLINE"),
        ({}, {"cache_dir": None}, "in its own folder"),
    ],
)
def test_what_the_library_lacks_is_unsupported(
    driver: Driver,
    hub: ReplayHub,
    tmp_path: Path,
    arguments: dict[str, object],
    changes: dict[str, object],
    reason: str,
) -> None:
    """The reason names what is lacking, and no request is sent: least of all to the real Hub."""
    with pytest.raises(Unsupported, match=reason):
        driver.call("hf_hub_download", {**README, **arguments}, context(hub, tmp_path, **changes), DEADLINE)
    assert not hub.wire


def test_a_status_is_told_as_the_library_tells_it(driver: Driver, hub: ReplayHub, tmp_path: Path) -> None:
    """The class of its error says that a file is missing or not accessible; which of both, only the status says."""
    with pytest.raises(PortError) as caught:
        driver.call("hf_hub_download", {**README, "filename": "none.txt"}, context(hub, tmp_path), DEADLINE)
    assert (caught.value.kind, caught.value.native, caught.value.status) == (
        "http_error",
        "ModelFileNotFoundError",
        404,
    )
