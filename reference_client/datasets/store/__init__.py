"""Datasets as folders of plain files, which any tool can read.

    <root>/index.json                               what has been downloaded
    <root>/openai/gsm8k/main/train-….parquet        a file, at its path in the repository
    <root>/openai/gsm8k@refs%2Fpr%2F1/…             another revision than `main`
    <root>/.hub-reference/datasets/openai/gsm8k/    notes, a lock, and files that have not arrived completely

Between downloads every folder of a repository is of one commit. Start reading at `store.Store.download`.
"""

from __future__ import annotations

from reference_client.datasets.store.errors import StoreError, StoreMissingError, StoreUsageError
from reference_client.datasets.store.models import DatasetConfig, DownloadedDataset, StoredFile
from reference_client.datasets.store.progress import Progress
from reference_client.datasets.store.store import Store

__all__ = [
    "DatasetConfig",
    "DownloadedDataset",
    "Progress",
    "Store",
    "StoreError",
    "StoreMissingError",
    "StoreUsageError",
    "StoredFile",
]
