"""Clients that read the environment in their own way."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from conformance.mutants.mutant import mutant, wrap
from reference_client import settings
from reference_client.datasets.store import download as store_download


@mutant
def older_cache_variable_ignored(patch: pytest.MonkeyPatch) -> None:
    """Knows HF_HUB_CACHE by no other name."""

    def newer(original: Any) -> Path:
        with pytest.MonkeyPatch.context() as without:
            without.delenv("HUGGINGFACE_HUB_CACHE", raising=False)
            found: Path = original()
        return found

    wrap(patch, settings, "hub_cache", newer)


@mutant
def older_cache_variable_first(patch: pytest.MonkeyPatch) -> None:
    """Takes the older name of HF_HUB_CACHE first."""

    def older(original: Any) -> Path:
        with pytest.MonkeyPatch.context() as without:
            if "HUGGINGFACE_HUB_CACHE" in os.environ:
                without.delenv("HF_HUB_CACHE", raising=False)
            found: Path = original()
        return found

    wrap(patch, settings, "hub_cache", older)


@mutant
def variables_to_the_letter(patch: pytest.MonkeyPatch) -> None:
    """Takes `$` in a path for a letter."""

    def path(*names: str) -> Path | None:
        text = settings._first(*names)
        return Path(text).expanduser() if text else None

    patch.setattr(settings, "_path", path)


@mutant
def local_time_is_called_utc(patch: pytest.MonkeyPatch) -> None:
    """Notes the time of the clock on the wall, and calls it UTC."""

    def now() -> str:
        return datetime.now(ZoneInfo(os.environ.get("TZ", "UTC"))).strftime("%Y-%m-%dT%H:%M:%SZ")

    patch.setattr(store_download, "now", now)
