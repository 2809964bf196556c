"""The rows of known datasets: all of them, in order, and each by its number."""

from __future__ import annotations

from typing import Any

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port
from conformance.checks.support_datasets import AGENT_TRACES, TULU3, fetched, require_said, shards
from conformance.checks.support_rows import (
    FORM,
    ITER,
    NEVER_FEWER,
    control_reads,
    put,
    recorded_rows,
    require_rows,
    rows,
)
from conformance.replay import ReplayHub, Status
from conformance.roles import other_lfs_file, word_problems
from conformance.verdict.require import require, require_equal

RAW = ("question", "answer")
SPLITS = {
    "main-train": ("main", "train"),
    "main-test": ("main", "test"),
    "socratic-train": ("socratic", "train"),
    "socratic-test": ("socratic", "test"),
}
SHARDS = shards("data/train", 6)
EPISODE = (*("conversations", "agent", "model", "model_provider", "date"), *("task", "episode", "run_id", "trial_name"))


check = Checks(ITER, source=FORM)


@check.each("rows/rows-of-{}[gsm8k]", SPLITS, kills="first-row-group-of-the-adapter")
def test_rows_of_gsm8k(hub: ReplayHub, port: Port, member: tuple[str, str]) -> None:
    """The rows of {} are all rows of its file in their order, with unchanged texts."""
    word_problems(hub.subject)
    config, split = member
    expected = recorded_rows(hub.subject, shards(f"{config}/{split}", 1))
    require_rows(rows(port, hub.subject.id, config, split, RAW), expected, RAW)


@check("rows/shards-in-their-order[tulu3]", kills="files-of-the-adapter-reversed")
def test_shards_in_order(hub: ReplayHub, port: Port) -> None:
    """Rows of several files come in the order of the files' numbers."""
    columns = ("id", "source")
    require_rows(rows(port, TULU3, "default", "train", columns), recorded_rows(hub.repo(TULU3), SHARDS), columns)


@check("rows/messages-in-their-order[tulu3]", kills="messages-reversed")
def test_messages_in_order(hub: ReplayHub, port: Port) -> None:
    """The messages of a conversation come in their order, each with its role and its content."""
    expected = recorded_rows(hub.repo(TULU3), SHARDS)
    require_rows(rows(port, TULU3, "default", "train", ("messages",)), expected, ("messages",))


@check("rows/rows-of-episodes[openthoughts]", kills="first-row-group-of-the-adapter")
def test_rows_of_episodes(hub: ReplayHub, port: Port) -> None:
    """The rows of an agent's episodes are those of the file: an empty date stays empty, and no date gets a zone."""
    expected = recorded_rows(hub.repo(AGENT_TRACES), shards("data/train", 1))
    require_rows(rows(port, AGENT_TRACES, "default", "train", EPISODE), expected, EPISODE)


@check("rows/every-column-unless-named[tulu3]", kills="adapter-forgets-a-column")
def test_every_column(hub: ReplayHub, port: Port) -> None:
    """Where no columns are named, a row has every column of the dataset."""
    seen = port.iter_rows(repo_id=TULU3, config_name="default", split="train")
    lacking = sorted({"id", "messages", "source"} - set(seen["columns"]))
    require_equal(lacking, [], "columns-missing", "columns of the dataset are missing")


@check.each("rows/count-of-{}[gsm8k]", SPLITS, kills="count-of-the-first-row-group", operation="count_rows")
def test_count(hub: ReplayHub, port: Port, member: tuple[str, str]) -> None:
    """`count_rows` of {} is the number of rows in its file, however many row groups that has."""
    word_problems(hub.subject)
    config, split = member
    expected = len(recorded_rows(hub.subject, shards(f"{config}/{split}", 1)))
    seen = port.count_rows(repo_id=hub.subject.id, config_name=config, split=split)
    require_equal(seen, expected, "wrong-count", "this is not the number of rows")


@check("rows/count-over-shards[tulu3]", kills="adapter-forgets-the-last-file", operation="count_rows")
def test_count_over_shards(hub: ReplayHub, port: Port) -> None:
    """`count_rows` counts the rows of all files of a split."""
    seen = port.count_rows(repo_id=TULU3, config_name="default", split="train")
    require_equal(seen, len(recorded_rows(hub.repo(TULU3), SHARDS)), "wrong-count", "this is not the number of rows")


@check.each(
    "rows/row-by-number-{}[tulu3]",
    {"first": (0, 0), "last-of-a-file": (1, -1), "first-of-a-file": (1, 0), "last": (6, -1)},
    kills="row-numbers-from-one",
    operation="get_row",
)
def test_row_by_number(hub: ReplayHub, port: Port, member: tuple[int, int]) -> None:
    """`get_row` gives the row with that number, counted from 0 over all files: here the {}."""
    files_before, beyond = member
    repo = hub.repo(TULU3)
    number = len(recorded_rows(repo, SHARDS[:files_before])) + beyond
    expected = recorded_rows(repo, SHARDS)[number]
    seen = port.get_row(repo_id=TULU3, config_name="default", split="train", index=number)
    require_equal({name: seen.get(name) for name in expected}, expected, "wrong-row", "this is another row")


@check(
    "rows/number-too-large-is-an-error[gsm8k]",
    kills="last-row-for-any-number",
    operation="get_row",
    source="Python docs: IndexError",
)
def test_number_too_large(hub: ReplayHub, port: Port) -> None:
    """A number beyond the last row is an error, never some other row."""
    word_problems(hub.subject)
    repo = hub.subject
    other = other_lfs_file(repo)
    count = len(recorded_rows(hub.subject, [other]))
    require_first_row(hub, port)
    require_said(port.error("get_row", repo_id=repo.id, config_name="main", split="test", index=count))


@check(
    "rows/negative-number-is-an-error[gsm8k]",
    kills="negative-numbers-from-the-end",
    level="SHOULD",
    operation="get_row",
    source="rows are counted from 0; few languages count from the end",
)
def test_negative_number(hub: ReplayHub, port: Port) -> None:
    """A negative number is not the number of a row: a mistake in a caller's arithmetic must not go unnoticed."""
    word_problems(hub.subject)
    require_first_row(hub, port)
    require_said(port.error("get_row", repo_id=hub.subject.id, config_name="main", split="test", index=-1))


def require_first_row(hub: ReplayHub, port: Port) -> None:
    """A number that a row has gives that row."""
    repo = hub.subject
    other = other_lfs_file(repo)
    expected = recorded_rows(hub.subject, [other])[0]
    seen = port.get_row(repo_id=repo.id, config_name="main", split="test", index=0)
    require(isinstance(seen, dict), "no-row", "no row was returned for a valid number", seen=seen)
    require_equal({name: seen.get(name) for name in expected}, expected, "wrong-row", "this is another row")


@check.each(
    "rows/unknown-{}-is-an-error[gsm8k]",
    {"config": ("advanced", "test", ("socratic",)), "split": ("main", "validation", ("train", "test"))},
    kills="first-for-unknown-names",
    source="datasets load_dataset: ValueError, unknown config or split",
)
def test_unknown_name(hub: ReplayHub, port: Port, member: tuple[str, str, tuple[str, ...]]) -> None:
    """An unknown {} is an error that lists the valid ones, never other rows."""
    word_problems(hub.subject)
    repo = hub.subject
    config, split, words = member
    control_reads(lambda: rows(port, repo.id, "main", "test", RAW))
    error = port.error(ITER, repo_id=repo.id, config_name=config, split=split)
    require_said(error, *words)


@check(
    "rows/files-of-other-splits-stay[gsm8k]",
    kills="adapter-fetches-everything",
    level="SHOULD",
    source="economy: files that are not read need not be fetched",
)
def test_files_of_other_splits(hub: ReplayHub, port: Port) -> None:
    """For the rows of one split of one config, no other file of rows is fetched."""
    word_problems(hub.subject)
    repo = hub.subject
    other = other_lfs_file(repo)
    rows(port, repo.id, "main", "test", RAW)
    require_equal(fetched(hub, ".parquet"), [other], "others-fetched", "files of other splits were fetched")


@check(
    "rows/second-reading-fetches-nothing[gsm8k]",
    kills="store-fetches-anew",
    level="SHOULD",
    source="economy: what is on disk need not be fetched",
)
def test_second_reading(hub: ReplayHub, port: Port) -> None:
    """Rows that were read before are read from disk while the branch stays."""
    word_problems(hub.subject)
    repo = hub.subject
    control_reads(lambda: rows(port, repo.id, "main", "test", RAW))
    hub.wire.clear()
    rows(port, repo.id, "main", "test", RAW)
    require_equal(fetched(hub, ".parquet"), [], "fetched-again", "files were fetched again though they are on disk")


@check("rows/missing-file-is-an-error[tulu3]", kills="adapter-reads-what-is-there", source=NEVER_FEWER)
def test_missing_file(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Where one of the files cannot be fetched, reading ends in an error, never in fewer rows."""
    control_reads(lambda: whole(port, disk))
    hub.fault(Status(404), origin="cdn", nth=3, times=None)
    port.error(ITER, repo_id=TULU3, config_name="default", split="train")


def whole(port: Port, disk: Disk) -> dict[str, Any]:
    """The rows as they are without a fault, read with a separate cache."""
    return rows(port.with_cache(disk.root / "before" / "hub"), TULU3, "default", "train", ("id",))


@check.each(
    "rows/{}-is-an-error[tulu3]",
    {
        "cut-file": lambda body: body[: len(body) // 2],
        "web-page-for-a-file": lambda body: b"<!doctype html><title>Log in</title>",
        "file-with-a-hole": lambda body: body[:4] + bytes(200) + body[204:],
    },
    kills="adapter-passes-over-damage",
    source=NEVER_FEWER,
)
def test_damaged_file(hub: ReplayHub, port: Port, disk: Disk, member: object) -> None:
    """A {}, which the Hub itself has so, is an error, never fewer rows."""
    assert callable(member)
    control_reads(lambda: whole(port, disk))
    put(hub, TULU3, SHARDS[2], member(hub.repo(TULU3).files()[SHARDS[2]].body))
    error = port.error(ITER, repo_id=TULU3, config_name="default", split="train")
    require(
        error.kind not in ("connection", "timeout"),
        "wrong-error",
        "the error is about the connection",
        seen=error.message,
    )
