"""Trajectories by number, by run and by trial; how many there are; and what is fetched for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port
from conformance.checks.support_datasets import AGENT_TRACES, fetched, require_said
from conformance.checks.support_rows import NEVER_FEWER, control_reads, parquet, put
from conformance.checks.support_trajectories import FILE, MAPPING, episodes, get, nth, trajectory
from conformance.replay import ReplayHub
from conformance.verdict.require import require_equal

GET = "get_trajectory"
STREAM = "stream_trajectories"
ABSENT = "the protocol's `get_trajectory`: null if there is no such trajectory"


check = Checks(GET, source=MAPPING)


@check(
    "trajectories/count[openthoughts]",
    kills="count-of-the-first-row-group",
    operation="count_trajectories",
    source="the protocol's `count_trajectories`: the number of rows",
)
def test_count(hub: ReplayHub, port: Port) -> None:
    """`count_trajectories` is the number of the dataset's rows."""
    require_equal(port.count_trajectories(), len(episodes(hub)), "wrong-count", "this is not the number of rows")


@check(
    "trajectories/as-many-as-counted[openthoughts]",
    kills="first-row-group-of-the-adapter",
    operation=STREAM,
    source="the protocol's `count_trajectories`: the number of rows",
    needs=("count_trajectories",),
)
def test_as_many_as_counted(hub: ReplayHub, port: Port) -> None:
    """As many trajectories are streamed as are counted."""
    require_equal(port.stream_trajectories()["count"], port.count_trajectories(), "wrong-count", "the numbers differ")


@check.each(
    "trajectories/by-number-{}[openthoughts]",
    {"first": 0, "in-the-middle": 6, "last": 11},
    kills="row-numbers-from-one",
)
def test_by_number(hub: ReplayHub, port: Port, member: int) -> None:
    """By a number, counted from 0, the row with that number is got, here the {}."""
    require_equal(nth(port, member), trajectory(episodes(hub)[member]), "wrong-trajectory", "this is another row")


@check("trajectories/by-run[openthoughts]", kills="last-episode-of-a-run")
def test_by_run(hub: ReplayHub, port: Port) -> None:
    """By a `run_id`, which all episodes of a run share, the first of them is got."""
    rows = episodes(hub)
    run = rows[4]["run_id"]
    first = next(row for row in rows if row["run_id"] == run)
    require_equal(get(port, run), trajectory(first), "wrong-trajectory", "this is not the first episode of the run")


@check("trajectories/by-trial[openthoughts]", kills="runs-only", level="SHOULD")
def test_by_trial(hub: ReplayHub, port: Port) -> None:
    """A `trial_name`, which distinguishes episodes, returns that episode."""
    row = episodes(hub)[4]
    require_equal(get(port, row["trial_name"]), trajectory(row), "wrong-trajectory", "this is another episode")


@check.each(
    "trajectories/{}-is-null[openthoughts]",
    {"unknown-name": "run-9999", "number-too-large": 12, "negative-number": -1},
    kills="first-for-what-is-absent",
    source=ABSENT,
)
def test_absent(hub: ReplayHub, port: Port, member: int | str) -> None:
    """An {} is null: neither an error nor some other trajectory."""
    require_equal(nth(port, 0), trajectory(episodes(hub)[0]), "wrong-trajectory", "this is another row")
    require_equal(get(port, member), None, "not-null", "a trajectory was returned for an unknown id")


@check("trajectories/text-is-a-name[openthoughts]", kills="digits-are-a-number", source=ABSENT)
def test_text_is_a_name(hub: ReplayHub, port: Port) -> None:
    """A text of digits is a name, not a number: `"3"` is not a run, and so null."""
    require_equal(nth(port, 3), trajectory(episodes(hub)[3]), "wrong-trajectory", "this is another row")
    require_equal(get(port, "3"), None, "not-null", "a string of digits was treated as a number")


@check(
    "trajectories/second-stream-fetches-nothing[openthoughts]",
    kills="store-fetches-anew",
    level="SHOULD",
    operation=STREAM,
    source="economy: what is on disk need not be fetched",
)
def test_second_stream(hub: ReplayHub, port: Port) -> None:
    """Trajectories that were read before are read from disk while the branch stays."""
    control_reads(port.stream_trajectories)
    hub.wire.clear()
    port.stream_trajectories()
    require_equal(fetched(hub, ".parquet"), [], "fetched-again", "the file was fetched again though it is on disk")


def _without(name: str) -> Callable[[list[dict[str, Any]]], bytes]:
    return lambda rows: parquet([{key: value for key, value in row.items() if key != name} for row in rows])


@check.each(
    "trajectories/{}-is-an-error[openthoughts]",
    {
        "cut-file": lambda rows: parquet(rows)[:3000],
        "file-without-conversations": _without("conversations"),
        "column-of-another-type": lambda rows: parquet([{**row, "conversations": "talk"} for row in rows]),
    },
    kills="adapter-passes-over-damage",
    operation=STREAM,
    source=NEVER_FEWER,
)
def test_damaged_file(hub: ReplayHub, port: Port, disk: Disk, member: Callable[[list[dict[str, Any]]], bytes]) -> None:
    """A {} is an error, never an empty stream."""
    control_reads(port.with_cache(disk.root / "before" / "hub").stream_trajectories)
    put(hub, AGENT_TRACES, FILE, member(episodes(hub)))
    require_said(port.error(STREAM))
