"""What the checks of area `trajectories` share: the episodes on record, and what they must become."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator

from conformance.checks.support import Port
from conformance.checks.support_datasets import AGENT_TRACES, shards
from conformance.checks.support_rows import parquet, put, recorded_rows
from conformance.replay import ReplayHub
from conformance.verdict.require import require, require_equal

FILE = shards("data/train", 1)[0]
ATIF = "Harbor: Agent Trajectory Interchange Format, version 1.4"
MAPPING = "the protocol's *trajectory*: how a row of open-thoughts/OpenThoughts-Agent-v1-SFT becomes one"

_SOURCES = {"assistant": "agent", "user": "user", "system": "system"}


def episodes(hub: ReplayHub) -> list[dict[str, Any]]:
    """The rows on record."""
    return recorded_rows(hub.repo(AGENT_TRACES), [FILE])


def put_episodes(hub: ReplayHub, **changes: Callable[[dict[str, Any]], Any]) -> list[dict[str, Any]]:
    """Let row 1 have other values in these columns. Returns all rows."""
    rows = episodes(hub)
    rows[1] = {**rows[1], **{name: change(rows[1]) for name, change in changes.items()}}
    put(hub, AGENT_TRACES, FILE, parquet(rows))
    return rows


def put_times(hub: ReplayHub) -> None:
    """Let the dates be in a column of times."""
    rows = [{**row, "date": datetime.fromisoformat(row["date"]) if row["date"] else None} for row in episodes(hub)]
    put(hub, AGENT_TRACES, FILE, parquet(rows))


def get(port: Port, id_or_index: int | str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = port.get_trajectory(id_or_index=id_or_index)
    return found


def nth(port: Port, index: int) -> dict[str, Any]:
    """The trajectory with a number, which there is."""
    found = get(port, index)
    require(found is not None, "no-trajectory", "there is no trajectory with a number that a row has", expected=index)
    assert found is not None
    return found


def trajectory(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a row must become."""
    time = {"timestamp": row["date"]} if row["date"] else {}
    return {
        "schema_version": "ATIF-v1.4",
        "session_id": row["run_id"] or f"{row['task']}__{row['episode']}",
        "agent": {"name": row["agent"], "version": "1.0", "model_name": row["model"]},
        "steps": [
            {"step_id": number, **time, "source": _SOURCES[message["role"]], "message": message["content"]}
            for number, message in enumerate(row["conversations"], start=1)
        ],
        "extra": {
            "source": AGENT_TRACES,
            **{name: row[name] for name in ("task", "episode", "trial_name", "model_provider")},
        },
    }


def require_valid(found: Mapping[str, Any]) -> None:
    """A trajectory is valid ATIF 1.4, with its keys only, and its steps are numbered from 1."""
    problems = [f"{error.json_path}: {error.message}" for error in _validator().iter_errors(found)]
    require(not problems, "not-atif", "the trajectory is not valid ATIF 1.4", seen=problems[:5])
    numbers = [step["step_id"] for step in found["steps"]]
    require_equal(numbers, list(range(1, len(numbers) + 1)), "wrong-step-ids", "steps are not numbered from 1")


@functools.cache
def _validator() -> Draft202012Validator:
    text = resources.files("conformance.checks").joinpath("atif-v1.4.schema.json").read_text("utf-8")
    return Draft202012Validator(json.loads(text))
