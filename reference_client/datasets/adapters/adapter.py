"""What the adapters of known datasets have in common: their files on disk as configs, splits and rows."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeAlias, TypeVar

from reference_client.datasets import json_lines
from reference_client.datasets.columns import Columns, Row, check_present
from reference_client.datasets.errors import DatasetError, listed
from reference_client.datasets.patterns import matching
from reference_client.datasets.store import DatasetConfig
from reference_client.settings import hides_token

if TYPE_CHECKING:
    from reference_client.datasets.store import Progress, Store

Self = TypeVar("Self", bound="Adapter")

Splits: TypeAlias = Mapping[str, Mapping[str, Sequence[str]]]
"""Config to split to its files: paths or patterns, each of which must mean at least one file."""

_SHARD = re.compile(r".*-(?P<number>\d+)-of-(?P<total>\d+)\.\w+", re.ASCII)


class Adapter:
    """A dataset in a folder, which has the repository's paths. A subclass defines which files hold which rows.

    Rows are read when they are asked for, a few at a time, in the order of the files: shards by their number.

    Where a method takes `config` and `split`, None means the first of them; another name than the dataset has is a
    ValueError that lists those it has.

    Args:
        folder: where the files are.
        partial: whether shards may be missing. Row numbers then count the rows of those that are there.
    """

    REPO: ClassVar[str]
    SPLITS: ClassVar[Splits]
    COLUMNS: ClassVar[Columns]
    MAY_BE_NULL: ClassVar[tuple[str, ...]] = ()
    """Columns without a value in some rows."""

    def __init__(self, folder: str | Path, *, partial: bool = False) -> None:
        self.folder = Path(folder)
        self.partial = partial

    @classmethod
    @hides_token
    def of(
        cls: type[Self],
        store: Store,
        config: str | None = None,
        split: str | None = None,
        *,
        revision: str = "main",
        access_token: str | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """The dataset in a store, downloaded as far as it isn't there.

        Args:
            config: fetch this config's files only, and with `split` that split's; None means the whole dataset.
            revision: and the other arguments are `Store.download`'s.

        Raises:
            StoreError: as `Store.download`.
        """
        wanted = DatasetConfig(cls.REPO, revision, access_token, cls.patterns(config, split))
        return cls(store.download(wanted, progress=progress).local_path)

    @classmethod
    def patterns(cls, config: str | None = None, split: str | None = None) -> list[str]:
        """Which files a config has, or one split of it: paths and patterns. With neither, the dataset's."""
        configs = cls.SPLITS if config is None else [config]
        found: dict[str, None] = {}
        for name in configs:
            splits = cls._splits(name)
            for files in splits.values() if split is None else [cls._files_of(name, split)]:
                found |= dict.fromkeys(files)
        return list(found)

    def count(self, config: str | None = None, split: str | None = None) -> int:
        """How many rows a split has: from the footers of Parquet files, by the lines of JSON lines files.

        Raises:
            DatasetError: a file is missing or damaged.
        """
        return sum(_reader(path).count_rows(self.folder / path, path) for path in self.files(config, split))

    def rows(self, config: str | None = None, split: str | None = None) -> Iterator[Row]:
        """The rows of a split.

        Raises:
            DatasetError: a file is missing, damaged, or of another form; raised when it is reached.
        """
        for path in self.files(config, split):
            rows = _reader(path).read_rows(self.folder / path, path, self.COLUMNS)
            for number, row in enumerate(rows):
                yield self._converted(row, f"{path}, row {number}")

    def row(self, index: int, config: str | None = None, split: str | None = None) -> Row:
        """One row of a split, counted from 0. Of Parquet files only the row group that holds it is read.

        Raises:
            IndexError: no row has this index; a negative index is not valid.
            TypeError: the index is not a whole number.
            DatasetError: as `rows`.
        """
        if isinstance(index, bool) or not isinstance(index, int):
            raise TypeError(f"a row's index is a whole number, not {index!r}.")
        first = 0
        for path in self.files(config, split):
            reader, file = _reader(path), self.folder / path
            count = reader.count_rows(file, path)
            if first <= index < first + count:
                row = reader.read_row(file, path, index - first, self.COLUMNS)
                return self._converted(row, f"{path}, row {index - first}")
            first += count
        raise IndexError(f"{self.REPO} has {first} rows here; there is no row {index}.")

    def files(self, config: str | None = None, split: str | None = None) -> list[str]:
        """The files of a split, in the order in which they are read: paths in the folder, with slashes.

        Raises:
            DatasetError: a file or a shard is missing, or shards of two divisions lie there together.
        """
        found: list[str] = []
        for pattern in self._files_of(self._config(config), split):
            matches = matching(pattern, self._paths)
            if not matches:
                raise DatasetError(f"{self.folder} has no file {pattern!r} of {self.REPO}; download it first.")
            found += self._in_order(matches)
        return found

    def _converted(self, row: Row, place: str) -> Row:
        """A row as the adapter gives it; `place` is its name in errors."""
        check_present(place, row, {name: self.COLUMNS[name] for name in self.COLUMNS if name not in self.MAY_BE_NULL})
        return row

    @cached_property
    def _paths(self) -> list[str]:
        return [path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file()]

    def _in_order(self, paths: Sequence[str]) -> list[str]:
        """Shards by their number; other files by name."""
        shards = {path: found for path in paths if (found := _SHARD.fullmatch(path))}
        if not shards:
            return list(paths)
        totals = {int(found["total"]) for found in shards.values()}
        numbers = {int(found["number"]) for found in shards.values()}
        if len(totals) > 1 or len(numbers) < len(paths):
            raise DatasetError(
                f"{self.folder} mixes shards of different sets, {listed(paths)}; "
                "delete the dataset and download it again."
            )
        total = totals.pop()
        if max(numbers) >= total:
            raise DatasetError(f"{self.folder} has a shard number {max(numbers)} of {total}, which is not possible.")
        if len(numbers) < total and not self.partial:
            first = next(number for number in itertools.count() if number not in numbers)  # a name may have any total
            raise DatasetError(
                f"{self.folder} lacks {total - len(numbers)} of the shards of {self.REPO}, the first is number "
                f"{first}; download them, or read the existing ones with partial=True."
            )
        return sorted(shards, key=lambda path: int(shards[path]["number"]))

    @classmethod
    def _config(cls, config: str | None) -> str:
        return next(iter(cls.SPLITS)) if config is None else config

    @classmethod
    def _splits(cls, config: str) -> Mapping[str, Sequence[str]]:
        if config not in cls.SPLITS:
            raise ValueError(f"{cls.REPO} has no config {config!r}; choose one of: {', '.join(cls.SPLITS)}.")
        return cls.SPLITS[config]

    @classmethod
    def _files_of(cls, config: str, split: str | None) -> Sequence[str]:
        splits = cls._splits(config)
        if split is None:
            return next(iter(splits.values()))
        if split not in splits:
            raise ValueError(f"{cls.REPO} has no split {split!r} in {config}; choose one of: {', '.join(splits)}.")
        return splits[split]


class _Reader(Protocol):
    """The modules that read a format."""

    def count_rows(self, file: Path, path: str) -> int: ...
    def read_rows(self, file: Path, path: str, columns: Columns | None = None) -> Iterator[Row]: ...
    def read_row(self, file: Path, path: str, index: int, columns: Columns | None = None) -> Row: ...


def _reader(path: str) -> _Reader:
    if not path.endswith(".parquet"):
        return json_lines
    from reference_client.datasets import parquet  # only readers of rows need pyarrow, and it is large

    return parquet
