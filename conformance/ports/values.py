"""From what a Python Hub client returns to JSON; the shapes are in `conformance/protocol/README.md`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any, Final

_INFO: Final = (
    *("id", "author", "sha", "created_at", "last_modified", "private", "gated", "disabled"),
    *("downloads", "likes", "tags", "siblings", "card_data"),
)
_OF_ITS_TYPE: Final = {
    "DatasetInfo": ("description", "citation"),
    "ModelInfo": ("pipeline_tag", "library_name"),
    "SpaceInfo": ("sdk",),
}


def path(value: Any) -> dict[str, str]:
    """A file or folder on disk."""
    return {"path": str(value)}


def names(value: Iterable[str]) -> list[str]:
    """A list of file names, in the order given."""
    return list(value)


def entries(value: Iterable[Any]) -> list[dict[str, Any]]:
    """`RepoFile` and `RepoFolder` objects, in the order given."""
    return [_folder(entry) if hasattr(entry, "tree_id") else _file(entry) for entry in value]


def info(value: Any) -> dict[str, Any]:
    """A `DatasetInfo`, `ModelInfo` or `SpaceInfo`."""
    fields = (*_INFO, *_OF_ITS_TYPE.get(type(value).__name__, ()))
    found = {name: _plain(getattr(value, name, None)) for name in fields}
    if value.siblings is not None:
        found["siblings"] = [_sibling(sibling) for sibling in value.siblings]
    return found


def as_is(value: Any) -> Any:
    """A value that is JSON already."""
    return value


def _file(entry: Any) -> dict[str, Any]:
    return {
        "type": "file",
        "path": entry.path,
        "size": entry.size,
        "blob_id": entry.blob_id,
        "lfs": _lfs(entry.lfs),
        "xet_hash": getattr(entry, "xet_hash", None),
        "last_commit": _commit(getattr(entry, "last_commit", None)),
    }


def _folder(entry: Any) -> dict[str, Any]:
    return {
        "type": "directory",
        "path": entry.path,
        "tree_id": entry.tree_id,
        "last_commit": _commit(getattr(entry, "last_commit", None)),
    }


def _sibling(sibling: Any) -> dict[str, Any]:
    return {
        "rfilename": sibling.rfilename,
        "size": sibling.size,
        "blob_id": sibling.blob_id,
        "lfs": _lfs(sibling.lfs),
    }


def _lfs(lfs: Any) -> dict[str, Any] | None:
    if lfs is None:
        return None
    return {"sha256": lfs.sha256, "size": lfs.size, "pointer_size": lfs.pointer_size}


def _commit(commit: Any) -> dict[str, Any] | None:
    if commit is None:
        return None
    return {"oid": commit.oid, "title": commit.title, "date": _plain(commit.date)}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if hasattr(value, "to_dict"):  # huggingface_hub.CardData
        return value.to_dict()
    return value
