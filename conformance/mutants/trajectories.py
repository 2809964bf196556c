"""Clients that make wrong trajectories from an agent's episodes."""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from conformance.mutants.mutant import change_result, mutant, wrap
from reference_client.datasets import atif, parquet
from reference_client.datasets.adapters.openthoughts import OpenThoughts
from reference_client.datasets.errors import DatasetError


def _change_steps(patch: pytest.MonkeyPatch, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Let every step be another."""
    change_result(patch, atif, "_steps", lambda steps: [change(step) for step in steps])


@mutant
def nulls_in_trajectories(patch: pytest.MonkeyPatch) -> None:
    """Gives null for every key that it has no value for."""
    _change_steps(patch, lambda step: {"timestamp": None, "tool_calls": None, **step})


@mutant
def version_of_tomorrow(patch: pytest.MonkeyPatch) -> None:
    """Writes the newest version of the format."""
    change_result(patch, atif, "trajectory", lambda found: {**found, "schema_version": "ATIF-v1.8"})


@mutant
def steps_from_zero(patch: pytest.MonkeyPatch) -> None:
    """Counts steps from 0."""
    _change_steps(patch, lambda step: {**step, "step_id": step["step_id"] - 1})


@mutant
def messages_trimmed(patch: pytest.MonkeyPatch) -> None:
    """Takes blanks from both ends of a message."""
    _change_steps(patch, lambda step: {**step, "message": step["message"].strip()})


@mutant
def assistant_stays_assistant(patch: pytest.MonkeyPatch) -> None:
    """Takes the roles of messages for the sources of steps."""
    patch.setattr(atif, "_SOURCES", {role: role for role in atif._SOURCES})


@mutant
def system_is_the_user(patch: pytest.MonkeyPatch) -> None:
    """Treats every role but the assistant as the user."""
    patch.setattr(atif, "_SOURCES", {**atif._SOURCES, "system": "user"})


@mutant
def agent_without_a_version(patch: pytest.MonkeyPatch) -> None:
    """Leaves out the version of the agent."""
    patch.setattr(atif, "_AGENT_VERSION", None)


@mutant
def session_id_made_up(patch: pytest.MonkeyPatch) -> None:
    """Numbers sessions by their rows."""
    patch.setattr(atif, "_session_id", lambda row, index: f"session-{index}")


@mutant
def extra_forgotten(patch: pytest.MonkeyPatch) -> None:
    """Leaves out what the format has no key for."""
    change_result(patch, atif, "trajectory", lambda found: {**found, "extra": {}})


@mutant
def zone_made_up(patch: pytest.MonkeyPatch) -> None:
    """Takes a time without a zone for UTC."""
    change_result(patch, atif, "_timestamp", lambda text: text and f"{text}Z")


@mutant
def empty_timestamps(patch: pytest.MonkeyPatch) -> None:
    """Returns an empty time where the row has none."""
    change_result(patch, atif, "_timestamp", lambda text: text or "")


@mutant
def time_with_a_blank(patch: pytest.MonkeyPatch) -> None:
    """Writes times with a blank between day and hour."""
    wrap(
        patch,
        atif,
        "_timestamp",
        lambda original, date, index: str(date) if isinstance(date, datetime) else original(date, index),
    )


@mutant
def unknown_for_null(patch: pytest.MonkeyPatch) -> None:
    """Returns `unknown` where the row has no value."""
    patch.setattr(
        atif,
        "_known",
        lambda **values: {name: "unknown" if value is None else value for name, value in values.items()},
    )


@mutant
def bad_rows_passed_over(patch: pytest.MonkeyPatch) -> None:
    """Leaves out rows that it can make no trajectory of."""

    def lenient(_: Any, self: OpenThoughts) -> Iterator[dict[str, Any]]:
        for index, row in enumerate(self.rows()):
            with contextlib.suppress(DatasetError):
                yield atif.trajectory(row, index=index)

    wrap(patch, OpenThoughts, "stream_trajectories", lenient)


@mutant
def error_without_a_place(patch: pytest.MonkeyPatch) -> None:
    """Reports a bad row without naming the row or its fault."""

    def vague(original: Any, row: Any, **kwargs: Any) -> Any:
        try:
            return original(row, **kwargs)
        except DatasetError:
            raise DatasetError("the dataset is invalid") from None

    wrap(patch, atif, "trajectory", vague)


@mutant
def every_row_must_be_right(patch: pytest.MonkeyPatch) -> None:
    """Makes all trajectories before it gives one."""

    def eager(original: Any, self: OpenThoughts, id_or_index: Any) -> Any:
        for _ in self.stream_trajectories():
            pass
        return original(self, id_or_index)

    wrap(patch, OpenThoughts, "get_trajectory", eager)


@mutant
def last_episode_of_a_run(patch: pytest.MonkeyPatch) -> None:
    """Gives the last episode of a run."""

    def last(_: Any, self: OpenThoughts, name: str) -> int | None:
        found = [index for index, row in enumerate(self.rows()) if row["run_id"] == name]
        return found[-1] if found else None

    wrap(patch, OpenThoughts, "index_of", last)


@mutant
def runs_only(patch: pytest.MonkeyPatch) -> None:
    """Finds an episode by its run, and by nothing else."""
    change_result(patch, parquet, "first_rows", lambda found: {k: row for k, row in found.items() if k == "run_id"})


@mutant
def first_for_what_is_absent(patch: pytest.MonkeyPatch) -> None:
    """Returns the first trajectory for an unknown id."""
    wrap(
        patch,
        OpenThoughts,
        "get_trajectory",
        lambda original, self, id_or_index: original(self, id_or_index) or original(self, 0),
    )


@mutant
def digits_are_a_number(patch: pytest.MonkeyPatch) -> None:
    """Takes a text of digits for a number."""
    wrap(
        patch,
        OpenThoughts,
        "get_trajectory",
        lambda original, self, wanted: original(self, int(wanted) if str(wanted).isdigit() else wanted),
    )


@mutant
def messages_made_printable(patch: pytest.MonkeyPatch) -> None:
    """Makes messages plain: composed letters, line feeds, and no other control characters."""

    def plain(text: str) -> str:
        return "".join(sign for sign in unicodedata.normalize("NFC", text) if sign == "\n" or sign.isprintable())

    _change_steps(patch, lambda step: {**step, "message": plain(step["message"])})


@mutant
def empty_messages_dropped(patch: pytest.MonkeyPatch) -> None:
    """Makes no step of a message without text."""
    change_result(patch, atif, "_steps", lambda steps: [step for step in steps if step["message"]])
