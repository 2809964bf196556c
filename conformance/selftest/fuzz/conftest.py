"""How many examples are drawn, and a client whose waits take no time."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from conformance.selftest.reference_client.raw_server import Bytes, RawServer, answer

_ALL = list(HealthCheck)
settings.register_profile(
    "quick", max_examples=40, derandomize=True, database=None, deadline=None, suppress_health_check=_ALL
)
settings.register_profile("long", max_examples=1000, database=None, deadline=None, suppress_health_check=_ALL)
settings.load_profile(os.environ.get("HUB_CONFORMANCE_FUZZ", "quick"))


class Server:
    """A server on loopback that answers as the example at hand says."""

    def __init__(self) -> None:
        self.answer: Callable[[str], Bytes] = lambda _: answer(b"")
        self._raw = RawServer(lambda head: self.answer(head))
        self.url = self._raw.url

    @property
    def heads(self) -> list[str]:
        return self._raw.heads

    def __enter__(self) -> Server:
        self._raw.__enter__()
        return self

    def __exit__(self, *details: object) -> None:
        self._raw.__exit__(*details)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as found:
        yield found


@pytest.fixture(scope="module")
def stranger() -> Iterator[Server]:
    with Server() as found:
        yield found


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No wait between attempts, short ones for silence, and no settings of the user's."""
    for name in [name for name in os.environ if name.startswith("HF_") or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HUB_ETAG_TIMEOUT", "1")
    monkeypatch.setenv("HF_HUB_DOWNLOAD_TIMEOUT", "1")
    monkeypatch.setattr("reference_client.session.Session.pause", lambda self, seconds: None)
    monkeypatch.setattr("reference_client.download.PATIENT_TIMEOUT", 1.0)


@pytest.fixture
def folder() -> Iterator[Callable[[], Path]]:
    """Fresh folders, one for each example."""
    with tempfile.TemporaryDirectory(prefix="hub-conformance-fuzz-", ignore_cleanup_errors=True) as root:
        made: list[Path] = []

        def make() -> Path:
            if made:
                shutil.rmtree(made.pop(), ignore_errors=True)
            made.append(Path(tempfile.mkdtemp(dir=root)))
            return made[-1]

        yield make
