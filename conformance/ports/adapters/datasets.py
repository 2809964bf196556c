"""The `datasets` library as a port: its functions under the names and with the parameters of the protocol.

The library reads its endpoint and its caches once, when it is imported. Each call sets them again here, so that one
process serves every check.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import datasets  # type: ignore[import-not-found,unused-ignore]
import huggingface_hub
from huggingface_hub import constants

__version__: str = datasets.__version__


def get_dataset_config_names(
    repo_id: str,
    revision: str | None = None,
    token: str | bool | None = None,
    cache_dir: str | None = None,
    endpoint: str | None = None,
) -> list[str]:
    _point(endpoint, cache_dir)
    return list(datasets.get_dataset_config_names(repo_id, revision=revision, token=_token(token)))


def get_dataset_split_names(
    repo_id: str,
    config_name: str | None = None,
    revision: str | None = None,
    token: str | bool | None = None,
    cache_dir: str | None = None,
    endpoint: str | None = None,
) -> list[str]:
    _point(endpoint, cache_dir)
    return list(datasets.get_dataset_split_names(repo_id, config_name, revision=revision, token=_token(token)))


def get_data_files(
    repo_id: str,
    config_name: str | None = None,
    data_files: Any = None,
    revision: str | None = None,
    token: str | bool | None = None,
    cache_dir: str | None = None,
    endpoint: str | None = None,
) -> dict[str, list[str]]:
    """The files that `load_dataset_builder` has chosen, as paths in the repository."""
    _point(endpoint, cache_dir)
    builder = datasets.load_dataset_builder(
        repo_id, config_name, data_files=data_files, revision=revision, token=_token(token)
    )
    chosen: Mapping[str, Iterable[str]] = builder.config.data_files or {}
    # hf://datasets/{owner}/{name}@{sha}/{path}
    return {str(split): [url.split("@", 1)[1].partition("/")[2] for url in urls] for split, urls in chosen.items()}


def load_rows(
    repo_id: str,
    config_name: str | None = None,
    split: str | None = None,
    data_files: Any = None,
    revision: str | None = None,
    token: str | bool | None = None,
    cache_dir: str | None = None,
    endpoint: str | None = None,
) -> list[dict[str, Any]]:
    """`load_dataset`, and all its rows. Without a split it loads all of them: then the only one's rows."""
    _point(endpoint, cache_dir)
    loaded = datasets.load_dataset(
        repo_id, config_name, split=split, data_files=data_files, revision=revision, token=_token(token)
    )
    if isinstance(loaded, datasets.DatasetDict):
        if len(loaded) > 1:
            raise ValueError(f"several splits were loaded: {', '.join(map(str, loaded))}")
        loaded = next(iter(loaded.values()))
    return list(loaded)


def iter_rows(
    repo_id: str,
    config_name: str | None = None,
    split: str | None = None,
    columns: list[str] | None = None,
    token: str | bool | None = None,
    cache_dir: str | None = None,
    endpoint: str | None = None,
) -> Iterable[dict[str, Any]]:
    """`load_dataset`, and `select_columns` where columns are named."""
    loaded = _split(repo_id, config_name, split, token, cache_dir, endpoint)
    _require_columns(loaded, columns)
    return loaded if columns is None else loaded.select_columns(columns)  # type: ignore[no-any-return]


def get_row(
    repo_id: str,
    index: int,
    config_name: str | None = None,
    split: str | None = None,
    columns: list[str] | None = None,
    token: str | bool | None = None,
    cache_dir: str | None = None,
    endpoint: str | None = None,
) -> dict[str, Any]:
    loaded = _split(repo_id, config_name, split, token, cache_dir, endpoint)
    _require_columns(loaded, columns)
    return dict((loaded if columns is None else loaded.select_columns(columns))[index])


def count_rows(
    repo_id: str,
    config_name: str | None = None,
    split: str | None = None,
    token: str | bool | None = None,
    cache_dir: str | None = None,
    endpoint: str | None = None,
) -> int:
    return len(_split(repo_id, config_name, split, token, cache_dir, endpoint))


def _split(
    repo_id: str,
    config_name: str | None,
    split: str | None,
    token: str | bool | None,
    cache_dir: str | None,
    endpoint: str | None,
) -> Any:
    _point(endpoint, cache_dir)
    return datasets.load_dataset(repo_id, config_name, split=split, token=_token(token))


def _require_columns(loaded: Any, columns: list[str] | None) -> None:
    """The library gives the columns of the files, and no others."""
    lacking = [name for name in columns or () if name not in loaded.column_names]
    if lacking:
        raise NotImplementedError(f"datasets gives the columns of the files; {', '.join(lacking)} is not one of them")


def _token(token: str | bool | None) -> str | bool:
    """None would make the library look for a login of the user's."""
    return False if token is None else token


def _point(endpoint: str | None, cache_dir: str | None) -> None:
    if endpoint is not None:
        constants.ENDPOINT = datasets.config.HF_ENDPOINT = endpoint
        constants.HUGGINGFACE_CO_URL_TEMPLATE = endpoint + "/{repo_id}/resolve/{revision}/{filename}"
        datasets.config.HUB_DATASETS_URL = endpoint + "/datasets/{repo_id}/resolve/{revision}/{path}"
    if cache_dir is not None:
        constants.HF_HUB_CACHE = constants.HUGGINGFACE_HUB_CACHE = cache_dir
        built = Path(cache_dir).parent / "datasets"
        datasets.config.HF_DATASETS_CACHE = built
        datasets.config.DOWNLOADED_DATASETS_PATH = str(built / "downloads")
        datasets.config.EXTRACTED_DATASETS_PATH = str(built / "downloads" / "extracted")
    # A file system is kept for each set of arguments, with what it has listed.
    huggingface_hub.HfFileSystem.clear_instance_cache()
