"""JSON Schemas of the files that authors of ports write, for editors. The suite's own readers decide."""

from __future__ import annotations

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
NAMES: Final = ("port", "expectations")


def text(name: str) -> str:
    """The schema of a file, one of `NAMES`, as JSON."""
    return (FOLDER / f"{name}.json").read_text("utf-8")
