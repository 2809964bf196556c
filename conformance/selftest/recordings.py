"""The repository of the bundled recording `gsm8k`, for tests that look at exactly that one."""

from __future__ import annotations

from typing import Final

GSM8K: Final = "openai/gsm8k"
TRAIN: Final = "main/train-00000-of-00001.parquet"
TEST: Final = "main/test-00000-of-00001.parquet"
