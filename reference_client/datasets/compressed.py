"""The bytes of a file that may be compressed; the ending of its name says how."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any, cast

from reference_client.datasets.errors import DatasetError
from reference_client.limits import XZ_BYTES, LimitError

_BLOCK = 1 << 16


@contextmanager
def opened(file: Path, path: str) -> Iterator[IO[bytes]]:
    """A file's bytes, decompressed.

    Args:
        path: what errors call the file; its ending, in any letter case, is one of `COMPRESSED` or means none.

    Raises:
        DatasetError: the file is missing or damaged; also while it is read.
    """
    ending = path.lower().rpartition(".")[2]
    try:
        with COMPRESSED.get(ending, _plain)(file) as stream:
            yield stream
    except FileNotFoundError:
        raise DatasetError(f"{path} isn't there; download it again.") from None
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        if "Memory usage limit" in str(error):
            raise DatasetError(str(LimitError(path, "XZ_BYTES"))) from None
        raise DatasetError(f"{path} can't be read, download it again: {error}") from error


def _plain(file: Path) -> IO[bytes]:
    return file.open("rb")


def _gzip(file: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(file))


def _bz2(file: Path) -> IO[bytes]:
    return io.BufferedReader(_Streams(file, bz2.BZ2Decompressor), _BLOCK)


def _xz(file: Path) -> IO[bytes]:
    return io.BufferedReader(_Streams(file, partial(lzma.LZMADecompressor, lzma.FORMAT_XZ, XZ_BYTES)), _BLOCK)


def _arrow(codec: str) -> Callable[[Path], IO[bytes]]:
    def opens(file: Path) -> IO[bytes]:
        import pyarrow as pa  # only readers of rows need it, and it is large

        return io.BufferedReader(cast("Any", pa.input_stream(file, compression=codec)), _BLOCK)

    return opens


class _Streams(io.RawIOBase):
    """Compressed streams one after the other, decompressed.

    `bz2.open` ignores what follows a stream and is damaged. `lzma.open` has no limit of memory: a file of a hundred
    bytes may ask for 4 GiB.
    """

    def __init__(self, file: Path, begin: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor]) -> None:
        self._file = file.open("rb")
        self._begin = begin
        self._stream: bz2.BZ2Decompressor | lzma.LZMADecompressor | None = None
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while True:
            if self._stream is None or self._stream.eof:
                self._left = (self._stream.unused_data if self._stream else b"").lstrip(b"\0")  # padding
                self._left = self._left or self._file.read(_BLOCK).lstrip(b"\0")
                if not self._left:
                    return 0
                self._stream = self._begin()
            elif self._stream.needs_input and not self._left:
                self._left = self._file.read(_BLOCK)
                if not self._left:
                    raise EOFError("it ends before its compressed data do")
            data = self._stream.decompress(self._left, len(buffer))
            self._left = b""
            if data:
                buffer[: len(data)] = data
                return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()


COMPRESSED: dict[str, Callable[[Path], IO[bytes]]] = {
    "gz": _gzip,
    "bz2": _bz2,
    "xz": _xz,
    "zst": _arrow("zstd"),
    "lz4": _arrow("lz4"),
}
"""Ending to what opens such a file. datasets 5.2 reads these, too, and a single file in a zip archive."""
