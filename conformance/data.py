"""Where the suite's data lie: inside the package when it is installed, else at the top of the checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def cassettes_dir() -> Path:
    """The folder that holds one folder of cassettes an area."""
    return _folder("cassettes")


def fixtures_dir() -> Path:
    """The folder of rows, cards, snapshots and the bundled ports' expectations."""
    return _folder("fixtures")


def _folder(name: str) -> Path:
    installed = _PACKAGE / "_data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name
