"""What the Hub reads in a repository's README: the front matter, and a description cut from the text."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

import yaml

_FRONT_MATTER = re.compile(r"\A---\r?\n(.*?)^---\r?\n?", re.DOTALL | re.MULTILINE)
_LONGEST_DESCRIPTION = 500


@functools.lru_cache(maxsize=128)
def card_data(readme: bytes) -> Mapping[str, Any] | None:
    """The parsed YAML front matter, None if the README has none."""
    match = _FRONT_MATTER.match(readme.decode())
    if match is None:
        return None
    data: Mapping[str, Any] | None = yaml.safe_load(match[1])
    return data


@functools.lru_cache(maxsize=128)
def description(readme: bytes, page: str) -> str:
    """The text of the README without its front matter, cut, with a pointer to the whole on the page."""
    text = _FRONT_MATTER.sub("", readme.decode()).strip()
    plain = re.sub(r"^#+\s*(.+)$", r"\n\t\n\t\t\n\t\n\t\n\t\t\1\n\t", text, flags=re.MULTILINE)
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
    return list(dict.fromkeys(re.findall(r"arxiv\.org/(?:abs|pdf)/(\d{4}\.\d{4,5})", readme.decode())))
