"""Snapshots without the Hub: what is on disk, if it is whole."""

from __future__ import annotations

import json

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port, require_kind, works
from conformance.checks.support_disk import text
from conformance.checks.support_snapshot import require_files, snapshot
from conformance.replay import ReplayHub, Status
from conformance.roles import folder, git_file
from conformance.verdict.require import require, require_equal

AWAY = "huggingface_hub snapshot_download: without the Hub, the cached snapshot is returned"
INCOMPLETE = "huggingface_hub IncompleteSnapshotError, a LocalEntryNotFoundError"


check = Checks("snapshot_download", source=AWAY)


@check("snapshot/hub-away-and-whole[gsm8k]", kills="snapshot-needs-the-hub", cache="own")
def test_hub_away_and_whole(hub: ReplayHub, port: Port) -> None:
    """If no server answers and the cache holds the branch's last whole snapshot, that is returned."""
    repo = hub.subject
    first = snapshot(port, repo)
    hub.close()
    second = snapshot(port, repo)
    require(second == first, "other-path", "another path was returned")
    require_files(second, repo)


@check("snapshot/hub-broken-and-whole[gsm8k]", kills="snapshot-needs-the-hub", level="SHOULD", cache="own")
def test_hub_broken_and_whole(hub: ReplayHub, port: Port) -> None:
    """If the Hub refuses to resolve the branch (here by 403), the snapshot on disk is returned."""
    repo = hub.subject
    snapshot(port, repo)
    hub.fault(Status(403), path="/api/*", times=None)
    require_files(snapshot(port, repo), repo)


@check(
    "snapshot/local-files-only-whole[gsm8k]",
    kills="snapshot-local-files-only-ignored",
    source="huggingface_hub snapshot_download(local_files_only=True)",
    cache="own",
)
def test_local_files_only_whole(hub: ReplayHub, port: Port) -> None:
    """With `local_files_only` a snapshot that is in the cache is returned, and no request is sent."""
    repo = hub.subject
    first = snapshot(port, repo)
    hub.wire.clear()
    second = snapshot(port, repo, local_files_only=True)
    require(second == first, "other-path", "another path was returned")
    require_equal([str(entry) for entry in hub.wire], [], "needless-request", "a request was sent")


@check(
    "snapshot/local-files-only-nothing[gsm8k]",
    kills=("snapshot-local-files-only-ignored", "snapshot-invents-a-folder"),
    source="huggingface_hub snapshot_download(local_files_only=True)",
)
def test_local_files_only_nothing(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """With `local_files_only` and an empty cache an error reports that, and no request is sent."""
    elsewhere = port.with_cache(disk.root / "another")
    works("a snapshot with the Hub", lambda: snapshot(elsewhere, hub.subject))
    hub.wire.clear()
    error = port.error("snapshot_download", repo_id=hub.subject.id, repo_type="dataset", local_files_only=True)
    require_kind(error, "local_entry_not_found")
    require_equal([str(entry) for entry in hub.wire], [], "needless-request", "a request was sent")


@check(
    "snapshot/local-files-only-incomplete[gsm8k]",
    kills="snapshot-half-as-whole",
    level="SHOULD",
    source=INCOMPLETE,
    cache="own",
)
def test_local_files_only_incomplete(hub: ReplayHub, port: Port) -> None:
    """With `local_files_only` a snapshot that lacks wanted files is not returned: the error calls it incomplete.

    For that the listing of the commit must be in the cache. The same files as before, by pattern, are all there.
    """
    repo = hub.subject
    part = [f"{folder(repo)}/*"]
    first = snapshot(port, repo, allow_patterns=part)
    error = port.error("snapshot_download", repo_id=repo.id, repo_type="dataset", local_files_only=True)
    require_kind(error, "local_entry_not_found")
    again = snapshot(port, repo, allow_patterns=part, local_files_only=True)
    require(again == first, "other-path", "another path was returned")


@check(
    "snapshot/listing-is-kept[gsm8k]",
    kills="snapshot-keeps-no-listing",
    level="MAY",
    source="huggingface_hub trees/<commit>.json in the cache, format_version 1",
    cache="hub",
)
def test_listing_is_kept(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The listing of a commit is kept as `trees/<commit>.json`, where other libraries find it: all files, with sizes.

    It is the whole listing, also if patterns left files out.
    """
    repo = hub.subject
    small = git_file(repo)
    snapshot(port, repo, allow_patterns=[small])
    path = disk.folder(repo) / "trees" / f"{repo.head}.json"
    require(path.is_file(), "no-listing", "the listing was not kept")
    try:
        seen = {name: file["size"] for name, file in json.loads(text(path))["files"].items()}
    except (ValueError, LookupError, TypeError, AttributeError):
        require(False, "wrong-listing", "the listing does not have the official client's form", seen=text(path)[:200])
    expected = {name: file.size for name, file in repo.files().items()}
    require_equal(seen, expected, "wrong-listing", "the listing is not that of the commit")
