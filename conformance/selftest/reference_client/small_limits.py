"""Limits that a test can go over."""

from __future__ import annotations

import sys

import pytest


def small(monkeypatch: pytest.MonkeyPatch, limit: str, value: int) -> None:
    """Make a limit small, wherever it is used."""
    for name, module in list(sys.modules.items()):
        if name.startswith("reference_client") and limit in vars(module):
            monkeypatch.setattr(module, limit, value)
