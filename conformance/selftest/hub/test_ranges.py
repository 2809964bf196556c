"""Byte ranges (RFC 9110, section 14)."""

from __future__ import annotations

import pytest

from conformance.traffic.ranges import cut

DATA = b"0123456789"


@pytest.mark.parametrize(
    ("header", "body", "content_range"),
    [
        ("bytes=0-0", b"0", "bytes 0-0/10"),
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=7-99", b"789", "bytes 7-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-99", DATA, "bytes 0-9/10"),
        ("bytes=7-99999999999999999999999", b"789", "bytes 7-9/10"),
        (f"bytes=-{'9' * 5000}", DATA, "bytes 0-9/10"),
    ],
)
def test_one_range_is_cut_out(header: str, body: bytes, content_range: str) -> None:
    """From, to, up to the end, the last so many; beyond the end is cut short."""
    assert cut(DATA, header) == (206, body, content_range)


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-20", "bytes=-0", f"bytes={'1' * 5000}-"])
def test_a_range_past_the_end_cannot_be_met(header: str) -> None:
    """416 with the size."""
    assert cut(DATA, header) == (416, b"", "bytes */10")


@pytest.mark.parametrize("header", [None, "", "bytes=", "bytes=-", "bytes=4-2", "bytes=0-1,3-4", "rows=0-1"])
def test_what_is_not_one_range_of_bytes_is_ignored(header: str | None) -> None:
    """The whole, with 200."""
    assert cut(DATA, header) == (200, DATA, None)
