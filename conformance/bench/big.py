"""A file as large as the real one of OpenThoughts-Agent-v1-SFT, made when it is needed and never committed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

ROWS = 15_209
ROWS_IN_A_GROUP = 1_000
_LINES = 143
"""Different lines of text: so few that Snappy makes of 320 MB about 110 MB, as it does of the real ones."""
_LONGEST_MESSAGE = 3_000
"""Characters."""


def agent_parquet(folder: Path) -> Path:
    """The file in a folder, 15,209 rows in 16 row groups with the real schema, about 110 MB. Made if it isn't there.

    Its rows are the same each time; its bytes depend on the version of pyarrow.
    """
    import pyarrow.parquet as pq

    from conformance.hub.rows.openthoughts import AGENT_FEATURES
    from conformance.hub.rows.writing import table

    path = folder / "train-00000-of-00001.parquet"
    if path.exists():
        return path
    beside = path.with_suffix(".incomplete")
    rows = _rows()
    with pq.ParquetWriter(beside, table([], AGENT_FEATURES).schema, compression="snappy") as writer:
        for start in range(0, ROWS, ROWS_IN_A_GROUP):
            group = [next(rows) for _ in range(start, min(start + ROWS_IN_A_GROUP, ROWS))]
            writer.write_table(table(group, AGENT_FEATURES))
    return beside.replace(path)


def _rows() -> Iterator[dict[str, Any]]:
    random = Random(15_209)
    lines = ["".join(random.choices("abcdefghijklmnopqrstuvwxyz_/ ", k=random.randint(20, 100))) for _ in range(_LINES)]
    text = "\n".join(random.choices(lines, k=1 << 16))

    def message(turn: int) -> dict[str, str]:
        start = random.randrange(len(text) - _LONGEST_MESSAGE)
        content = text[start : start + random.randint(1, _LONGEST_MESSAGE)]
        return {"content": content, "role": "assistant" if turn % 2 else "user"}

    for number in range(ROWS):
        task = f"task-{number % 997:04d}"
        yield {
            "conversations": [message(turn) for turn in range(2 * random.randint(1, 13))],
            "agent": "terminus-2",
            "model": "stand-in-model",
            "model_provider": "stand-in",
            "date": f"2025-11-{number % 28 + 1:02d}T{number % 24:02d}:{number % 60:02d}:07.{number:06d}",
            "task": task,
            "episode": f"episode-{number % 3}",
            "run_id": f"run-{number // 3:05d}",
            "trial_name": f"{task}__{random.randrange(16**7):07x}",
        }
