"""Values that JSON lacks: written by tags, read to one plain form, and refused when malformed."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

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
        ({"$timestamp": "of no time", "zone": "UTC"}, {"$timestamp": "of no time", "zone": "UTC"}),
    ],
)
def test_a_tagged_value_has_one_plain_form(written: dict[str, Any], plain: Any) -> None:
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
        ({"$bytes": {**HELLO, "sha256": "0" * 64}}, "which is not the digest of the content"),
        ({"$bytes": {**HELLO, "size": 6}}, '.size" is 6; the content has 5 bytes'),
        ({"$bytes": {**HELLO, "base64": "?"}}, '.base64" is no base64 text'),
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
    }
    travelled = json.loads(json.dumps(value, default=tagged.encode))
    assert tagged.decode(travelled, "value") == tagged.decode(value, "value")
    assert tagged.decode(value, "value") == {
        "time": "2024-01-04T12:05:15.120Z",
        "day": "2024-01-04",
        "bytes": {"size": 5, "sha256": DIGEST},
        "many": {"size": 70000, "sha256": hashlib.sha256(bytes(70000)).hexdigest()},
        "local": "2024-01-04T12:05:00",
    }


def test_another_type_is_not_guessed_at() -> None:
    """A set, say, is no value of the protocol."""
    with pytest.raises(TypeError, match="set is no type of the protocol"):
        json.dumps({"a": {1}}, default=tagged.encode)
