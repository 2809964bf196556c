"""The operations of the protocol, each with a call of it that succeeds."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from conformance.traffic.identity import TOKENS

_GSM8K: Final = {"repo_id": "openai/gsm8k", "repo_type": "dataset"}
_README: Final = {**_GSM8K, "filename": "README.md"}
_TEST: Final = {"repo_id": "openai/gsm8k", "config_name": "main", "split": "test"}
ROOT: Final = "{root}"
_STORED: Final = {"repo_id": "openai/gsm8k", "root": ROOT}


class Sample(NamedTuple):
    """Arguments with which an operation succeeds, the recording that serves them, and the token that it needs."""

    arguments: dict[str, Any]
    recording: str = "gsm8k"
    token: str | None = None

    def given(self, cache_dir: str | None) -> dict[str, Any]:
        """The arguments for a call with this cache: `ROOT` is a folder beside it."""
        root = f"{cache_dir}-datasets"
        return {name: root if value == ROOT else value for name, value in self.arguments.items()}


SAMPLES: Final[dict[str, Sample]] = {
    "hf_hub_download": Sample(_README),
    "dataset_info": Sample({"repo_id": "openai/gsm8k"}),
    "repo_info": Sample(_GSM8K),
    "model_info": Sample({"repo_id": "conformance/tiny-model"}, "contract"),
    "list_repo_files": Sample(_GSM8K),
    "list_repo_tree": Sample(_GSM8K),
    "get_paths_info": Sample({**_GSM8K, "paths": ["README.md"]}),
    "list_repo_refs": Sample(_GSM8K),
    "list_repo_commits": Sample(_GSM8K),
    "repo_exists": Sample(_GSM8K),
    "revision_exists": Sample({**_GSM8K, "revision": "main"}),
    "file_exists": Sample(_README),
    "whoami": Sample({}, token=TOKENS["reader"]),
    "read_file": Sample(_README),
    "snapshot_download": Sample(_GSM8K),
    "try_to_load_from_cache": Sample(_README),
    "scan_cache_dir": Sample({}),
    "get_dataset_config_names": Sample({"repo_id": "openai/gsm8k"}),
    "get_dataset_split_names": Sample({"repo_id": "openai/gsm8k", "config_name": "main"}),
    "get_data_files": Sample({"repo_id": "openai/gsm8k", "config_name": "main"}),
    "load_rows": Sample(_TEST),
    "download_dataset": Sample({**_STORED, "file_pattern": "README.md"}),
    "is_downloaded": Sample(_STORED),
    "get_local_path": Sample(_STORED),
    "list_downloaded": Sample({"root": ROOT}),
    "delete_downloaded": Sample(_STORED),
    "iter_rows": Sample(_TEST),
    "get_row": Sample({**_TEST, "index": 0}),
    "count_rows": Sample(_TEST),
    "stream_trajectories": Sample({}, "openthoughts"),
    "get_trajectory": Sample({"id_or_index": 0}, "openthoughts"),
    "count_trajectories": Sample({}, "openthoughts"),
}
"""Every operation of the protocol; those that a shim is most likely to have come first."""
