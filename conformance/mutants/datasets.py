"""Clients that read a dataset's card, its file names or its rows wrongly."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
import re
import zlib
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from conformance.mutants.mutant import change_arguments, change_result, mutant, wrap
from reference_client import datasets
from reference_client.datasets import card, files, patterns, rows
from reference_client.datasets.card import Config
from reference_client.datasets.errors import DataFilesNotFoundError, DatasetCardError
from reference_client.datasets.files import Dataset
from reference_client.errors import RepositoryNotFoundError


def _change_configs(patch: pytest.MonkeyPatch, change: Callable[[list[Config]], list[Config]]) -> None:
    """Let the card have other contents."""
    change_result(patch, files, "read_configs", change)


def _end_quietly_at(patch: pytest.MonkeyPatch, kind: type[Exception]) -> None:
    """Take an error for the end of the rows."""

    def quiet(original: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
        with contextlib.suppress(kind):
            yield from original(*args, **kwargs)

    wrap(patch, datasets, "load_rows", quiet)


def _change_values(patch: pytest.MonkeyPatch, change: Callable[[Any], Any]) -> None:
    """Let every value of every row be another."""

    def changed(original: Any, *args: Any) -> Iterator[Any]:
        for row in original(*args):
            yield {name: change(value) for name, value in row.items()}

    wrap(patch, rows, "read_rows", changed)


def _fetch_too(patch: pytest.MonkeyPatch, choose: Callable[[Dataset, dict[str, list[str]]], list[str]]) -> None:
    """Fetch more files when the data files have been found."""

    def greedy(original: Any, dataset: Dataset, *args: Any) -> dict[str, list[str]]:
        found: dict[str, list[str]] = original(dataset, *args)
        for path in choose(dataset, found):
            dataset.download(path)
        return found

    wrap(patch, Dataset, "data_files", greedy)


@mutant
def card_ignored(patch: pytest.MonkeyPatch) -> None:
    """Does not read the card."""
    wrap(patch, files, "read_configs", lambda original, readme: original(""))


@mutant
def configs_sorted(patch: pytest.MonkeyPatch) -> None:
    """Sorts the configs by name."""
    _change_configs(patch, lambda configs: sorted(configs, key=lambda config: config.name))


@mutant
def unnamed_config_by_the_repository(patch: pytest.MonkeyPatch) -> None:
    """Calls a config that the card does not name by the name of the repository."""

    def named(original: Any, dataset: Dataset) -> list[Config]:
        found: list[Config] = original(dataset)
        own = dataset.repo_id.replace("/", "--")
        return [dataclasses.replace(config, name=own) if config.name == "default" else config for config in found]

    wrap(patch, Dataset, "configs", named)


@mutant
def dataset_of_main_always(patch: pytest.MonkeyPatch) -> None:
    """Reads the dataset at main, whatever the revision."""
    change_arguments(patch, Dataset, "find", revision=None)


@mutant
def sizes_must_be_whole(patch: pytest.MonkeyPatch) -> None:
    """Insists on whole numbers of bytes in the card."""

    def strict(original: Any, readme: str) -> Any:
        if re.search(r"num_bytes: \d+\.\d", readme):
            raise DatasetCardError("num_bytes must be an integer")
        return original(readme)

    wrap(patch, files, "read_configs", strict)


@mutant
def script_overlooked(patch: pytest.MonkeyPatch) -> None:
    """Goes by the file names of a dataset that has a loading script."""

    def blind(original: Any, dataset: Dataset) -> Any:
        paths = tuple(path for path in dataset.paths if not path.endswith(".py"))
        return original(dataclasses.replace(dataset, paths=paths))

    wrap(patch, Dataset, "configs", blind)


@mutant
def missing_dataset_is_empty(patch: pytest.MonkeyPatch) -> None:
    """Reports that a dataset which does not exist has no configs."""

    def calm(original: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(*args, **kwargs)
        except RepositoryNotFoundError:
            return []

    wrap(patch, datasets, "get_dataset_config_names", calm)


@mutant
def first_config_always(patch: pytest.MonkeyPatch) -> None:
    """Takes the first config, whichever is asked for."""
    wrap(patch, Dataset, "_config", lambda original, dataset, name: dataset.configs()[0])


@mutant
def unknown_config_is_the_first(patch: pytest.MonkeyPatch) -> None:
    """Takes the first config for one that the dataset does not have."""

    def obliging(original: Any, dataset: Dataset, name: str | None) -> Any:
        try:
            return original(dataset, name)
        except ValueError:
            return dataset.configs()[0]

    wrap(patch, Dataset, "_config", obliging)


@mutant
def first_config_by_default(patch: pytest.MonkeyPatch) -> None:
    """Uses the first config where the caller names none."""
    patch.setattr(files, "default_config", lambda configs: configs[0])


@mutant
def default_mark_ignored(patch: pytest.MonkeyPatch) -> None:
    """Does not know `default: true`."""
    _change_configs(patch, lambda configs: [dataclasses.replace(config, is_default=False) for config in configs])


@mutant
def names_tell_no_split(patch: pytest.MonkeyPatch) -> None:
    """Takes all files for train, whatever they are called."""
    patch.setattr(files, "by_name", lambda paths: {"train": sorted(paths)})


@mutant
def nameless_split_is_all(patch: pytest.MonkeyPatch) -> None:
    """Calls the split of files without a telling name `all`."""

    def renamed(found: dict[str, list[str]]) -> dict[str, list[str]]:
        return {"all": found["train"]} if set(found) == {"train"} else found

    change_result(patch, files, "by_name", renamed)


@mutant
def shards_in_reverse(patch: pytest.MonkeyPatch) -> None:
    """Gives files in the order in which it met them last."""
    change_result(patch, files, "matching", lambda paths: paths[::-1])


@mutant
def a_hundred_files_at_most(patch: pytest.MonkeyPatch) -> None:
    """Takes the first hundred files for all."""
    change_result(patch, files, "matching", lambda paths: paths[:100])


@mutant
def splits_thrown_together(patch: pytest.MonkeyPatch) -> None:
    """Gives every split all files of the config."""

    def together(splits: dict[str, list[str]]) -> dict[str, list[str]]:
        everything = [path for paths in splits.values() for path in paths]
        return dict.fromkeys(splits, everything)

    change_result(patch, Dataset, "data_files", together)


@mutant
def card_files_sorted(patch: pytest.MonkeyPatch) -> None:
    """Sorts the files that the card lists."""
    change_result(patch, Dataset, "data_files", lambda splits: {name: sorted(paths) for name, paths in splits.items()})


@mutant
def lists_of_paths_ignored(patch: pytest.MonkeyPatch) -> None:
    """Knows no list of paths for a split."""

    def only_text(original: Any, listed: Any) -> Any:
        return original(listed) if isinstance(listed, str) else []

    wrap(patch, card, "_patterns", only_text)


@mutant
def star_crosses_folders(patch: pytest.MonkeyPatch) -> None:
    """Lets a star match slashes."""
    wrap(
        patch,
        patterns,
        "matches",
        lambda original, pattern, path: original(pattern, path) or fnmatchcase(path, pattern),
    )


@mutant
def double_star_is_one_folder(patch: pytest.MonkeyPatch) -> None:
    """Takes two stars for exactly one folder."""
    wrap(patch, patterns, "matches", lambda original, pattern, path: original(pattern.replace("**", "*"), path))


@mutant
def data_dir_ignored(patch: pytest.MonkeyPatch) -> None:
    """Looks for a config's files in the whole repository, whatever its folder."""
    _change_configs(patch, lambda configs: [dataclasses.replace(config, data_dir="") for config in configs])


@mutant
def hidden_files_are_data(patch: pytest.MonkeyPatch) -> None:
    """Takes hidden files for data like any other."""
    patch.setattr(patterns, "_unlisted", lambda path: (0, 0))


@mutant
def first_file_fetched_to_look(patch: pytest.MonkeyPatch) -> None:
    """Fetches the first data file to see what it is."""
    _fetch_too(patch, lambda dataset, found: next(iter(found.values()))[:1])


@mutant
def whole_repository_fetched(patch: pytest.MonkeyPatch) -> None:
    """Fetches all files of the repository, whichever config is wanted."""
    _fetch_too(patch, lambda dataset, found: [path for path in dataset.paths if path.endswith(".parquet")])


@mutant
def whole_config_fetched(patch: pytest.MonkeyPatch) -> None:
    """Fetches every split of the config."""
    _fetch_too(patch, lambda dataset, found: [path for paths in found.values() for path in paths])


@mutant
def last_shard_forgotten(patch: pytest.MonkeyPatch) -> None:
    """Reads all files but the last."""
    change_result(patch, Dataset, "data_files", lambda splits: {name: paths[:-1] for name, paths in splits.items()})


@mutant
def first_row_group_only(patch: pytest.MonkeyPatch) -> None:
    """Reads the first row group of a Parquet file."""

    def first(_: Any, file: Path, path: str) -> Iterator[Any]:
        with pq.ParquetFile(file) as opened:
            yield from opened.read_row_group(0).to_pylist()

    wrap(patch, rows, "_parquet", first)


@mutant
def json_text_parsed(patch: pytest.MonkeyPatch) -> None:
    """Parses text that looks like JSON."""
    _change_values(
        patch,
        lambda value: json.loads(value) if isinstance(value, str) and value[:2] in ("[{", "{}", '{"') else value,
    )


@mutant
def encoded_text_decoded(patch: pytest.MonkeyPatch) -> None:
    """Decodes text that looks encoded."""

    def decoded(value: Any) -> Any:
        if not isinstance(value, str) or not value.startswith("eJ"):
            return value
        return zlib.decompress(base64.b64decode(value)).decode("latin-1")

    _change_values(patch, decoded)


@mutant
def empty_text_is_null(patch: pytest.MonkeyPatch) -> None:
    """Takes empty text for no value."""
    _change_values(patch, lambda value: None if value == "" else value)


@mutant
def numbers_as_text(patch: pytest.MonkeyPatch) -> None:
    """Gives numbers as text."""
    _change_values(patch, lambda value: str(value) if isinstance(value, int) else value)


@mutant
def split_must_be_named(patch: pytest.MonkeyPatch) -> None:
    """Insists on a split's name also where there is only one."""

    def strict(original: Any, repo_id: str, config_name: Any = None, split: Any = None, **kwargs: Any) -> Any:
        if split is None:
            raise ValueError("name a split")
        return original(repo_id, config_name, split, **kwargs)

    wrap(patch, datasets, "load_rows", strict)


@mutant
def unknown_split_is_empty(patch: pytest.MonkeyPatch) -> None:
    """Takes a split that does not exist for one without rows."""
    _end_quietly_at(patch, ValueError)


@mutant
def no_files_is_an_empty_table(patch: pytest.MonkeyPatch) -> None:
    """Makes a table without rows of a dataset without data files."""
    _end_quietly_at(patch, DataFilesNotFoundError)


@mutant
def rows_until_it_breaks(patch: pytest.MonkeyPatch) -> None:
    """Ends the rows where a file cannot be fetched."""
    _end_quietly_at(patch, OSError)


@mutant
def named_files_ignored(patch: pytest.MonkeyPatch) -> None:
    """Goes by the card, whichever files are named."""
    change_arguments(patch, datasets, "load_rows", data_files=None)


@mutant
def dataset_remembered(patch: pytest.MonkeyPatch) -> None:
    """Resolves a branch once, and never again."""
    known: dict[Any, Dataset] = {}

    def once(original: Any, repo_id: str, **kwargs: Any) -> Dataset:
        return known.setdefault((repo_id, kwargs["revision"]), original(repo_id, **kwargs))

    wrap(patch, Dataset, "find", once)


@mutant
def files_fetched_twice(patch: pytest.MonkeyPatch) -> None:
    """Fetches each file once to look at it and once to read it."""

    def twice(original: Any, *args: Any, **kwargs: Any) -> Any:
        original(*args, **kwargs)
        return original(*args, **kwargs, force_download=True)

    wrap(patch, files, "hf_hub_download", twice)


@mutant
def cache_of_no_use(patch: pytest.MonkeyPatch) -> None:
    """Fetches every file again."""
    change_arguments(patch, files, "hf_hub_download", force_download=True)
