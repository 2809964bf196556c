"""The rows and trajectories of a dataset on disk as values for HTTP: paging, look-up, search. It only reads."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reference_client.datasets import atif
from reference_client.datasets.cli.options import is_number
from reference_client.datasets.cli.output import to_line
from reference_client.datasets.errors import DatasetError
from reference_client.datasets.integers import to_json

if TYPE_CHECKING:
    from reference_client.datasets.adapters.adapter import Adapter

MOST = 1000
"""Entries of a page at most."""
_ROW_BY_ROW = 100
"""A page of at most this many rows is read row by row, which reads only their row groups."""
_LONGEST_TITLE = 160
_SEARCHED = 20_000
"""Rows that one search looks at; the next page goes on from there."""


class BadRequest(ValueError):
    """What was asked for cannot be answered as it was asked. The text has the valid form."""


class NotFound(LookupError):
    """There is nothing of this name or number."""


@dataclass(frozen=True)
class Page:
    """Some entries as JSON lines, and the offset that the next page begins at; None if this is the last."""

    lines: Iterator[str]
    next_offset: int | None


class Served:
    """One dataset. Methods may be called by several threads: each opens the files for itself.

    Args:
        adapter: the dataset on disk.
        name: the name of the dataset.
    """

    def __init__(self, adapter: Adapter, name: str) -> None:
        from reference_client.datasets.adapters.openthoughts import OpenThoughts

        self._adapter = adapter
        self._name = name
        self._episodes = adapter if isinstance(adapter, OpenThoughts) else None

    def about(self) -> dict[str, Any]:
        """Name, repository, configs with their splits, the number of rows, and whether it has trajectories."""
        return {
            "name": self._name,
            "repo": self._adapter.REPO,
            "configs": {config: list(splits) for config, splits in self._adapter.SPLITS.items()},
            "count": self._adapter.count(),
            "trajectories": self._episodes is not None,
        }

    def count(self, query: Mapping[str, str]) -> dict[str, int]:
        """How many rows a split has."""
        return {"count": self._count(query)}

    def rows(self, query: Mapping[str, str], *, as_trajectories: bool = False) -> Page:
        """Rows, or trajectories, from `offset` on: `limit` of them, or all.

        Raises:
            BadRequest: a number is invalid, or too large; the config or split is unknown.
        """
        if as_trajectories:
            self._require_trajectories()
        offset, limit = _number(query, "offset", 0), _number(query, "limit", None, MOST)
        total = self._count(query)
        end = total if limit is None else min(total, offset + limit)
        rows = self._between(query, offset, end)
        if as_trajectories:
            rows = ((at, self._trajectory(row, at, query)) for at, row in rows)
        return Page((to_line(row) for _, row in rows), end if end < total else None)

    def row(self, name: str, query: Mapping[str, str], *, as_trajectory: bool = False) -> str:
        """One row or trajectory as JSON, by its number, or by its run or trial.

        Raises:
            NotFound: no row or trajectory matches.
            BadRequest: rows of this dataset have no names.
        """
        if as_trajectory:
            self._require_trajectories()
        try:
            index = self._index(name)
            with _of_part(query):
                row = self._adapter.row(index, query.get("config"), query.get("split"))
        except IndexError as error:
            raise NotFound(str(error)) from None
        return to_line(self._trajectory(row, index, query) if as_trajectory else row)

    def titles(self, query: Mapping[str, str]) -> dict[str, Any]:
        """A page of short entries to choose from: number, names, length and the first words.

        With `search` only those that contain the text, in any letter case; a page then ends after `_SEARCHED` rows.
        """
        offset, limit = _number(query, "offset", 0), _number(query, "limit", 50, MOST) or 50
        wanted = query.get("search", "").casefold()
        total = self._count(query)
        end = min(total, offset + (_SEARCHED if wanted else limit))
        found: list[dict[str, Any]] = []
        next_offset = end
        for at, row in self._between(query, offset, end):
            if not wanted or wanted in to_json(row, default=str, ensure_ascii=False).casefold():
                found.append(_title(at, row))
            if len(found) == limit:
                next_offset = at + 1
                break
        return {"count": total, "items": found, "next_offset": next_offset if next_offset < total else None}

    def _between(self, query: Mapping[str, str], start: int, end: int) -> Iterator[tuple[int, dict[str, Any]]]:
        config, split = query.get("config"), query.get("split")
        if start and end - start <= _ROW_BY_ROW:
            return ((at, dict(self._adapter.row(at, config, split))) for at in range(start, end))
        rows = itertools.islice(self._adapter.rows(config, split), start, max(start, end))
        return ((at, dict(row)) for at, row in enumerate(rows, start))

    def _count(self, query: Mapping[str, str]) -> int:
        with _of_part(query):
            return self._adapter.count(query.get("config"), query.get("split"))

    def _index(self, name: str) -> int:
        if is_number(name.removeprefix("-")) and len(name) < 20:
            return int(name)
        if self._episodes is None:
            raise BadRequest(f"a row of {self._adapter.REPO} has no name, only a number")
        return self._episodes.index_of(name)

    def _require_trajectories(self) -> None:
        if self._episodes is None:
            raise NotFound(f"{self._name} has no trajectories; its rows are at /api/rows")

    def _trajectory(self, row: Mapping[str, Any], index: int, query: Mapping[str, str]) -> dict[str, Any]:
        version = query.get("version", atif.VERSIONS[0])
        if version not in atif.VERSIONS:
            raise BadRequest(f"version is {version!r}; write one of {', '.join(atif.VERSIONS)}")
        return atif.trajectory(row, index=index, version=version)


@contextmanager
def _of_part(query: Mapping[str, str]) -> Iterator[None]:
    """Raise a ValueError about a config or split that was asked for as BadRequest."""
    try:
        yield
    except ValueError as error:
        if isinstance(error, DatasetError) or not {"config", "split"} & query.keys():
            raise
        raise BadRequest(str(error)) from None


def _number(query: Mapping[str, str], name: str, default: int | None, most: int | None = None) -> Any:
    text = query.get(name)
    if text is None:
        return default
    if not is_number(text) or len(text) > 15:
        raise BadRequest(f"{name} is {text[:40]!r}; write a whole number, 0 or more")
    if most is not None and int(text) > most:
        raise BadRequest(f"{name} is {int(text)}; write {most} at most, or leave it out to get everything as a stream")
    return int(text)


def _title(index: int, row: Mapping[str, Any]) -> dict[str, Any]:
    """What a list shows of a row."""
    messages = row.get("conversations") or row.get("messages") or []
    named = {name: row[name] for name in ("run_id", "trial_name", "task", "agent", "model") if row.get(name)}
    first = next((str(one["content"]) for one in messages if isinstance(one, Mapping) and one.get("content")), "")
    if not first:
        first = next((value for value in row.values() if isinstance(value, str) and value), "")
    title = " ".join(first[: 4 * _LONGEST_TITLE].split())[:_LONGEST_TITLE]
    return {"index": index, **named, "steps": len(messages), "title": title}
