"""What the checks of `local_dir` have in common: a folder of the user's own, and the notes in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from conformance.checks.support import Disk, Port
from conformance.checks.support_disk import text
from conformance.replay import Truth
from conformance.verdict.require import require


def folder(disk: Disk) -> Path:
    """The user's own folder. It does not exist until the port makes it."""
    return disk.root / "data of my own"


def download(port: Port, repo: Truth, name: str, disk: Disk, **arguments: Any) -> Path:
    """`hf_hub_download` of a file into the user's folder."""
    return port.download(repo, name, local_dir=str(folder(disk)), **arguments)


def note(disk: Disk, name: str) -> Path:
    """Where the note on a file is."""
    return folder(disk) / ".cache" / "huggingface" / "download" / f"{name}.metadata"


def noted(disk: Disk, name: str) -> list[str]:
    """Commit and etag, as the note on a file has them."""
    path = note(disk, name)
    require(path.is_file(), "no-note", "the metadata file is not at its standard path", expected=name)
    return text(path).splitlines()[:2]
