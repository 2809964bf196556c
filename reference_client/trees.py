"""What a commit consists of, kept on disk: a commit never changes, so its listing needs asking for only once.

The format is `huggingface_hub`'s: `{"format_version": 1, "files": {path: {"size", "blob_id", …}}}`.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from reference_client.answers import an_object, size, text, text_or_none
from reference_client.cache import write
from reference_client.limits import KEPT_LISTING_BYTES
from reference_client.models import BlobLfsInfo, RepoFile
from reference_client.validate import check_filename, is_digest

_FORMAT_VERSION = 1


def read_tree(path: Path) -> list[RepoFile] | None:
    """The listing kept at a path, or None if there is none that can be read."""
    try:
        if path.stat().st_size > KEPT_LISTING_BYTES:
            return None
        said = an_object(json.loads(path.read_text(encoding="utf-8")))
        if said.get("format_version") != _FORMAT_VERSION:
            return None
        files = [_file(name, an_object(file)) for name, file in an_object(said.get("files"), "files").items()]
    except (OSError, ValueError, RecursionError):
        return None
    return files if all(map(is_told, files)) else None


def is_told(file: RepoFile) -> bool:
    """Whether a listing tells all digests of a file: a gated repository's are masked for some."""
    return is_digest(file.etag) and (file.xet_hash is None or is_digest(file.xet_hash))


def _file(name: str, said: Mapping[str, Any]) -> RepoFile:
    check_filename(name)
    lfs = BlobLfsInfo.of_sha256(text(said, "lfs_sha256"), size(said, "lfs_size")) if "lfs_sha256" in said else None
    return RepoFile(name, size(said, "size"), text(said, "blob_id"), lfs, text_or_none(said, "xet_hash"))


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
