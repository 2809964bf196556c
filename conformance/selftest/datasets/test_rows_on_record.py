"""The rows on record, derived a second time: by pyarrow and json straight from the recorded contents."""

from __future__ import annotations

import gzip
import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from conformance import replay
from conformance.checks.support_datasets import (
    AGENT_TRACES,
    DEEPCODER,
    LIVECODEBENCH,
    ONE_SPLIT,
    PLAIN_FOLDERS,
    RELEASES,
    SPLIT_NAMES,
    TULU3,
    shards,
)
from conformance.data import fixtures_dir
from conformance.ports.rows import Summary
from conformance.replay import ReplayHub
from conformance.selftest.recordings import GSM8K

TESTS = ["test.jsonl", *(f"test{number}.jsonl" for number in range(2, 7))]
ON_RECORD = [
    ("tulu3-train-rows", "tulu3", TULU3, "main", shards("data/train", 6)),
    *(
        (f"gsm8k-{config}-{split}-rows", "gsm8k", GSM8K, "main", shards(f"{config}/{split}", 1))
        for config in ("main", "socratic")
        for split in ("train", "test")
    ),
    *(
        (f"deepcoder-{config}-{split}-rows", "deepcoder", DEEPCODER, "main", shards(f"{config}/{split}", count))
        for config, split, count in (
            ("codeforces", "test", 1),
            ("lcbv5", "train", 11),
            ("lcbv5", "test", 8),
            ("primeintellect", "train", 5),
            ("taco", "train", 4),
        )
    ),
    ("livecodebench-release-v1-rows", "livecodebench", LIVECODEBENCH, RELEASES, TESTS[:1]),
    ("livecodebench-release-latest-rows", "livecodebench", LIVECODEBENCH, RELEASES, TESTS),
    ("openthoughts-agent-train-rows", "openthoughts", AGENT_TRACES, "main", shards("data/train", 1)),
    (
        "plain-folders-train-rows",
        "contract",
        PLAIN_FOLDERS,
        "main",
        ["data/train-00000-of-00002.jsonl", "data/train-00001-of-00002.jsonl"],
    ),
    ("split-names-train-rows", "contract", SPLIT_NAMES, "main", ["training-1.csv", "training-2.csv"]),
    ("one-split-train-rows", "contract", ONE_SPLIT, "main", ["rows.csv.gz"]),
]


def rows_of(path: str, body: bytes) -> list[dict[str, Any]]:
    """The rows of a file, read whole."""
    body = gzip.decompress(body) if path.endswith(".gz") else body
    if path.endswith(".parquet"):
        table = pq.read_table(io.BytesIO(body))
    elif path.endswith(".jsonl"):
        return [json.loads(line) for line in body.decode().splitlines()]
    else:
        table = pa.csv.read_csv(io.BytesIO(body))
    found: list[dict[str, Any]] = table.to_pylist()
    return found


@pytest.mark.parametrize(("name", "area", "repo_id", "revision", "paths"), ON_RECORD)
def test_rows_on_record_are_those_of_the_blobs(
    name: str, area: str, repo_id: str, revision: str, paths: list[str]
) -> None:
    """Columns, count, first and last row and digest follow from the contents alone, without a Hub client."""
    files = ReplayHub(replay.load(area)).repo(repo_id).files(revision)
    found = Summary()
    for path in paths:
        found.add(rows_of(path, files[path].body))
    assert found.value() == json.loads((fixtures_dir() / "snapshots" / f"{name}.json").read_text("utf-8"))


def test_nothing_else_is_on_record() -> None:
    """Each record of rows is one that is derived here."""
    held = {path.stem for path in (fixtures_dir() / "snapshots").glob("*-rows.json")}
    assert held == {name for name, *_ in ON_RECORD}
