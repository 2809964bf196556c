"""Files of `livecodebench/code_generation_lite` in small."""

from __future__ import annotations

import base64
import json
import pickle
import struct
import zlib
from collections.abc import Sequence

from conformance.hub.rows.programs import Test, program
from conformance.hub.rows.writing import Feature, Row, card, json_lines, strings

FEATURES: list[Feature] = strings(
    *("question_title", "question_content", "platform", "question_id", "contest_id", "contest_date"),
    *("starter_code", "difficulty", "public_test_cases", "private_test_cases", "metadata"),
)
ROWS = {"test.jsonl": 6, "test2.jsonl": 3, "test3.jsonl": 2, "test4.jsonl": 2, "test5.jsonl": 4, "test6.jsonl": 4}
_PLAIN = ("test.jsonl", "test2.jsonl")
"""Files whose private tests are plain JSON; the later ones' are encoded."""
_PLATFORMS = ("leetcode", "atcoder", "codeforces")
_LEVELS = ("easy", "medium", "hard")
_FRONT = {
    "license": "cc",
    "tags": ["code", "code generation"],
    "pretty_name": "LiveCodeBench",
    "size_categories": ["n<1K"],
}
_TEXT = """\
# Programming problems with dates

Problems are added in releases; `version_tag` chooses one. Each release holds those before it.

| release | files |
|---|---|
| release_v1 | test.jsonl |
| release_v6 | test.jsonl to test6.jsonl |

Made for testing clients of the Hub.
"""
_SCRIPT = '''\
"""Loads the problems of one release: a loading script, as datasets had them before version 4."""

import json
from pathlib import Path

import datasets

_FILES = ["test.jsonl", *(f"test{number}.jsonl" for number in range(2, 7))]
_COLUMNS = [
    "question_title",
    "question_content",
    "platform",
    "question_id",
    "contest_id",
    "contest_date",
    "starter_code",
    "difficulty",
    "public_test_cases",
    "private_test_cases",
    "metadata",
]


class ReleaseConfig(datasets.BuilderConfig):
    def __init__(self, version_tag="release_latest", **kwargs):
        super().__init__(name=version_tag, version=datasets.Version("1.0.0"), **kwargs)
        last = version_tag.rpartition("v")[2]
        self.files = _FILES[: int(last)] if last.isdigit() else _FILES


class Problems(datasets.GeneratorBasedBuilder):
    BUILDER_CONFIG_CLASS = ReleaseConfig

    def _info(self):
        return datasets.DatasetInfo(features=datasets.Features({name: datasets.Value("string") for name in _COLUMNS}))

    def _split_generators(self, manager):
        paths = manager.download(_FILES)
        chosen = [path for name, path in zip(_FILES, paths, strict=True) if name in self.config.files]
        return [datasets.SplitGenerator(name=datasets.Split.TEST, gen_kwargs={"paths": chosen})]

    def _generate_examples(self, paths):
        number = 0
        for path in paths:
            with Path(path).open(encoding="utf-8") as lines:
                for line in lines:
                    yield number, json.loads(line)
                    number += 1
'''


def stages() -> dict[str, dict[str, bytes]]:
    files = {name: json_lines(_rows(name)) for name in ROWS}
    older = {name: data for name, data in files.items() if name != "test6.jsonl"}
    named = {
        "configs": [
            {"config_name": "release_v1", "data_files": [{"split": "test", "path": "test.jsonl"}]},
            {
                "config_name": "release_latest",
                "default": True,
                "data_files": [{"split": "test", "path": list(ROWS)}],
            },
        ]
    }
    return {
        "1-five-files": {
            **older,
            "code_generation_lite.py": _SCRIPT.encode(),
            "README.md": card(_FRONT, _TEXT.replace("dates", "datse")),
            "images/lcb.png": _picture(),
        },
        "2-sixth-file": {"test6.jsonl": files["test6.jsonl"]},
        "3-described": {"README.md": card(_FRONT, _TEXT)},
        "pull-request-5": {"README.md": card({**_FRONT, **named}, _TEXT)},
        "pull-request-6": {"README.md": card({**_FRONT, "configs": named["configs"][1:]}, _TEXT)},
    }


def encode(tests: str) -> str:
    """Private tests as later files have them: base64 of zlib of a pickle with one string. It is never unpickled."""
    return base64.b64encode(zlib.compress(pickle.dumps(tests, protocol=4))).decode()


def _rows(name: str) -> list[Row]:
    first = sum(count for earlier, count in ROWS.items() if earlier < name)
    return [_row(first + number, plain=name in _PLAIN) for number in range(ROWS[name])]


def _row(number: int, *, plain: bool) -> Row:
    task = program(number)
    is_functional = number % 3 == 0
    tests = task.tests(5, seed=7000 + number)
    private = _listed(tests[2:], functional=is_functional)
    return {
        "question_title": task.title,
        "question_content": f"{task.statement}\n\nProblem {number + 1}.",
        "platform": _PLATFORMS[number % 3],
        "question_id": f"abc{300 + number}_{'abc'[number % 3]}",
        "contest_id": f"abc{300 + number}",
        "contest_date": f"202{3 + number // 12}-{number % 12 + 1:02d}-0{number % 7 + 1}T00:00:00",
        "starter_code": task.starter if is_functional else "",
        "difficulty": _LEVELS[number % 3],
        "public_test_cases": _listed(tests[:2], functional=is_functional),
        "private_test_cases": private if plain else encode(private),
        "metadata": json.dumps({"func_name": task.function} if is_functional else {}),
    }


def _listed(tests: Sequence[Test], *, functional: bool) -> str:
    kind = "functional" if functional else "stdin"
    pairs = [test.functional if functional else test.stdin for test in tests]
    return json.dumps([{"input": sent, "output": back, "testtype": kind} for sent, back in pairs])


def _picture() -> bytes:
    """A grey pixel as PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\x80")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body
