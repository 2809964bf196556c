"""The fixtures of every case."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from conformance.cases.snapshots import OnRecord
from conformance.cases.support import Disk, Port
from conformance.catalogue.check import check_of
from conformance.plugin import DEALINGS, HUB, RUN
from conformance.ports import Context
from conformance.replay import ReplayHub
from conformance.wire import tls


@pytest.fixture
def hub(request: pytest.FixtureRequest) -> Iterator[ReplayHub]:
    """The recorded Hub of the check's dataset, on origins of its own."""
    check = check_of(request.node)
    assert check is not None, "a case without a @check"
    with request.config.stash[RUN].hub(check.cassette, secure=check.secure) as hub:
        request.node.stash[HUB] = hub
        yield hub


@pytest.fixture
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Disk:
    """A fresh place on disk."""
    return Disk(tmp_path, request.config.stash[RUN].description.cache)


@pytest.fixture
def port(request: pytest.FixtureRequest, hub: ReplayHub, disk: Disk) -> Port:
    """The library under test, pointed at `hub` and `disk`, with no token."""
    run = request.config.stash[RUN]
    check = check_of(request.node)
    context = Context(
        endpoint=hub.endpoint,
        cache_dir=str(disk.cache),
        ca_file=str(tls.ca_file()) if check is not None and check.secure else None,
    )
    asks_by = run.asks_by(check) if check is not None else ""
    port = Port(run.driver, context, asks_by, patience=run.patience)
    request.node.stash[DEALINGS] = port.dealings
    return port


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """What is on record, under the names of `conformance.cases.snapshots`."""
    return snapshot.use_extension(OnRecord)
