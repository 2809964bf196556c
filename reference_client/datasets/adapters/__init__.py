"""The datasets that have an adapter."""

from __future__ import annotations

from collections.abc import Mapping

from reference_client.datasets.adapters.adapter import Adapter
from reference_client.datasets.adapters.deepcoder import DeepCoder
from reference_client.datasets.adapters.gsm8k import Gsm8k
from reference_client.datasets.adapters.livecodebench import LiveCodeBench
from reference_client.datasets.adapters.openthoughts import OpenThoughts, OpenThoughts3
from reference_client.datasets.adapters.tulu3 import Tulu3

ADAPTERS: Mapping[str, type[Adapter]] = {
    "deepcoder": DeepCoder,
    "gsm8k": Gsm8k,
    "livecodebench": LiveCodeBench,
    "openthoughts-sft": OpenThoughts,
    "openthoughts3": OpenThoughts3,
    "tulu3": Tulu3,
}
"""Short name to adapter."""
