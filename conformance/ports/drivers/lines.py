"""Split a shim's output into JSON messages and other lines (noise)."""

from __future__ import annotations

import collections
import json
from typing import Any, Final

LONGEST_LINE: Final = 16 << 20
"""Bytes that one line may have."""

_KEPT_NOISE: Final = 20
_SHOWN: Final = 200


class Lines:
    """Takes bytes as they come and gives messages. Whatever comes, it keeps little more than one line of it.

    Attributes:
        messages: the JSON objects, in order, to be taken from the left.
        overflowed: a line grew beyond `LONGEST_LINE`; it and all that follows is dropped.
    """

    def __init__(self) -> None:
        self.messages: collections.deque[dict[str, Any]] = collections.deque()
        self.overflowed = False
        self._begun = bytearray()
        self._noise: list[str] = []
        self._untold = 0

    def feed(self, chunk: bytes) -> None:
        """Take in what came next; an empty chunk is the end, which ends the last line, too."""
        if self.overflowed:
            return
        ended, newline, rest = chunk.rpartition(b"\n")
        if newline or not chunk:
            self._begun += ended
            for line in self._begun.split(b"\n"):
                self._take(line)
            self._begun.clear()
        self._begun += rest
        if len(self._begun) > LONGEST_LINE:
            self.overflowed = True
            self._begun.clear()

    @property
    def is_unfinished(self) -> bool:
        """Whether a line has begun, and neither its line feed nor the end of the output came."""
        return bool(self._begun.strip())

    def take_noise(self) -> list[str]:
        """The first lines that were no JSON object since this was last asked, shortened, and how many followed."""
        noise = self._noise + ([f"… and {self._untold} more lines"] if self._untold else [])
        self._noise, self._untold = [], 0
        return noise

    def _take(self, line: bytes | bytearray) -> None:
        message = _json_object(line)
        if message is not None:
            self.messages.append(message)
        elif line.strip():
            if len(self._noise) < _KEPT_NOISE:
                self._noise.append(line[:_SHOWN].decode("utf-8", "replace").rstrip())
            else:
                self._untold += 1


def _json_object(line: bytes | bytearray) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
