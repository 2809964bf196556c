"""What the checks of area `store` share: a store in a separate folder, and what has arrived there."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from conformance.checks.support import Disk, Port
from conformance.checks.support_disk import read, text
from conformance.replay import Cut, ReplayHub, Status, Truth
from conformance.roles import two_lfs_files
from conformance.verdict.require import require, require_bytes, require_equal, role

STORE = "the protocol's `download_dataset`: files at <root>/<owner>/<name>/<path>, tracked in <root>/index.json"
GLOBS = "the protocol's `download_dataset`: a glob as Python's pathlib and the shell's globstar have it"
WHOLE = "RFC 9112 §8: a body shorter than its Content-Length is incomplete; the Hub's lfs.oid is the sha256 of a file"

DOWNLOAD = "download_dataset"


def root(disk: Disk) -> str:
    """The store's folder. It does not exist until the port makes it."""
    return str(disk.root / "datasets")


def download(port: Port, disk: Disk, repo_id: str | None = None, **arguments: Any) -> dict[str, Any]:
    """`download_dataset` into the store."""
    value: dict[str, Any] = port.download_dataset(repo_id=repo_id or disk.repo_id, root=root(disk), **arguments)
    return value


def is_downloaded(port: Port, disk: Disk, repo_id: str | None = None) -> bool:
    found: bool = port.is_downloaded(repo_id=repo_id or disk.repo_id, root=root(disk))
    return found


def listed(port: Port, disk: Disk) -> list[str]:
    """The repositories that the store reports."""
    return [dataset["repo_id"] for dataset in port.list_downloaded(root=root(disk))]


def folder(disk: Disk, repo_id: str | None = None) -> Path:
    """Where `main` of a repository is; of the recording's own unless given."""
    return Path(root(disk), *(repo_id or disk.repo_id).split("/"))


def files(folder: Path) -> dict[str, Path]:
    """The files below a folder by their relative paths."""
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}


def require_files(found: Path, repo: Truth, names: Iterable[str], revision: str = "main") -> None:
    """A folder holds these files of a revision with the right bytes, and no others."""
    held = files(found)
    require_equal(sorted(held), sorted(names), "wrong-files", "the folder does not hold the files that were requested")
    for name, path in held.items():
        require_bytes(read(path), repo.files(revision)[name].body)


def parquet_files(repo: Truth) -> list[str]:
    return [path for path in repo.files() if path.endswith(".parquet")]


def pair(repo: Truth) -> str:
    """A pattern for the two Parquet files of one folder, and no others."""
    folder = two_lfs_files(repo)[0].rpartition("/")[0]
    pattern = f"{folder}/*.parquet" if folder else "*.parquet"
    names = [name for name in parquet_files(repo) if name.rpartition("/")[0] == folder]
    role(sorted(names) == sorted(two_lfs_files(repo)), "a folder with two Parquet files")
    return pattern


def index(disk: Disk) -> Path:
    return Path(root(disk), "index.json")


def read_index(disk: Disk) -> Any:
    """The index as JSON."""
    require(index(disk).is_file(), "no-index", "there is no index.json in the store's folder")
    try:
        return json.loads(text(index(disk)))
    except ValueError as error:
        require(False, "broken-index", "index.json is not JSON", seen=str(error))


def texts(value: Any) -> list[str]:
    """Every text in a JSON value, the keys included."""
    if isinstance(value, dict):
        return [*value, *(text for inner in value.values() for text in texts(inner))]
    if isinstance(value, list):
        return [text for inner in value for text in texts(inner)]
    return [value] if isinstance(value, str) else []


def broken_off(hub: ReplayHub, port: Port, disk: Disk, name: str) -> None:
    """A download of one file that ends in an error after its first 2,000 bytes. The next one finds all well again."""
    cut = hub.fault(Cut(after=2000), answer="content")
    refused = hub.fault(Status(403), answer="content", times=None, needed=False)
    port.error(DOWNLOAD, repo_id=hub.subject.id, root=root(disk), file_pattern=name)
    require(cut.fired, "not-asked", "the content was not requested")
    refused.times = refused.fired
    hub.wire.clear()
