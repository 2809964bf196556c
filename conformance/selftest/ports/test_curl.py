"""The port of curl: any name that a repository may have reaches the Hub as the same name."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.ports import Context, Driver, PortError, find, start
from conformance.replay import ReplayHub, load
from conformance.traffic.identity import TOKENS

PORT = find("curl")
AWKWARD = "conformance/awkward-names"
DEADLINE = 30.0

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


@pytest.fixture
def driver() -> Iterator[Driver]:
    with contextlib.closing(start(PORT)) as driver:
        yield driver


@pytest.fixture
def hub() -> Iterator[ReplayHub]:
    with ReplayHub(load("contract")) as hub:
        yield hub


def context(hub: ReplayHub, folder: Path, token: str | None = None) -> Context:
    return Context(endpoint=hub.endpoint, cache_dir=str(folder), token=token)


def test_every_awkward_name_is_asked_for(driver: Driver, hub: ReplayHub, tmp_path: Path) -> None:
    """Blanks, brackets, `#`, `?`, `%` and letters beyond ASCII: one request each, and the file's own bytes."""
    for name, file in hub.repo(AWKWARD).files().items():
        given = {"repo_id": AWKWARD, "repo_type": "dataset", "filename": name}
        path = driver.call("hf_hub_download", given, context(hub, tmp_path), DEADLINE)["path"]
        assert Path(path).read_bytes() == file.body, name


def test_token_of_the_call_goes_before_the_environment(driver: Driver, hub: ReplayHub, tmp_path: Path) -> None:
    """It reaches the Hub to the letter, and is on no command line."""
    given = {"repo_id": AWKWARD, "repo_type": "dataset", "filename": ".gitattributes", "token": TOKENS["reader"]}
    asked = Context(endpoint=hub.endpoint, cache_dir=str(tmp_path), env={"HF_TOKEN": TOKENS["owner"]})
    with contextlib.suppress(PortError):
        driver.call("hf_hub_download", given, asked, DEADLINE)
    assert next(iter(hub.wire)).request.headers.get("authorization") == f"Bearer {TOKENS['reader']}"
