"""Small datasets of the owner `conformance`, one for each rule about data files, cards and rows that plain ones keep
without knowing it.

What the `datasets` library makes of them: https://huggingface.co/docs/datasets/repository_structure
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from typing import Final

from conformance.hub.repositories import stages
from conformance.hub.repository import Commit, Repository, utc

_OWNER = "conformance"
_CREATED = utc("2026-10-03T08:00:00")


def rule_repositories() -> list[Repository]:
    return [_dataset(name, files, _CARDS.get(name, _PLAIN_CARD)) for name, files in _FILES.items()]


def _csv(*numbers: int) -> bytes:
    return b"number,text\n" + b"".join(b"%d,row %d\n" % (number, number) for number in numbers)


def _jsonl(*numbers: int) -> bytes:
    return b"".join(_line({"number": number, "text": f"row {number}"}) for number in numbers)


def _line(row: Mapping[str, object], end: bytes = b"\n") -> bytes:
    return json.dumps(row).encode() + end


def _front(yaml: str, text: str = "# A dataset\n\nA small dataset for testing clients of the Hub.\n") -> bytes:
    return f"---\n{yaml}---\n\n{text}".encode()


_CONFIG_A = "configs:\n- config_name: a\n  data_files: a.csv\n"
"""Of two files, `a.csv` and `b.csv`, the card names one. Where it is not found, both are the data."""
_TWO_FILES: Final[Mapping[str, bytes]] = {"a.csv": _csv(1), "b.csv": _csv(2, 3)}

_PLAIN_CARD = _front("license: mit\n")
_CARDS: Final[Mapping[str, bytes | None]] = {
    # what a card looks like
    "broken-card": _front("configs: [\n"),
    "card-with-crlf": _front(_CONFIG_A).replace(b"\n", b"\r\n"),
    "card-with-lines": _front(_CONFIG_A, "# Lines\n\n---\n\nnot: [yaml\n\n---\n\nAnd more.\n"),
    "cardless": None,
    "late-front-matter": b"# A dataset\n\n" + _front(_CONFIG_A),
    # what a card says
    "careful-configs": _front(
        "configs:\n"
        "- config_name: hidden\n  data_files: .hidden/rows.csv\n"
        "- config_name: inside\n  data_dir: inside\n  data_files: '*.csv'\n"
        "- config_name: both\n  data_files:\n  - split: train\n    path: '*.csv'\n  - split: b\n    path: b.csv\n"
        "- config_name: nothing\n  data_files: none/*.csv\n"
    ),
    "case-of-configs": _front(
        "configs:\n- config_name: Main\n  data_files: a.csv\n- config_name: main\n  data_files: b.csv\n"
    ),
    "default-by-name": _front(
        "configs:\n- config_name: x\n  data_files: a.csv\n- config_name: default\n  data_files: b.csv\n"
    ),
    "dotted-splits": _front(
        "configs:\n- config_name: a\n  data_files:\n"
        "  - split: train.clean\n    path: a.csv\n  - split: test.other\n    path: b.csv\n"
    ),
}

_FILES: Final[Mapping[str, Mapping[str, bytes]]] = {
    "broken-card": _TWO_FILES,
    "card-with-crlf": _TWO_FILES,
    "card-with-lines": _TWO_FILES,
    "cardless": _TWO_FILES,
    "late-front-matter": _TWO_FILES,
    "careful-configs": {**_TWO_FILES, ".hidden/rows.csv": _csv(4), "inside/c.csv": _csv(5)},
    "case-of-configs": _TWO_FILES,
    "default-by-name": _TWO_FILES,
    "dotted-splits": _TWO_FILES,
    # which files are data, and of which split
    "ignored-files": {
        "config.json": b'{"number": 8, "text": "no row"}\n',
        "dataset_infos.json": b'{"default": {"description": "", "citation": "", "homepage": "", "license": ""}}\n',
        "rows.json": b'[{"number": 1, "text": "row 1"}]\n',
    },
    "most-files": {"data/a.csv": _csv(1), "data/b.jsonl": _jsonl(2), "data/c.jsonl": _jsonl(3)},
    "draw-of-formats": {"a.csv": _csv(1), "b.jsonl": _jsonl(2)},
    "odd-shards": {"data/dev_seen-00000-of-00001.jsonl": _jsonl(1), "data/train-00000-of-00001.jsonl": _jsonl(2)},
    "hashed-shards": {
        "data/more.jsonl": _jsonl(9),
        "data/train-00000-of-00002-3f0c9a7be0d1c2b4.jsonl": _jsonl(1),
        "data/train-00001-of-00002-0b1d5c7e9f2a4638.jsonl": _jsonl(2),
    },
    "folder-before-file": {"test/train-1.csv": _csv(1), "train/test-1.csv": _csv(2, 3)},
    "keyword-forms": {
        "TRAIN.csv": _csv(1),
        "evaluation.csv": _csv(2),
        "latest.csv": _csv(3),
        "valid2.csv": _csv(4),
        "x-training.csv": _csv(5),
    },
    # what is in a file
    "one-parquet": stages.read("one-parquet", "1-data"),
    "blank-lines": {"rows.jsonl": _jsonl(1) + b"\n" + _jsonl(2) + b"  \n" + _jsonl(3) + b"\n\n"},
    "gzipped-lines": {"rows.jsonl.gz": gzip.compress(_jsonl(1, 2, 3), mtime=0)},
    "json-list": {"rows.json": b'[\n  {"number": 1, "text": "row 1"},\n  {"number": 2, "text": "row 2"}\n]\n'},
    "json-values": {
        "rows.jsonl": b"".join(
            (
                b'{"exact": 9007199254740993, "fraction": 0.1, "yes": true, "nested": [{"a": [1, 2]}], '
                b'"empty": [], "text": "\\ud83e\\udd17 \\u0000\\r\\n", "absent": "here"}\r\n',
                b'{"exact": -9223372036854775808, "fraction": -2.5e-7, "yes": false, "nested": [], '
                b'"empty": [], "text": "", "absent": null}\r\n',
                b'{"exact": 0, "fraction": 1e300, "yes": true, "nested": [{"a": []}, {"a": [3]}], '
                b'"empty": [], "text": "e\\u0301"}',
            )
        )
    },
    "csv-values": {
        "rows.csv": (
            "whole,fraction,yes,text,lines\r\n"
            '1,0.5,True,"a ""word"", and","one\r\ntwo"\r\n'
            "-2,-1.25,False, b ,x\r\n"
            "9007199254740993,1e300,True,e\N{COMBINING ACUTE ACCENT},y\r\n"
        ).encode()
    },
    "tab-separated": {"rows.tsv": b"number\ttext\n1\ta, b\n2\tc\n"},
}
"""Name of the repository to its files. A name in `_CARDS` has that card, None for none, the others a plain one."""

RULES: Final = tuple(_FILES)


def _dataset(name: str, files: Mapping[str, bytes], card: bytes | None) -> Repository:
    held = dict(files)
    if card is not None:
        held["README.md"] = card
    if _any_in_lfs(files):
        held[".gitattributes"] = stages.attributes()
    commit = Commit.of(held, title="initial commit", date=_CREATED)
    return Repository(f"{_OWNER}/{name}", branches={"main": commit}, walk="table")


def _any_in_lfs(paths: Iterable[str]) -> bool:
    return any(path.endswith((".gz", ".parquet")) for path in paths)
