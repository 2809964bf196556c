"""The datasets that have an adapter."""

from __future__ import annotations

from collections.abc import Mapping

from reference_client.datasets.adapter import Adapter
from reference_client.datasets.deepcoder import DeepCoder
from reference_client.datasets.gsm8k import Gsm8k
from reference_client.datasets.livecodebench import LiveCodeBench
from reference_client.datasets.openthoughts import OpenThoughts, OpenThoughts3
from reference_client.datasets.tulu3 import Tulu3

ADAPTERS: Mapping[str, type[Adapter]] = {
    "deepcoder": DeepCoder,
    "gsm8k": Gsm8k,
    "livecodebench": LiveCodeBench,
    "openthoughts-sft": OpenThoughts,
    "openthoughts3": OpenThoughts3,
    "tulu3": Tulu3,
}
"""Short name to adapter."""
