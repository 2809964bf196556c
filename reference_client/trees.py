"""What a commit consists of, kept on disk: a commit never changes, so its listing needs asking for only once.

The format is `huggingface_hub`'s: `{"format_version": 1, "files": {path: {"size", "blob_id", …}}}`.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from pathlib import Path

from reference_client.cache import write
from reference_client.models import BlobLfsInfo, RepoFile

_FORMAT_VERSION = 1


def read_tree(path: Path) -> list[RepoFile] | None:
    """The listing kept at a path, or None if there is none that can be read."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        if said["format_version"] != _FORMAT_VERSION:
            return None
        return [
            RepoFile(
                path=name,
                size=file["size"],
                blob_id=file["blob_id"],
                lfs=BlobLfsInfo.of_sha256(file["lfs_sha256"], file["lfs_size"]) if "lfs_sha256" in file else None,
                xet_hash=file.get("xet_hash"),
            )
            for name, file in said["files"].items()
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_tree(path: Path, files: Iterable[RepoFile]) -> None:
    """Keep a listing. Failing to is no harm: it will be asked for again."""
    listing = {file.path: _entry(file) for file in sorted(files, key=lambda file: file.path)}
    with contextlib.suppress(OSError):
        write(path, json.dumps({"format_version": _FORMAT_VERSION, "files": listing}, indent=1))


def _entry(file: RepoFile) -> dict[str, str | int]:
    entry: dict[str, str | int] = {"size": file.size, "blob_id": file.blob_id}
    if file.lfs is not None:
        entry |= {"lfs_sha256": file.lfs.sha256, "lfs_size": file.lfs.size}
    if file.xet_hash is not None:
        entry["xet_hash"] = file.xet_hash
    return entry
