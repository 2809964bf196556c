"""Datasets of the Hub: their rows, folders of their files, and the command `hub-reference`. Needs pyarrow and PyYAML.

* `files`, `card`, `patterns`: which configs and splits there are, and which files hold them, by the rules of the
  `datasets` library. Start reading at `files.get_data_files`.
* `rows`, `parquet`, `json_lines`, `separated`, `columns`: rows of Parquet, JSON lines and CSV.
* `adapters`: datasets whose rows mean something to this client; it knows their files without a card.
* `store`: files of datasets in a folder that any tool can read. `atif`: trajectories. `cli`: the command.

Names are loaded when first used (PEP 562).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = "errors" if name.endswith("Error") else "rows" if name == "load_rows" else "files"
    return getattr(importlib.import_module(f"{__name__}.{module}"), name)
