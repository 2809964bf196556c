"""Rows as ATIF trajectories, and a strict check of these, measured against two published validators."""

from __future__ import annotations

import copy
import importlib
import io
import json
import math
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from conformance.data import fixtures_dir
from reference_client import atif
from reference_client.atif_check import is_iso_8601, validate
from reference_client.datasets.errors import DatasetError
from reference_client.datasets.openthoughts import OpenThoughts

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
    assert validate(found) == []


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
    """By the strict check of their version."""
    for found in trajectories():
        assert validate(found) == []


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


def test_every_field_is_valid() -> None:
    """And each that may be absent may be null."""
    assert validate(FULL) == []


STEP = "steps[1]"
RESULT = "steps[1].observation.results[0]"


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("schema_version", "ATIF-v1.8", "schema_version should be 'ATIF-v1.4', and is 'ATIF-v1.8'"),
        ("schema_version", ..., "the trajectory should have 'schema_version'"),
        ("session_id", ..., "the trajectory should have 'session_id'"),
        ("session_id", None, "session_id should be a string, and is null"),
        ("trajectory_id", "t", "trajectory_id is no field of ATIF-v1.4"),
        ("agent.version", ..., "agent should have 'version'"),
        ("agent.tool_definitions", [], "agent.tool_definitions is no field of ATIF-v1.4"),
        ("agent", [], "agent should be an object, and is a list"),
        ("steps", [], "steps should not be empty"),
        ("steps", {}, "steps should be a list, and is an object"),
        ("steps[0].step_id", 2, "steps[0].step_id should be 1, and is 2"),
        ("steps[0].step_id", True, "steps[0].step_id should be a whole number, and is True"),
        ("steps[0].step_id", "1", "steps[0].step_id should be a whole number, and is a string"),
        ("steps[0].step_id", 1.0, "steps[0].step_id should be a whole number, and is 1.0"),
        ("steps[0].source", "assistant", "steps[0].source should be 'system' or 'user' or 'agent', and is 'assistant'"),
        ("steps[0].message", None, "steps[0].message should be a string, and is null"),
        ("steps[0].message", [{"type": "text", "text": "a"}], "steps[0].message should be a string, and is a list"),
        ("steps[0].message", "\ud800", "steps[0].message has half a surrogate pair, which UTF-8 can't hold"),
        ("steps[0].timestamp", "", "steps[0].timestamp should be a date and time in ISO 8601, and is ''"),
        ("steps[0].timestamp", 5, "steps[0].timestamp should be a date and time in ISO 8601, and is 5"),
        ("steps[0].is_copied_context", False, "steps[0].is_copied_context is no field of ATIF-v1.4"),
        (
            "steps[0].model_name",
            "m",
            "steps[0].model_name is for steps of the agent, and this one's source is 'system'",
        ),
        ("steps[2].metrics", {}, "steps[2].metrics is for steps of the agent, and this one's source is 'user'"),
        ("steps[0].extra", {"x": math.nan}, "steps[0].extra.x should be a finite number, and is nan"),
        ("steps[0].extra", {"x": [object]}, f"steps[0].extra.x[0] should be a finite number, and is {object!r}"),
        ("steps[0].extra", {5: 1}, "a name in steps[0].extra should be a string, and is 5"),
        ("steps[0].extra", "x", "steps[0].extra should be an object, and is a string"),
        (f"{STEP}.reasoning_effort", True, f"{STEP}.reasoning_effort should be a finite number, and is True"),
        (f"{STEP}.metrics.prompt_tokens", -1, f"{STEP}.metrics.prompt_tokens should not be negative, and is -1"),
        (f"{STEP}.metrics.cost_usd", "1", f"{STEP}.metrics.cost_usd should be a finite number, and is a string"),
        (f"{STEP}.metrics.logprobs", [None], f"{STEP}.metrics.logprobs[0] should be a finite number, and is null"),
        (
            f"{STEP}.tool_calls[0].arguments",
            "{}",
            f"{STEP}.tool_calls[0].arguments should be an object, and is a string",
        ),
        (f"{STEP}.tool_calls[0].extra", {}, f"{STEP}.tool_calls[0].extra is no field of ATIF-v1.4"),
        (f"{STEP}.observation.results", ..., f"{STEP}.observation should have 'results'"),
        (f"{RESULT}.source_call_id", "c2", f"{RESULT}.source_call_id names no tool call of its step: 'c2'"),
        (f"{RESULT}.content", [], f"{RESULT}.content should be a string, and is a list"),
        (
            "steps[1].observation.results[1].subagent_trajectory_ref[0].session_id",
            ...,
            "steps[1].observation.results[1].subagent_trajectory_ref[0] should have 'session_id'",
        ),
        ("final_metrics.total_steps", -1, "final_metrics.total_steps should not be negative, and is -1"),
    ],
)
def test_what_is_not_valid(path: str, value: Any, problem: str) -> None:
    """One sentence, with the path of what is wrong; `...` means that it is absent."""
    document = copy.deepcopy(FULL)
    *parents, last = path.replace("[", ".").replace("]", "").split(".")
    place: Any = document
    for part in parents:
        place = place[int(part)] if part.isdigit() else place[part]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    assert validate(document) == [problem]


@pytest.mark.parametrize("document", [None, [], "ATIF-v1.4"])
def test_what_is_no_trajectory_at_all(document: Any) -> None:
    (problem,) = validate(document)
    assert problem.startswith("the trajectory should be an object")


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
