"""What stands in packed files: gzip, bzip2, xz and zip, unpacked as far as there is room, and texts in UTF-16."""

from __future__ import annotations

import bz2
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final, Protocol

MOST: Final = 1 << 25
"""Bytes that are unpacked of a file."""
_LEVELS: Final = 3
"""How deep a packed file is looked for in another one."""
_MEMBERS: Final = 1000


class _Unpacking(Protocol):
    @property
    def eof(self) -> bool: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def unpacked(content: bytes, levels: int = _LEVELS, room: int = MOST) -> Iterator[bytes]:
    """What is packed in a file, each part once, and what is packed in that; nothing of a file that is not packed.

    Args:
        content: the file.
        levels: how deep to look.
        room: bytes that are unpacked at most.
    """
    if levels == 0 or room <= 0:
        return
    for part in _parts(content, room):
        room -= len(part)
        yield part
        yield from unpacked(part, levels - 1, room)


def _parts(content: bytes, room: int) -> Iterator[bytes]:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        yield content[: 2 * room].decode("utf-16", "replace").encode()
    elif content[:2] == b"\x1f\x8b":
        yield from _stream(zlib.decompressobj(16 + zlib.MAX_WBITS), content, room)
    elif content[:3] == b"BZh":
        yield from _stream(bz2.BZ2Decompressor(), content, room)
    elif content[:6] == b"\xfd7zXZ\0":
        yield from _stream(lzma.LZMADecompressor(), content, room)
    elif content[:4] == b"PK\x03\x04":
        yield from _members(content, room)


def _stream(unpacking: _Unpacking, content: bytes, room: int) -> Iterator[bytes]:
    try:
        yield unpacking.decompress(content, room)
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError):
        return


def _members(content: bytes, room: int) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            for member in file.infolist()[:_MEMBERS]:
                with file.open(member) as part:
                    found = part.read(max(room, 1))
                room -= len(found)
                yield found
                if room <= 0:
                    return
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError, NotImplementedError, zlib.error):
        return  # damaged, or with a password
