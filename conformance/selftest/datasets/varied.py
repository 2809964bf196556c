"""Datasets with what real ones have and the recorded ones lack, for the stand-in Hub: types, forms, cards and layouts.

They are not recorded: a cassette of them would say nothing about clients that the rest does not say.
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from conformance.hub.repository import Commit, Repository, utc
from conformance.hub.rows.openthoughts import THOUGHTS_FEATURES
from conformance.hub.rows.writing import parquet, table

LONG: Final = "y" * (2 << 20)
DIGITS: Final = "7" * 5001
MOMENT: Final = datetime(2025, 11, 2, 9, 30, 0, 123456, timezone.utc)

ROWS: Final = [
    {"text": "one", "tags": ["a", "b"], "about": {"source": "x"}, "said": [{"role": "user", "content": "hi"}]},
    {"text": "two", "tags": ["b", "a"], "about": {"source": "y"}, "said": [{"role": "user", "content": "ho"}]},
]


def dataset(name: str, files: Mapping[str, bytes]) -> Repository:
    """A dataset `varied/<name>` with one commit."""
    commit = Commit.of(files, title="initial commit", date=utc("2026-10-02T08:00:00"))
    return Repository(f"varied/{name}", {"main": commit})


def _file(data: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(data, sink)
    return sink.getvalue()


def _stored(text: pa.DataType, inner: pa.DataType, listed: Any = pa.list_) -> bytes:
    """`ROWS`, with texts of these types (`inner` in lists and structs), and lists as this function makes them."""
    message = pa.struct([("role", inner), ("content", inner)])
    types = {"text": text, "tags": listed(inner), "about": pa.struct([("source", inner)]), "said": listed(message)}
    plain = {name: [row[name] for row in ROWS] for name in types}
    return _file(pa.table({name: pa.array(plain[name], kind) for name, kind in types.items()}))


def arrow_types() -> Repository:
    """The same rows in Arrow's several types for texts and lists, those that this version of pyarrow can write."""
    ways: dict[str, Callable[[], bytes]] = {
        "plain": lambda: _stored(pa.string(), pa.string()),
        "dictionary": _stored_in_dictionaries,
        "view": lambda: _stored(pa.string_view(), pa.string()),  # views inside lists cannot be written
        "large": lambda: _stored(pa.large_string(), pa.large_string(), pa.large_list),
        "list-view": lambda: _stored(pa.string(), pa.string(), pa.list_view),
        "fixed": _fixed,
    }
    files = {}
    for name, make in ways.items():
        with contextlib.suppress(pa.ArrowNotImplementedError, pa.ArrowInvalid):
            files[f"{name}.parquet"] = make()
    return dataset("arrow-types", files)


def _stored_in_dictionaries() -> bytes:
    columns = {name: pa.array([row[name] for row in ROWS]) for name in ("about", "said")}
    tags = pa.ListArray.from_arrays([0, 2, 4], pa.array(["a", "b", "b", "a"]).dictionary_encode())
    text = pa.array(["one", "two"]).dictionary_encode()
    source = pa.StructArray.from_arrays([pa.array(["x", "y"]).dictionary_encode()], ["source"])
    return _file(pa.table({"text": text, "tags": tags, "about": source, "said": columns["said"]}))


def _fixed() -> bytes:
    columns = {name: pa.array([row[name] for row in ROWS]) for name in ROWS[0]}
    message = columns["said"].type.value_type
    columns["tags"] = pa.array([row["tags"] for row in ROWS], pa.list_(pa.string(), 2))
    columns["said"] = pa.array([row["said"] for row in ROWS], pa.list_(message, 1))
    return _file(pa.table(columns))


def episodes(unit: str, zone: str | None) -> Repository:
    """An agent's episode whose date is a timestamp of this unit (`s` to `ns`)."""
    ticks = int(MOMENT.timestamp()) * 10**9 + MOMENT.microsecond * 1000 + 789
    date = pa.array([ticks], pa.timestamp("ns", zone)).cast(pa.timestamp(unit, zone), safe=False)
    texts = ("agent", "model", "model_provider", "task", "episode", "run_id", "trial_name")
    said = pa.array([[{"content": "c", "role": "user"}]])
    columns = {"conversations": said, **{name: pa.array(["x"]) for name in texts}, "date": date}
    return dataset("episodes", {"data/train-00000-of-00001.parquet": _file(pa.table(columns))})


def thoughts() -> Repository:
    """Problems of programming have a difficulty, those of mathematics and science have none."""
    said = [{"from": "human", "value": "x"}, {"from": "gpt", "value": "y"}]
    known: Sequence[tuple[str, int | None]] = [("code", 7), ("math", None), ("science", None), ("code", 1)]
    rows = [{"difficulty": hard, "source": "s", "domain": domain, "conversations": said} for domain, hard in known]
    return dataset("thoughts", {"data/train-00000-of-00001.parquet": parquet(table(rows, THOUGHTS_FEATURES))})


def programs() -> Repository:
    """Forms of tests that consumers of DeepCoder read, in the configs in which they expect them."""
    call = [{"type": "function_call", "fn_name": "f", "input": [[3, 2, 3]], "output": 3}]
    lines = {"fn_name": "f", "inputs": ["[1, 2]\n3"], "outputs": ["4"]}
    tests = {
        "primeintellect/train": [json.dumps(call), json.dumps([{"type": "stdin_stdout", "input": "1", "output": "2"}])],
        "codeforces/test": [json.dumps([{"input": "1\n", "output": "2\n"}])],
        "taco/train": [json.dumps(lines), f'{{"fn_name": "f", "inputs": [[{DIGITS}]], "outputs": [1]}}'],
    }
    columns = {path: {"problem": ["Add."] * len(said), "tests": said} for path, said in tests.items()}
    return dataset(
        "programs", {f"{path}-00000-of-00001.parquet": _file(pa.table(one)) for path, one in columns.items()}
    )


def separated() -> Repository:
    """Tables that a reader may infer wrongly, or have a limit for."""
    files = {
        "long.csv": f"a,b\n1,x\n2,{LONG}\n".encode(),
        "dates.csv": b"d,t,m\n2024-01-02,12:30:00,2024-01-02 10:11:12\n",
        "not-utf8.csv": b"a,b\nx,caf\xe9\n",
        "same-names.csv": b"a,a,a\n1,2,3\n",
        "large-integers.csv": b"a,b\n9223372036854775808,-9223372036854775809\n",
        "short-row.csv": b"a,b\n1,2\n3\n",
        "text-at-the-end.csv": b"a\n" + b"1\n" * 1_000_000 + b"x\n",
        "semicolons.tsv": b"a\tb\n1;2\t3\n",
    }
    return dataset("separated", files)


def _card(yaml: str, before: str = "") -> bytes:
    return f"{before}---\n{yaml}\n---\n\nText.\n".encode()


LAYOUTS: Final = {
    "late-front-matter": {
        "README.md": _card("configs:\n- config_name: x\n  data_files: b.csv", before="\n  \n"),
        "a.csv": b"n\n1\n",
        "b.csv": b"n\n2\n",
    },
    "same-configs": {
        "README.md": _card(
            "configs:\n- {config_name: a, data_files: first.csv}\n- {config_name: a, data_files: second.csv}"
        ),
        "first.csv": b"n\n1\n",
        "second.csv": b"n\n2\n",
    },
    "parameters": {
        "README.md": _card("configs:\n- config_name: x\n  data_files: a.csv\n  sep: ';'"),
        "a.csv": b"a;b\n1;2\n",
    },
    "words-of-a-split": {
        "dev/a.csv": b"n\n1\n",
        "eval/c.csv": b"n\n3\n",
        "test/d.csv": b"n\n4\n",
        "valid/b.csv": b"n\n2\n",
    },
    "images": {
        "train/a.jpg": b"\xff\xd8",
        "train/b.jpg": b"\xff\xd8",
        "train/metadata.jsonl": b'{"file_name": "a.jpg"}\n',
    },
    "sounds": {"a.wav": b"RIFF", "b.wav": b"RIFF", "metadata.csv": b"file_name,n\na.wav,1\n"},
    "texts": {"a.txt": b"one\n", "b.txt": b"two\n", "c.csv": b"n\n1\n"},
    "impossible-split": {
        "data/a-b-00000-of-00001.jsonl": b'{"n": 1}\n',
        "data/train-00000-of-00001.jsonl": b'{"n": 2}\n',
    },
}
"""Datasets whose card or file names need a rule of the `datasets` library that plain ones don't need."""


@functools.cache
def repositories() -> tuple[Repository, ...]:
    """All of them; of the episodes, those with a date in nanoseconds."""
    plain = [arrow_types(), episodes("ns", "UTC"), thoughts(), programs(), separated()]
    return (*plain, *(dataset(name, files) for name, files in LAYOUTS.items()))
