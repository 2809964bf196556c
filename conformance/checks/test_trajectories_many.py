"""Trajectories of a file with more rows than a reader takes at a time, and of texts that a reader may change."""

from __future__ import annotations

from typing import Any

from conformance.catalogue.check import Checks
from conformance.checks.support import Port
from conformance.checks.support_datasets import AGENT_TRACES
from conformance.checks.support_rows import parquet, plain_card, put, require_rows
from conformance.checks.support_trajectories import FILE, MAPPING, episodes, get, nth, put_episodes, trajectory
from conformance.replay import ReplayHub
from conformance.verdict.require import require_equal

GET = "get_trajectory"
STREAM = "stream_trajectories"
COUNT = "count_trajectories"
MANY = 150
"""Rows: more than readers take at a time, and no multiple of 64 or 100."""


check = Checks(GET, source=MAPPING)


def put_many(hub: ReplayHub) -> list[dict[str, Any]]:
    """Let the dataset have many rows in one group, each of a separate run and trial. Returns them."""
    first = episodes(hub)[0]
    rows = [{**first, "run_id": f"run-{n}", "trial_name": f"trial-{n}", "episode": f"{n}"} for n in range(MANY)]
    put(hub, AGENT_TRACES, FILE, parquet(rows), card=plain_card("default", train="data/train-*"))
    return rows


@check("trajectories/many-in-one-group[openthoughts]", kills="first-rows-of-a-group", operation=STREAM)
def test_stream(hub: ReplayHub, port: Port) -> None:
    """All 150 rows of one row group become trajectories, in their order."""
    expected = [trajectory(row) for row in put_many(hub)]
    require_rows(port.stream_trajectories(), expected, list(expected[0]))


@check("trajectories/count-of-many[openthoughts]", kills="count-up-to-a-hundred", operation=COUNT)
def test_count(hub: ReplayHub, port: Port) -> None:
    """`count_trajectories` counts all 150 rows of one row group."""
    put_many(hub)
    require_equal(port.count_trajectories(), MANY, "wrong-count", "this is not the number of rows")


@check.each(
    "trajectories/{}-in-a-large-group[openthoughts]",
    {"number": 130, "last-number": 149, "run": "run-130", "trial": "trial-149"},
    kills="row-number-within-a-batch",
)
def test_far_in(hub: ReplayHub, port: Port, member: int | str) -> None:
    """By a {} that is far into a group of 150 rows, that trajectory is got."""
    rows = put_many(hub)
    number = member if isinstance(member, int) else int(member.partition("-")[2])
    require_equal(get(port, member), trajectory(rows[number]), "wrong-trajectory", "this is another row")


@check.each(
    "trajectories/text-with-{}[openthoughts]",
    {
        "line-ends-of-windows": "ls\r\ncd ..\r\n",
        "an-accent-apart": "cafe\u0301",
        "a-null": "a\0b",
        "control-characters": "\x1b[31mred\x1b[0m\t\x07",
    },
    kills="messages-made-printable",
)
def test_text(hub: ReplayHub, port: Port, member: str) -> None:
    """The text of a message with {} is left alone: a terminal's output has anything."""

    def said(row: dict[str, Any]) -> list[dict[str, Any]]:
        first, *others = row["conversations"]
        return [{**first, "content": member}, *others]

    put_episodes(hub, conversations=said)
    require_equal(nth(port, 1)["steps"][0].get("message"), member, "wrong-messages", "the text is not the row's")


@check("trajectories/empty-text-is-a-step[openthoughts]", kills="empty-messages-dropped")
def test_empty_text(hub: ReplayHub, port: Port) -> None:
    """A message without text is a step without text: it keeps its place and its number."""

    def said(row: dict[str, Any]) -> list[dict[str, Any]]:
        first, *others = row["conversations"]
        return [{**first, "content": ""}, *others]

    rows = put_episodes(hub, conversations=said)
    require_equal(nth(port, 1), trajectory(rows[1]), "wrong-trajectory", "this is not the row's trajectory")
