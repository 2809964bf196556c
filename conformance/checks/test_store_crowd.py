"""A whole data set is fetched side by side, and not all at once."""

from __future__ import annotations

from conformance.catalogue.check import Checks
from conformance.checks.support import AWKWARD_NAMES, Disk, Port
from conformance.checks.support_store import download
from conformance.checks.test_snapshot_whole import CROWD
from conformance.replay import ReplayHub, Stall
from conformance.verdict.require import require, role

check = Checks(
    "download_dataset",
    source="huggingface_hub snapshot_download(max_workers=8): a client that sends all at once is taken for an attack",
    level="SHOULD",
)


@check("store/no-crowd-of-requests[contract]", kills="store-fetches-everything-at-once")
def test_no_crowd_of_requests(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """No more than 16 requests are under way at once, however many files a data set has."""
    role(len(hub.repo(AWKWARD_NAMES).files()) > 2 * CROWD, "a repository of many files whose contents are recorded")
    hub.fault(Stall(0.2, after=-1), answer="metadata", repo=AWKWARD_NAMES, times=None)
    download(port, disk, AWKWARD_NAMES, file_pattern=["**/*"])
    begun = sorted((entry.at, entry.at + entry.took) for entry in hub.wire)
    most = max(sum(start <= at < end for start, end in begun) for at, _ in begun)
    require(most <= CROWD, "crowd", "too many requests are under way at once", expected=f"≤ {CROWD}", seen=most)
