"""Pages for people. They come with the package: `hub-conformance docs` shows them wherever it is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent
PAGES: Final = {
    "porting": _FOLDER.parent / "PORTING.md",
    "port-file": _FOLDER.parent / "ports" / "README.md",
    "protocol": _FOLDER.parent / "protocol" / "README.md",
    "reports": _FOLDER / "reports.md",
    "recordings": _FOLDER / "recordings.md",
    "clients": _FOLDER / "clients.md",
    "results": _FOLDER.parent / "ports" / "RESULTS.md",
    "datasets": _FOLDER / "datasets.md",
    "not-tested": _FOLDER / "not-tested.md",
    "benchmarks": _FOLDER / "benchmarks.md",
    "mutants": _FOLDER.parent / "mutants" / "TABLE.md",
    "development": _FOLDER / "development.md",
}
"""Name to file, in the order in which one would read them."""


def title(page: str) -> str:
    """The heading of a page of `PAGES`."""
    return PAGES[page].read_text("utf-8").partition("\n")[0].lstrip("# ")
