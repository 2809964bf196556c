"""Byte ranges of a body (RFC 9110, section 14), as the Hub and its CDN know them: one range a request."""

from __future__ import annotations

import re

_ONE_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
"""Longer numbers than any file needs are no range that this server knows, and are ignored as such."""


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
    first, last = match.groups()
    size = len(data)
    if first:
        start, stop = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < int(first):
            return 200, data, None
    else:
        start, stop = max(size - int(last), 0), size
    if start >= stop:
        return 416, b"", f"bytes */{size}"
    return 206, data[start:stop], f"bytes {start}-{stop - 1}/{size}"
