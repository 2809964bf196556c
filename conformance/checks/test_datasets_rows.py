"""The rows of a split: all of them, in order, as the files have them; and what is fetched for that."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from conformance.catalogue.check import Checks
from conformance.checks.snapshots import require_on_record
from conformance.checks.support import Disk, Port, sent_again
from conformance.checks.support_datasets import (
    AGENT_TRACES,
    DEEPCODER,
    LIVECODEBENCH,
    ONE_SPLIT,
    PLAIN_FOLDERS,
    RELEASES,
    ROWS,
    SPLIT_NAMES,
    TASKS,
    TULU3,
    fetched,
    require_said,
    require_script_named,
    rows,
    shards,
)
from conformance.checks.support_history import changed_later
from conformance.checks.support_rows import control_reads
from conformance.ports import PortError
from conformance.replay import ReplayHub, Status
from conformance.roles import other_lfs_file, word_problems
from conformance.verdict.require import control, require, require_equal

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

LOAD = "load_rows"


check = Checks(LOAD, source=ROWS)


@check("datasets/rows-of-six-files[tulu3]", kills="last-shard-forgotten")
def test_rows_of_six_files(hub: ReplayHub, port: Port, snapshot: SnapshotAssertion) -> None:
    """The rows of a split are those of all its files, one file after the other; lists of messages stay lists.

    Compared are the columns with their types, the number of rows, the first, the last and a digest of all.
    """
    require_on_record(rows(port, TULU3, "default", "train"), snapshot, "tulu3-train-rows")


@check.each(
    "datasets/rows-of-{}[gsm8k]",
    {
        "main-train": ("main", "train"),
        "main-test": ("main", "test"),
        "socratic-train": ("socratic", "train"),
        "socratic-test": ("socratic", "test"),
    },
    kills="first-row-group-only",
)
def test_rows_of_gsm8k(hub: ReplayHub, port: Port, snapshot: SnapshotAssertion, member: tuple[str, str]) -> None:
    """The rows of {} are all rows of its Parquet file, however many row groups it has."""
    word_problems(hub.subject)
    config, split = member
    require_on_record(rows(port, hub.subject.id, config, split), snapshot, f"gsm8k-{config}-{split}-rows")


@check.each(
    "datasets/rows-of-{}[deepcoder]",
    {
        "codeforces-test": ("codeforces", "test"),
        "lcbv5-train": ("lcbv5", "train"),
        "lcbv5-test": ("lcbv5", "test"),
        "primeintellect-train": ("primeintellect", "train"),
        "taco-train": ("taco", "train"),
    },
    kills="json-text-parsed",
)
def test_rows_of_deepcoder(hub: ReplayHub, port: Port, snapshot: SnapshotAssertion, member: tuple[str, str]) -> None:
    """The rows of {} have their values as in the files: text that looks like JSON stays text.

    Each config writes its tests in a separate form; to make sense of them is the caller's business.
    """
    config, split = member
    require_on_record(rows(port, DEEPCODER, config, split), snapshot, f"deepcoder-{config}-{split}-rows")


@check.each(
    "datasets/rows-of-{}[livecodebench]",
    {"release-v1": "release_v1", "release-latest": "release_latest"},
    kills="json-text-parsed",
)
def test_rows_of_livecodebench(hub: ReplayHub, port: Port, snapshot: SnapshotAssertion, member: str) -> None:
    """The rows of {} are those of its JSON lines files, and text stays text. A date may come as a time."""
    seen = rows(port, LIVECODEBENCH, member, "test", revision=RELEASES)
    require_on_record(seen, snapshot, f"livecodebench-{member.replace('_', '-')}-rows")


@check(
    "datasets/encoded-text-is-left-alone[livecodebench]",
    kills="encoded-text-decoded",
    source="Hub: test5.jsonl of livecodebench/code_generation_lite; Python docs: pickle is not secure",
)
def test_encoded_text(hub: ReplayHub, port: Port) -> None:
    """Private tests that are base64 of a compressed pickle come as the text they are.

    A pickle is a program, and a client must not run one without a request of the user.
    """
    truth = hub.repo(LIVECODEBENCH).files(RELEASES)["test6.jsonl"].body
    expected = json.loads(truth.splitlines()[-1])["private_test_cases"]
    last = rows(port, LIVECODEBENCH, "release_latest", "test", revision=RELEASES)["last"]
    require_equal(last["private_test_cases"], expected, "changed-text", "the text is not the one in the file")


@check("datasets/rows-of-agent-traces[openthoughts]", kills="empty-text-is-null")
def test_rows_of_agent_traces(hub: ReplayHub, port: Port, snapshot: SnapshotAssertion) -> None:
    """Text stays text: an empty date is an empty text and no null, and a date without a zone is not given one."""
    require_on_record(rows(port, AGENT_TRACES, "default", "train"), snapshot, "openthoughts-agent-train-rows")


@check.each(
    "datasets/rows-of-{}[contract]",
    {
        "json-lines": (PLAIN_FOLDERS, "train", "plain-folders-train-rows"),
        "csv": (SPLIT_NAMES, "train", "split-names-train-rows"),
        "gzipped-csv": (ONE_SPLIT, "train", "one-split-train-rows"),
    },
    kills="numbers-as-text",
)
def test_rows_of_formats(hub: ReplayHub, port: Port, snapshot: SnapshotAssertion, member: tuple[str, str, str]) -> None:
    """Rows are read from {} too: whole numbers are numbers, text is UTF-8, and a quoted comma separates nothing."""
    repo_id, split, name = member
    require_on_record(rows(port, repo_id, None, split), snapshot, name)


@check(
    "datasets/only-split-needs-no-name[tulu3]",
    kills="split-must-be-named",
    level="MAY",
    source="datasets load_dataset without a split gives all of them",
)
def test_only_split(hub: ReplayHub, port: Port) -> None:
    """The split of a config that has no other need not be named."""
    require_equal(rows(port, TULU3, None, None)["count"], 40, "wrong-count", "rows are missing, or are there twice")


@check(
    "datasets/unknown-split-is-an-error[gsm8k]",
    kills="unknown-split-is-empty",
    source="datasets load_dataset: ValueError, unknown split",
)
def test_unknown_split(hub: ReplayHub, port: Port) -> None:
    """An unknown split is an error that lists the splits of the config, never a table without rows."""
    word_problems(hub.subject)
    repo = hub.subject
    control_reads(lambda: rows(port, repo.id, "main", "test"))
    error = port.error(LOAD, repo_id=repo.id, config_name="main", split="validation")
    require_said(error, "validation", "train", "test")


@check(
    "datasets/rows-of-a-script-are-refused[livecodebench]",
    kills="script-overlooked",
    source="datasets 4 and later: dataset scripts are no longer supported",
)
def test_rows_of_a_script(hub: ReplayHub, port: Port) -> None:
    """Rows that need a loading script end in an error that names the script, before data are fetched.

    The script of this dataset makes releases out of six files; to read all of them as one table is not what the
    author meant.
    """
    error = port.error(LOAD, repo_id=LIVECODEBENCH, split="test")
    require_script_named(error)
    require_equal(fetched(hub, ".jsonl"), [], "data-fetched", "data files were fetched without need")


@check(
    "datasets/named-files-beside-a-script[livecodebench]",
    kills="named-files-ignored",
    level="SHOULD",
    source="datasets load_dataset(data_files=…)",
)
def test_named_files_beside_a_script(hub: ReplayHub, port: Port) -> None:
    """With `data_files` the caller names the files to read, and a loading script does not matter.

    They are one split, `train`, as in a card.
    """
    seen = rows(port, LIVECODEBENCH, None, "train", data_files="test6.jsonl")
    require_equal(seen["count"], 4, "wrong-count", "these are not the rows of the file that was named")
    require_equal(fetched(hub, ".jsonl"), ["test6.jsonl"], "others-fetched", "other files were fetched, too")


@check(
    "datasets/no-table-is-no-empty-table[openthoughts]",
    kills="no-files-is-an-empty-table",
    source="datasets DataFilesNotFoundError",
)
def test_no_table(hub: ReplayHub, port: Port) -> None:
    """A dataset without a file of rows, here folders with tasks for an agent, is an error.

    A client that knows such tasks may make a row of each. A table without rows would be a wrong answer.
    """
    control_reads(lambda: rows(port, AGENT_TRACES, None, "train"))
    try:
        seen = rows(port, TASKS, None, "test")
    except PortError as error:
        require_said(error)
    else:
        require(seen["count"] > 0, "empty-table", "files that are not a table were read as an empty table", seen=seen)


@check("datasets/rows-at-a-commit[gsm8k]", kills="dataset-of-main-always", source="datasets load_dataset(revision=…)")
def test_rows_at_a_commit(hub: ReplayHub, port: Port) -> None:
    """With a commit as revision, the rows are those of that commit: here before two answers were corrected."""
    word_problems(hub.subject)
    repo = hub.subject
    first, _, _ = changed_later(repo, other_lfs_file(repo))
    before = rows(port, repo.id, "main", "test", revision=first)
    now = rows(port, repo.id, "main", "test")
    require_equal(before["count"], now["count"], "wrong-count", "both commits have as many rows")
    require(before["sha256"] != now["sha256"], "same-rows", "the rows of the first commit are those of the last")


@check(
    "datasets/moved-branch-is-seen[gsm8k]",
    kills="dataset-remembered",
    source="datasets load_dataset resolves main each time",
)
def test_moved_branch(hub: ReplayHub, port: Port) -> None:
    """When the branch has moved, its rows are the new ones, although the old ones are on disk."""
    word_problems(hub.subject)
    repo = hub.subject
    first, head, _ = changed_later(repo, other_lfs_file(repo))
    hub.move("main", to=first, repo=repo.id)
    before = rows(port, repo.id, "main", "test")
    hub.move("main", to=head, repo=repo.id)
    now = rows(port, repo.id, "main", "test")
    require(before["sha256"] != now["sha256"], "old-rows", "the rows are still those of the old commit")


@check(
    "datasets/files-of-other-configs-stay[deepcoder]",
    kills="whole-repository-fetched",
    source="datasets load_dataset(path, name) fetches the files of that config",
)
def test_files_of_other_configs(hub: ReplayHub, port: Port) -> None:
    """For the rows of one config, no data file of another is fetched: those of this dataset have eight gigabytes."""
    rows(port, DEEPCODER, "codeforces", "test")
    require_equal(
        fetched(hub, ".parquet"), shards("codeforces/test", 1), "others-fetched", "files of other configs were fetched"
    )


@check(
    "datasets/files-of-other-splits-stay[deepcoder]",
    kills="whole-config-fetched",
    level="SHOULD",
    source="economy: the train split of this config has five gigabytes; datasets fetches every split of a config",
)
def test_files_of_other_splits(hub: ReplayHub, port: Port) -> None:
    """For the rows of one split, no file of another split is fetched."""
    rows(port, DEEPCODER, "lcbv5", "test")
    require_equal(
        fetched(hub, ".parquet"), shards("lcbv5/test", 8), "others-fetched", "files of other splits were fetched"
    )


@check(
    "datasets/each-file-is-fetched-once[tulu3]",
    kills="files-fetched-twice",
    source="Hub: every download is counted, and large files cost",
)
def test_each_file_once(hub: ReplayHub, port: Port) -> None:
    """The body of each file is fetched once, whatever the number of its rows or row groups; by ranges or whole."""
    rows(port, TULU3, None, "train")
    require_equal(len(fetched(hub, ".parquet")), 6, "wrong-files", "not each of the six files was fetched")
    require_equal(sent_again(hub), [], "fetched-again", "the body of a file was fetched more than once")


@check(
    "datasets/second-load-fetches-nothing[tulu3]",
    kills="cache-of-no-use",
    level="SHOULD",
    source="datasets load_dataset uses its cache, and huggingface_hub's",
)
def test_second_load(hub: ReplayHub, port: Port) -> None:
    """Rows that were read before are read from disk: no body is fetched a second time while the branch stays."""
    first = rows(port, TULU3, None, "train")
    control(first["count"] > 0, "no rows were read")
    hub.wire.clear()
    second = rows(port, TULU3, None, "train")
    require_equal(second["sha256"], first["sha256"], "other-rows", "the rows are not those of the first time")
    bodies = [entry for entry in hub.wire if entry.origin == "cdn"]
    require_equal(len(bodies), 0, "fetched-again", "bodies were fetched though they are on disk")


@check(
    "datasets/missing-file-is-an-error[tulu3]",
    kills="rows-until-it-breaks",
    source="datasets load_dataset raises what the download raises",
)
def test_missing_file(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Where one of the data files cannot be fetched, loading ends in an error, never in fewer rows."""
    before = port.with_cache(disk.root / "before" / "hub")
    control_reads(lambda: rows(before, TULU3, None, "train"))
    hub.fault(Status(404), origin="cdn", nth=3, times=None)
    port.error(LOAD, repo_id=TULU3, split="train")
