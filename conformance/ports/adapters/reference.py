"""The shim of the reference client, whose half for datasets is a separate package."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.ports.adapters import reference_datasets
from conformance.ports.adapters.python import PythonAdapter
from reference_client import datasets


class ReferenceAdapter(PythonAdapter):
    """As `PythonAdapter`, with `reference_datasets` and the functions of `reference_client.datasets`."""

    def _function(self, operation: str) -> Callable[..., Any] | None:
        found: Callable[..., Any] | None = getattr(reference_datasets, operation, None)
        return found or getattr(datasets, operation, None) or super()._function(operation)
