"""A minimal client of the Hugging Face Hub: the shortest correct one we could write, meant to be read.

It has the names, arguments, results and errors of `huggingface_hub`, and the same cache on disk, so that
either can stand in for the other. Where to start reading: `download.hf_hub_download`, from top to bottom.

Names are loaded when first used (PEP 562): importing this package costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reference_client.api import (
        HfApi,
        dataset_info,
        file_exists,
        get_paths_info,
        list_repo_commits,
        list_repo_files,
        list_repo_refs,
        list_repo_tree,
        model_info,
        repo_exists,
        repo_info,
        revision_exists,
        space_info,
        whoami,
    )
    from reference_client.cache import _CACHED_NO_EXIST, try_to_load_from_cache
    from reference_client.datasets import (
        get_data_files,
        get_dataset_config_names,
        get_dataset_split_names,
        load_rows,
    )
    from reference_client.download import hf_hub_download
    from reference_client.metadata import HfFileMetadata, get_hf_file_metadata, hf_hub_url
    from reference_client.models import (
        DatasetInfo,
        GitCommitInfo,
        GitRefInfo,
        GitRefs,
        ModelInfo,
        RepoFile,
        RepoFolder,
        RepoSibling,
        SpaceInfo,
    )
    from reference_client.read import read_file
    from reference_client.scan import scan_cache_dir
    from reference_client.settings import get_token
    from reference_client.snapshot import snapshot_download

__version__ = "0.1.0"

__all__ = [
    "_CACHED_NO_EXIST",
    "DatasetInfo",
    "GitCommitInfo",
    "GitRefInfo",
    "GitRefs",
    "HfApi",
    "HfFileMetadata",
    "ModelInfo",
    "RepoFile",
    "RepoFolder",
    "RepoSibling",
    "SpaceInfo",
    "dataset_info",
    "file_exists",
    "get_data_files",
    "get_dataset_config_names",
    "get_dataset_split_names",
    "get_hf_file_metadata",
    "get_paths_info",
    "get_token",
    "hf_hub_download",
    "hf_hub_url",
    "list_repo_commits",
    "list_repo_files",
    "list_repo_refs",
    "list_repo_tree",
    "load_rows",
    "model_info",
    "read_file",
    "repo_exists",
    "repo_info",
    "revision_exists",
    "scan_cache_dir",
    "snapshot_download",
    "space_info",
    "try_to_load_from_cache",
    "whoami",
]

_HOMES = {
    "_CACHED_NO_EXIST": "cache",
    "DatasetInfo": "models",
    "GitCommitInfo": "models",
    "GitRefInfo": "models",
    "GitRefs": "models",
    "HfFileMetadata": "metadata",
    "ModelInfo": "models",
    "RepoFile": "models",
    "RepoFolder": "models",
    "RepoSibling": "models",
    "SpaceInfo": "models",
    "get_data_files": "datasets",
    "get_dataset_config_names": "datasets",
    "get_dataset_split_names": "datasets",
    "get_hf_file_metadata": "metadata",
    "get_token": "settings",
    "hf_hub_download": "download",
    "hf_hub_url": "metadata",
    "load_rows": "datasets",
    "read_file": "read",
    "scan_cache_dir": "scan",
    "snapshot_download": "snapshot",
    "try_to_load_from_cache": "cache",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{_HOMES.get(name, 'api')}")
    return getattr(module, name)
