"""The reference client's store and adapters of datasets, under the names and with the parameters of the protocol."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from reference_client.datasets.adapters import ADAPTERS
from reference_client.datasets.adapters.openthoughts import OpenThoughts
from reference_client.datasets.store import DatasetConfig, DownloadedDataset, Store

_BY_REPO = {adapter.REPO: adapter for adapter in ADAPTERS.values()}


def download_dataset(
    repo_id: str,
    root: str,
    revision: str | None = None,
    file_pattern: str | list[str] | None = None,
    token: str | None = None,
    endpoint: str | None = None,
) -> dict[str, Any]:
    given: dict[str, Any] = {"revision": revision, "file_pattern": file_pattern, "access_token": token}
    config = DatasetConfig(repo_id, **{name: value for name, value in given.items() if value is not None})
    return _described(Store(root, endpoint=endpoint).download(config))


def is_downloaded(repo_id: str, root: str, endpoint: str | None = None) -> bool:
    return Store(root, endpoint=endpoint).is_downloaded(repo_id)


def get_local_path(repo_id: str, root: str, endpoint: str | None = None) -> dict[str, str] | None:
    path = Store(root, endpoint=endpoint).get_local_path(repo_id)
    return None if path is None else {"path": str(path)}


def list_downloaded(root: str, endpoint: str | None = None) -> list[dict[str, Any]]:
    return [_described(dataset) for dataset in Store(root, endpoint=endpoint).list_downloaded()]


def delete_downloaded(repo_id: str, root: str, endpoint: str | None = None) -> None:
    Store(root, endpoint=endpoint).delete(repo_id)


def iter_rows(
    repo_id: str,
    config_name: str | None = None,
    split: str | None = None,
    columns: list[str] | None = None,
    token: str | None = None,
    cache_dir: str | None = None,
    endpoint: str | None = None,
) -> Iterator[dict[str, Any]]:
    adapter = _BY_REPO[repo_id].of(_store(cache_dir, endpoint), config_name, split, access_token=token)
    for row in adapter.rows(config_name, split):
        yield _only(row, columns)


def get_row(
    repo_id: str,
    index: int,
    config_name: str | None = None,
    split: str | None = None,
    columns: list[str] | None = None,
    token: str | None = None,
    cache_dir: str | None = None,
    endpoint: str | None = None,
) -> dict[str, Any]:
    adapter = _BY_REPO[repo_id].of(_store(cache_dir, endpoint), config_name, split, access_token=token)
    return _only(adapter.row(index, config_name, split), columns)


def count_rows(
    repo_id: str,
    config_name: str | None = None,
    split: str | None = None,
    token: str | None = None,
    cache_dir: str | None = None,
    endpoint: str | None = None,
) -> int:
    adapter = _BY_REPO[repo_id].of(_store(cache_dir, endpoint), config_name, split, access_token=token)
    return adapter.count(config_name, split)


def stream_trajectories(
    token: str | None = None, cache_dir: str | None = None, endpoint: str | None = None
) -> Iterator[dict[str, Any]]:
    yield from OpenThoughts.of(_store(cache_dir, endpoint), access_token=token).stream_trajectories()


def get_trajectory(
    id_or_index: int | str, token: str | None = None, cache_dir: str | None = None, endpoint: str | None = None
) -> dict[str, Any] | None:
    return OpenThoughts.of(_store(cache_dir, endpoint), access_token=token).get_trajectory(id_or_index)


def count_trajectories(token: str | None = None, cache_dir: str | None = None, endpoint: str | None = None) -> int:
    return OpenThoughts.of(_store(cache_dir, endpoint), access_token=token).count()


def _store(cache_dir: str | None, endpoint: str | None) -> Store:
    return Store(None if cache_dir is None else Path(cache_dir) / "datasets", endpoint=endpoint)


def _only(row: dict[str, Any], columns: list[str] | None) -> dict[str, Any]:
    return row if columns is None else {name: row[name] for name in columns}


def _described(dataset: DownloadedDataset) -> dict[str, Any]:
    return {
        "repo_id": dataset.repo,
        "commit_hash": dataset.commit_hash,
        "local_path": str(dataset.local_path),
        "files": [file.path for file in dataset.files],
        "total_bytes": dataset.total_bytes,
        "downloaded_at": datetime.fromisoformat(dataset.downloaded_at.replace("Z", "+00:00")),
    }
