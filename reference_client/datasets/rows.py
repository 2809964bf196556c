"""The rows of a split."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reference_client.datasets import json_lines, separated
from reference_client.datasets.columns import Row, check_values
from reference_client.datasets.compressed import opened
from reference_client.datasets.errors import DatasetError, listed
from reference_client.datasets.files import Dataset, check_shards, format_of
from reference_client.datasets.programs import parse_row
from reference_client.limits import LINE_BYTES, LimitError
from reference_client.settings import hides_token

_BLOCK = 1 << 16


@hides_token
def load_rows(
    repo_id: str,
    config_name: str | None = None,
    split: str | None = None,
    *,
    data_files: Any = None,
    revision: str | None = None,
    cache_dir: str | Path | None = None,
    token: bool | str | None = None,
    endpoint: str | None = None,
) -> Iterator[Row]:
    """The rows of one split, file by file in their order: dictionaries from column to value.

    A file is downloaded when its first row is wanted, and files of other splits and configs never are. Everything
    is of one commit, even if the branch moves meanwhile.

    Args:
        split: None means the only one.
        config_name: as for `get_data_files`, and so are the other arguments.

    Raises:
        DataFilesNotFoundError: of numbered files, one is missing.
        ValueError: the split does not exist, or must be named.
        Exception: as `get_data_files`, when the first row is asked for.
    """
    dataset = Dataset.find(repo_id, revision=revision, cache_dir=cache_dir, token=token, endpoint=endpoint)
    splits = dataset.data_files(config_name, data_files)
    if split is None and len(splits) == 1:
        split = next(iter(splits))
    if split is None or split not in splits:
        what = "several splits" if split is None else f"no split {split!r}"
        raise ValueError(f"'{repo_id}' has {what}; choose one of: {listed(splits)}.")
    check_shards(splits[split], dataset.paths)
    if data_files is None and splits[split]:
        dataset.check_parameters(config_name, splits[split][0])
    for path in splits[split]:
        yield from read_rows(dataset.download(path), path)


def read_rows(file: Path, path: str) -> Iterator[Row]:
    """The rows of a file on disk; its path in the repository determines the format.

    Raises:
        DatasetError: the file is damaged.
    """
    kind = format_of(path)
    if kind == "parquet":
        return _parquet(file, path)
    if kind == "json":
        return _json(file, path)
    return _separated(file, path, "\t" if kind == "tsv" else ",")


def _parquet(file: Path, path: str) -> Iterator[Row]:
    from reference_client.datasets import parquet  # only readers of rows need pyarrow, and it is large

    return parquet.read_rows(file, path)


def _json(file: Path, path: str) -> Iterator[Row]:
    """JSON lines; a file that is one list of rows is read whole."""
    with opened(file, path) as stream:
        first, seen = b"", 0
        while not first and seen <= LINE_BYTES and (block := stream.read(_BLOCK)):
            first, seen = block.removeprefix(b"" if seen else codecs.BOM_UTF8).lstrip(), seen + len(block)
        if not first.startswith(b"["):
            return json_lines.read_values(file, path)
    with opened(file, path) as stream:
        text = stream.read(LINE_BYTES + 1)
    if len(text) > LINE_BYTES:
        raise DatasetError(str(LimitError(path, "LINE_BYTES")))
    try:
        return _objects(parse_row(text), path)
    except ValueError as error:
        raise _damaged(path, error) from error


def _objects(rows: list[Any], path: str) -> Iterator[Row]:
    for number, row in enumerate(rows):
        check_values(f"{path}, row {number}", row, {})
        yield row


def _separated(file: Path, path: str, separator: str) -> Iterator[Row]:
    return separated.read_rows(file, path, separator)


def _damaged(path: str, error: Exception) -> DatasetError:
    return DatasetError(f"{path} can't be read, download it again: {error}")
