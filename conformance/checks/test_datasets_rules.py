"""The rules for data files that only repositories out of the ordinary meet."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from conformance.catalogue.check import Checks
from conformance.checks.answers import Edited
from conformance.checks.faults_git_file import Unlisted
from conformance.checks.support import Disk, Port
from conformance.checks.support_datasets import DEFAULT_CONFIG, TULU3, put_card, require_said, rows, shards
from conformance.checks.support_rows import ITER, NEVER_FEWER, recorded_rows
from conformance.ports import PortError
from conformance.replay import ReplayHub
from conformance.roles import word_problems
from conformance.verdict.require import require_equal

CONFIGS = "get_dataset_config_names"
SPLITS = "get_dataset_split_names"
DATA_FILES = "get_data_files"
LOAD = "load_rows"
RULES = "datasets, data_files.py and load.py; datasets gives these values"
CAREFUL = "conformance/careful-configs"
PLAIN = "conformance/late-front-matter"
"""Two CSV files, `a.csv` and `b.csv`, and a card that names neither."""


check = Checks(DATA_FILES, source=RULES, level="SHOULD")


def require_files(seen: object, expected: Mapping[str, list[str]]) -> None:
    """These files for each split, in this order, and the splits in theirs."""
    require_equal(seen, expected, "wrong-files", "the data files are not those of the dataset")
    assert isinstance(seen, dict)
    require_equal(list(seen), list(expected), "wrong-splits", "the splits are in another order")


@check(
    "datasets/files-about-the-data-are-no-data[contract]",
    kills="every-json-is-data",
    source=f"{RULES}: FILES_TO_IGNORE",
)
def test_ignored(hub: ReplayHub, port: Port) -> None:
    """`config.json` and `dataset_infos.json` beside the data hold no rows."""
    require_files(port.get_data_files(repo_id="conformance/ignored-files"), {"train": ["rows.json"]})


@check(
    "datasets/format-of-most-files[contract]",
    kills="format-of-the-first-file",
    source=f"{RULES}: infer_module_for_data_files_list",
)
def test_most_files(hub: ReplayHub, port: Port) -> None:
    """Where files have several formats, those of the format that most of them have are the data."""
    expected = {"train": ["data/b.jsonl", "data/c.jsonl"]}
    require_files(port.get_data_files(repo_id="conformance/most-files"), expected)


@check(
    "datasets/format-at-a-draw[contract]",
    kills="format-of-the-first-file",
    source=f"{RULES}: infer_module_for_data_files_list",
)
def test_draw(hub: ReplayHub, port: Port) -> None:
    """With equal counts Parquet takes precedence over JSON lines, and JSON lines over CSV."""
    require_files(port.get_data_files(repo_id="conformance/draw-of-formats"), {"train": ["b.jsonl"]})


@check(
    "datasets/shards-of-any-split[contract]",
    kills="shards-of-known-splits-only",
    source=f"{RULES}: SPLIT_PATTERN_SHARDED",
)
def test_odd_shards(hub: ReplayHub, port: Port) -> None:
    """Numbered files in `data/` may be of a split of any name, which comes after train."""
    expected = {"train": ["data/train-00000-of-00001.jsonl"], "dev_seen": ["data/dev_seen-00000-of-00001.jsonl"]}
    require_files(port.get_data_files(repo_id="conformance/odd-shards"), expected)


@check(
    "datasets/shards-with-a-digest[contract]",
    kills="shards-with-a-digest-unknown",
    source=f"{RULES}: SPLIT_PATTERN_SHARDED",
)
def test_hashed_shards(hub: ReplayHub, port: Port) -> None:
    """Numbered files may have a digest in their names; a file beside them that has no number is not data."""
    expected = ["data/train-00000-of-00002-3f0c9a7be0d1c2b4.jsonl", "data/train-00001-of-00002-0b1d5c7e9f2a4638.jsonl"]
    require_files(port.get_data_files(repo_id="conformance/hashed-shards"), {"train": expected})


@check(
    "datasets/names-with-numbers-in-the-order-of-letters[contract]",
    kills="files-in-the-order-of-numbers",
    source="datasets resolve_pattern: the order of fsspec's glob, by code points",
)
def test_order_of_numbers(hub: ReplayHub, port: Port) -> None:
    """Names whose numbers have no leading zeros come in the order of their letters: 1, 10, 2.

    Another order would give the rows of the split other numbers than in the dataset viewer.
    """
    names = {"a.csv": ["train-2.csv", "train-1.csv"], "b.csv": ["train-10.csv"]}

    def renamed(said: Any) -> Any:
        entries, key = (said, "path") if isinstance(said, list) else (said["siblings"], "rfilename")
        listed = [{**one, key: name} for one in entries for name in names.get(one[key], [one[key]])]
        return listed if isinstance(said, list) else {**said, "siblings": listed}

    hub.fault(Edited(renamed), answer=("listing", "info"), repo=PLAIN, times=None)
    expected = {"train": ["train-1.csv", "train-10.csv", "train-2.csv"]}
    require_files(port.get_data_files(repo_id=PLAIN), expected)


@check(
    "datasets/folder-before-file-name[contract]",
    kills="file-name-before-folder",
    source="datasets docs, repository_structure; datasets DEFAULT_PATTERNS_SPLIT_IN_DIR_NAME",
)
def test_folder_first(hub: ReplayHub, port: Port) -> None:
    """Where a folder and a file's name name different splits, the folder decides."""
    expected = {"train": ["train/test-1.csv"], "test": ["test/train-1.csv"]}
    require_files(port.get_data_files(repo_id="conformance/folder-before-file"), expected)


@check(
    "datasets/keywords-between-borders[contract]",
    kills="keywords-anywhere",
    source=f"{RULES}: KEYWORDS_IN_FILENAME_BASE_PATTERNS",
)
def test_keywords(hub: ReplayHub, port: Port) -> None:
    """A keyword names a split between borders, in lower case: not in `latest.csv`, and not in `TRAIN.csv`."""
    expected = {"train": ["x-training.csv"], "validation": ["valid2.csv"], "test": ["evaluation.csv"]}
    require_files(port.get_data_files(repo_id="conformance/keyword-forms"), expected)


@check("datasets/config-minds-letter-case[contract]", kills="config-found-in-any-case")
def test_case_of_configs(hub: ReplayHub, port: Port) -> None:
    """Of two configs whose names differ in letter case alone, `Main` and `main`, each is found by its own."""
    for name, file in (("Main", "a.csv"), ("main", "b.csv")):
        seen = port.get_data_files(repo_id="conformance/case-of-configs", config_name=name)
        require_files(seen, {"train": [file]})


@check("datasets/config-in-another-case-is-unknown[contract]", kills="config-found-in-any-case")
def test_other_case(hub: ReplayHub, port: Port) -> None:
    """A config's name in other letter case is an unknown config: an error that lists the splits."""
    port.get_data_files(repo_id=DEFAULT_CONFIG, config_name="usual")
    require_said(port.error(DATA_FILES, repo_id=DEFAULT_CONFIG, config_name="Usual"), "usual")


@check(
    "datasets/config-named-default-is-taken[contract]",
    kills="first-config-by-default",
    source=f"{RULES}: get_default_config_name",
)
def test_default_by_name(hub: ReplayHub, port: Port) -> None:
    """Where no config is marked or named by the caller, the one called `default` is used."""
    require_files(port.get_data_files(repo_id="conformance/default-by-name"), {"train": ["b.csv"]})


@check(
    "datasets/splits-with-dots[contract]", kills="splits-without-dots", operation=SPLITS, source=f"{RULES}: _split_re"
)
def test_dotted(hub: ReplayHub, port: Port) -> None:
    """A split's name on a card may have dots: `train.clean`, `test.other`."""
    seen = port.get_dataset_split_names(repo_id="conformance/dotted-splits")
    require_equal(seen, ["train.clean", "test.other"], "wrong-splits", "the splits are not those of the card")


@check("datasets/hidden-file-by-name[contract]", kills="hidden-files-never")
def test_hidden_by_name(hub: ReplayHub, port: Port) -> None:
    """A hidden file that the card names is data."""
    require_files(port.get_data_files(repo_id=CAREFUL, config_name="hidden"), {"train": [".hidden/rows.csv"]})


@check("datasets/files-in-the-folder-of-a-config[contract]", kills="data-dir-ignored")
def test_inside(hub: ReplayHub, port: Port) -> None:
    """With a `data_dir` and `data_files`, the patterns are looked for in that folder alone."""
    require_files(port.get_data_files(repo_id=CAREFUL, config_name="inside"), {"train": ["inside/c.csv"]})


@check("datasets/file-in-two-splits[contract]", kills="file-in-one-split-only")
def test_both(hub: ReplayHub, port: Port) -> None:
    """A file that two splits name is in both."""
    require_files(
        port.get_data_files(repo_id=CAREFUL, config_name="both"), {"train": ["a.csv", "b.csv"], "b": ["b.csv"]}
    )


@check(
    "datasets/rows-of-a-pattern-of-nothing[contract]",
    kills="no-files-is-an-empty-table",
    level="MUST",
    operation=LOAD,
    source=f"datasets DataFilesNotFoundError; {NEVER_FEWER}",
)
def test_pattern_of_nothing(hub: ReplayHub, port: Port) -> None:
    """The rows of a config whose pattern matches no file are an error, never a table without rows."""
    seen = rows(port, CAREFUL, "inside", "train")
    require_equal(seen["count"], 1, "wrong-count", "a config with a file is not read")
    port.error(LOAD, repo_id=CAREFUL, config_name="nothing", split="train")


@check.each(
    "datasets/pattern-with-{}[contract]",
    {
        "a-question-mark": ("?.csv", ["a.csv", "b.csv"]),
        "a-set": ("[b-c].csv", ["b.csv"]),
        "a-set-of-others": ("[!b].csv", ["a.csv"]),
    },
    kills="stars-only",
    source="fsspec glob, by which datasets finds files; datasets gives these values",
)
def test_patterns(hub: ReplayHub, port: Port, member: tuple[str, list[str]]) -> None:
    """In `data_files`, a pattern with {} means what it means in a shell."""
    pattern, expected = member
    put_pattern(hub, pattern)
    require_files(port.get_data_files(repo_id=PLAIN), {"train": expected})


@check("datasets/path-minds-letter-case[contract]", kills="paths-in-any-case", source=f"{RULES}: FileNotFoundError")
def test_case_of_paths(hub: ReplayHub, port: Port) -> None:
    """A path on a card in other letter case than the file's is a file that is not there: an error."""
    require_files(port.get_data_files(repo_id="conformance/cardless"), {"train": ["a.csv", "b.csv"]})
    put_pattern(hub, "A.csv")
    require_said(port.error(DATA_FILES, repo_id=PLAIN))


def put_pattern(hub: ReplayHub, pattern: str) -> None:
    """Let the card have one config with this pattern."""
    put_card(hub, PLAIN, f"---\nconfigs:\n- config_name: c\n  data_files: '{pattern}'\n---\n".encode())


def require_all_or_error(
    hub: ReplayHub, port: Port, disk: Disk, shard: int, read: Callable[[Port], dict[str, Any]]
) -> None:
    """While every listing lacks a shard, reading ends in an error, or with all rows; before that, with all rows.

    The first reading has a separate cache: what a client knows of a commit it may keep.
    """
    count = len(recorded_rows(hub.repo(TULU3), shards("data/train", 6)))
    before = read(port.with_cache(disk.root / "before" / "hub"))
    require_equal(before["count"], count, "wrong-count", "rows are missing though the listing is whole")
    hub.fault(Unlisted(shards("data/train", 6)[shard]), times=None)
    with contextlib.suppress(PortError):
        require_equal(read(port)["count"], count, "fewer-rows", "rows are missing, and there was no error")


@check.each(
    "datasets/listing-without-{}-is-an-error[tulu3]",
    {"a-shard": 3, "the-last-shard": 5, "the-first-shard": 0},
    kills="shards-that-are-there",
    operation=LOAD,
    source=NEVER_FEWER,
)
def test_missing_shard(hub: ReplayHub, port: Port, disk: Disk, member: int) -> None:
    """A listing that lacks {} of six numbered files is an error, never fewer rows: their names contain their number."""
    require_all_or_error(hub, port, disk, member, lambda port: rows(port, TULU3, None, "train"))


@check.each(
    "rows/listing-without-{}-is-an-error[tulu3]",
    {"a-shard": 3, "the-last-shard": 5, "the-first-shard": 0},
    kills="shards-of-known-that-are-there",
    operation=ITER,
    source=NEVER_FEWER,
)
def test_missing_shard_of_known(hub: ReplayHub, port: Port, disk: Disk, member: int) -> None:
    """A listing that lacks {} of six numbered files is an error, never fewer rows of a known dataset."""
    require_all_or_error(
        hub, port, disk, member, lambda port: port.iter_rows(repo_id=TULU3, config_name="default", split="train")
    )


@check(
    "datasets/one-of-several-splits-must-be-named[gsm8k]",
    kills="first-split-by-default",
    operation=LOAD,
    source="datasets load_dataset without a split gives all of them, each by itself",
)
def test_no_split(hub: ReplayHub, port: Port) -> None:
    """Without a split name, a config with several splits is an error, never the first split's rows."""
    word_problems(hub.subject)
    repo = hub.subject
    rows(port, repo.id, "main", "test")
    require_said(port.error(LOAD, repo_id=repo.id, config_name="main"))
