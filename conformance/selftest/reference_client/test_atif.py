"""Rows as ATIF trajectories, held against the schema of version 1.4 and two published validators."""

from __future__ import annotations

import importlib
import io
import json
import math
import os
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from conformance.checks.support_trajectories import require_valid
from conformance.data import fixtures_dir
from reference_client.datasets import atif
from reference_client.datasets.adapters.openthoughts import OpenThoughts
from reference_client.datasets.atif import is_iso_8601
from reference_client.datasets.errors import DatasetError

needs_validators = pytest.mark.skipif(sys.version_info < (3, 11), reason="atif and nvidia-nat-atif need Python 3.11")

ROW: dict[str, Any] = {
    "conversations": [
        {"content": "Be brief.", "role": "system"},
        {"content": "Count the lines.", "role": "user"},
        {"content": "", "role": "assistant"},
    ],
    "agent": "terminus-2",
    "model": "a-model",
    "model_provider": "a-provider",
    "date": "2025-11-02T09:30:07.000001",
    "task": "count-the-lines",
    "episode": "episode-0",
    "run_id": "run-0001",
    "trial_name": "count-the-lines__abcdef",
}
FULL: dict[str, Any] = {
    "schema_version": "ATIF-v1.4",
    "session_id": "s",
    "agent": {"name": "a", "version": "1.0", "model_name": "m", "extra": {"nested": [1, None, {"deep": 0.5}]}},
    "steps": [
        {"step_id": 1, "source": "system", "message": "", "timestamp": "2025-11-02T09:30:07Z", "extra": {}},
        {
            "step_id": 2,
            "source": "agent",
            "message": "ü",
            "model_name": "m",
            "reasoning_effort": 0.5,
            "reasoning_content": "because",
            "tool_calls": [{"tool_call_id": "c1", "function_name": "f", "arguments": {"x": True}}],
            "metrics": {
                "prompt_tokens": 3,
                "completion_tokens": 0,
                "cached_tokens": 1,
                "cost_usd": 0.25,
                "prompt_token_ids": [1, 2, 3],
                "completion_token_ids": [],
                "logprobs": [-0.5],
                "extra": {},
            },
            "observation": {
                "results": [
                    {"source_call_id": "c1", "content": "done"},
                    {"subagent_trajectory_ref": [{"session_id": "t", "trajectory_path": "t.json", "extra": {}}]},
                ]
            },
        },
        {"step_id": 3, "source": "user", "message": "Thanks.", "timestamp": None},
    ],
    "notes": "n",
    "final_metrics": {
        "total_prompt_tokens": 3,
        "total_completion_tokens": 0,
        "total_cached_tokens": 1,
        "total_cost_usd": 0.25,
        "total_steps": 3,
        "extra": {},
    },
    "extra": {"any": "thing"},
}
"""A trajectory with every field of version 1.4."""


def trajectories() -> Iterator[dict[str, Any]]:
    """Of all rows on hand, and of one with messages of every role."""
    yield atif.trajectory(ROW, index=0)
    yield from OpenThoughts(fixtures_dir() / "repositories" / "openthoughts-agent" / "1-data").stream_trajectories()


def changed(row: dict[str, Any] = ROW, **values: Any) -> dict[str, Any]:
    return atif.trajectory({**row, **values}, index=12)


def test_a_row_as_a_trajectory() -> None:
    """Word by word."""
    time = "2025-11-02T09:30:07.000001"
    assert atif.trajectory(ROW, index=0) == {
        "schema_version": "ATIF-v1.4",
        "session_id": "run-0001",
        "agent": {"name": "terminus-2", "version": "1.0", "model_name": "a-model"},
        "steps": [
            {"step_id": 1, "timestamp": time, "source": "system", "message": "Be brief."},
            {"step_id": 2, "timestamp": time, "source": "user", "message": "Count the lines."},
            {"step_id": 3, "timestamp": time, "source": "agent", "message": ""},
        ],
        "extra": {
            "source": "open-thoughts/OpenThoughts-Agent-v1-SFT",
            "task": "count-the-lines",
            "episode": "episode-0",
            "trial_name": "count-the-lines__abcdef",
            "model_provider": "a-provider",
        },
    }


@pytest.mark.parametrize("run_id", [None, ""])
def test_a_row_without_a_run(run_id: str | None) -> None:
    """Task and episode name the session."""
    assert changed(run_id=run_id)["session_id"] == "count-the-lines__episode-0"


def test_what_a_row_lacks_is_left_out() -> None:
    """Nothing is put in its place."""
    found = changed(model=None, task=None, trial_name=None, model_provider=None)
    assert found["agent"] == {"name": "terminus-2", "version": "1.0"}
    assert found["extra"] == {"source": "open-thoughts/OpenThoughts-Agent-v1-SFT", "episode": "episode-0"}
    require_valid(found)


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("", None),
        (None, None),
        ("2025-11-02T09:30:07.36", "2025-11-02T09:30:07.36"),
        ("2025-11-02T09:30:07Z", "2025-11-02T09:30:07Z"),
        (datetime(2025, 11, 2, 9, 30, 7, 1), "2025-11-02T09:30:07.000001"),
        (datetime(2025, 11, 2, 9, tzinfo=timezone(timedelta(hours=1))), "2025-11-02T09:00:00+01:00"),
    ],
)
def test_dates(date: Any, expected: str | None) -> None:
    """As they are, so one without a zone stays so; an empty one is left out."""
    found = changed(date=date)
    assert {step.get("timestamp") for step in found["steps"]} == {expected}
    assert all(("timestamp" in step) == (expected is not None) for step in found["steps"])


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"conversations": []}, "row 12 has no messages, and a trajectory needs a step"),
        ({"conversations": None}, "row 12 has no messages"),
        ({"conversations": [{"role": "tool", "content": ""}]}, "row 12, message 1: the role should be .* is 'tool'"),
        ({"conversations": [{"role": None, "content": ""}]}, "row 12, message 1: the role should be .* is None"),
        ({"conversations": [{"role": "user", "content": None}]}, "row 12, message 1 has no text"),
        ({"agent": None}, "row 12 has no agent"),
        ({"run_id": None, "task": None}, "row 12 has no run_id, nor a task and an episode"),
        ({"run_id": "", "episode": ""}, "row 12 has no run_id, nor a task and an episode"),
        ({"date": "yesterday"}, "row 12: the date should be ISO 8601, .*'yesterday'"),
        ({"date": "2025-02-30T00:00:00"}, "row 12: the date should be ISO 8601"),
    ],
)
def test_rows_that_are_no_trajectory(values: dict[str, Any], says: str) -> None:
    """The error names the row, and the message where one is to blame."""
    with pytest.raises(DatasetError, match=says):
        changed(**values)


def test_the_newest_version() -> None:
    """The same fields under another version's name; an unknown version is an error."""
    older, newer = (atif.trajectory(ROW, index=0, version=version) for version in atif.VERSIONS)
    assert newer == {**older, "schema_version": "ATIF-v1.8"}
    with pytest.raises(ValueError, match=r"version '2\.0' can't be written; choose one of: 1\.4, 1\.8"):
        atif.trajectory(ROW, index=0, version="2.0")


def test_trajectories_are_valid() -> None:
    """By the schema of their version, which knows its fields and no others."""
    for found in trajectories():
        require_valid(found)


@needs_validators
@pytest.mark.parametrize("version", atif.VERSIONS)
def test_one_published_validator(version: str) -> None:
    """`atif` accepts them and reads the same out of them."""
    published = importlib.import_module("atif")
    for found in [*trajectories(), FULL]:
        found = {**found, "schema_version": f"ATIF-v{version}"}
        read = published.Trajectory.model_validate(found).to_json_dict()
        assert read == json.loads(json.dumps(_without_null(found)))


@needs_validators
def test_another_published_validator() -> None:
    """`nvidia-nat-atif`, which knows versions up to 1.7, as well."""
    published = importlib.import_module("nat.atif")
    for found in [*trajectories(), FULL]:
        assert published.Trajectory.model_validate(found).to_json_dict() == _without_null(found)


def _without_null(value: Any) -> Any:
    """Validators write fields that are null as absent, but for what an `extra` holds."""
    if isinstance(value, dict):
        return {
            name: inner if name == "extra" else _without_null(inner)
            for name, inner in value.items()
            if inner is not None
        }
    return [_without_null(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-11-02T09:30:07", True),
        ("2025-11-02T09:30:07.3", True),
        ("2025-11-02T09:30:07.123456789Z", True),
        ("2025-11-02T09:30:07+0100", True),
        ("2025-11-02T09:30-01:00", True),
        ("2025-11-02", True),
        ("2025-11-02T09:30.5", False),
        ("2025-11-02 09:30:07", False),
        ("2025-11-02T09:30:07z", False),
        ("2025-11-02T09:30:60", False),
        ("2025-11-02T24:00:00", False),
        ("2025-13-02T09:30:07", False),
        ("2025-11-02T09:30:07Z\n", False),
        ("02.11.2025", False),
        ("2025-01-01T00:00:00+23:59", True),
        ("2025-01-01T00:00:00+24:00", False),
        ("2025-01-01T00:00:00+00:60", False),
        ("2025-01-01T00:00:00+99:99", False),
        ("2025-01-01T00:00:00+\N{ARABIC-INDIC DIGIT ZERO}0:00", False),
        ("2025-01-01T00:00:00.\N{ARABIC-INDIC DIGIT ZERO}Z", False),
        ("202\N{ARABIC-INDIC DIGIT FIVE}-01-01", False),
    ],
)
def test_iso_8601(text: str, expected: bool) -> None:
    """On every Python the same, so not by `datetime.fromisoformat` alone."""
    assert is_iso_8601(text) is expected


def test_export(tmp_path: Path) -> None:
    """A line a trajectory, in UTF-8; a file that was there before is replaced."""
    written = list(trajectories())
    path = tmp_path / "out.jsonl"
    path.write_text("old")
    assert atif.export(iter(written), path) == len(written)
    lines = path.read_bytes().splitlines(keepends=True)
    assert [json.loads(line) for line in lines] == written
    assert all(line.endswith(b"}\n") for line in lines)
    assert "🤗".encode() in b"".join(lines)


@pytest.mark.parametrize("value", ["\udc00", math.nan, math.inf, object()])
def test_what_json_cannot_hold(tmp_path: Path, value: Any) -> None:
    """The error names the trajectory, and the file that was there stays; nothing is left beside it."""
    path = tmp_path / "out.jsonl"
    path.write_text("old")
    with pytest.raises(DatasetError, match=r"^trajectory 1 can't be written as JSON: "):
        atif.export([FULL, {**FULL, "extra": {"x": value}}], path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_export_to_a_long_name(tmp_path: Path) -> None:
    """As long as a name may be: what is written beside it has a short one."""
    path = tmp_path / ("a" * 255)
    assert atif.export([FULL], path) == 1
    assert list(tmp_path.iterdir()) == [path]


def test_an_export_that_is_broken_off(tmp_path: Path) -> None:
    """By the user, between two trajectories: no file, neither under its name nor another."""

    def interrupted() -> Iterator[dict[str, Any]]:
        yield FULL
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        atif.export(interrupted(), tmp_path / "out.jsonl")
    assert list(tmp_path.iterdir()) == []


def test_a_stream_gets_each_trajectory_at_once() -> None:
    """None is held back, so memory doesn't grow with their number."""
    stream = io.BytesIO()

    def watched() -> Iterator[dict[str, Any]]:
        for number in range(3):
            assert stream.getvalue().count(b"\n") == number
            yield FULL

    assert atif.write(watched(), stream) == 3


def test_export_into_a_pipe_and_through_a_link(tmp_path: Path) -> None:
    """Neither is replaced: `--atif /dev/null`, run by root, must not make a file of the device."""
    os.mkfifo(tmp_path / "pipe")
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_text("utf-8")))
    reader.start()
    assert atif.export([FULL], tmp_path / "pipe") == 1
    reader.join(10)
    assert json.loads(read[0]) == FULL
    assert (tmp_path / "pipe").is_fifo()

    (tmp_path / "link").symlink_to("file")
    for _ in range(2):
        assert atif.export([FULL], tmp_path / "link") == 1
        assert (tmp_path / "link").is_symlink()
        assert json.loads((tmp_path / "file").read_text("utf-8")) == FULL
    with pytest.raises(OSError, match="directory"):
        atif.export([FULL], tmp_path)
