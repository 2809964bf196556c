"""`allenai/tulu-3-sft-mixture`: conversations. https://huggingface.co/datasets/allenai/tulu-3-sft-mixture"""

from __future__ import annotations

from typing import ClassVar

from reference_client.datasets.adapters.adapter import Adapter, Splits
from reference_client.datasets.columns import Columns


class Tulu3(Adapter):
    """Rows with `id`, `messages` and `source`; a message has `role` and `content`, and they are in their order."""

    REPO = "allenai/tulu-3-sft-mixture"
    SPLITS: ClassVar[Splits] = {"default": {"train": ["data/train-*.parquet"]}}
    COLUMNS: ClassVar[Columns] = {
        "id": "string",
        "messages": [{"content": "string", "role": "string"}],
        "source": "string",
    }
