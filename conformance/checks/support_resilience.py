"""What the checks of area `resilience` share: their sources, and what must arrive in spite of everything."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from conformance.checks.support import Disk, Port
from conformance.ports import PortError
from conformance.replay import ReplayHub
from conformance.roles import lfs_file
from conformance.traffic.log import Entry
from conformance.verdict.require import require, require_bytes, require_equal

BUSY = "huggingface_hub utils.http_backoff: 408, 429, 500, 502, 503 and 504 are tried again; RFC 9110 §15.6"
LIMITED = "Hub docs: rate limits, `RateLimit` header; RFC 9110 §10.2.3 Retry-After; huggingface_hub utils.http_backoff"
FINAL = "RFC 9110 §15.5: the request itself is at fault; huggingface_hub utils.http_backoff"
BOUNDED = "huggingface_hub utils.http_backoff(max_retries=5)"
BROKEN = "RFC 9112 §8: a body shorter than its Content-Length is incomplete; huggingface_hub http_get resumes"
RANGES = "RFC 9110 §14.2 and §15.3.7: a server may ignore a Range, and Content-Range defines what a 206 holds"

INFO = "/api/datasets/*"
TREE = "/api/datasets/*/tree/*"
METADATA = "*/resolve/*"

MOST_REQUESTS = 10
"""For one answer. The official client sends 7: one in a hurry, then one and five more."""

FAILURES = {"500": 500, "502": 502, "503": 503, "504": 504}
"""Statuses of a Hub that may be well again in a moment."""


def asked(hub: ReplayHub, *, origin: str = "hub", method: str | None = None) -> list[Entry]:
    """What was asked of an origin."""
    return [entry for entry in hub.wire if entry.origin == origin and method in (None, entry.method)]


def require_info(hub: ReplayHub, port: Port) -> None:
    """The info arrives, and is the repository's."""
    info = port.dataset_info(repo_id=hub.subject.id)
    require_equal(info["sha"], hub.subject.head, "wrong-info", "the info is not that of the repository")


def require_listing(hub: ReplayHub, port: Port, repo_id: str) -> None:
    """The listing arrives, and names each file of the repository once."""
    tree = port.list_repo_tree(repo_id=repo_id, repo_type="dataset", recursive=True)
    seen = sorted(item["path"] for item in tree if item["type"] == "file")
    expected = sorted(hub.repo(repo_id).files())
    require_equal(len(seen), len(expected), "wrong-count", "entries were lost, or are there twice")
    require_equal(seen, expected, "wrong-files", "the listing is not the repository's files")


def require_file(hub: ReplayHub, port: Port, name: str | None = None) -> None:
    """The file arrives with the right bytes; one kept by LFS unless given."""
    repo = hub.subject
    name = name or lfs_file(repo)
    require_bytes(port.download(repo, name).read_bytes(), repo.files()[name].body)


def require_right_or_error(hub: ReplayHub, port: Port, disk: Disk, name: str | None = None) -> None:
    """The file arrives with the right bytes, or an error is reported and no file has the final name."""
    repo = hub.subject
    name = name or lfs_file(repo)
    try:
        path = port.download(repo, name)
    except PortError:
        left = disk.named(name)
        require(not left, "wrong-file-left", "an error was reported, and yet the file is there", seen=left)
    else:
        require_bytes(path.read_bytes(), repo.files()[name].body)


def require_given_up(entries: list[Entry]) -> None:
    """The library stopped asking after a number of requests that a broken server can bear."""
    seen = len(entries)
    require(seen <= MOST_REQUESTS, "asked-too-often", "the requests did not end soon", expected="≤ 10", seen=seen)


def require_waited(entries: list[Entry], waits: Mapping[int, float]) -> None:
    """After each refusal, the next request came no sooner than the Hub had asked for.

    Args:
        entries: what was asked of the Hub.
        waits: position among the refusals (429), from 0, to the seconds that were asked for.
    """
    refused = [(earlier, later) for earlier, later in pairwise(entries) if earlier.status == 429]
    for place, (earlier, later) in enumerate(refused):
        pause = round(later.at - earlier.at, 2)
        message = "the wait that the Hub asked for was not kept"
        require(pause >= waits[place] - 0.05, "asked-too-soon", message, expected=waits[place], seen=pause)
