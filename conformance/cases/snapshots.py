"""What is on record of a repository: canonical JSON in `fixtures/snapshots`, one file a name, compared by syrupy.

The records belong to the suite. A port is compared with them and never writes them; `--snapshot-update` is for the
official client alone (`conformance.plugin` refuses it for any other).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension
from syrupy.location import PyTestLocation
from syrupy.types import SnapshotIndex

from conformance.data import fixtures_dir
from conformance.verdict.require import difference, require


class OnRecord(JSONSnapshotExtension):
    """Stores each snapshot under the name that the case gives it, whatever the case is called."""

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:
        return str(_folder())

    @classmethod
    def get_snapshot_name(cls, *, test_location: PyTestLocation, index: SnapshotIndex = 0) -> str:
        return str(index)


def _folder() -> Path:
    return fixtures_dir() / "snapshots"


def require_on_record(
    seen: Any, snapshot: SnapshotAssertion, name: str, part: Callable[[Any], Any] = lambda value: value
) -> None:
    """Fail the check unless the value is the one on record under this name; shows the fields that differ.

    Args:
        part: what of both is compared; by default all. The record is of the whole value.
    """
    if seen == snapshot(name=name):
        return
    path = _folder() / f"{name}.json"
    stored = json.loads(path.read_text("utf-8")) if path.is_file() else None
    compared = None if stored is None else part(stored)
    expected, shown = difference(compared, part(seen))
    require(
        compared == part(seen),
        "differs-from-snapshot",
        f"the value differs from the one on record as {name}",
        expected=expected,
        seen=shown,
    )
