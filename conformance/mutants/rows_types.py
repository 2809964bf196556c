"""Clients that change the values of a Parquet file on their way to the caller."""

from __future__ import annotations

import json
import math
import struct
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, time, timezone
from typing import Any

import pytest

from conformance.mutants.mutant import change_result, mutant
from reference_client.datasets import parquet
from reference_client.datasets.adapters.gsm8k import Gsm8k


def _change_values(patch: pytest.MonkeyPatch, change: Callable[[Any], Any]) -> None:
    """Let every value of every row be another; values in lists and objects, too."""

    def deep(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: deep(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return change([deep(inner) for inner in value])
        return change(value)

    change_result(
        patch, parquet, "_rows", lambda rows: [{name: deep(value) for name, value in row.items()} for row in rows]
    )


def _change_text(patch: pytest.MonkeyPatch, change: Callable[[str], Any]) -> None:
    _change_values(patch, lambda value: change(value) if isinstance(value, str) else value)


def _change_floats(patch: pytest.MonkeyPatch, change: Callable[[float], Any]) -> None:
    _change_values(patch, lambda value: change(value) if isinstance(value, float) else value)


def _change_times(patch: pytest.MonkeyPatch, change: Callable[[datetime], Any]) -> None:
    _change_values(patch, lambda value: change(value) if isinstance(value, datetime) else value)


@mutant
def integers_through_floats(patch: pytest.MonkeyPatch) -> None:
    """Makes a float of each whole number, and a whole number of that."""
    _change_values(patch, lambda value: int(float(value)) if type(value) is int else value)


@mutant
def numbers_beside_null_are_floats(patch: pytest.MonkeyPatch) -> None:
    """Makes floats of the whole numbers in a column or list that has a null."""

    def beside(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        columns = {name: _floats([row[name] for row in rows]) for name in rows[0]} if rows else {}
        return [{name: values[number] for name, values in columns.items()} for number in range(len(rows))]

    change_result(patch, parquet, "_rows", beside)


def _floats(values: list[Any]) -> list[Any]:
    values = [_floats(value) if isinstance(value, list) else value for value in values]
    return [float(value) if None in values and type(value) is int else value for value in values]


@mutant
def booleans_are_numbers(patch: pytest.MonkeyPatch) -> None:
    """Gives 1 and 0 for true and false."""
    _change_values(patch, lambda value: int(value) if isinstance(value, bool) else value)


@mutant
def floats_in_single_precision(patch: pytest.MonkeyPatch) -> None:
    """Keeps floats in 32 bits."""

    def single(value: float) -> float:
        try:
            kept: float = struct.unpack("f", struct.pack("f", value))[0]
        except OverflowError:
            return math.inf
        return kept

    _change_floats(patch, single)


@mutant
def no_number_is_null(patch: pytest.MonkeyPatch) -> None:
    """Gives null for NaN and infinity, as writers of JSON do."""
    _change_floats(patch, lambda value: value if math.isfinite(value) else None)


@mutant
def times_lose_their_zone(patch: pytest.MonkeyPatch) -> None:
    """Gives a point in time as what a clock shows, without its zone."""
    _change_times(patch, lambda value: value.replace(tzinfo=None))


@mutant
def times_in_whole_seconds(patch: pytest.MonkeyPatch) -> None:
    """Cuts times to seconds."""
    _change_times(patch, lambda value: value.replace(microsecond=0))


@mutant
def times_get_a_zone(patch: pytest.MonkeyPatch) -> None:
    """Takes a time without a zone for one in UTC."""
    _change_times(patch, lambda value: value if value.tzinfo else value.replace(tzinfo=timezone.utc))


@mutant
def dates_are_times(patch: pytest.MonkeyPatch) -> None:
    """Gives a date as the midnight at its beginning."""
    _change_values(patch, lambda value: datetime.combine(value, time()) if type(value) is date else value)


@mutant
def empty_list_is_null(patch: pytest.MonkeyPatch) -> None:
    """Gives null for a list without elements."""
    _change_values(patch, lambda value: None if value == [] else value)


@mutant
def inner_values_as_text(patch: pytest.MonkeyPatch) -> None:
    """Gives lists and objects within others as the text of their JSON."""

    def flat(value: Any) -> Any:
        return json.dumps(value) if isinstance(value, (list, dict)) else value

    def changed(value: Any) -> Any:
        if isinstance(value, list):
            return [flat(inner) for inner in value]
        return {name: flat(inner) for name, inner in value.items()} if isinstance(value, dict) else value

    change_result(
        patch, parquet, "_rows", lambda rows: [{name: changed(value) for name, value in row.items()} for row in rows]
    )


@mutant
def nulls_fall_out_of_lists(patch: pytest.MonkeyPatch) -> None:
    """Leaves null out of lists."""
    _change_values(
        patch, lambda value: [inner for inner in value if inner is not None] if isinstance(value, list) else value
    )


@mutant
def line_ends_changed(patch: pytest.MonkeyPatch) -> None:
    """Makes line feeds of other line ends."""
    _change_text(patch, lambda text: text.replace("\r\n", "\n").replace("\r", "\n"))


@mutant
def text_normalised(patch: pytest.MonkeyPatch) -> None:
    """Normalises text to NFC."""
    _change_text(patch, lambda text: unicodedata.normalize("NFC", text))


@mutant
def text_stripped(patch: pytest.MonkeyPatch) -> None:
    """Removes blanks at the start and end of text."""
    _change_text(patch, str.strip)


@mutant
def text_ends_at_a_null(patch: pytest.MonkeyPatch) -> None:
    """Ends a text at U+0000, as C does."""
    _change_text(patch, lambda text: text.partition("\0")[0])


@mutant
def text_is_guessed_at(patch: pytest.MonkeyPatch) -> None:
    """Makes numbers, truth values and null of text that looks like them."""
    known = {"true": True, "false": False, "null": None, "nan": None}

    def guessed(text: str) -> Any:
        if text.lower() in known:
            return known[text.lower()]
        try:
            return float(text)
        except ValueError:
            return text

    _change_text(patch, guessed)


@mutant
def bytes_as_text(patch: pytest.MonkeyPatch) -> None:
    """Gives bytes as text of Latin-1."""
    _change_values(patch, lambda value: value.decode("latin-1") if isinstance(value, bytes) else value)


@mutant
def empty_text_of_known_is_null(patch: pytest.MonkeyPatch) -> None:
    """Gives null for a question without text."""
    change_result(
        patch, Gsm8k, "_converted", lambda row: {name: None if value == "" else value for name, value in row.items()}
    )


@mutant
def types_of_columns_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    """Reads columns of whatever type they are."""
    patch.setattr(parquet, "check_columns", lambda *args: None)
