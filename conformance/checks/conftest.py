"""The fixtures of every check."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension
from syrupy.location import PyTestLocation
from syrupy.types import SnapshotIndex

from conformance.checks import snapshots
from conformance.checks.support import Disk, Port
from conformance.plugin import DEALINGS, HUB, RUNNER, check_of
from conformance.replay import ReplayHub
from conformance.run.harness import make_disk, make_port


class OnRecord(JSONSnapshotExtension):
    """Stores each snapshot under the name that the case gives it, whatever the case is called."""

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:
        return str(snapshots.folder())

    @classmethod
    def get_snapshot_name(cls, *, test_location: PyTestLocation, index: SnapshotIndex = 0) -> str:
        return str(index)


@pytest.fixture
def hub(request: pytest.FixtureRequest) -> Iterator[ReplayHub]:
    """The recorded Hub of the check's dataset, on separate origins."""
    check = check_of(request.node)
    assert check is not None, "a test function without @check"
    with request.config.stash[RUNNER].hub(check.cassette, secure=check.secure) as hub:
        request.node.stash[HUB] = hub
        yield hub


@pytest.fixture
def disk(request: pytest.FixtureRequest, hub: ReplayHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    """A fresh place on disk, and the current directory: what a library in this process writes to a relative path."""
    monkeypatch.chdir(tmp_path)
    return make_disk(tmp_path, hub, request.config.stash[RUNNER].description.cache)


@pytest.fixture
def port(request: pytest.FixtureRequest, hub: ReplayHub, disk: Disk) -> Port:
    """The library under test, pointed at `hub` and `disk`, with no token."""
    runner = request.config.stash[RUNNER]
    check = check_of(request.node)
    assert check is not None, "a test function without @check"
    port = make_port(check, hub, disk, runner.driver, asks_by=runner.asks_by(check), patience=runner.patience)
    request.node.stash[DEALINGS] = port.dealings
    return port


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """What is on record, under the names of `conformance.checks.snapshots`."""
    return snapshot.use_extension(OnRecord)
