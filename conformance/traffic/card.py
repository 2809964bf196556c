"""What the Hub reads in a repository's README: the front matter, and a description cut from the text."""

from __future__ import annotations

import functools
import itertools
import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import yaml

_FRONT_MATTER = re.compile(r"\A---\r?\n(.*?)^---\r?\n?", re.DOTALL | re.MULTILINE)
_LONGEST_DESCRIPTION = 500
_MOST_VALUES = 1_000_000
"""Values of a card. Aliases of YAML make any number of them out of a few lines, and take the memory for them."""
_LARGEST_EXPONENT = 1024
"""Bits; a number with more is infinite in JavaScript, and `JSON.stringify` writes null."""


class _Loader(yaml.SafeLoader):
    """YAML whose merge keys make no more entries than a card may have."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        super().flatten_mapping(node)
        if len(node.value) > _MOST_VALUES:
            raise yaml.YAMLError("too many merged keys")


@functools.lru_cache(maxsize=128)
def card_data(readme: bytes) -> Mapping[str, Any] | None:
    """The parsed YAML front matter as JSON can hold it, None if the README has no readable one."""
    match = _FRONT_MATTER.match(text(readme))
    if match is None:
        return None
    try:
        data = as_json(yaml.load(match[1], _Loader))
    except (yaml.YAMLError, ValueError, RecursionError):  # a ValueError comes of a date such as 2024-13-01
        return None
    return data if isinstance(data, dict) else None


def text(readme: bytes) -> str:
    """Invalid UTF-8 is replaced: no content may break an answer."""
    return readme.decode(errors="replace")


def as_json(value: Any) -> Any:
    """Dates as text, and null for numbers that are not finite: JSON has neither. Other values of YAML's own are null.

    Raises:
        ValueError: there are more values than a card or a config has.
    """
    count = itertools.count(1)

    def plain(value: Any) -> Any:
        if next(count) > _MOST_VALUES:
            raise ValueError(f"more than {_MOST_VALUES} values")
        if isinstance(value, dict):
            return {_name(name): plain(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [plain(inner) for inner in value]
        if isinstance(value, date):
            return value.isoformat()
        return value if isinstance(value, str) or _is_finite(value) else None

    return plain(value)


def _name(key: Any) -> str:
    return str(key) if not isinstance(key, int) or _is_finite(key) else "Infinity"


def _is_finite(value: Any) -> bool:
    """Whether a value is a number, or true or false, that JSON can hold."""
    if isinstance(value, int):
        return value.bit_length() <= _LARGEST_EXPONENT
    return isinstance(value, float) and math.isfinite(value)


@functools.lru_cache(maxsize=128)
def description(readme: bytes, page: str) -> str:
    """The text of the README without its front matter, cut, with a pointer to the whole on the page."""
    shown = _FRONT_MATTER.sub("", text(readme)).strip()
    plain = re.sub(r"^#+\s*(.+)$", r"\n\t\n\t\t\n\t\n\t\n\t\t\1\n\t", shown, flags=re.MULTILINE)
    return f"{plain[:_LONGEST_DESCRIPTION]}… See the full description on the dataset page: {page}."


def families(card: Mapping[str, Any], names: tuple[str, ...]) -> list[str]:
    """Tags `family:value` for the fields of a card that have these names, in the order of the names."""
    return [f"{name}:{value}" for name in names for value in as_list(card.get(name))]


def as_list(value: object) -> list[Any]:
    """A card field that may be one value or a list of them."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def arxiv_ids(readme: bytes) -> list[str]:
    """Papers that the README links to, in order, each once."""
    return list(dict.fromkeys(re.findall(r"arxiv\.org/(?:abs|pdf)/(\d{4}\.\d{4,5})", text(readme))))
