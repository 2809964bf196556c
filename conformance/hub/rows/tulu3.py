"""Files of `allenai/tulu-3-sft-mixture` in small."""

from __future__ import annotations

from random import Random

from conformance.hub.rows.chats import conversations
from conformance.hub.rows.writing import Feature, Row, card, dataset_info, parquet, shards, strings, table

FEATURES: list[Feature] = [
    *strings("id"),
    {"name": "messages", "list": strings("content", "role")},
    *strings("source"),
]
_SOURCES = (
    ("oasst1", "ai2-adapt-dev/oasst1_converted"),
    ("no_robots", "ai2-adapt-dev/no_robots_converted"),
    ("hard_coded", "ai2-adapt-dev/tulu_hard_coded_repeated_10"),
)
_TEXT = """\
# A mixture for supervised fine-tuning

Conversations about arithmetic, made for testing clients of the Hub: {rows} rows in six files.
"""


def stages() -> dict[str, dict[str, bytes]]:
    rows = _rows()
    tables = {path: table(part, FEATURES, list_type=None) for path, part in shards("data/train", rows, 6).items()}
    files = {path: parquet(part) for path, part in tables.items()}
    info = dataset_info(FEATURES, {"train": list(tables.values())}, sum(map(len, files.values())))
    # The real card has fractions of a byte: the sizes were scaled from a larger table's.
    info["splits"][0]["num_bytes"] = info["dataset_size"] = info["dataset_size"] + 0.5647593
    front = {
        "annotations_creators": ["crowdsourced", "expert-generated", "machine-generated"],
        "language": ["en"],
        "license": "odc-by",
        "multilinguality": ["multilingual"],
        "size_categories": ["n<1K"],
        "source_datasets": [source for _, source in _SOURCES],
        "task_categories": ["other"],
        "dataset_info": info,
        "configs": [{"config_name": "default", "data_files": [{"split": "train", "path": "data/train-*"}]}],
    }
    text = _TEXT.format(rows=len(rows))
    return {
        "1-data": {**files, "README.md": card(front, text)},
        "2-described": {"README.md": card(front, f"{text}\nThe order of the rows is that of the files.\n")},
    }


def _rows() -> list[Row]:
    random = Random(30301)
    rows: list[Row] = []
    for number, messages in enumerate(conversations(40, seed=30302)):
        name, source = _SOURCES[number % len(_SOURCES)]
        rows.append({"id": f"{name}_{random.randrange(9000)}", "messages": messages, "source": source})
    return rows
