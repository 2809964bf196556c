"""What the tests of the Elixir shim share: the stand-in for the library, and the port with it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from conformance import replay
from conformance.ports import Context, Driver, PortError, find, start
from conformance.replay import ReplayHub

PATIENT: Final = 30.0
STAND_IN: Final = Path(__file__).with_name("stand_in")
LIBRARY: Final = "HUB_CONFORMANCE_HF_HUB_EX"
PORT: Final = find("hf_hub_ex")
GSM8K: Final = {"repo_id": "openai/gsm8k", "repo_type": "dataset"}

needs_elixir = pytest.mark.skipif(shutil.which("elixir") is None, reason="the program elixir is not installed")


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the stand-in, compiled, as `_build/prod/lib` is one."""
    folder = tmp_path_factory.mktemp("lib")
    compiled = folder / "hf_hub" / "ebin"
    compiled.mkdir(parents=True)
    sources = sorted(STAND_IN.glob("*.ex"))
    subprocess.run(["elixirc", "--no-docs", "-o", compiled, *sources], check=True, timeout=120)
    shutil.copy(STAND_IN / "hf_hub.app", compiled)
    return folder


@pytest.fixture(scope="session")
def driver(library: Path) -> Iterator[Driver]:
    """The port with the stand-in, in one process for all tests, in a locale without UTF-8."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(LIBRARY, str(library))
        patch.setenv("LC_ALL", "C")
        started = start(PORT)
        started.hello()
    yield started
    started.close()


@pytest.fixture
def hub() -> Iterator[ReplayHub]:
    with ReplayHub(replay.load("gsm8k")) as opened:
        yield opened


@pytest.fixture
def context(hub: ReplayHub, tmp_path: Path) -> Context:
    return Context(hub.endpoint, str(tmp_path / "cache"))


def ask(driver: Driver, operation: str, context: Context, **arguments: Any) -> Any:
    return driver.call(operation, arguments, context, PATIENT)


def error(driver: Driver, context: Context, repo_id: str, **arguments: Any) -> PortError:
    with pytest.raises(PortError) as raised:
        ask(driver, "dataset_info", context, repo_id=repo_id, **arguments)
    return raised.value
