"""The table of calls that reach the Hub: `operations.yaml`, and how a qualified name is found in it."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

import yaml

from conformance.catalogue.operations import SAMPLES


@dataclass(frozen=True, slots=True)
class Known:
    """A call of the table. `returns` is the class whose methods the result has, where they reach the Hub, too."""

    name: str
    kind: str
    parameters: tuple[str, ...]
    roles: Mapping[str, str]
    operations: tuple[str, ...]
    source: str
    returns: str = ""


@functools.cache
def table(language: str) -> tuple[Known, ...]:
    """The calls of a language, exact names before patterns.

    Raises:
        ValueError: an entry names an operation that the protocol does not have.
    """
    text = resources.files("conformance.trace").joinpath("operations.yaml").read_text(encoding="utf-8")
    known = []
    for entry in yaml.safe_load(text)[language]:
        unknown = set(entry["operations"]) - SAMPLES.keys()
        if unknown:
            raise ValueError(f"operations.yaml: {entry['name']} names {', '.join(sorted(unknown))}")
        known.append(
            Known(**{**entry, "parameters": tuple(entry["parameters"]), "operations": tuple(entry["operations"])})
        )
    return tuple(sorted(known, key=lambda one: "*" in one.name))


@functools.cache
def last_names(language: str) -> frozenset[str]:
    """The last parts of the table's names: a method that is called otherwise is not one of its methods."""
    return frozenset(entry.name.rpartition(".")[2] for entry in table(language))


@functools.cache
def known_call(language: str, qualified: str) -> Known | None:
    """The entry for a qualified name such as `datasets.load_dataset`, or None."""
    package, _, tail = qualified.partition(".")
    for entry in table(language):
        entry_package, _, pattern = entry.name.partition(".")
        if not pattern:  # a name without a package, as JavaScript has them
            if qualified == entry_package:
                return entry
        elif package == entry_package and _pattern(pattern).search(f".{tail}"):
            return entry
    if package == "huggingface_hub" and tail.startswith("HfApi.") and language == "python":
        return known_call(language, f"huggingface_hub.{tail.removeprefix('HfApi.')}")
    return None


@functools.cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(r"\." + re.escape(pattern).replace(r"\*", r"[\w?!.]*") + "$")
