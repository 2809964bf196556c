"""Byte ranges of a body (RFC 9110, section 14), as the Hub and its CDN know them: one range a request."""

from __future__ import annotations

import re

_ONE_RANGE = re.compile(r"bytes=([0-9]*)-([0-9]*)")
_BEYOND = 10**18
"""Bytes; larger than any file. It is taken for a number of more digits, which `int` may refuse."""


def cut(data: bytes, header: str | None) -> tuple[int, bytes, str | None]:
    """The part of a body that a `Range` header asks for.

    Args:
        data: the whole body.
        header: the header's value, or None if it was not sent. Several ranges or another unit are ignored.

    Returns:
        Status, body and `Content-Range`: 200 and all of it without one, 206 and the part, or 416 and nothing
        when the range starts past the end.
    """
    match = _ONE_RANGE.fullmatch(header.replace(" ", "")) if header else None
    if match is None or match.groups() == ("", ""):
        return 200, data, None
    first, last = (_number(digits) for digits in match.groups())
    size = len(data)
    if first is None:
        start, stop = max(size - (last or 0), 0), size
    else:
        start, stop = first, size if last is None else min(last + 1, size)
        if last is not None and last < first:
            return 200, data, None
    if start >= stop:
        return 416, b"", f"bytes */{size}"
    return 206, data[start:stop], f"bytes {start}-{stop - 1}/{size}"


def _number(digits: str) -> int | None:
    """A position in a body; None where it is left out."""
    if not digits:
        return None
    return int(digits) if len(digits) <= 18 else _BEYOND
