"""The store: datasets as folders of plain files, and what is reported about them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port
from conformance.checks.support_store import (
    DOWNLOAD,
    STORE,
    download,
    files,
    folder,
    is_downloaded,
    listed,
    pair,
    parquet_files,
    read_index,
    require_files,
    root,
    texts,
)
from conformance.replay import ReplayHub
from conformance.roles import git_file, two_lfs_files
from conformance.verdict.require import require, require_equal

check = Checks(DOWNLOAD, source=STORE)


@check("store/files-are-plain-files[gsm8k]", kills="store-of-links")
def test_plain_files(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Below `<root>/<owner>/<name>/`, each file has its path in the repository and is a plain file, no link."""
    download(port, disk)
    held = files(folder(disk))
    require_equal(
        sorted(held), sorted(parquet_files(hub.subject)), "wrong-files", "the files are not where they belong"
    )
    links = [name for name, path in held.items() if path.is_symlink()]
    require_equal(links, [], "links", "files of the store are links to elsewhere")


@check("store/nothing-else-in-the-folder[gsm8k]", kills="leftovers-beside-the-files")
def test_nothing_else_in_the_folder(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """When a download has ended well, the dataset's folder holds its files alone: no temporary one, no note."""
    download(port, disk)
    lacking = sorted(set(parquet_files(hub.subject)) - set(files(folder(disk))))
    require_equal(lacking, [], "files-missing", "the folder does not hold the files")
    surplus = sorted(set(files(folder(disk))) - set(hub.subject.files()))
    require_equal(surplus, [], "leftovers", "the folder has files that the repository does not have")


@check("store/value-tells-what-is-there[gsm8k]", kills="total-counts-files")
def test_value(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """What `download_dataset` returns names the repository, the folder, its files and the sum of their sizes."""
    repo = hub.subject
    large, other = two_lfs_files(repo)
    value = download(port, disk, file_pattern=pair(hub.subject))
    require_equal(value["repo_id"], repo.id, "wrong-value", "the value names another repository")
    require_equal(sorted(value["files"]), [other, large], "wrong-value", "the value does not name the files")
    size = sum(repo.files()[name].size for name in (other, large))
    require_equal(value["total_bytes"], size, "wrong-value", "the value does not have the sum of the sizes")
    require_files(Path(value["local_path"]), repo, [other, large])


@check("store/value-has-the-commit[gsm8k]", kills="store-keeps-the-branch", level="SHOULD")
def test_value_has_the_commit(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """It names the commit of the branch at that time: `main` means another tomorrow."""
    small = git_file(hub.subject)
    value = download(port, disk, file_pattern=small)
    require_equal(value["commit_hash"], hub.subject.head, "wrong-commit", "the commit is not the one downloaded")


@check(
    "store/list-tells-what-is-there[gsm8k]", kills="list-without-files", operation="list_downloaded", needs=(DOWNLOAD,)
)
def test_list(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """`list_downloaded` returns the same as `download_dataset` did."""
    value = download(port, disk)
    keys = ("repo_id", "local_path", "total_bytes")
    told = [
        {**{key: dataset[key] for key in keys}, "files": sorted(dataset["files"])}
        for dataset in port.list_downloaded(root=root(disk))
    ]
    expected = [{**{key: value[key] for key in keys}, "files": sorted(value["files"])}]
    require_equal(told, expected, "wrong-list", "the list does not name the download")


@check(
    "store/nothing-is-downloaded-at-first[gsm8k]",
    kills="local-path-of-anything",
    operation="is_downloaded",
    needs=("get_local_path", "list_downloaded"),
)
def test_nothing_at_first(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """In a store that is not even a folder yet, nothing is downloaded: false, null and an empty list, no errors."""
    require_equal(
        is_downloaded(port, disk), False, "is-downloaded", "a dataset that was never downloaded counts as downloaded"
    )
    path = port.get_local_path(repo_id=hub.subject.id, root=root(disk))
    require_equal(path, None, "invented-path", "a dataset that was never downloaded has a path")
    require_equal(listed(port, disk), [], "wrong-list", "a dataset that was never downloaded is listed")


@check(
    "store/local-path-is-the-folder[gsm8k]",
    kills="local-path-is-the-root",
    operation="get_local_path",
    needs=(DOWNLOAD, "is_downloaded"),
)
def test_local_path(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """After a download, `is_downloaded` is true and `get_local_path` is the folder that holds the files."""
    download(port, disk)
    require(is_downloaded(port, disk), "not-downloaded", "a downloaded dataset does not count as downloaded")
    found = port.get_local_path(repo_id=hub.subject.id, root=root(disk))
    require_equal(
        found and Path(found["path"]).resolve(), folder(disk).resolve(), "wrong-path", "this is another folder"
    )


@check(
    "store/looking-asks-nobody[gsm8k]",
    kills="store-asks-to-look",
    operation="is_downloaded",
    source="what is on disk is known without the Hub",
    needs=(DOWNLOAD, "get_local_path", "list_downloaded"),
)
def test_looking_asks_nobody(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """To see what is downloaded, no request is sent."""
    repo = hub.subject
    small = git_file(repo)
    download(port, disk, file_pattern=small)
    hub.wire.clear()
    is_downloaded(port, disk)
    port.get_local_path(repo_id=repo.id, root=root(disk))
    listed(port, disk)
    require_equal([str(entry) for entry in hub.wire], [], "request-sent", "a request was sent to look at the disk")


@check("store/index-is-written[gsm8k]", kills="index-forgotten")
def test_index(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """`index.json` in the root is JSON that names the repository and each of its files."""
    download(port, disk)
    said = texts(read_index(disk))
    for name in (hub.subject.id, *parquet_files(hub.subject)):
        known = any(text == name or text.endswith(f"/{name}") for text in said)
        require(known, "index-incomplete", "index.json does not name every file of the store", expected=name)


@check("store/index-has-the-time[gsm8k]", kills="store-time-without-zone", source=f"{STORE}; RFC 3339 §5.6")
def test_index_has_the_time(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """`index.json` holds the time of a dataset's download: a date and a time in ISO 8601, with their zone."""
    small = git_file(hub.subject)
    download(port, disk, file_pattern=small)
    said = texts(read_index(disk))
    require(any(map(_is_time, said)), "no-time", "index.json has no time in ISO 8601 with a zone", seen=said)


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).tzinfo is not None
    except ValueError:
        return False
