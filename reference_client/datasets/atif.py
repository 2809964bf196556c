"""Agent trajectories in ATIF, the Agent Trajectory Interchange Format of Harbor: https://harborframework.com.

`trajectory` makes one of a row of `open-thoughts/OpenThoughts-Agent-v1-SFT`; `export` writes many as JSON lines.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from reference_client.cache import temporary
from reference_client.datasets.errors import DatasetError, shown
from reference_client.datasets.integers import to_json

VERSIONS = ("1.4", "1.8")
"""Those that can be written, the usual one first. What is written has the same fields in both."""

_DATASET = "open-thoughts/OpenThoughts-Agent-v1-SFT"
_AGENT_VERSION = "1.0"
"""The format demands one and the dataset has none, so every trajectory gets this."""
_ISO_8601 = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?)(?:(?<=:\d\d:\d\d)\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?)?",
    re.ASCII,
)
_SOURCES = {"assistant": "agent", "user": "user", "system": "system"}


def trajectory(row: Mapping[str, Any], *, index: int, version: str = VERSIONS[0]) -> dict[str, Any]:
    """A row as an ATIF trajectory: its messages as steps, numbered from 1.

    Nothing is invented but the agent's version, "1.0". What the row lacks is left out, and what ATIF demands and the
    row lacks is an error. So one should know that

    * `session_id` is the row's `run_id`, which all episodes of a run share; without one it is `task__episode`.
    * every step has the same `timestamp`, that of the episode's start: the row has no other. It is the row's `date`
    unchanged, without a time zone where that has none; an empty date gives no timestamp.
    * `user` is also what the terminal printed: the dataset gives both as user messages.

    Args:
        row: with the columns of the dataset; `date` may be a string or a `datetime`.
        index: the row's number, which errors name.
        version: of `VERSIONS`.

    Raises:
        DatasetError: there are no messages, one has no text or an unknown role, or the row has nothing for a session
            id or an agent's name, or a date that isn't ISO 8601.
        ValueError: the version is unknown.
    """
    if version not in VERSIONS:
        raise ValueError(f"ATIF version {version!r} can't be written; choose one of: {', '.join(VERSIONS)}.")
    messages = row["conversations"]
    if not messages:
        raise DatasetError(f"row {index} has no messages, and a trajectory needs a step.")
    if not row["agent"]:
        raise DatasetError(f"row {index} has no agent, and a trajectory needs an agent's name.")
    return {
        "schema_version": f"ATIF-v{version}",
        "session_id": _session_id(row, index),
        "agent": _known(name=row["agent"], version=_AGENT_VERSION, model_name=row["model"]),
        "steps": _steps(messages, _timestamp(row["date"], index), index),
        "extra": _known(
            source=_DATASET,
            task=row["task"],
            episode=row["episode"],
            trial_name=row["trial_name"],
            model_provider=row["model_provider"],
        ),
    }


def export(trajectories: Iterable[Mapping[str, Any]], path: str | Path) -> int:
    """Write trajectories to a file as `write` does; return how many.

    The file is there when all of it is: an error leaves what was there before. A device or pipe is written to, and
    never replaced by a file; a link leads to the file.

    Raises:
        DatasetError: as `write`.
        OSError: the file can't be written.
    """
    path = Path(path)
    if path.exists() and not path.is_file():
        with path.open("wb") as stream:
            return write(trajectories, stream)
    path = Path(os.path.realpath(path))
    with temporary(path) as incomplete:
        with incomplete.open("wb") as stream:
            count = write(trajectories, stream)
        incomplete.replace(path)
    return count


def write(trajectories: Iterable[Mapping[str, Any]], stream: BinaryIO) -> int:
    """Write trajectories as JSON lines in UTF-8, one at a time; return how many.

    Raises:
        DatasetError: one holds what JSON can't: NaN, infinity, half a surrogate pair; the message names it.
    """
    count = 0
    for found in trajectories:
        try:
            stream.write(to_json(found, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n")
        except (ValueError, TypeError) as error:
            raise DatasetError(f"trajectory {count} can't be written as JSON: {error}") from None
        count += 1
    return count


def is_iso_8601(text: str) -> bool:
    """Whether a text is a date of ISO 8601, with or without a time, a fraction of a second and a time zone."""
    match = _ISO_8601.fullmatch(text)
    if not match:
        return False
    date, time = match.groups()
    try:
        datetime.fromisoformat(f"{date}T{time or '00:00'}")
    except ValueError:
        return False
    return True


def _steps(messages: Iterable[Mapping[str, Any] | None], timestamp: str | None, index: int) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    for number, message in enumerate(messages, start=1):
        if message is None:
            raise DatasetError(f"row {index}, message {number} is null.")
        role, text = message["role"], message["content"]
        source = _SOURCES.get(role)
        if source is None:
            raise DatasetError(
                f"row {index}, message {number}: the role should be {', '.join(_SOURCES)}, and is {shown(role)}."
            )
        if text is None:
            raise DatasetError(f"row {index}, message {number} has no text; it may be empty, but not null.")
        step = {"step_id": number, "timestamp": timestamp, "source": source, "message": text}
        if timestamp is None:
            del step["timestamp"]
        steps.append(step)
    return steps


def _session_id(row: Mapping[str, Any], index: int) -> str:
    if row["run_id"]:
        return str(row["run_id"])
    if row["task"] and row["episode"]:
        return f"{row['task']}__{row['episode']}"
    raise DatasetError(f"row {index} has no run_id, nor a task and an episode to make a session id of.")


def _timestamp(date: str | datetime | None, index: int) -> str | None:
    text = date.isoformat() if isinstance(date, datetime) else date
    if not text:
        return None
    if not is_iso_8601(text):
        raise DatasetError(
            f"row {index}: the date should be ISO 8601, such as 2025-11-02T09:30:00, and is {shown(text)}."
        )
    return text


def _known(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
