"""Datasets of the Hub as tables: which configs and splits there are, which files hold them, and their rows.

It finds configs, splits and files by the rules of the `datasets` library, and reads Parquet, JSON lines and CSV.
Start reading at `files.get_data_files`. `adapters.ADAPTERS` are datasets whose rows mean something to this client: it
knows their files without a card, and reads what is on disk.
"""

from __future__ import annotations

from reference_client.datasets.errors import (
    DataFilesNotFoundError,
    DatasetCardError,
    DatasetError,
    DatasetScriptError,
)
from reference_client.datasets.files import get_data_files, get_dataset_config_names, get_dataset_split_names
from reference_client.datasets.rows import load_rows

__all__ = [
    "DataFilesNotFoundError",
    "DatasetCardError",
    "DatasetError",
    "DatasetScriptError",
    "get_data_files",
    "get_dataset_config_names",
    "get_dataset_split_names",
    "load_rows",
]
