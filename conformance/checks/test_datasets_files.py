"""Which files hold a split, and in which order."""

from __future__ import annotations

from conformance.catalogue.check import Checks
from conformance.checks.support import Port
from conformance.checks.support_datasets import (
    DEEPCODER,
    DEFAULT_CONFIG,
    FILES,
    ONE_SPLIT,
    PLAIN_FOLDERS,
    SPLIT_FOLDERS,
    SPLIT_NAMES,
    THOUGHTS,
    TULU3,
    fetched,
    shards,
)
from conformance.replay import ReplayHub
from conformance.verdict.require import require, require_equal

DATA_FILES = "get_data_files"


check = Checks(DATA_FILES, source=FILES)


def require_files(seen: dict[str, list[str]], expected: dict[str, list[str]]) -> None:
    """These files for each split, in this order."""
    require_equal(seen, expected, "wrong-files", "the data files are not those of the dataset")


@check("datasets/files-in-shard-order[tulu3]", kills="shards-in-reverse")
def test_files_in_shard_order(hub: ReplayHub, port: Port) -> None:
    """The files of a split that come from one pattern are in the order of their names, so that row numbers stay."""
    require_files(port.get_data_files(repo_id=TULU3), {"train": shards("data/train", 6)})


@check("datasets/files-of-each-split[deepcoder]", kills="splits-thrown-together")
def test_files_of_each_split(hub: ReplayHub, port: Port) -> None:
    """A config with several splits has the files of each apart, though they lie in one folder: 11 for train, 8 for
    test.
    """
    seen = port.get_data_files(repo_id=DEEPCODER, config_name="lcbv5")
    require_files(seen, {"train": shards("lcbv5/train", 11), "test": shards("lcbv5/test", 8)})


@check("datasets/many-shards-are-listed[openthoughts]", kills="a-hundred-files-at-most")
def test_many_shards(hub: ReplayHub, port: Port) -> None:
    """All files of a split are found, however many there are: here 120."""
    require_files(port.get_data_files(repo_id=THOUGHTS), {"train": shards("data/train", 120)})


@check(
    "datasets/listing-fetches-no-data[openthoughts]",
    kills="first-file-fetched-to-look",
    level="SHOULD",
    source="datasets load_dataset_builder fetches no data files",
)
def test_listing_fetches_no_data(hub: ReplayHub, port: Port) -> None:
    """To find out which files a split has, none of them is fetched: the listing shows it, and files may be large."""
    seen = port.get_data_files(repo_id=THOUGHTS)
    require(seen, "wrong-files", "no data files were found", seen=seen)
    require_equal(fetched(hub, ".parquet"), [], "data-fetched", "data files were fetched to find out their names")


@check("datasets/list-of-files-keeps-its-order[contract]", kills="card-files-sorted")
def test_list_of_files(hub: ReplayHub, port: Port) -> None:
    """`data_files` as a list of paths is one split, `train`, with the files in the order of the list."""
    seen = port.get_data_files(repo_id=DEFAULT_CONFIG, config_name="extra")
    require_files(seen, {"train": ["extra/two.jsonl", "extra/one.jsonl"]})


@check("datasets/split-with-a-list-of-paths[contract]", kills="lists-of-paths-ignored")
def test_split_with_a_list_of_paths(hub: ReplayHub, port: Port) -> None:
    """The `path` of a split may be one pattern or a list of them."""
    seen = port.get_data_files(repo_id=DEFAULT_CONFIG, config_name="usual")
    require_files(seen, {"train": ["usual/train.jsonl"], "test": ["usual/test.jsonl"]})


@check("datasets/star-stops-at-a-folder[contract]", kills="star-crosses-folders")
def test_star_stops_at_a_folder(hub: ReplayHub, port: Port) -> None:
    """In `data_files`, `*` does not match a slash: `deep/*.jsonl` is not what lies in `deep/one/`.

    This differs from `allow_patterns` of a snapshot, where it does.
    """
    seen = port.get_data_files(repo_id=DEFAULT_CONFIG, config_name="shallow")
    require_files(seen, {"train": ["deep/rows.jsonl"]})


@check("datasets/double-star-is-any-depth[contract]", kills="double-star-is-one-folder")
def test_double_star(hub: ReplayHub, port: Port) -> None:
    """In `data_files`, `**` matches any number of folders, also none."""
    seen = port.get_data_files(repo_id=DEFAULT_CONFIG, config_name="deep")
    require_files(seen, {"train": ["deep/one/rows.jsonl", "deep/rows.jsonl"]})


@check(
    "datasets/folder-of-a-config[contract]",
    kills="data-dir-ignored",
    source="Hub docs, datasets-manual-configuration: `data_dir`",
)
def test_folder_of_a_config(hub: ReplayHub, port: Port) -> None:
    """A config with a `data_dir` and no `data_files` has the files of that folder."""
    seen = port.get_data_files(repo_id=DEFAULT_CONFIG, config_name="by_folder")
    require_files(seen, {"train": ["extra/one.jsonl", "extra/two.jsonl"]})


@check.each(
    "datasets/files-by-{}[contract]",
    {
        "shard-names": (
            PLAIN_FOLDERS,
            {
                "train": ["data/train-00000-of-00002.jsonl", "data/train-00001-of-00002.jsonl"],
                "test": ["data/test-00000-of-00001.jsonl"],
            },
        ),
        "file-names": (
            SPLIT_NAMES,
            {"train": ["training-1.csv", "training-2.csv"], "validation": ["dev.csv"], "test": ["my_eval.csv"]},
        ),
        "folder-names": (
            SPLIT_FOLDERS,
            {
                "train": ["tables/train/part-1.jsonl", "tables/train/part-2.jsonl"],
                "validation": ["tables/val/part-1.jsonl"],
                "test": ["tables/test/part-1.jsonl"],
            },
        ),
    },
    kills="names-tell-no-split",
)
def test_files_by_names(hub: ReplayHub, port: Port, member: tuple[str, dict[str, list[str]]]) -> None:
    """Where {} name the split, each split has its own files, and a file whose name has no split belongs to none."""
    repo_id, expected = member
    require_files(port.get_data_files(repo_id=repo_id), expected)


@check(
    "datasets/hidden-files-are-no-data[contract]",
    kills="hidden-files-are-data",
    source="datasets docs: files and folders that begin with a dot, and folders with two underscores, are ignored",
)
def test_hidden_files(hub: ReplayHub, port: Port) -> None:
    """Card, `.gitattributes` and what lies in a folder named `.…` or `__…__` are no data unless they are asked for."""
    require_files(port.get_data_files(repo_id=ONE_SPLIT), {"train": ["rows.csv.gz"]})
