"""Clients that read the rows of known datasets wrongly, or trust what is in them."""

from __future__ import annotations

import base64
import contextlib
import json
import pickle
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from conformance.mutants.mutant import change_result, mutant, wrap
from reference_client.datasets import json_lines, parquet, pickled
from reference_client.datasets.adapters import gsm8k, livecodebench
from reference_client.datasets.adapters.adapter import Adapter
from reference_client.datasets.adapters.deepcoder import DeepCoder
from reference_client.datasets.adapters.gsm8k import Gsm8k
from reference_client.datasets.adapters.livecodebench import LiveCodeBench
from reference_client.datasets.columns import Row
from reference_client.datasets.errors import DatasetError
from reference_client.datasets.store import StoreError


def _change_rows(patch: pytest.MonkeyPatch, change: Callable[[Row], Row]) -> None:
    """Let every row of an adapter be another."""
    wrap(patch, Adapter, "rows", lambda original, *args: map(change, original(*args)))


def _keep(patch: pytest.MonkeyPatch, adapter: type[Adapter], column: str, change: Callable[[str], Any]) -> None:
    """Let a column that the adapter makes something of be what `change` makes of the file's text."""

    def kept(original: Any, self: Adapter, row: Row, place: str) -> Row:
        return {**original(self, row, place), column: change(row[column])}

    wrap(patch, adapter, "_converted", kept)


def _end_quietly(patch: pytest.MonkeyPatch, reader: Any) -> None:
    """Take damage for the end of a file."""

    def quiet(original: Any, *args: Any) -> Iterator[Row]:
        with contextlib.suppress(DatasetError):
            yield from original(*args)

    wrap(patch, reader, "read_rows", quiet)


@mutant
def first_row_group_of_the_adapter(patch: pytest.MonkeyPatch) -> None:
    """Reads the first row group of each file."""

    def first(_: Any, file: Path, *args: Any) -> Iterator[Row]:
        with pq.ParquetFile(file) as opened:
            yield from opened.read_row_group(0).to_pylist()

    wrap(patch, parquet, "read_rows", first)


@mutant
def files_of_the_adapter_reversed(patch: pytest.MonkeyPatch) -> None:
    """Reads the last file first."""
    change_result(patch, Adapter, "files", lambda files: files[::-1])


@mutant
def messages_reversed(patch: pytest.MonkeyPatch) -> None:
    """Gives lists from their end."""
    _change_rows(
        patch, lambda row: {name: value[::-1] if isinstance(value, list) else value for name, value in row.items()}
    )


@mutant
def adapter_forgets_a_column(patch: pytest.MonkeyPatch) -> None:
    """Leaves `source` out."""
    _change_rows(patch, lambda row: {name: value for name, value in row.items() if name != "source"})


@mutant
def count_of_the_first_row_group(patch: pytest.MonkeyPatch) -> None:
    """Counts the rows of the first row group of each file."""
    patch.setattr(parquet, "count_rows", lambda file, path: pq.read_metadata(file).row_group(0).num_rows)


@mutant
def adapter_forgets_the_last_file(patch: pytest.MonkeyPatch) -> None:
    """Reads all files but the last."""
    change_result(patch, Adapter, "files", lambda files: files[:-1])


@mutant
def row_numbers_from_one(patch: pytest.MonkeyPatch) -> None:
    """Counts rows from 1."""
    wrap(patch, Adapter, "row", lambda original, self, index, *args: original(self, index - 1, *args))


@mutant
def last_row_for_any_number(patch: pytest.MonkeyPatch) -> None:
    """Gives the last row for a number that is too large."""
    wrap(
        patch,
        Adapter,
        "row",
        lambda original, self, index, *args: original(self, min(index, self.count(*args) - 1), *args),
    )


@mutant
def negative_numbers_from_the_end(patch: pytest.MonkeyPatch) -> None:
    """Counts negative numbers from the end."""
    wrap(
        patch,
        Adapter,
        "row",
        lambda original, self, index, *args: original(self, index + self.count(*args) if index < 0 else index, *args),
    )


@mutant
def first_for_unknown_names(patch: pytest.MonkeyPatch) -> None:
    """Takes the first config or split for one that the dataset does not have."""

    def files_of(cls: type[Adapter], config: str, split: str | None) -> Any:
        splits = cls.SPLITS.get(config, next(iter(cls.SPLITS.values())))
        return splits.get(split or "", next(iter(splits.values())))

    patch.setattr(Adapter, "_files_of", classmethod(files_of))
    patch.setattr(Adapter, "patterns", classmethod(lambda cls, config, split: list(files_of(cls, config, split))))


@mutant
def adapter_fetches_everything(patch: pytest.MonkeyPatch) -> None:
    """Fetches all files of the dataset, whichever are to be read."""
    original: Any = vars(Adapter)["patterns"]
    patch.setattr(Adapter, "patterns", classmethod(lambda cls, config=None, split=None: original.__func__(cls)))


@mutant
def adapter_reads_what_is_there(patch: pytest.MonkeyPatch) -> None:
    """Reads the files that came where others did not."""
    original: Any = vars(Adapter)["of"]

    def content(cls: type[Adapter], store: Any, *args: Any, **kwargs: Any) -> Adapter:
        try:
            return original.__func__(cls, store, *args, **kwargs)  # type: ignore[no-any-return]
        except StoreError:
            return cls(store.root / cls.REPO, partial=True)

    patch.setattr(Adapter, "of", classmethod(content))


@mutant
def adapter_passes_over_damage(patch: pytest.MonkeyPatch) -> None:
    """Continues with the next file where one is damaged."""
    _end_quietly(patch, parquet)


@mutant
def broken_lines_end_the_file(patch: pytest.MonkeyPatch) -> None:
    """Takes a line that it cannot read for the end of the file."""
    _end_quietly(patch, json_lines)


@mutant
def final_answer_with_its_mark(patch: pytest.MonkeyPatch) -> None:
    """Gives the last line for the final answer."""
    patch.setattr(gsm8k, "final_answer", lambda answer: answer.splitlines()[-1])


@mutant
def final_answer_keeps_commas(patch: pytest.MonkeyPatch) -> None:
    """Leaves commas in the final answer."""
    patch.setattr(gsm8k, "final_answer", lambda answer: answer.rpartition("####")[2].strip())


@mutant
def final_answer_zero_is_none(patch: pytest.MonkeyPatch) -> None:
    """Takes a final answer of 0 for none."""
    change_result(patch, gsm8k, "final_answer", lambda answer: None if answer == "0" else answer)


@mutant
def final_answer_after_the_first_mark(patch: pytest.MonkeyPatch) -> None:
    """Takes what follows the first mark for the final answer."""
    patch.setattr(gsm8k, "final_answer", lambda answer: answer.split("####")[1].strip())


@mutant
def answer_without_a_mark_is_final(patch: pytest.MonkeyPatch) -> None:
    """Takes an answer without a mark for the final one."""

    def calm(original: Any, answer: str) -> str:
        try:
            return original(answer)  # type: ignore[no-any-return]
        except ValueError:
            return answer

    wrap(patch, gsm8k, "final_answer", calm)


@mutant
def any_columns_will_do(patch: pytest.MonkeyPatch) -> None:
    """Makes do with the columns that a file has."""
    patch.setattr(parquet, "check_columns", lambda *args: None)
    patch.setattr(
        Gsm8k, "_converted", lambda self, row, place: {"question": "", **row, "answer": str(row.get("answer", ""))}
    )


@mutant
def public_tests_left_as_text(patch: pytest.MonkeyPatch) -> None:
    """Gives public tests as the text of the file."""
    _keep(patch, LiveCodeBench, "public_test_cases", str)


@mutant
def private_tests_left_as_text(patch: pytest.MonkeyPatch) -> None:
    """Gives private tests as the text of the file."""
    _keep(patch, LiveCodeBench, "private_test_cases", str)


@mutant
def metadata_left_as_text(patch: pytest.MonkeyPatch) -> None:
    """Gives a problem's metadata as the text of the file."""
    _keep(patch, LiveCodeBench, "metadata", str)


@mutant
def tests_left_as_text(patch: pytest.MonkeyPatch) -> None:
    """Gives tests as the text of the file."""
    _keep(patch, DeepCoder, "tests", str)


@mutant
def tests_left_in_their_form(patch: pytest.MonkeyPatch) -> None:
    """Gives tests in the form that each config has for them."""
    _keep(patch, DeepCoder, "tests", json.loads)


@mutant
def newer_pickles_only(patch: pytest.MonkeyPatch) -> None:
    """Knows the texts of newer pickles only."""
    patch.setattr(pickled, "_STRINGS", {"SHORT_BINUNICODE", "BINUNICODE8"})


@mutant
def pickles_are_run(patch: pytest.MonkeyPatch) -> None:
    """Loads pickles. The checks' own, which are all that it meets, make an empty file."""
    patch.setattr(livecodebench, "decode", lambda text: pickle.loads(zlib.decompress(base64.b64decode(text))))


@mutant
def unreadable_tests_are_none(patch: pytest.MonkeyPatch) -> None:
    """Takes tests that it cannot read for none."""

    def calm(original: Any, text: str) -> Any:
        try:
            return original(text)
        except ValueError:
            return []

    wrap(patch, livecodebench, "private_tests", calm)
