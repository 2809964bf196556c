"""A minimal client of the Hugging Face Hub: the shortest correct one we could write, meant to be read.

It has the names, arguments, results and errors of `huggingface_hub`, and the same cache on disk, so that
either can stand in for the other. Where to start reading: `download.hf_hub_download`, from top to bottom.

Names are loaded when first used (PEP 562): importing this package costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_NAMES = {
    "api": (
        "HfApi dataset_info file_exists get_paths_info list_repo_commits list_repo_files list_repo_refs list_repo_tree "
        "model_info repo_exists repo_info revision_exists whoami"
    ),
    "cache": "_CACHED_NO_EXIST try_to_load_from_cache",
    "download": "hf_hub_download",
    "metadata": "HfFileMetadata get_hf_file_metadata hf_hub_url",
    "models": "DatasetInfo GitCommitInfo GitRefInfo GitRefs ModelInfo RepoFile RepoFolder RepoSibling SpaceInfo",
    "read": "read_file",
    "scan": "scan_cache_dir",
    "settings": "get_token",
    "snapshot": "snapshot_download",
}
"""Public names by module. Their types stand in `__init__.pyi`."""
_HOMES = {name: module for module, names in _NAMES.items() for name in names.split()}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
