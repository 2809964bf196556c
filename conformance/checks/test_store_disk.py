"""The store when the disk is not as it was left: files gone, the index damaged or tampered with; and deleting."""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path
from typing import Any

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port
from conformance.checks.support_datasets import TULU3, fetched
from conformance.checks.support_disk import damage, read, remove, remove_folder
from conformance.checks.support_store import (
    DOWNLOAD,
    STORE,
    download,
    files,
    folder,
    index,
    is_downloaded,
    listed,
    pair,
    parquet_files,
    read_index,
    require_files,
    root,
)
from conformance.ports import PortError
from conformance.replay import ReplayHub, Truth
from conformance.roles import git_file, lfs_file, other_lfs_file, two_lfs_files
from conformance.verdict.require import require, require_equal

DELETE = "delete_downloaded"
TRUST = "an index is a file that anything may have changed; deleting by it must be safe"


check = Checks(DOWNLOAD, source=STORE)


@check("store/vanished-file-is-noticed[gsm8k]", kills="index-believed", operation="is_downloaded", needs=(DOWNLOAD,))
def test_vanished_file(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A dataset of which a file is gone does not count as downloaded, even if the index lists it."""
    other = other_lfs_file(hub.subject)
    download(port, disk)
    remove(folder(disk) / other)
    require(not is_downloaded(port, disk), "is-downloaded", "a dataset without one of its files counts as downloaded")


@check("store/vanished-file-is-fetched-again[gsm8k]", kills="index-believed")
def test_vanished_file_is_fetched(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The next download brings the file that is gone."""
    other = other_lfs_file(hub.subject)
    download(port, disk)
    remove(folder(disk) / other)
    download(port, disk)
    require_files(folder(disk), hub.subject, parquet_files(hub.subject))


@check(
    "store/vanished-file-alone-is-fetched[gsm8k]",
    kills="store-fetches-anew",
    level="SHOULD",
    source="economy: what is on disk need not be fetched",
)
def test_vanished_file_alone(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """No other file is fetched again for it."""
    other = other_lfs_file(hub.subject)
    download(port, disk)
    remove(folder(disk) / other)
    hub.wire.clear()
    download(port, disk)
    require_equal(fetched(hub), [other], "fetched-again", "other files than the missing one were fetched")


@check("store/cut-file-is-mended[gsm8k]", kills="existing-file-trusted", needs=("is_downloaded",))
def test_cut_file(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A file that has lost its end does not count as downloaded, and the next download puts it right."""
    large = lfs_file(hub.subject)
    download(port, disk)
    path = folder(disk) / large
    damage(path, read(path)[:1000])
    require(not is_downloaded(port, disk), "is-downloaded", "half a file counts as downloaded")
    download(port, disk)
    require_files(folder(disk), hub.subject, parquet_files(hub.subject))


@check.each(
    "store/index-{}-is-no-obstacle[gsm8k]",
    {
        "that-is-cut": b'{"datasets": [{"repo": "ope',
        "that-is-empty": b"",
        "that-is-no-text": b"\xff\xfe\x00garbage",
        "of-another-form": b'["what", "is", "this"]',
    },
    kills="index-must-be-right",
    needs=("is_downloaded", "list_downloaded"),
)
def test_broken_index(hub: ReplayHub, port: Port, disk: Disk, member: bytes) -> None:
    """With an index {}, a look-up is not an error, and the next download repairs everything."""
    download(port, disk)
    index(disk).write_bytes(member)
    is_downloaded(port, disk)
    listed(port, disk)
    download(port, disk)
    require_files(folder(disk), hub.subject, parquet_files(hub.subject))
    read_index(disk)
    require_equal(
        listed(port, disk), [hub.subject.id], "wrong-list", "the dataset is not listed after it was downloaded again"
    )


@check(
    "store/broken-index-costs-nothing[gsm8k]",
    kills="broken-index-begins-anew",
    level="SHOULD",
    source="economy: what is on disk need not be fetched",
)
def test_broken_index_costs_nothing(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """After the index was lost, files that are there and right are found, and not fetched again."""
    download(port, disk)
    index(disk).write_bytes(b"{")
    hub.wire.clear()
    download(port, disk)
    require_equal(fetched(hub), [], "fetched-again", "files were fetched again though they are on disk")


@check(
    "store/delete-removes-the-dataset[gsm8k]",
    kills="delete-forgets-only",
    operation=DELETE,
    needs=(DOWNLOAD, "is_downloaded", "list_downloaded"),
)
def test_delete(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """After `delete_downloaded`, the files are gone, and so is the dataset from the list."""
    download(port, disk)
    port.delete_downloaded(repo_id=hub.subject.id, root=root(disk))
    left = list(files(folder(disk))) if folder(disk).exists() else []
    require_equal(left, [], "files-left", "files of the dataset are still there")
    require(not is_downloaded(port, disk), "is-downloaded", "a deleted dataset counts as downloaded")
    require_equal(listed(port, disk), [], "wrong-list", "a deleted dataset is still listed")


@check(
    "store/delete-leaves-the-others[tulu3]",
    kills="delete-clears-the-store",
    operation=DELETE,
    needs=(DOWNLOAD, "is_downloaded"),
)
def test_delete_leaves_the_others(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """What does not belong to the dataset stays: files in the root, and a folder beside its own."""
    download(port, disk, TULU3)
    mine = [Path(root(disk), "notes.txt"), Path(root(disk), "allenai", "of-my-own", "rows.parquet")]
    for path in mine:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine", "utf-8")
    port.delete_downloaded(repo_id=TULU3, root=root(disk))
    require(not is_downloaded(port, disk, TULU3), "is-downloaded", "a deleted dataset counts as downloaded")
    lost = [path.name for path in mine if not path.exists()]
    require_equal(lost, [], "others-deleted", "files that do not belong to the dataset were deleted")


@check(
    "store/delete-of-a-vanished-folder[gsm8k]",
    kills="delete-needs-the-folder",
    operation=DELETE,
    needs=(DOWNLOAD, "list_downloaded"),
)
def test_delete_of_a_vanished_folder(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A dataset whose folder another program has removed can be deleted; it is not listed for ever."""
    repo = hub.subject
    small = git_file(repo)
    download(port, disk, file_pattern=small)
    remove_folder(folder(disk))
    port.delete_downloaded(repo_id=repo.id, root=root(disk))
    require_equal(listed(port, disk), [], "wrong-list", "a deleted dataset is still listed")


@check.each(
    "store/delete-by-an-index-{}[gsm8k]",
    {"with-absolute-paths": "{victim}", "with-ways-up": "../victim"},
    kills="delete-follows-the-index",
    operation=DELETE,
    source=TRUST,
    needs=(DOWNLOAD,),
)
def test_delete_by_an_index(hub: ReplayHub, port: Port, disk: Disk, member: str) -> None:
    """By an index {} that lead out of the store, nothing is deleted outside; an error is right, too."""
    victim = _victim(hub.subject, disk)
    download(port, disk, file_pattern=pair(hub.subject))
    tampered = _led_astray(read_index(disk), member.replace("{victim}", victim.as_posix()))
    index(disk).write_text(json.dumps(tampered), "utf-8")
    _try_to_delete(port, disk)
    _require_unharmed(hub.subject, victim)


@check(
    "store/delete-follows-no-link[gsm8k]",
    kills="delete-follows-links",
    operation=DELETE,
    source=TRUST,
    needs=(DOWNLOAD,),
)
def test_delete_follows_no_link(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """If the dataset's folder has become a link out of the store, what it leads to stays."""
    victim = _victim(hub.subject, disk)
    download(port, disk, file_pattern=pair(hub.subject))
    remove_folder(folder(disk))
    folder(disk).symlink_to(victim, target_is_directory=True)
    _try_to_delete(port, disk)
    _require_unharmed(hub.subject, victim)


def _names(repo: Truth) -> list[str]:
    return [*two_lfs_files(repo), git_file(repo)]


def _victim(repo: Truth, disk: Disk) -> Path:
    """A folder of the user's own beside the store, with files of the dataset's names."""
    victim = disk.root / "victim"
    for name in _names(repo):
        path = victim / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine", "utf-8")
    return victim


def _require_unharmed(repo: Truth, victim: Path) -> None:
    require_equal(
        sorted(files(victim)), sorted(_names(repo)), "deleted-outside", "files outside the store were deleted"
    )


def _try_to_delete(port: Port, disk: Disk) -> None:
    with contextlib.suppress(PortError):
        port.delete_downloaded(repo_id=port.repo_id, root=root(disk))


def _led_astray(value: Any, path: str, key: str = "") -> Any:
    """An index in which each value that by its key is a path leads elsewhere."""
    if isinstance(value, dict):
        return {name: _led_astray(inner, path, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_led_astray(inner, path, key) for inner in value]
    is_path = isinstance(value, str) and re.search("path|file|folder|dir", key, re.IGNORECASE)
    if not is_path:
        return value
    return f"{path}/{value}" if value.endswith((".parquet", ".md")) else path
