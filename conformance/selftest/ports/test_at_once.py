"""Several calls at the same time: they meet, they keep their order, and nothing of them leaks."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.ports import Context, Driver, PortDescription, PortError, start

LIBRARY = """
import os, time
from pathlib import Path

__version__ = "1"

class HfApi:
    def __init__(self, endpoint=None, token=None):
        pass

    def whoami(self, token):
        folder = Path(os.environ["MEETING"])
        (folder / token).touch()
        until = time.monotonic() + 10
        while len(list(folder.iterdir())) < 2 and time.monotonic() < until:
            time.sleep(0.01)
        if token == "b":
            raise ValueError("nobody")
        return {"met": len(list(folder.iterdir())), "unset": os.environ.get("UNSET")}
"""


@pytest.fixture(params=[False, True], ids=["in-process", "in-children"])
def driver(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    """A library that waits in each call until there is another."""
    name = f"meeting_{request.param}".lower()
    (tmp_path / f"{name}.py").write_text(LIBRARY)
    monkeypatch.syspath_prepend(tmp_path)
    description = PortDescription(name, "python", tmp_path, ("whoami",), python=name)
    with contextlib.closing(start(description, in_child=request.param)) as driver:
        yield driver


def test_calls_meet_and_keep_their_order(driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call gives its own value or error; the environment of all is the context's, and is taken back."""
    meeting = tmp_path / "meeting"
    meeting.mkdir()
    monkeypatch.setenv("UNSET", "set")
    context = Context(endpoint=None, cache_dir=None, env={"MEETING": str(meeting), "UNSET": None})
    first, second = driver.at_once([("whoami", {"token": "a"}), ("whoami", {"token": "b"})], context, 20)
    assert first == {"met": 2, "unset": None}
    assert isinstance(second, PortError)
    assert second.message == "nobody"
    assert "MEETING" not in os.environ
    assert os.environ["UNSET"] == "set"
