"""Clients that read JSON lines, JSON and CSV in one form only."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from conformance.mutants.mutant import mutant, wrap
from reference_client.datasets import files, json_lines, rows
from reference_client.datasets.adapters.livecodebench import LiveCodeBench
from reference_client.datasets.errors import DatasetError


def _change_lines(patch: pytest.MonkeyPatch, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Let the lines of a file be others."""
    wrap(patch, json_lines, "_lines", lambda original, *args: iter(change(list(original(*args)))))


def _change_values(patch: pytest.MonkeyPatch, change: Callable[[Any], Any]) -> None:
    """Let every value of a line be another; values in lists and objects, too."""

    def deep(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: deep(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return change([deep(inner) for inner in value])
        return change(value)

    wrap(
        patch,
        json_lines,
        "parse_row",
        lambda original, line: {name: deep(value) for name, value in original(line).items()},
    )


@mutant
def blank_lines_are_rows(patch: pytest.MonkeyPatch) -> None:
    """Makes a row without values of a blank line."""

    def lines(_: Any, file: Path, path: str) -> Iterator[bytes]:
        for line in file.read_bytes().splitlines():
            yield line if line.strip() else b"{}"

    wrap(patch, json_lines, "_lines", lines)


@mutant
def gzipped_lines_unknown(patch: pytest.MonkeyPatch) -> None:
    """Knows compressed CSV files and no compressed JSON lines."""
    wrap(
        patch,
        files,
        "format_of",
        lambda original, path: None if path.endswith(".jsonl.gz") else original(path),
    )


@mutant
def json_is_lines_always(patch: pytest.MonkeyPatch) -> None:
    """Takes every JSON file for JSON lines."""
    patch.setattr(rows, "_json", json_lines.read_rows)


@mutant
def commas_in_any_table(patch: pytest.MonkeyPatch) -> None:
    """Takes commas for what separates values, in whatever file."""
    wrap(patch, rows, "_separated", lambda original, file, path, separator: original(file, path, ","))


@mutant
def lines_end_as_on_unix(patch: pytest.MonkeyPatch) -> None:
    """Takes a carriage return at the end of a line for a part of it, which JSON does not allow there."""

    @contextlib.contextmanager
    def strict(original: Any, file: Path, path: str) -> Iterator[IO[bytes]]:
        with original(file, path) as stream:
            yield io.BytesIO(stream.read().replace(b"\r\n", b"!\n"))

    wrap(patch, json_lines, "opened", strict)


@mutant
def json_integers_through_floats(patch: pytest.MonkeyPatch) -> None:
    """Reads every number of JSON as a float."""
    _change_values(patch, lambda value: int(float(value)) if type(value) is int else value)


@mutant
def json_floats_rounded(patch: pytest.MonkeyPatch) -> None:
    """Rounds fractions to halves."""
    _change_values(patch, lambda value: round(value * 2, 0) / 2 if isinstance(value, float) else value)


@mutant
def json_booleans_are_numbers(patch: pytest.MonkeyPatch) -> None:
    """Gives 1 and 0 for true and false."""
    _change_values(patch, lambda value: int(value) if isinstance(value, bool) else value)


@mutant
def json_inner_values_as_text(patch: pytest.MonkeyPatch) -> None:
    """Gives lists that hold anything as the text of their JSON."""
    _change_values(patch, lambda value: json.dumps(value) if isinstance(value, list) and value else value)


@mutant
def json_empty_list_is_null(patch: pytest.MonkeyPatch) -> None:
    """Gives null for a list without elements."""
    _change_values(patch, lambda value: None if value == [] else value)


@mutant
def json_text_normalised(patch: pytest.MonkeyPatch) -> None:
    """Normalises text to NFC."""
    _change_values(patch, lambda value: unicodedata.normalize("NFC", value) if isinstance(value, str) else value)


@mutant
def absent_value_is_empty_text(patch: pytest.MonkeyPatch) -> None:
    """Gives empty text for a value that is not there."""
    names: dict[str, str] = {}

    def filled(original: Any, *args: Any) -> dict[str, Any]:
        row: dict[str, Any] = original(*args)
        names.update(dict.fromkeys(row, ""))
        return {**names, **row}

    wrap(patch, json_lines, "parse_row", filled)


@mutant
def csv_by_splitting_at_commas(patch: pytest.MonkeyPatch) -> None:
    """Takes a CSV file apart at its line ends and commas, and leaves all of it text."""

    def split(_: Any, file: Path, path: str, separator: str) -> Iterator[dict[str, str]]:
        head, *lines = file.read_text("utf-8").splitlines()
        for line in lines:
            yield dict(zip(head.split(separator), line.split(separator), strict=False))

    wrap(patch, rows, "_separated", split)


@mutant
def csv_booleans_as_text(patch: pytest.MonkeyPatch) -> None:
    """Leaves truth values in a CSV file as text."""

    def as_text(original: Any, *args: Any) -> Iterator[dict[str, Any]]:
        for row in original(*args):
            yield {name: str(value) if isinstance(value, bool) else value for name, value in row.items()}

    wrap(patch, rows, "_separated", as_text)


@mutant
def damaged_text_is_the_end(patch: pytest.MonkeyPatch) -> None:
    """Takes damage in JSON for the end of the rows."""

    def quiet(original: Any, *args: Any) -> Iterator[Any]:
        with contextlib.suppress(DatasetError):
            yield from original(*args)

    wrap(patch, rows, "_json", quiet)


@mutant
def lines_as_the_hub_writes_them(patch: pytest.MonkeyPatch) -> None:
    """Knows lines as the recorded files have them, and takes any other for damage."""

    def strict(_: Any, file: Path, path: str) -> Iterator[bytes]:
        whole = file.read_bytes()
        for line in whole.split(b"\n")[:-1]:
            if json.dumps(json.loads(line)).encode() != line or next(iter(json.loads(line))) != "question_title":
                raise DatasetError(f"{path}: a line is written in another way")
            yield line
        if not whole.endswith(b"\n") or b'"more"' in whole:
            raise DatasetError(f"{path}: it ends in another way")

    wrap(patch, json_lines, "_lines", strict)


@mutant
def line_feeds_counted(patch: pytest.MonkeyPatch) -> None:
    """Counts line feeds for rows."""
    patch.setattr(json_lines, "count_rows", lambda file, path: file.read_bytes().count(b"\n"))


@mutant
def lines_of_a_megabyte_at_most(patch: pytest.MonkeyPatch) -> None:
    """Leaves out what a line has beyond its first megabyte, and so the line."""
    _change_lines(patch, lambda lines: [line for line in lines if len(line) <= 1 << 20])


@mutant
def wrong_lines_are_left_out(patch: pytest.MonkeyPatch) -> None:
    """Leaves out a line that has not what it should have."""

    def calm(original: Any, self: LiveCodeBench, *args: Any) -> Iterator[Any]:
        for path in self.files(*args):
            for number in range(json_lines.count_rows(self.folder / path, path)):
                with contextlib.suppress(DatasetError):
                    row = json_lines.read_row(self.folder / path, path, number, self.COLUMNS)
                    yield self._converted(row, path)

    wrap(patch, LiveCodeBench, "rows", calm)


@mutant
def csv_of_one_form_only(patch: pytest.MonkeyPatch) -> None:
    """Knows CSV with line ends of Windows, and with quotation marks where they are needed."""
    form = re.compile(rb"[a-z,]+\r\n(?:[^\"\r\n][^\r\n]*\r\n)+")

    def strict(original: Any, file: Path, path: str, separator: str) -> Iterator[dict[str, Any]]:
        if form.fullmatch(file.read_bytes()) is None:
            raise DatasetError(f"{path}: this is written in another way")
        yield from original(file, path, separator)

    wrap(patch, rows, "_separated", strict)


@mutant
def csv_types_by_the_first_row(patch: pytest.MonkeyPatch) -> None:
    """Takes a column for numbers where the first row has one, and gives null where it finds none."""

    def typed(original: Any, *args: Any) -> Iterator[dict[str, Any]]:
        numbers: set[str] | None = None
        for row in original(*args):
            if numbers is None:
                numbers = {name for name, value in row.items() if str(value).isdecimal()}
            yield {name: _number(value) if name in numbers else value for name, value in row.items()}

    wrap(patch, rows, "_separated", typed)


def _number(value: Any) -> int | None:
    return int(value) if str(value).isdecimal() else None


@mutant
def damaged_csv_is_read(patch: pytest.MonkeyPatch) -> None:
    """Makes of a CSV file what it can."""

    def calm(_: Any, file: Path, path: str, separator: str) -> Iterator[dict[str, Any]]:
        opens = gzip.open if path.endswith(".gz") else open
        with opens(file, "rt", encoding="utf-8", errors="replace", newline="") as text:
            yield from csv.DictReader(text, delimiter=separator)

    wrap(patch, rows, "_separated", calm)
