"""Configs as a dataset's card declares them, in the YAML at the head of its README."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reference_client.datasets.errors import DatasetCardError

DEFAULT_CONFIG = "default"
DEFAULT_SPLIT = "train"

_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?)^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_NOT_IN_A_CONFIG = frozenset("<>:/\\|?*")
"""A config's name becomes that of a folder. datasets, INVALID_WINDOWS_CHARACTERS_IN_PATH"""
_SPLIT_NAME = re.compile(r"\w+(\.\w+)*")


@dataclass(frozen=True, slots=True)
class Config:
    """A config: a table of its own in the repository.

    `data_files` are patterns by split; None: the files' names say which split they are. Patterns are relative to
    `data_dir`.
    """

    name: str
    data_files: Mapping[str, list[str]] | None = None
    data_dir: str = ""
    is_default: bool = False


def read_configs(readme: str) -> list[Config]:
    """The configs of a README, in its order; one without patterns if it declares none.

    Nothing else in the card is read: its sizes, for one, may be fractions.
    https://huggingface.co/docs/hub/datasets-manual-configuration

    Raises:
        DatasetCardError: the YAML is broken, or a config is not what it should be.
    """
    declared = _front_matter(readme).get("configs") or []
    if not isinstance(declared, list):
        raise DatasetCardError(f"The card's `configs` must be a list, not {declared!r}.")
    return [_config(entry) for entry in declared] or [Config(DEFAULT_CONFIG)]


def default_config(configs: list[Config]) -> Config | None:
    """The config that is meant when none is named: the only one, the one so marked, or the one called `default`.

    Raises:
        DatasetCardError: there are several.
    """
    found = [c for c in configs if len(configs) == 1 or c.is_default or c.name == DEFAULT_CONFIG]
    if len(found) > 1:
        raise DatasetCardError(f"The card has several default configs: {', '.join(c.name for c in found)}.")
    return found[0] if found else None


def patterns_by_split(data_files: Any) -> dict[str, list[str]]:
    """`data_files` in any of its forms: a pattern, a list of them, a mapping or list that says which split each is.

    Raises:
        DatasetCardError: it is none of these.
    """
    if isinstance(data_files, str):
        return {DEFAULT_SPLIT: [data_files]}
    if isinstance(data_files, Mapping):
        return {_split(split): _patterns(patterns) for split, patterns in data_files.items()}
    if isinstance(data_files, list) and data_files and isinstance(data_files[0], Mapping):
        found: dict[str, list[str]] = {}
        for entry in data_files:
            if not isinstance(entry, Mapping) or set(entry) != {"split", "path"} or entry["split"] in found:
                raise DatasetCardError(f"`data_files` must give each split once, as `split` and `path`: {entry!r}.")
            found[_split(entry["split"])] = _patterns(entry["path"])
        return found
    return {DEFAULT_SPLIT: _patterns(data_files)}


def _front_matter(readme: str) -> Mapping[str, Any]:
    import yaml  # only readers of cards need it

    match = _FRONT_MATTER.match(readme.removeprefix("\ufeff"))
    try:
        data = yaml.safe_load(match[1]) if match else None
    except yaml.YAMLError as error:
        raise DatasetCardError(f"The YAML of the card is broken: {error}") from error
    return data if isinstance(data, Mapping) else {}


def _config(entry: Any) -> Config:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("config_name"), str):
        raise DatasetCardError(f"Each config of a card must have a `config_name`: {entry!r}.")
    bad = sorted(set(entry["config_name"]) & _NOT_IN_A_CONFIG)
    if bad:
        raise DatasetCardError(f"The config {entry['config_name']!r} must not have {' '.join(bad)} in its name.")
    data_files, data_dir = entry.get("data_files"), entry.get("data_dir") or ""
    return Config(
        entry["config_name"],
        None if data_files is None else patterns_by_split(data_files),
        str(data_dir).strip("/"),
        bool(entry.get("default")),
    )


def _split(name: Any) -> str:
    if not isinstance(name, str) or not _SPLIT_NAME.fullmatch(name):
        raise DatasetCardError(f"{name!r} is no name of a split: letters, digits, underscores and dots make one.")
    return name


def _patterns(patterns: Any) -> list[str]:
    listed = [patterns] if isinstance(patterns, str) else patterns
    if not isinstance(listed, list) or not listed or not all(isinstance(pattern, str) for pattern in listed):
        raise DatasetCardError(f"Data files must be a path or a list of paths, not {patterns!r}.")
    return listed
