"""Small datasets of the owner `conformance`: each declares in a different way which files are which split.

What the `datasets` library makes of it: https://huggingface.co/docs/datasets/repository_structure
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping

from conformance.hub.repositories import stages
from conformance.hub.repository import Commit, Repository, utc

_OWNER = "conformance"
_CREATED = utc("2026-10-02T08:00:00")


def table_repositories() -> list[Repository]:
    return [
        _dataset(
            "plain-folders",
            {
                "data/test-00000-of-00001.jsonl": _jsonl("test", range(2)),
                "data/train-00000-of-00002.jsonl": _jsonl("train", range(3)),
                "data/train-00001-of-00002.jsonl": _jsonl("train", range(3, 5)),
                "notes/rows.txt": b"Not a table.\n",
            },
        ),
        _dataset(
            "split-names",
            {
                "contest.csv": _csv("no split", range(1)),
                "dev.csv": _csv("validation", range(2)),
                "my_eval.csv": _csv("test", range(3)),
                "training-1.csv": _csv("train", range(2)),
                "training-2.csv": _csv("train", range(2, 4)),
            },
        ),
        _dataset(
            "split-folders",
            {
                "tables/test/part-1.jsonl": _jsonl("test", range(1)),
                "tables/train/part-1.jsonl": _jsonl("train", range(2)),
                "tables/train/part-2.jsonl": _jsonl("train", range(2, 3)),
                "tables/val/part-1.jsonl": _jsonl("validation", range(2)),
            },
        ),
        _dataset(
            "one-split",
            {
                ".hidden/rows.csv": _csv("hidden", range(3)),
                "__private__/rows.csv": _csv("private", range(3)),
                "rows.csv.gz": _gzip(_csv("only", range(4))),
            },
        ),
        _dataset(
            "default-config",
            {
                "deep/one/rows.jsonl": _jsonl("deep one", range(2)),
                "deep/rows.jsonl": _jsonl("deep", range(1)),
                "extra/one.jsonl": _jsonl("extra one", range(2)),
                "extra/two.jsonl": _jsonl("extra two", range(1)),
                "usual/test.jsonl": _jsonl("usual test", range(1)),
                "usual/train.jsonl": _jsonl("usual train", range(3)),
            },
            _CONFIGS,
        ),
    ]


_CONFIGS = """\
configs:
- config_name: extra
  data_files:
  - extra/two.jsonl
  - extra/one.jsonl
- config_name: usual
  default: true
  data_files:
  - split: train
    path:
    - usual/train.jsonl
  - split: test
    path: usual/te*
- config_name: shallow
  data_files: deep/*.jsonl
- config_name: deep
  data_files: deep/**/*.jsonl
- config_name: by_folder
  data_dir: extra
"""
"""All forms that `data_files` may have, and a config with a separate folder instead."""


def _dataset(name: str, files: Mapping[str, bytes], front: str = "") -> Repository:
    title = name.replace("-", " ").capitalize()
    card = f"---\nlicense: mit\n{front}---\n\n# {title}\n\nA small dataset for testing clients of the Hub.\n"
    commit = Commit.of(
        {".gitattributes": stages.attributes(), **files, "README.md": card.encode()},
        title="initial commit",
        date=_CREATED,
    )
    return Repository(f"{_OWNER}/{name}", branches={"main": commit}, walk="lean")


def _rows(of: str, numbers: Iterable[int]) -> list[dict[str, object]]:
    return [{"number": number, "split": of, "text": f"row {number}, ü and \N{HIRAGANA LETTER A}"} for number in numbers]


def _jsonl(of: str, numbers: Iterable[int]) -> bytes:
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in _rows(of, numbers)).encode()


def _csv(of: str, numbers: Iterable[int]) -> bytes:
    lines = ["number,split,text", *(f'{row["number"]},{row["split"]},"{row["text"]}"' for row in _rows(of, numbers))]
    return "".join(f"{line}\n" for line in lines).encode()


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)
