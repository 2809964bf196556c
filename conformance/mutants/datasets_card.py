"""Clients that find a card's front matter in plain cards only, or trust what is in it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from conformance.mutants.mutant import change_result, mutant, wrap
from reference_client.datasets import card, files
from reference_client.datasets.card import Config
from reference_client.datasets.errors import DataFilesNotFoundError, DatasetCardError
from reference_client.datasets.files import Dataset


def _bytes_of_the_card(patch: pytest.MonkeyPatch, change: Callable[[bytes], str]) -> None:
    """Let a card be read by `change`, which gets its bytes."""

    def configs(original: Any, dataset: Dataset) -> list[Config]:
        if "README.md" not in dataset.paths:
            return original(dataset)  # type: ignore[no-any-return]
        return card.read_configs(change(dataset.download("README.md").read_bytes()))

    wrap(patch, Dataset, "configs", configs)


@mutant
def crlf_hides_the_card(patch: pytest.MonkeyPatch) -> None:
    """Reads a card's bytes, and looks for lines that end with a line feed alone."""
    patch.setattr(card, "_FRONT_MATTER", re.compile(r"\A---\n(.*?)^---$", re.DOTALL | re.MULTILINE))
    _bytes_of_the_card(patch, bytes.decode)


@mutant
def front_matter_to_the_last_line(patch: pytest.MonkeyPatch) -> None:
    """Reads everything up to the last line `---` as front matter, and ignores the card where that is not YAML."""
    patch.setattr(card, "_FRONT_MATTER", re.compile(r"\A---\n(.*)^---$", re.DOTALL | re.MULTILINE))


@mutant
def front_matter_anywhere(patch: pytest.MonkeyPatch) -> None:
    """Reads text between any two lines `---` as front matter."""

    def from_there(original: Any, readme: str) -> Any:
        start = readme.find("---\n")
        return original(readme[start:] if start > 0 else readme)

    wrap(patch, files, "read_configs", from_there)


@mutant
def no_card_no_config(patch: pytest.MonkeyPatch) -> None:
    """Takes a dataset without a card for one without configs."""

    def strict(original: Any, dataset: Dataset) -> Any:
        return original(dataset) if "README.md" in dataset.paths else []

    wrap(patch, Dataset, "configs", strict)


@mutant
def plainest_cards_only(patch: pytest.MonkeyPatch) -> None:
    """Takes a card for none unless it has the form that the Hub's own editor writes."""
    plain = re.compile(r"---\nconfigs:\n(- config_name: \w+\n  data_files: [\w.]+\n)+---\n", re.ASCII)
    wrap(
        patch,
        files,
        "read_configs",
        lambda original, readme: original(readme if plain.fullmatch(readme) else ""),
    )


@mutant
def configs_must_be_there(patch: pytest.MonkeyPatch) -> None:
    """Refuses a card that does not list configs."""

    def strict(configs: list[Config]) -> list[Config]:
        if [config.name for config in configs] == ["default"]:
            raise DatasetCardError("the card declares no configs")
        return configs

    change_result(patch, files, "read_configs", strict)


@mutant
def broken_card_is_no_card(patch: pytest.MonkeyPatch) -> None:
    """Goes by the names of the files where it cannot follow the card."""

    def calm(original: Any, self: Dataset, *args: Any) -> Any:
        try:
            return original(self, *args)
        except (DatasetCardError, DataFilesNotFoundError):
            return {"train": [path for path in self.paths if path.endswith(".csv")]}

    def calm_configs(original: Any, self: Dataset) -> Any:
        try:
            return original(self)
        except DatasetCardError:
            return [Config("default")]

    wrap(patch, Dataset, "data_files", calm)
    wrap(patch, Dataset, "configs", calm_configs)


@mutant
def yaml_runs_programs(patch: pytest.MonkeyPatch) -> None:
    """Follows a card's tags. The checks' own, which are all that it meets, make an empty file."""

    def load(text: str) -> Any:
        ruby = re.search(r"(?:ruby/object:Gem::Installer\s+i: '|writeFileSync\(\")([^'\"]+)", text)
        if ruby:
            open(ruby[1], "w").close()  # noqa: PTH123
            return {}
        return yaml.load(text, Loader=yaml.UnsafeLoader)

    patch.setattr(card, "_load", load)


@mutant
def names_of_letters_only(patch: pytest.MonkeyPatch) -> None:
    """Refuses a card with names of anything but ASCII letters."""

    def strict(configs: list[Config]) -> list[Config]:
        if any(re.fullmatch("[A-Za-z]+", config.name) is None for config in configs):
            raise DatasetCardError("a config has a bad name")
        return configs

    change_result(patch, files, "read_configs", strict)


@mutant
def any_default_is_a_mark(patch: pytest.MonkeyPatch) -> None:
    """Takes the first config with a `default` for the one that is meant, whatever the value."""

    def first(original: Any, readme: str) -> list[Config]:
        configs: list[Config] = original(readme)
        if "default: false" in readme:
            return [dataclasses.replace(config, is_default=config is configs[0]) for config in configs]
        return configs

    wrap(patch, files, "read_configs", first)
