"""A client of the Hugging Face Hub that reads, short and whole, meant to be read.

It has the names, arguments, results and errors of `huggingface_hub`, and the same cache on disk, so that
either can stand in for the other. In reading order:

What a call starts from
    settings    environment variables, read when they are needed
    limits      every limit on what comes from outside
    urls        which URLs may be asked, and how they are shown
    validate    repo ids, revisions, file names and etags
    errors      the exceptions, and which answer means which

One request
    session     who gets the token, which redirects are followed, what is tried again
    transport   connections, proxies, certificates, and the time that an answer may take
    answers     JSON from the Hub, checked field by field

One file: `download.hf_hub_download`, from top to bottom
    metadata    the URL of a file; its commit, etag and size by a HEAD request
    digest      sha256 and git blob id
    transfer    the body: received, resumed, hashed, verified
    cache       the layout of the cache on disk
    locks       lock files against other threads and processes
    local_dir   the same in a folder of the user's own
    download    the above in order, and what is done when the Hub cannot be asked
    read        a file's content without keeping it

A whole repository
    models      repositories, files, refs and commits as objects
    api         listings, information and existence
    snapshot    all files of one commit, and the listing that is kept
    scan        what the cache holds

Reading rows and keeping data sets is a separate half, below `datasets`; nothing here imports it.

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
