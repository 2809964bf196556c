"""Write the GSM8K stages under `fixtures/`: `python -m conformance.hub.generate`.

Parquet's bytes depend on the version of pyarrow, so the written files are committed and `generated-by.json`
notes the version that wrote them.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from conformance.hub.repositories import stages
from conformance.hub.repositories.word_problems import Problem, problems

ROWS_IN_A_GROUP = 2
"""So few that a reader of one row group at a time has something to save."""

_FEATURES = [{"name": "question", "dtype": "string"}, {"name": "answer", "dtype": "string"}]
_SCHEMA = pa.schema(
    [(feature["name"], pa.string()) for feature in _FEATURES],
    # As the datasets library notes its own types.
    metadata={
        "huggingface": json.dumps(
            {
                "info": {
                    "features": {
                        feature["name"]: {"dtype": feature["dtype"], "_type": "Value"} for feature in _FEATURES
                    }
                }
            }
        )
    },
)
_SPLITS = {"train": (60, 20211), "test": (20, 20212)}
"""Split to number of rows and seed."""
_WRONG_AT_FIRST = (4, 11)
"""Rows of main/test whose result was ten times too large until the second commit."""


def tables() -> dict[str, dict[str, pa.Table]]:
    """Stage to path to table, for the stages that change data."""
    split_problems = {split: problems(count, seed=seed) for split, (count, seed) in _SPLITS.items()}
    right = {
        _path(config, split): _table(chosen, socratic=config == "socratic")
        for config in ("main", "socratic")
        for split, chosen in split_problems.items()
    }
    test = _path("main", "test")
    wrong = _table(split_problems["test"], socratic=False, wrong=_WRONG_AT_FIRST)
    return {"1-data": {**right, test: wrong}, "2-corrected": {test: right[test]}}


def write(root: Path, text: Path) -> None:
    """Write all generated files below `root`.

    Args:
        root: the folder of the stages.
        text: the folder with the card's texts, `card.md` and those that later commits give it.
    """
    shown: dict[str, pa.Table] = {}
    for stage, changed in tables().items():
        shown.update(changed)
        files = {path: _parquet(table) for path, table in changed.items()}
        for path, data in files.items():
            _put(root / stage / path, data)
        _put(root / stage / "README.md", _card(shown, text / "card.md"))
    for stage, name in (("3-described", "card-described.md"), ("pull-request-1", "card-proposed.md")):
        _put(root / stage / "README.md", _card(shown, text / name))
    note = json.dumps({"pyarrow": pa.__version__}) + "\n"
    _put(root / "generated-by.json", note.encode())


def _path(config: str, split: str) -> str:
    return f"{config}/{split}-00000-of-00001.parquet"


def _table(chosen: Sequence[Problem], *, socratic: bool, wrong: Sequence[int] = ()) -> pa.Table:
    rows = [
        {
            "question": problem.question,
            "answer": problem.socratic_answer if socratic else problem.answer,
        }
        for problem in chosen
    ]
    for number in wrong:
        steps, mark, _ = rows[number]["answer"].rpartition("#### ")
        rows[number]["answer"] = f"{steps}{mark}{chosen[number].result * 10}"
    return pa.Table.from_pylist(rows, schema=_SCHEMA)


def _parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, row_group_size=ROWS_IN_A_GROUP, compression="snappy")
    return sink.getvalue()


def _card(shown: Mapping[str, pa.Table], text: Path) -> bytes:
    front = yaml.safe_dump(_front_matter(shown), sort_keys=False, allow_unicode=True)
    return f"---\n{front}---\n\n{text.read_text('utf-8')}".encode()


def _front_matter(shown: Mapping[str, pa.Table]) -> dict[str, Any]:
    configs = ("main", "socratic")
    return {
        "annotations_creators": ["crowdsourced"],
        "language_creators": ["crowdsourced"],
        "language": ["en"],
        "license": ["mit"],
        "multilinguality": ["monolingual"],
        "source_datasets": ["original"],
        "task_categories": ["text-generation"],
        "pretty_name": "Grade School Math 8K",
        "tags": ["math-word-problems"],
        "dataset_info": [_dataset_info(config, shown) for config in configs],
        "configs": [
            {
                "config_name": config,
                "data_files": [{"split": split, "path": f"{config}/{split}-*"} for split in _SPLITS],
            }
            for config in configs
        ],
    }


def _dataset_info(config: str, shown: Mapping[str, pa.Table]) -> dict[str, Any]:
    split_tables = {split: shown[_path(config, split)] for split in _SPLITS}
    return {
        "config_name": config,
        "features": [dict(feature) for feature in _FEATURES],
        "splits": [
            {"name": split, "num_bytes": table.nbytes, "num_examples": table.num_rows}
            for split, table in split_tables.items()
        ],
        "download_size": sum(len(_parquet(table)) for table in split_tables.values()),
        "dataset_size": sum(table.nbytes for table in split_tables.values()),
    }


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


if __name__ == "__main__":
    write(stages.folder("gsm8k"), stages.folder("gsm8k"))
