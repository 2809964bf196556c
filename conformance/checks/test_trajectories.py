"""Episodes of an agent as trajectories in ATIF 1.4: what a row becomes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port
from conformance.checks.support_datasets import require_said
from conformance.checks.support_rows import NEVER_FEWER, control_reads, require_rows
from conformance.checks.support_trajectories import (
    ATIF,
    MAPPING,
    episodes,
    get,
    nth,
    put_episodes,
    put_times,
    require_valid,
    trajectory,
)
from conformance.ports import PortError
from conformance.replay import ReplayHub
from conformance.verdict.require import require, require_equal

GET = "get_trajectory"
STREAM = "stream_trajectories"


check = Checks(GET, source=MAPPING)


@check("trajectories/all-in-order[openthoughts]", kills="first-row-group-of-the-adapter", operation=STREAM)
def test_all_in_order(hub: ReplayHub, port: Port) -> None:
    """Every row becomes a trajectory, in the order of the rows, and each is exactly the result of the mapping."""
    expected = [trajectory(row) for row in episodes(hub)]
    require_rows(port.stream_trajectories(), expected, list(expected[0]))


@check("trajectories/valid-atif[openthoughts]", kills="nulls-in-trajectories", source=ATIF)
def test_valid(hub: ReplayHub, port: Port) -> None:
    """Each is valid ATIF 1.4: the keys of this version and no others, and no null for a missing value."""
    for index in range(len(episodes(hub))):
        require_valid(nth(port, index))


@check("trajectories/version-of-the-format[openthoughts]", kills="version-of-tomorrow", source=ATIF)
def test_version(hub: ReplayHub, port: Port) -> None:
    """`schema_version` is `ATIF-v1.4`."""
    require_equal(nth(port, 0).get("schema_version"), "ATIF-v1.4", "wrong-version", "this is another version")


@check("trajectories/steps-from-one[openthoughts]", kills="steps-from-zero", source=ATIF)
def test_step_ids(hub: ReplayHub, port: Port) -> None:
    """A message is a step; `step_id` counts them from 1, without a gap."""
    seen = [step.get("step_id") for step in nth(port, 4)["steps"]]
    expected = list(range(1, len(episodes(hub)[4]["conversations"]) + 1))
    require_equal(seen, expected, "wrong-step-ids", "steps are not numbered from 1")


@check("trajectories/messages-as-they-are[openthoughts]", kills="messages-trimmed")
def test_messages(hub: ReplayHub, port: Port) -> None:
    """The text of each step is exactly that of its message: a blank or a line feed at its end included."""
    rows = put_episodes(hub, conversations=_with_first(content="  What now?\n\n"))
    seen = [step.get("message") for step in nth(port, 1)["steps"]]
    expected = [message["content"] for message in rows[1]["conversations"]]
    require_equal(seen, expected, "wrong-messages", "the texts are not those of the messages")


@check("trajectories/assistant-is-the-agent[openthoughts]", kills="assistant-stays-assistant")
def test_sources(hub: ReplayHub, port: Port) -> None:
    """The `source` of an assistant's message is `agent`, that of a user's `user`."""
    names = {"assistant": "agent", "user": "user"}
    expected = [names[message["role"]] for message in episodes(hub)[0]["conversations"]]
    seen = [step.get("source") for step in nth(port, 0)["steps"]]
    require_equal(seen, expected, "wrong-source", "steps have another source than their messages' roles")


@check("trajectories/system-stays-system[openthoughts]", kills="system-is-the-user")
def test_system(hub: ReplayHub, port: Port) -> None:
    """The `source` of a system's message is `system`: it is not the user's message."""
    put_episodes(hub, conversations=_with_first(role="system"))
    require_equal(
        nth(port, 1)["steps"][0].get("source"), "system", "wrong-source", "a message of the system has another source"
    )


@check("trajectories/agent-of-the-row[openthoughts]", kills="agent-without-a-version")
def test_agent(hub: ReplayHub, port: Port) -> None:
    """`agent` has the row's agent and model, and the version 1.0, which the format demands and no row has."""
    row = episodes(hub)[0]
    expected = {"name": row["agent"], "version": "1.0", "model_name": row["model"]}
    require_equal(nth(port, 0).get("agent"), expected, "wrong-agent", "the agent is not the row's")


@check("trajectories/session-is-the-run[openthoughts]", kills="session-id-made-up")
def test_session_id(hub: ReplayHub, port: Port) -> None:
    """`session_id` is the row's `run_id`."""
    require_equal(nth(port, 5)["session_id"], episodes(hub)[5]["run_id"], "wrong-session", "this is another session")


@check("trajectories/session-of-a-row-without-a-run[openthoughts]", kills="session-id-made-up")
def test_session_id_fallback(hub: ReplayHub, port: Port) -> None:
    """Where a row has no `run_id`, `session_id` is its task and its episode: `task__episode`."""
    row = put_episodes(hub, run_id=lambda row: None)[1]
    expected = f"{row['task']}__{row['episode']}"
    require_equal(nth(port, 1)["session_id"], expected, "wrong-session", "this is another session")


@check("trajectories/extra-has-the-rest[openthoughts]", kills="extra-forgotten")
def test_extra(hub: ReplayHub, port: Port) -> None:
    """`extra` names the dataset, and has the row's task, episode, trial and provider of the model."""
    row = episodes(hub)[3]
    expected = trajectory(row)["extra"]
    seen = nth(port, 3).get("extra") or {}
    require_equal({name: seen.get(name) for name in expected}, expected, "wrong-extra", "`extra` has other values")


@check("trajectories/date-as-it-stands[openthoughts]", kills="zone-made-up")
def test_date(hub: ReplayHub, port: Port) -> None:
    """Every step has the row's date unchanged; a date without a zone is given none."""
    seen = {step.get("timestamp") for step in nth(port, 2)["steps"]}
    require_equal(seen, {episodes(hub)[2]["date"]}, "wrong-time", "the time is not the row's")


@check("trajectories/empty-date-is-none[openthoughts]", kills="empty-timestamps", source=ATIF)
def test_empty_date(hub: ReplayHub, port: Port) -> None:
    """Where a row's date is empty, its steps have no `timestamp`: neither an empty one nor one made up."""
    index = next(index for index, row in enumerate(episodes(hub)) if not row["date"])
    having = [step for step in nth(port, index)["steps"] if "timestamp" in step]
    require_equal(having, [], "invented-time", "steps have a time though their row has none")


@check("trajectories/date-in-a-column-of-times[openthoughts]", kills="time-with-a-blank", level="SHOULD", source=ATIF)
def test_date_of_time_type(hub: ReplayHub, port: Port) -> None:
    """Where the column holds times instead of texts, a `timestamp` is still text in ISO 8601."""
    put_times(hub)
    found = nth(port, 1)
    require_valid(found)
    seen = datetime.fromisoformat(found["steps"][0]["timestamp"].replace("Z", "+00:00")).replace(tzinfo=None)
    require_equal(seen.isoformat(), episodes(hub)[1]["date"], "wrong-time", "the time is not the row's")


@check("trajectories/nothing-is-made-up[openthoughts]", kills="unknown-for-null")
def test_nothing_made_up(hub: ReplayHub, port: Port) -> None:
    """A value that a row does not have is left out or null: no model, no task and no provider are made up."""
    put_episodes(hub, model=lambda row: None, model_provider=lambda row: None)
    found = nth(port, 1)
    told = (found["agent"].get("model_name"), (found.get("extra") or {}).get("model_provider"))
    require_equal(told, (None, None), "invented-value", "the trajectory has values that the row does not have")


def _with_first(**changed: Any) -> Callable[[dict[str, Any]], list[dict[str, Any]]]:
    """A row's messages, the first one changed."""

    def change(row: dict[str, Any]) -> list[dict[str, Any]]:
        first, *others = row["conversations"]
        return [{**first, **changed}, *others]

    return change


BAD = {
    "unknown-role": _with_first(role="narrator"),
    "row-without-messages": lambda row: [],
    "message-without-a-text": _with_first(content=None),
}


@check.each(
    "trajectories/{}-is-an-error[openthoughts]", BAD, kills="bad-rows-passed-over", operation=STREAM, source=NEVER_FEWER
)
def test_bad_row(hub: ReplayHub, port: Port, disk: Disk, member: Callable[[dict[str, Any]], Any]) -> None:
    """An {} ends in an error: neither is the row passed over, nor does it become something else."""
    control_reads(port.with_cache(disk.root / "before" / "hub").stream_trajectories)
    put_episodes(hub, conversations=member)
    require_said(port.error(STREAM))


@check(
    "trajectories/error-names-the-row[openthoughts]",
    kills="error-without-a-place",
    level="SHOULD",
    source="who has to mend one row of thousands must know which",
)
def test_error_names_the_row(hub: ReplayHub, port: Port) -> None:
    """The error names the invalid row and its fault."""
    put_episodes(hub, conversations=BAD["unknown-role"])
    error = port.error(GET, id_or_index=1)
    require_said(error, "narrator", "1")


@check(
    "trajectories/good-rows-beside-a-bad-one[openthoughts]",
    kills="every-row-must-be-right",
    level="SHOULD",
    source="a row is read by itself",
)
def test_good_rows(hub: ReplayHub, port: Port) -> None:
    """A row that can be a trajectory is got by its number, though another cannot."""
    rows = put_episodes(hub, conversations=BAD["unknown-role"])
    try:
        found = get(port, 0)
    except PortError as error:
        require(False, "not-given", "a valid row was not returned", seen=f"{error.native}: {error.message}")
    else:
        require_equal(found, trajectory(rows[0]), "wrong-trajectory", "the valid row was changed")
