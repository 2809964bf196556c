"""Which configs and splits a dataset has: from its card, else from the names of its files."""

from __future__ import annotations

from conformance.catalogue.check import Checks
from conformance.checks.support import MISSING, Port, works
from conformance.checks.support_datasets import (
    CARD,
    DEEPCODER,
    DEFAULT_CONFIG,
    LIVECODEBENCH,
    NAMES,
    ONE_SPLIT,
    PLAIN_FOLDERS,
    RELEASES,
    SPLIT_FOLDERS,
    SPLIT_NAMES,
    TULU3,
    require_said,
    require_script_named,
)
from conformance.replay import ReplayHub
from conformance.roles import two_configs, word_problems
from conformance.verdict.require import require_equal

CONFIGS = "get_dataset_config_names"
SPLITS = "get_dataset_split_names"


check = Checks(CONFIGS, source=CARD)


def require_names(seen: list[str], expected: list[str], what: str) -> None:
    """These names, in this order."""
    require_equal(seen, expected, f"wrong-{what}", f"the {what} are not those of the dataset")


@check("datasets/configs-of-the-card[gsm8k]", kills="card-ignored")
def test_configs_of_the_card(hub: ReplayHub, port: Port) -> None:
    """The configs of a dataset are those that the YAML at the head of its card lists under `configs`."""
    require_names(port.get_dataset_config_names(repo_id=hub.subject.id), two_configs(hub.subject), "configs")


@check("datasets/configs-in-the-order-of-the-card[contract]", kills="configs-sorted")
def test_configs_in_the_order_of_the_card(hub: ReplayHub, port: Port) -> None:
    """Configs come in the order of the card, not of the alphabet: authors put the important one first."""
    seen = port.get_dataset_config_names(repo_id=DEFAULT_CONFIG)
    require_names(seen, ["extra", "usual", "shallow", "deep", "by_folder"], "configs")


@check("datasets/unnamed-config-is-default[contract]", kills="unnamed-config-by-the-repository")
def test_unnamed_config(hub: ReplayHub, port: Port) -> None:
    """A dataset whose card lists no configs has one, and its name is `default`."""
    require_names(port.get_dataset_config_names(repo_id=PLAIN_FOLDERS), ["default"], "configs")


@check("datasets/configs-of-a-revision[livecodebench]", kills="dataset-of-main-always")
def test_configs_of_a_revision(hub: ReplayHub, port: Port) -> None:
    """With a revision, card and files are those of that revision.

    Here a pull request replaces a loading script, which is refused on `main`, by configs in the card.
    """
    seen = port.get_dataset_config_names(repo_id=LIVECODEBENCH, revision=RELEASES)
    require_names(seen, ["release_v1", "release_latest"], "configs")


@check(
    "datasets/sizes-with-fractions[tulu3]",
    kills="sizes-must-be-whole",
    source="Hub: the card of allenai/tulu-3-sft-mixture has num_bytes: 2914250826.5647593",
)
def test_sizes_with_fractions(hub: ReplayHub, port: Port) -> None:
    """A card whose `dataset_info` counts fractions of a byte is read like any other.

    Sizes in a card are information for people. A reader that requires whole numbers refuses real datasets.
    """
    require_names(port.get_dataset_config_names(repo_id=TULU3), ["default"], "configs")


@check(
    "datasets/script-is-refused[livecodebench]",
    kills="script-overlooked",
    source="datasets 4 and later: dataset scripts are no longer supported",
)
def test_script_is_refused(hub: ReplayHub, port: Port) -> None:
    """A dataset with a loading script (a Python file of the repository's name) ends in an error that names it.

    Its configs are known to the script alone, and a client must not run a foreign program to find them. To answer with
    what the file names suggest would be wrong: the script reads them otherwise.
    """
    require_script_named(port.error(CONFIGS, repo_id=LIVECODEBENCH))


@check(
    "datasets/missing-dataset-is-named[contract]",
    kills="missing-dataset-is-empty",
    source="datasets DatasetNotFoundError; huggingface_hub RepositoryNotFoundError",
)
def test_missing_dataset(hub: ReplayHub, port: Port) -> None:
    """A dataset that does not exist is an error that names it, never a dataset without configs."""
    works("the names of a dataset that exists", lambda: port.get_dataset_config_names(repo_id=DEFAULT_CONFIG))
    require_said(port.error(CONFIGS, repo_id=MISSING), MISSING)


@check("datasets/splits-of-the-card[gsm8k]", kills="card-ignored", operation=SPLITS)
def test_splits_of_the_card(hub: ReplayHub, port: Port) -> None:
    """The splits of a config are those that the card lists in its `data_files`, in that order."""
    word_problems(hub.subject)
    require_names(port.get_dataset_split_names(repo_id=hub.subject.id, config_name="main"), ["train", "test"], "splits")


@check.each(
    "datasets/splits-of-{}[deepcoder]",
    {
        "lcbv5": ("lcbv5", ["train", "test"]),
        "primeintellect": ("primeintellect", ["train"]),
        "taco": ("taco", ["train"]),
    },
    kills="first-config-always",
    operation=SPLITS,
)
def test_splits_of_a_config(hub: ReplayHub, port: Port, member: tuple[str, list[str]]) -> None:
    """Each config has separate splits: those of {} are not those of another config of the same dataset."""
    config, expected = member
    require_names(port.get_dataset_split_names(repo_id=DEEPCODER, config_name=config), expected, "splits")


@check.each(
    "datasets/splits-from-{}[contract]",
    {
        "shard-names": (PLAIN_FOLDERS, ["train", "test"]),
        "file-names": (SPLIT_NAMES, ["train", "validation", "test"]),
        "folder-names": (SPLIT_FOLDERS, ["train", "validation", "test"]),
    },
    kills="names-tell-no-split",
    operation=SPLITS,
    source=NAMES,
)
def test_splits_from_names(hub: ReplayHub, port: Port, member: tuple[str, list[str]]) -> None:
    """Where the card does not map files to splits, {} do.

    Shards are `data/<split>-00000-of-00001.<ending>`. Otherwise train or training, validation, valid, dev or val,
    test, testing, eval or evaluation name the split, where a dot, dash, underscore, blank or digit sets the word off:
    `my_eval.csv` is test, `contest.csv` is nothing. Train, validation and test come in this order.
    """
    repo_id, expected = member
    require_names(port.get_dataset_split_names(repo_id=repo_id), expected, "splits")


@check("datasets/one-split-is-train[contract]", kills="nameless-split-is-all", operation=SPLITS, source=NAMES)
def test_one_split(hub: ReplayHub, port: Port) -> None:
    """Where neither the card nor any name distinguishes splits, there is one, and it is called `train`."""
    require_names(port.get_dataset_split_names(repo_id=ONE_SPLIT), ["train"], "splits")


@check(
    "datasets/config-must-be-named[gsm8k]",
    kills="first-config-by-default",
    operation=SPLITS,
    source="datasets load_dataset: ValueError, config name is missing",
)
def test_config_must_be_named(hub: ReplayHub, port: Port) -> None:
    """Without a config name, a dataset with several configs and no default one is an error that lists them.

    To take the first would make a program's data depend on the order of lines in a card.
    """
    word_problems(hub.subject)
    repo = hub.subject
    works("a config that is named", lambda: port.get_dataset_split_names(repo_id=repo.id, config_name="main"))
    require_said(port.error(SPLITS, repo_id=repo.id), "main", "socratic")


@check(
    "datasets/default-config-is-taken[contract]",
    kills="default-mark-ignored",
    operation=SPLITS,
    source="Hub docs, datasets-manual-configuration: `default: true`",
)
def test_default_config(hub: ReplayHub, port: Port) -> None:
    """Without a config name, the config that the card marks with `default: true` is used, at any place in the list."""
    require_names(port.get_dataset_split_names(repo_id=DEFAULT_CONFIG), ["train", "test"], "splits")


@check(
    "datasets/unknown-config-is-an-error[gsm8k]",
    kills="unknown-config-is-the-first",
    operation=SPLITS,
    source="datasets load_dataset: ValueError, BuilderConfig not found",
)
def test_unknown_config(hub: ReplayHub, port: Port) -> None:
    """An unknown config is an error that lists the configs of the dataset."""
    word_problems(hub.subject)
    repo = hub.subject
    works("a config that exists", lambda: port.get_dataset_split_names(repo_id=repo.id, config_name="main"))
    error = port.error(SPLITS, repo_id=repo.id, config_name="mian")
    require_said(error, "mian", "main", "socratic")
