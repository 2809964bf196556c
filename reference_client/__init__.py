"""A read-only client of the Hugging Face Hub, meant to be read from end to end.

It has the names, arguments, results and errors of `huggingface_hub`, and the same cache on disk, so either library can
use what the other has downloaded. It needs urllib3, certifi and filelock; `reference_client.datasets`, built on it,
needs more. An afternoon's tour:

1. `download`: the whole path of one file, from `hf_hub_download` down. Ask, compare with what is on disk, fetch.
2. `settings`, `limits`, `validate`: what the environment says, how much is accepted, what a name may be and which
   content a digest names.
3. `urls` reads a URL, for all who decide about it. `errors`: which error an answer means, by status and `X-Error-Code`.
   `session`: who gets the token, which redirects are followed, what is retried. `transport` sends one request over
   urllib3, with deadlines, proxies and certificates.
4. `metadata`: the HEAD request that tells commit, etag and size. `transfer`: a body, written, hashed, resumed and
   verified.
5. `cache`: blobs, refs and snapshots as `huggingface_hub` lays them out; `locks` hold off others. `local_dir`: files in
   a folder of the user's own, and the notes beside them. `scan`: what a cache holds.
6. `models`: what the Hub's JSON must be, and becomes. `api`: information, listings, refs and commits, a page at a time.
7. `snapshot`: all files of a commit, eight at a time, and its listing, which is kept.

Names are loaded when first used (PEP 562): importing this package costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_NAMES = {
    "api": "HfApi",
    "api.DEFAULT": (
        "dataset_info file_exists get_paths_info list_repo_commits list_repo_files list_repo_refs list_repo_tree "
        "model_info repo_exists repo_info revision_exists space_info whoami"
    ),
    "cache": "_CACHED_NO_EXIST try_to_load_from_cache",
    "download": "hf_hub_download read_file",
    "metadata": "HfFileMetadata get_hf_file_metadata hf_hub_url",
    "models": "DatasetInfo GitCommitInfo GitRefInfo GitRefs ModelInfo RepoFile RepoFolder RepoSibling SpaceInfo",
    "scan": "scan_cache_dir",
    "settings": "get_token",
    "snapshot": "snapshot_download",
}
"""Public names by where they are. Their types are in `__init__.pyi`."""
_HOMES = {name: home for home, names in _NAMES.items() for name in names.split()}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, owner = _HOMES[name].partition(".")
    home = importlib.import_module(f"{__name__}.{module}")
    return getattr(getattr(home, owner) if owner else home, name)
