"""Configs as a dataset's card declares them, in the YAML at the head of its README."""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reference_client.datasets.errors import DatasetCardError, listed, reason, shown
from reference_client.limits import CARD_BYTES, CARD_DEPTH, CARD_SCALAR, CARD_VALUES, PATTERN_BYTES, LimitError

DEFAULT_CONFIG = "default"
DEFAULT_SPLIT = "train"

_FRONT_MATTER = re.compile(r"\A\s*---[\r\n](.*?)[\r\n]---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
"""huggingface_hub 2.4 and the Hub itself: blanks may precede the first line and follow the last one, but not the first,
and a carriage return alone doesn't end the last one. repocard.py, REGEX_YAML_BLOCK"""
_NOT_IN_A_CONFIG = frozenset("<>:/\\|?*")
"""A config's name becomes that of a folder. datasets, INVALID_WINDOWS_CHARACTERS_IN_PATH"""
_KNOWN = frozenset(("config_name", "data_files", "data_dir", "default"))
_SPLIT_NAME = re.compile(r"\w+(\.\w+)*")


@dataclass(frozen=True, slots=True)
class Config:
    """A config: a separate table in the repository.

    `data_files` are patterns by split; None: the files' names decide the split Patterns are relative to
    `data_dir`. `parameters` are the names of whatever else the card sets, for the reader of the files.
    """

    name: str
    data_files: Mapping[str, list[str]] | None = None
    data_dir: str = ""
    is_default: bool = False
    parameters: frozenset[str] = frozenset()


def read_configs(readme: str) -> list[Config]:
    """The configs of a README, in its order; one without patterns if it declares none.

    Nothing else in the card is read: its sizes, for one, may be fractions.
    https://huggingface.co/docs/hub/datasets-manual-configuration

    Raises:
        DatasetCardError: the YAML is broken, or a config is not what it should be.
    """
    declared = _front_matter(readme).get("configs") or []
    if not isinstance(declared, list):
        raise DatasetCardError(f"The card's `configs` must be a list, not {shown(declared)}.")
    by_name = {config.name: config for config in map(_config, declared)}  # of two with one name the last counts
    return list(by_name.values()) or [Config(DEFAULT_CONFIG)]


def read_head(file: Path) -> str:
    """As much of a README as can be front matter.

    Raises:
        DatasetCardError: its front matter is longer than `CARD_BYTES`, or it isn't UTF-8.
    """
    with file.open("rb") as opened:
        data = opened.read(CARD_BYTES)
        cut = bool(opened.read(1))
    try:
        text = getincrementaldecoder("utf-8")().decode(data, final=not cut)
    except UnicodeDecodeError as error:
        raise DatasetCardError(f"The card cannot be read: {error}.") from None
    if cut and re.match(r"\ufeff?\s*---[\r\n]", text) and not _FRONT_MATTER.match(text.removeprefix("\ufeff")):
        raise DatasetCardError(str(LimitError("The YAML of the card", "CARD_BYTES")))
    return text


def default_config(configs: list[Config]) -> Config | None:
    """The config that is used when the caller names none: the only one, the one so marked, or the one called `default`.

    Raises:
        DatasetCardError: there are several.
    """
    found = [c for c in configs if len(configs) == 1 or c.is_default or c.name == DEFAULT_CONFIG]
    if len(found) > 1:
        raise DatasetCardError(f"The card has several default configs: {listed(c.name for c in found)}.")
    return found[0] if found else None


def patterns_by_split(data_files: Any) -> dict[str, list[str]]:
    """`data_files` in any of its forms: a pattern, a list of them, a mapping or list with the split of each.

    Raises:
        DatasetCardError: it has another form.
    """
    if isinstance(data_files, str):
        return {DEFAULT_SPLIT: [data_files]}
    if isinstance(data_files, Mapping):
        return {_split(split): _patterns(patterns) for split, patterns in data_files.items()}
    if isinstance(data_files, list) and data_files and isinstance(data_files[0], Mapping):
        found: dict[str, list[str]] = {}
        for entry in data_files:
            if not isinstance(entry, Mapping) or set(entry) != {"split", "path"} or _split(entry["split"]) in found:
                raise DatasetCardError(
                    f"`data_files` must give each split once, as `split` and `path`: {shown(entry)}."
                )
            found[_split(entry["split"])] = _patterns(entry["path"])
        return found
    return {DEFAULT_SPLIT: _patterns(data_files)}


def _front_matter(readme: str) -> Mapping[str, Any]:
    match = _FRONT_MATTER.match(readme.removeprefix("\ufeff"))
    data = _load(match[1]) if match else None
    if not isinstance(data, (Mapping, type(None))):
        raise DatasetCardError(f"The YAML of the card must be a mapping, not {shown(data)}.")
    return data or {}


def _load(text: str) -> Any:
    """The value of a text in YAML.

    Raises:
        DatasetCardError: it is broken, or goes over a limit.
    """
    import yaml  # only readers of cards need it

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C is not everywhere
    try:
        _check_size(text, yaml, loader)
        return yaml.load(text, Loader=loader)
    except LimitError as error:
        raise DatasetCardError(str(error)) from None
    # A scalar with a tag that it doesn't fit, such as `!!int ""`, is one of Python's own errors.
    except (yaml.YAMLError, ValueError, ArithmeticError, LookupError, AttributeError, TypeError) as error:
        raise DatasetCardError(f"The YAML of the card is broken: {' '.join(reason(error).split())}") from error


def _check_size(text: str, yaml: Any, loader: Any) -> None:
    """Raise LimitError for YAML that would take too long or too much memory; nothing is made of it here.

    An alias counts as all that it refers to, because merging or showing it costs as much.
    """
    if len(text.encode()) > CARD_BYTES:
        raise LimitError("The YAML of the card", "CARD_BYTES")
    sizes: dict[str, int] = {}  # of what has an anchor
    outer: list[tuple[str | None, int]] = []  # what has begun, and how much went before it
    anchor, count = None, 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.CollectionStartEvent):
            outer.append((anchor, count))
            anchor, count = event.anchor, 1
        elif isinstance(event, yaml.CollectionEndEvent):
            sizes |= {anchor: count} if anchor else {}
            anchor, before = outer.pop()
            count += before
        elif isinstance(event, yaml.AliasEvent):
            count += sizes.get(event.anchor, CARD_VALUES)  # an alias of what it is in has no end
        elif isinstance(event, yaml.ScalarEvent):
            sizes |= {event.anchor: 1} if event.anchor else {}
            count += 1
            if event.implicit[0] and len(event.value) > CARD_SCALAR:
                raise LimitError("A value in the YAML of the card", "CARD_SCALAR")
        if count > CARD_VALUES:
            raise LimitError("The YAML of the card", "CARD_VALUES")
        if len(outer) > CARD_DEPTH:
            raise LimitError("The YAML of the card", "CARD_DEPTH")


def _config(entry: Any) -> Config:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("config_name"), str) or not entry["config_name"]:
        raise DatasetCardError(f"Each config of a card must have a `config_name`: {shown(entry)}.")
    bad = sorted(set(entry["config_name"]) & _NOT_IN_A_CONFIG)
    if bad:
        raise DatasetCardError(f"The config {shown(entry['config_name'])} must not have {' '.join(bad)} in its name.")
    data_files, data_dir = entry.get("data_files"), entry.get("data_dir") or ""
    if not isinstance(data_dir, str):
        raise DatasetCardError(f"The `data_dir` of a config must be a path, not {shown(data_dir)}.")
    return Config(
        entry["config_name"],
        None if data_files is None else patterns_by_split(data_files),
        data_dir.strip("/"),
        bool(entry.get("default")),
        frozenset(name for name, value in entry.items() if isinstance(name, str) and _is_set(name, value)) - _KNOWN,
    )


def _is_set(name: str, value: Any) -> bool:
    """Whether a parameter asks for anything: null is the default of most, and means "no header" there."""
    return value is not None or name == "header"


def _split(name: Any) -> str:
    if not isinstance(name, str) or not _SPLIT_NAME.fullmatch(name):
        raise DatasetCardError(f"{shown(name)} is not a name of a split: use letters, digits, underscores and dots.")
    return name


def _patterns(patterns: Any) -> list[str]:
    wanted = [patterns] if isinstance(patterns, str) else patterns
    if not isinstance(wanted, list) or not wanted or not all(isinstance(pattern, str) for pattern in wanted):
        raise DatasetCardError(f"Data files must be a path or a list of paths, not {shown(patterns)}.")
    if any(len(pattern.encode("utf-8", "surrogatepass")) > PATTERN_BYTES for pattern in wanted):
        raise DatasetCardError(str(LimitError("A path of data files", "PATTERN_BYTES")))
    return wanted
