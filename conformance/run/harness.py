"""What a check is given, under every runner: pytest, `serve`, `emit`, `explain` or a proof with a mutant."""

from __future__ import annotations

from pathlib import Path

from conformance.catalogue.asked import DATASET, OF_ANY_TYPE, is_about_a_dataset
from conformance.catalogue.check import Check
from conformance.checks.support import Disk, Port
from conformance.ports import Context, Driver
from conformance.ports.description import CacheKind
from conformance.ports.drivers.patience import Patience
from conformance.replay import ReplayHub
from conformance.roles import git_file
from conformance.run.recorded import GENERAL
from conformance.traffic import tls
from conformance.verdict import require


def make_disk(root: Path, hub: ReplayHub, cache: CacheKind = "hub") -> Disk:
    """The fresh place on disk of a check.

    Args:
        root: an empty folder.
        cache: what kind of cache the port has.
    """
    return Disk(root, cache, hub.subject.id)


def make_context(check: Check, hub: ReplayHub, disk: Disk) -> Context:
    """What the port is given with each call: the hub's endpoint, the disk's cache directory, and no token."""
    ca_file = str(tls.ca_file()) if check.secure else None
    return Context(endpoint=hub.endpoint, cache_dir=str(disk.cache), ca_file=ca_file)


def make_port(
    check: Check,
    hub: ReplayHub,
    disk: Disk,
    driver: Driver,
    *,
    asks_by: str | None = None,
    patience: Patience | None = None,
) -> Port:
    """The library under test, pointed at `hub` and `disk`.

    Args:
        asks_by: the check's operation to ask by; the preferred one unless given.
        patience: how long to wait for the library; as long as usual unless given.

    Raises:
        NotApplicable: the check is about a dataset, and the recording about a model or a Space.
    """
    repo_type = hub.subject.type if check.cassette == GENERAL else DATASET
    asked = asks_by or check.operation
    if repo_type != DATASET:
        require.role(not is_about_a_dataset(check), "a dataset")
        asked = OF_ANY_TYPE.get(asked, asked)
    return Port(
        driver,
        make_context(check, hub, disk),
        asked,
        repo_id=hub.subject.id,
        repo_type=repo_type,
        filename=git_file.offered(hub.subject) or "README.md",
        patience=patience or Patience(),
    )
