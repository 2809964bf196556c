"""Values that JSON lacks: written by tags, read to one plain form, and refused when malformed."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from conformance.ports.rows import Summary
from conformance.protocol import tagged
from conformance.protocol.errors import ProtocolError

DIGEST = hashlib.sha256(b"hello").hexdigest()
HELLO = {"size": 5, "sha256": DIGEST, "base64": base64.b64encode(b"hello").decode()}


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ({"$timestamp": "2024-01-04T12:05:15Z"}, "2024-01-04T12:05:15.000Z"),
        ({"$timestamp": "2024-01-04T13:05:15.5+01:00"}, "2024-01-04T12:05:15.500Z"),
        ({"$timestamp": "2024-01-04T12:05:15.123456789-00:00"}, "2024-01-04T12:05:15.123456789Z"),
        ({"$integer": "9007199254740993"}, 9007199254740993),
        ({"$integer": "-1"}, -1),
        ({"$bytes": HELLO}, {"size": 5, "sha256": DIGEST}),
        ({"$bytes": {"size": 65537, "sha256": DIGEST, "base64": None}}, {"size": 65537, "sha256": DIGEST}),
        ({"$float": "NaN"}, {"$float": "NaN"}),
        ({"$float": "-Infinity"}, {"$float": "-Infinity"}),
        (math.nan, {"$float": "NaN"}),
        ([-0.5, math.inf], [-0.5, {"$float": "Infinity"}]),
        ({"$timestamp": "of no time", "zone": "UTC"}, {"$timestamp": "of no time", "zone": "UTC"}),
    ],
)
def test_a_tagged_value_has_one_plain_form(written: Any, plain: Any) -> None:
    """Wherever it stands. An object with further keys is no tagged value."""
    assert tagged.decode({"a": [written, None]}, "value") == {"a": [plain, None]}


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"$timestamp": "2024-01-04T12:05:15"}, "is '2024-01-04T12:05:15'; write a time with its zone"),
        ({"$timestamp": "2024-13-04T12:05:15Z"}, "write a time with its zone"),
        ({"$timestamp": "0001-01-01T00:00:00+14:00"}, "write a time with its zone"),
        ({"$timestamp": 1704370}, "is 1704370; write a time"),
        ({"$integer": "12.5"}, "is '12.5'; write its digits as text"),
        ({"$integer": "1_000"}, "write its digits as text"),
        ({"$integer": "9" * 5000}, "write its digits as text"),
        ({"$integer": 12}, "is 12; write its digits as text"),
        ({"$float": "nan"}, "is 'nan'; write one of: NaN, Infinity, -Infinity"),
        ({"$float": "1.5"}, "a finite number needs no tag"),
        ({"$bytes": {**HELLO, "sha256": "0" * 64}}, "which is not the digest of the content"),
        ({"$bytes": {**HELLO, "size": 6}}, '.size" is 6; the content has 5 bytes'),
        ({"$bytes": {**HELLO, "base64": "?"}}, '.base64" is not base64 text'),
        ({"$bytes": {"size": 5, "sha256": DIGEST}}, '.base64" is missing'),
        ({"$bytes": "aGVsbG8="}, 'write an object with "size", "sha256" and "base64"'),
    ],
)
def test_a_malformed_one_is_told_what_to_write(written: dict[str, Any], told: str) -> None:
    """The text has the place, too."""
    with pytest.raises(ProtocolError) as raised:
        tagged.decode([{"a": written}], "value")
    assert told in str(raised.value)
    assert f'"value[0].a.{next(iter(written))}' in str(raised.value)


def test_python_values_survive_the_journey() -> None:
    """What an adapter in Python returns is the same with JSON in between and without."""
    value = {
        "time": datetime(2024, 1, 4, 13, 5, 15, 120000, timezone(timedelta(hours=1))),
        "day": date(2024, 1, 4),
        "bytes": b"hello",
        "many": bytes(70000),
        "local": datetime(2024, 1, 4, 12, 5),
        "floats": [{"a": (math.nan, 0.1)}, -math.inf],
    }
    travelled = json.loads(tagged.dumps(value))
    assert tagged.decode(travelled, "value") == tagged.decode(value, "value")
    assert tagged.decode(value, "value") == {
        "time": "2024-01-04T12:05:15.120Z",
        "day": "2024-01-04",
        "bytes": {"size": 5, "sha256": DIGEST},
        "many": {"size": 70000, "sha256": hashlib.sha256(bytes(70000)).hexdigest()},
        "local": "2024-01-04T12:05:00",
        "floats": [{"a": [{"$float": "NaN"}, 0.1]}, {"$float": "-Infinity"}],
    }


def test_another_type_is_not_guessed_at() -> None:
    """A set, say, is no value of the protocol."""
    with pytest.raises(TypeError, match="set is not a type of the protocol"):
        tagged.dumps({"a": {1}})


def test_what_is_no_number_is_written_as_json() -> None:
    """RFC 8259 has no NaN: a shim in another language could not read it."""
    text = tagged.dumps({"a": [math.nan, 1.5], "b": math.inf})
    assert json.loads(text, parse_constant=pytest.fail) == {"a": [{"$float": "NaN"}, 1.5], "b": {"$float": "Infinity"}}


def test_rows_with_what_is_no_number_are_equal_to_themselves() -> None:
    """And a column of floats stays one, whatever is in it."""
    summaries = []
    for row in ({"a": math.nan}, json.loads(tagged.dumps({"a": math.nan}))):
        summary = Summary()
        summary.add([{"a": 0.5}, row])
        summaries.append(summary.value())
    assert summaries[0] == summaries[1]
    assert summaries[0]["columns"] == {"a": "float"}
    assert summaries[0]["last"] == {"a": {"$float": "NaN"}}
