"""Clients that know the rules for data files as far as ordinary repositories need them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from conformance.mutants.mutant import change_result, mutant, wrap
from reference_client import datasets
from reference_client.datasets import card, files, patterns, rows
from reference_client.datasets.adapters.adapter import Adapter
from reference_client.datasets.files import Dataset


@mutant
def every_json_is_data(patch: pytest.MonkeyPatch) -> None:
    """Takes files that describe the data for data."""
    patch.setattr(files, "_NEVER_DATA", set())


@mutant
def format_of_the_first_file(patch: pytest.MonkeyPatch) -> None:
    """Takes the format of the first file for that of all."""

    def first(self: Dataset, splits: Mapping[str, list[str]]) -> dict[str, list[str]]:
        formats = Counter(filter(None, (files.format_of(path) for paths in splits.values() for path in paths)))
        chosen = next(iter(formats))
        return {split: [path for path in paths if files.format_of(path) == chosen] for split, paths in splits.items()}

    patch.setattr(Dataset, "_of_one_format", first)


@mutant
def shards_of_known_splits_only(patch: pytest.MonkeyPatch) -> None:
    """Knows numbered files of train, validation and test."""
    pattern = r"data/(?P<split>train|validation|test)-\d{5}-of-\d{5}[^/]*\.[^/]*"
    patch.setattr(patterns, "_SHARD", re.compile(pattern))


@mutant
def shards_with_a_digest_unknown(patch: pytest.MonkeyPatch) -> None:
    """Passes over numbered files with a digest in their names."""
    wrap(
        patch,
        files,
        "_may_be_data",
        lambda original, path: original(path) and re.search(r"-of-\d{5}-", path) is None,
    )


@mutant
def file_name_before_folder(patch: pytest.MonkeyPatch) -> None:
    """Goes by the name of a file before it goes by its folder's."""
    patch.setattr(patterns, "_RULES", patterns._RULES[::-1])


@mutant
def keywords_anywhere(patch: pytest.MonkeyPatch) -> None:
    """Finds a split's keyword anywhere in a name, in any letter case."""
    patch.setattr(
        patterns,
        "_told",
        lambda paths, names, form, word: [path for path in paths if any(word in name.lower() for name in names(path))],
    )


@mutant
def config_found_in_any_case(patch: pytest.MonkeyPatch) -> None:
    """Finds a config by its name in any letter case."""

    def found(original: Any, self: Dataset, name: str | None) -> Any:
        if name is None:
            return original(self, name)
        return next((one for one in self.configs() if one.name.lower() == name.lower()), None) or original(self, name)

    wrap(patch, Dataset, "_config", found)


@mutant
def splits_without_dots(patch: pytest.MonkeyPatch) -> None:
    """Knows no dots in the name of a split."""
    patch.setattr(card, "_SPLIT_NAME", re.compile(r"\w+"))


@mutant
def hidden_files_never(patch: pytest.MonkeyPatch) -> None:
    """Passes over hidden files, also where the card names them."""
    change_result(
        patch,
        files,
        "matching",
        lambda paths: [path for path in paths if not any(p.startswith(".") for p in path.split("/"))],
    )


@mutant
def file_in_one_split_only(patch: pytest.MonkeyPatch) -> None:
    """Gives a file to the first split that names it, and to no other."""

    def once(splits: dict[str, list[str]]) -> dict[str, list[str]]:
        given: set[str] = set()
        found = {}
        for split, paths in splits.items():
            found[split] = [path for path in paths if path not in given]
            given |= set(paths)
        return found

    change_result(patch, Dataset, "data_files", once)


@mutant
def stars_only(patch: pytest.MonkeyPatch) -> None:
    """Takes question marks and brackets in a card's patterns for themselves."""
    wrap(
        patch,
        patterns,
        "matches",
        lambda original, pattern, path: original(re.sub(r"[\[?]", r"[\g<0>]", pattern), path),
    )


@mutant
def paths_in_any_case(patch: pytest.MonkeyPatch) -> None:
    """Finds a file by its path in any letter case."""

    def found(original: Any, self: Any, wanted: Any, data_dir: str) -> Any:
        by_case = {path.lower(): path for path in self.paths}
        real = {split: [by_case.get(path.lower(), path) for path in paths] for split, paths in wanted.items()}
        return original(self, real, data_dir)

    wrap(patch, files.Dataset, "named", found)


@mutant
def shards_that_are_there(patch: pytest.MonkeyPatch) -> None:
    """Reads the numbered files that are listed, without the count in their names."""
    patch.setattr(rows, "check_shards", lambda chosen, listed: None)


@mutant
def shards_of_known_that_are_there(patch: pytest.MonkeyPatch) -> None:
    """Reads the numbered files of a known dataset that are listed, without the count in their names."""
    wrap(patch, Adapter, "__init__", lambda original, self, folder, **_: original(self, folder, partial=True))


@mutant
def first_split_by_default(patch: pytest.MonkeyPatch) -> None:
    """Uses the first split where the caller names none."""

    def obliging(original: Any, repo_id: str, config_name: Any = None, split: Any = None, **kwargs: Any) -> Any:
        named = {name: value for name, value in kwargs.items() if name != "data_files"}
        split = split or datasets.get_dataset_split_names(repo_id, config_name, **named)[0]
        return original(repo_id, config_name, split, **kwargs)

    wrap(patch, datasets, "load_rows", obliging)


@mutant
def files_in_the_order_of_numbers(patch: pytest.MonkeyPatch) -> None:
    """Sorts names by the numbers in them."""

    def natural(path: str) -> list[Any]:
        return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"([0-9]+)", path) if part]

    def sort(split: Mapping[str, list[str]]) -> dict[str, list[str]]:
        return {name: sorted(paths, key=natural) for name, paths in split.items()}

    change_result(patch, Dataset, "data_files", sort)
