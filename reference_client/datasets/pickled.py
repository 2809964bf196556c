"""A string out of a pickle, without unpickling.

A pickle is a program: to load a foreign one is to run foreign code. That of a string needs only the few
opcodes below; whatever else a pickle has is refused before anything is done with it.
https://docs.python.org/3/library/pickletools.html
"""

from __future__ import annotations

import base64
import binascii
import pickletools
import zlib
from collections.abc import Iterator
from typing import Any

from reference_client.datasets.errors import reason
from reference_client.limits import CELL_BYTES

MAX_BYTES = CELL_BYTES
"""No compressed text may grow larger."""

_STRINGS = {"UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"}
_WITHOUT_EFFECT = {"PROTO", "FRAME", "MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT", "STOP"}
"""They announce, measure, number and end what a pickle holds."""


def decode(text: str, *, max_bytes: int = MAX_BYTES) -> str:
    """The string in the base64 text of a zlib stream of a pickle.

    Raises:
        ValueError: the text isn't such, the pickle holds anything but one string, or more than `max_bytes`.
    """
    try:
        compressed = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"it is neither JSON nor base64: {error}") from None
    return pickled_string(_decompress(compressed, max_bytes))


def pickled_string(data: bytes) -> str:
    """The string that a pickle holds.

    Raises:
        ValueError: the pickle is cut short, or it holds anything but one string; the message names the opcode.
    """
    strings = []
    end = 0
    for name, argument, position in _opcodes(data):
        if name in _STRINGS:
            strings.append(argument)
        elif name not in _WITHOUT_EFFECT:
            raise ValueError(f"its pickle has opcode {name}, which no string needs; it was not run.")
        end = position + 1
    if len(strings) != 1 or end != len(data):
        raise ValueError(f"its pickle should hold one string and nothing else, and holds {len(strings)} strings.")
    return str(strings[0])


def _opcodes(data: bytes) -> Iterator[tuple[str, Any, int]]:
    """Name, argument and position of each opcode, up to that which ends a pickle."""
    try:
        for opcode, argument, position in pickletools.genops(data):
            yield opcode.name, argument, position or 0
    except ValueError as error:
        raise ValueError(f"its pickle can't be read: {reason(error)}") from None


def _decompress(data: bytes, max_bytes: int) -> bytes:
    stream = zlib.decompressobj()
    try:
        whole = stream.decompress(data, max_bytes)
    except zlib.error as error:
        raise ValueError(f"its base64 holds no zlib stream: {error}") from None
    if not stream.eof:
        if len(whole) >= max_bytes:
            raise ValueError(f"it is larger than {max_bytes / 2**20:.0f} MiB (CELL_BYTES) when decompressed.")
        raise ValueError("its zlib stream is cut short.")
    if stream.unused_data:
        raise ValueError("something follows its zlib stream.")
    return whole
