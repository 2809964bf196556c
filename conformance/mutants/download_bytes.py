"""Clients that take bytes for text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.mutants.mutant import mutant, wrap
from reference_client import download, transfer


@mutant
def file_taken_for_text(patch: pytest.MonkeyPatch) -> None:
    """Decodes what it fetched and writes it again as tidy text; like most clients, it compares no digest."""
    patch.setattr(transfer, "verify", lambda file, body: None)

    def tidied(original: Any, source: Path, destination: Path) -> None:
        lines = source.read_bytes().decode("utf-8-sig", "replace").replace("\0", "").splitlines()
        source.write_bytes("\n".join(lines).rstrip().encode() + b"\n")
        original(source, destination)

    wrap(patch, transfer, "move", tidied)


@mutant
def body_grows_under_its_name(patch: pytest.MonkeyPatch) -> None:
    """Writes a body to the place where the whole file is to be found."""

    def there(original: Any, session: Any, file: Any, incomplete: Path, destination: Path, **options: Any) -> None:
        destination.unlink(missing_ok=True)
        original(session, file, destination, destination, **options)

    wrap(patch, download, "fetch", there)
