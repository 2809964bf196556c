"""The values of Parquet files: each type arrives as what it is."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from datetime import date, datetime, timezone
from typing import Any

import pyarrow as pa

from conformance.catalogue.check import Checks
from conformance.checks.support import Port
from conformance.checks.support_datasets import ONE_PARQUET, rows
from conformance.checks.support_rows import parquet_of, put
from conformance.replay import ReplayHub
from conformance.verdict.require import require, require_equal

LOAD = "load_rows"
FILE = "rows.parquet"
TYPES = "Apache Parquet, logical types; the protocol's *rows*: as the library gives them; datasets gives these values"
_MOMENT = datetime(2024, 1, 4, 12, 5, 15, 457000)
_UTC = timezone.utc


check = Checks(LOAD, source=TYPES)


def seen_values(hub: ReplayHub, port: Port, values: pa.Array, **arguments: Any) -> list[Any]:
    """What a column of two values looks like when it has come through the port."""
    put(hub, ONE_PARQUET, FILE, parquet_of(pa.table({"number": pa.array([0, 1]), "value": values}), **arguments))
    seen = rows(port, ONE_PARQUET, None, "train")
    require_equal(seen["count"], 2, "wrong-count", "the file has two rows")
    lacking = [row for row in (seen["first"], seen["last"]) if "value" not in row]
    require(
        not lacking, "columns-missing", "a column of the file is missing", expected=["number", "value"], seen=lacking
    )
    return [seen["first"]["value"], seen["last"]["value"]]


def require_values(seen: list[Any], expected: list[Any]) -> None:
    """The same values of the same types: in JSON, 1 is neither true nor 1.0."""
    require(
        json.dumps(seen, sort_keys=True) == json.dumps(expected, sort_keys=True),
        "wrong-values",
        "the values are not those of the file",
        expected=expected,
        seen=seen,
    )


@check.each(
    "datasets/{}-are-exact[contract]",
    {
        "largest-integers": pa.array([9223372036854775807, -9223372036854775808]),
        "integers-beyond-a-float": pa.array([9007199254740993, -9007199254740993]),
        "unsigned-integers": pa.array([18446744073709551615, 9223372036854775809], pa.uint64()),
    },
    kills="integers-through-floats",
)
def test_integers(hub: ReplayHub, port: Port, member: pa.Array) -> None:
    """Whole numbers of 64 bits, here {}, have all their digits: a float between file and caller would round them."""
    require_values(seen_values(hub, port, member), member.to_pylist())


@check.each(
    "datasets/numbers-beside-{}-stay-whole[contract]",
    {"null": pa.array([7, None]), "a-null-in-a-list": pa.array([[None, 3], [4]])},
    kills="numbers-beside-null-are-floats",
)
def test_numbers_beside_null(hub: ReplayHub, port: Port, member: pa.Array) -> None:
    """Whole numbers beside {} are whole, and null is null: neither becomes a float for the other's sake."""
    require_values(seen_values(hub, port, member), member.to_pylist())


@check("datasets/booleans-are-booleans[contract]", kills="booleans-are-numbers")
def test_booleans(hub: ReplayHub, port: Port) -> None:
    """True and false are no numbers and no text."""
    require_values(seen_values(hub, port, pa.array([True, False])), [True, False])


@check.each(
    "datasets/{}-keep-their-digits[contract]",
    {"fractions": pa.array([0.1, -123456.789]), "numbers-of-any-size": pa.array([1e300, 2.5e-300])},
    kills="floats-in-single-precision",
)
def test_floats(hub: ReplayHub, port: Port, member: pa.Array) -> None:
    """Floats of 64 bits, here {}, are the same floats: neither rounded nor text."""
    require_values(seen_values(hub, port, member), member.to_pylist())


@check.each(
    "datasets/{}-stays-what-it-is[contract]",
    {
        "not-a-number": (pa.array([math.nan, 0.5]), [{"$float": "NaN"}, 0.5]),
        "infinity": (pa.array([math.inf, -math.inf]), [{"$float": "Infinity"}, {"$float": "-Infinity"}]),
    },
    kills="no-number-is-null",
    source="IEEE 754; the protocol's *values that JSON lacks*; datasets gives these values",
)
def test_no_numbers(hub: ReplayHub, port: Port, member: tuple[pa.Array, list[Any]]) -> None:
    """A float that is {} stays so: it is a value, unlike null."""
    values, expected = member
    require_values(seen_values(hub, port, values), expected)


@check.each(
    "datasets/times-with-{}-are-moments[contract]",
    {
        "a-zone": pa.array([_MOMENT, datetime(1969, 7, 20, 20, 17, 40)], pa.timestamp("us", "UTC")),
        "milliseconds": pa.array([_MOMENT, datetime(1969, 7, 20, 20, 17, 40)], pa.timestamp("ms", "UTC")),
        "another-zone": pa.array([_MOMENT, datetime(1969, 7, 20, 20, 17, 40)], pa.timestamp("us", "+05:30")),
    },
    kills=("times-lose-their-zone", "times-in-whole-seconds"),
)
def test_times_with_a_zone(hub: ReplayHub, port: Port, member: pa.Array) -> None:
    """A time with {} is that point in time, with its milliseconds, also before 1970."""
    expected = ["2024-01-04T12:05:15.457Z", "1969-07-20T20:17:40.000Z"]
    require_values(seen_values(hub, port, member), expected)


@check("datasets/times-without-a-zone-get-none[contract]", kills="times-get-a-zone")
def test_times_without_a_zone(hub: ReplayHub, port: Port) -> None:
    """A time without a zone is what a clock showed somewhere: ISO 8601 text without a zone, in every time zone."""
    seen = seen_values(hub, port, pa.array([_MOMENT, datetime(2024, 7, 4)], pa.timestamp("us")))
    require_equal([_clock(value) for value in seen], ["2024-01-04T12:05:15.457", "2024-07-04T00:00:00"], *_WRONG)


_WRONG = ("wrong-values", "the times are not those of the file")


def _clock(value: Any) -> Any:
    """ISO 8601 in one form: a T, seconds, and no trailing zero decimals."""
    if not isinstance(value, str):
        return value
    day, _, clock = value.replace(" ", "T").partition("T")
    clock = clock + ":00" if clock.count(":") == 1 else clock
    return f"{day}T{clock.rstrip('0').rstrip('.') if '.' in clock else clock}"


@check("datasets/dates-are-dates[contract]", kills="dates-are-times", level="SHOULD")
def test_dates(hub: ReplayHub, port: Port) -> None:
    """A date is ISO 8601 text of a day, and no time of day is made up."""
    seen = seen_values(hub, port, pa.array([date(2024, 2, 29), date(1969, 1, 1)]))
    require_values(seen, ["2024-02-29", "1969-01-01"])


@check("datasets/empty-list-is-a-list[contract]", kills="empty-list-is-null")
def test_empty_list(hub: ReplayHub, port: Port) -> None:
    """An empty list is an empty list, and null is null: a reader that counts elements must see the difference."""
    require_values(seen_values(hub, port, pa.array([[], None], pa.list_(pa.int64()))), [[], None])


_NESTED: Mapping[str, pa.Array] = {
    "lists-of-objects": pa.array(
        [[{"a": 1, "b": ["x", "y"]}, {"a": 2, "b": []}], [{"a": 3, "b": ["z"]}]],
        pa.list_(pa.struct([("a", pa.int64()), ("b", pa.list_(pa.string()))])),
    ),
    "lists-of-lists": pa.array([[[1], []], [[2, 3]]], pa.list_(pa.list_(pa.int64()))),
    "objects-in-objects": pa.array([{"a": {"b": 1}}, {"a": {"b": 2}}]),
}


@check.each("datasets/{}-stay-as-they-are[contract]", _NESTED, kills="inner-values-as-text")
def test_nested(hub: ReplayHub, port: Port, member: pa.Array) -> None:
    """Values in values, here {}, keep their form: none is flattened, and none becomes text."""
    require_values(seen_values(hub, port, member), member.to_pylist())


@check("datasets/null-in-a-list-stays[contract]", kills="nulls-fall-out-of-lists")
def test_null_in_a_list(hub: ReplayHub, port: Port) -> None:
    """A null in a list keeps its place, and so does what follows it."""
    values = [["a", None, "b"], [None]]
    require_values(seen_values(hub, port, pa.array(values)), values)


@check("datasets/line-ends-are-left-alone[contract]", kills="line-ends-changed")
def test_line_ends(hub: ReplayHub, port: Port) -> None:
    """Text keeps its line ends, carriage returns included."""
    values = ["a\r\nb\r", "\r\n"]
    require_values(seen_values(hub, port, pa.array(values)), values)


@check("datasets/text-is-not-normalised[contract]", kills="text-normalised", source=f"{TYPES}; RFC 5198")
def test_normal_forms(hub: ReplayHub, port: Port) -> None:
    """Text keeps its code points: no accent is joined to its letter, and no ligature is split."""
    values = ["e\u0301 \u212b \ufb01", "\u00e9"]
    require_values(seen_values(hub, port, pa.array(values)), values)


@check("datasets/blanks-around-text-stay[contract]", kills="text-stripped")
def test_blanks(hub: ReplayHub, port: Port) -> None:
    """Blanks, tabs and line feeds around a text are a part of it."""
    values = [" a\t", "\n"]
    require_values(seen_values(hub, port, pa.array(values)), values)


@check("datasets/any-character-is-text[contract]", kills="text-ends-at-a-null")
def test_characters(hub: ReplayHub, port: Port) -> None:
    """Text may hold any code point: U+0000, a line separator, one beyond 16 bits."""
    values = ["a\0b", "\u2028 \U0001f917 \U0010ffff"]
    require_values(seen_values(hub, port, pa.array(values)), values)


@check.each(
    "datasets/text-that-looks-like-{}-is-text[contract]",
    {"a-number": ["007", "1e5"], "a-truth-value": ["true", "False"], "nothing": ["null", "nan"]},
    kills="text-is-guessed-at",
)
def test_text_that_looks_like_something(hub: ReplayHub, port: Port, member: list[str]) -> None:
    """Text that looks like {} stays text: the file declares its type."""
    require_values(seen_values(hub, port, pa.array(member)), member)


@check("datasets/bytes-are-bytes[contract]", kills="bytes-as-text", level="SHOULD")
def test_bytes(hub: ReplayHub, port: Port) -> None:
    """Bytes that are not text come as bytes, unchanged, and null beside them is null."""
    content = b"\xff\x00\x80"
    seen = seen_values(hub, port, pa.array([content, None]))
    require_values(seen, [{"size": 3, "sha256": hashlib.sha256(content).hexdigest()}, None])
