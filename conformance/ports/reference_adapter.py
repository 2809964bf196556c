"""The shim of the reference client: its store and its adapters of datasets are classes, and no functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.ports import reference_datasets
from conformance.ports.python_adapter import PythonAdapter


class ReferenceAdapter(PythonAdapter):
    """As `PythonAdapter`, with the operations of `reference_datasets`."""

    def _function(self, operation: str) -> Callable[..., Any] | None:
        found: Callable[..., Any] | None = getattr(reference_datasets, operation, None)
        return found or super()._function(operation)
