"""What is on record of a repository: canonical JSON in `fixtures/snapshots`, one file a name, compared by syrupy.

The records belong to the suite. A port is compared with them and never writes them; `--snapshot-update` is for the
official client alone (`conformance.plugin` refuses it for any other).
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.data import fixtures_dir
from conformance.verdict.require import difference, require

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion


def folder() -> Path:
    """The folder of what is on record."""
    return fixtures_dir() / "snapshots"


def known(seen: Any, name: str, *, must: Collection[str]) -> Any:
    """The value with what is on record in place of null, as a library that does not know it may return.

    Args:
        must: the fields that must be known: these stay as they are.
    """
    path = folder() / f"{name}.json"
    return _filled(seen, json.loads(path.read_text("utf-8")), must) if path.is_file() else seen


def _filled(seen: Any, recorded: Any, must: Collection[str]) -> Any:
    if isinstance(seen, dict) and isinstance(recorded, dict):
        return {
            key: recorded[key]
            if value is None and key in recorded and key not in must
            else _filled(value, recorded.get(key), must)
            for key, value in seen.items()
        }
    if isinstance(seen, list) and isinstance(recorded, list) and len(seen) == len(recorded):
        return [_filled(*pair, must) for pair in zip(seen, recorded, strict=True)]
    return seen


def require_on_record(seen: Any, snapshot: SnapshotAssertion, name: str) -> None:
    """Fail the check unless the value is the one on record under this name; shows the fields that differ."""
    if seen == snapshot(name=name):
        return
    path = folder() / f"{name}.json"
    stored = json.loads(path.read_text("utf-8")) if path.is_file() else None
    expected, shown = difference(stored, seen)
    require(
        False,
        "differs-from-snapshot",
        f"the value differs from the recorded value {name}",
        expected=expected,
        seen=shown,
    )
