"""From what a Python Hub client returns to the shapes of `conformance/protocol/schemas/values.json`.

Times and bytes stay as they are: `conformance.protocol.tagged` writes them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

_INFO: Final = (
    *("id", "author", "sha", "created_at", "last_modified", "private", "gated", "disabled"),
    *("downloads", "downloads_all_time", "likes", "used_storage", "tags", "siblings", "card_data"),
)
_OF_ITS_TYPE: Final = {
    "DatasetInfo": ("description", "citation", "paperswithcode_id"),
    "ModelInfo": ("pipeline_tag", "library_name", "config", "safetensors"),
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


def refs(value: Any) -> dict[str, Any]:
    """A `GitRefs`."""
    named = {kind: getattr(value, kind) for kind in ("branches", "converts", "tags", "pull_requests")}
    return {kind: None if held is None else [_ref(ref) for ref in held] for kind, held in named.items()}


def commits(value: Iterable[Any]) -> list[dict[str, Any]]:
    """`GitCommitInfo` objects, in the order given."""
    fields = ("commit_id", "authors", "created_at", "title", "message", "formatted_title", "formatted_message")
    return [{name: _plain(getattr(commit, name)) for name in fields} for commit in value]


def cache(value: Any) -> dict[str, Any]:
    """A `HFCacheInfo`; what is in no order there is sorted."""
    repos = [
        {
            "repo_id": repo.repo_id,
            "repo_type": repo.repo_type,
            "size_on_disk": repo.size_on_disk,
            "nb_files": repo.nb_files,
            "revisions": sorted((_cached(revision) for revision in repo.revisions), key=lambda one: one["commit_hash"]),
        }
        for repo in value.repos
    ]
    return {
        "size_on_disk": value.size_on_disk,
        "repos": sorted(repos, key=lambda repo: (repo["repo_type"], repo["repo_id"])),
        "warnings": sorted(map(str, value.warnings)),
    }


def as_is(value: Any) -> Any:
    """A value that is JSON already, or bytes."""
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


def _cached(revision: Any) -> dict[str, Any]:
    return {
        "commit_hash": revision.commit_hash,
        "size_on_disk": revision.size_on_disk,
        "refs": sorted(revision.refs),
        "files": sorted(Path(file.file_path).relative_to(revision.snapshot_path).as_posix() for file in revision.files),
    }


def _ref(ref: Any) -> dict[str, str]:
    return {"name": ref.name, "ref": ref.ref, "target_commit": ref.target_commit}


def _lfs(lfs: Any) -> dict[str, Any] | None:
    if lfs is None:
        return None
    return {"sha256": lfs.sha256, "size": lfs.size, "pointer_size": lfs.pointer_size}


def _commit(commit: Any) -> dict[str, Any] | None:
    if commit is None:
        return None
    return {"oid": commit.oid, "title": commit.title, "date": commit.date}


def _plain(value: Any) -> Any:
    if hasattr(value, "to_dict"):  # huggingface_hub.CardData
        return value.to_dict()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):  # huggingface_hub.SafeTensorsInfo
        return dataclasses.asdict(value)
    return value
