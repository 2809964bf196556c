"""Bodies on disk: written as they arrive, read when an exchange is asked for."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from conformance.traffic.exchange import Exchange, Request, Response

LEFT_OUT: Final = "left out when recorded"
"""How the source of a response begins whose body was not kept."""

CHUNK: Final = 1 << 18
"""Bytes that are read or written at once."""

_CONDITIONS: Final = {206: "Range", 304: "If-None-Match", 416: "Range"}
"""The header of a request that each status answers."""

_SMALL: Final = 1 << 20
"""Bytes: bodies up to this size stay in memory once they were read."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A body on disk: where it is, its sha256 in hex, and its size in bytes."""

    path: Path
    sha256: str
    size: int


class StoredExchange(Exchange):
    """An exchange whose body lies on disk. `response` reads it; a large one is read again each time.

    Args:
        request: the request.
        head: the response without its body.
        blob: the body.
    """

    __slots__ = ("_small", "blob", "head")

    head: Response
    blob: Blob
    _small: bytes | None

    def __init__(self, request: Request, head: Response, blob: Blob) -> None:
        for name, value in (("request", request), ("head", head), ("blob", blob), ("_small", None)):
            object.__setattr__(self, name, value)

    @property
    def response(self) -> Response:
        """The whole response.

        Raises:
            OSError: the body cannot be read.
            ValueError: it is not the one that was recorded.
        """
        if self._small is not None:
            return replace(self.head, body=self._small)
        content = self.blob.path.read_bytes()
        if hashlib.sha256(content).hexdigest() != self.blob.sha256:
            raise ValueError(f"{self.blob.path}: its sha256 is not the one in its name")
        if len(content) <= _SMALL:
            object.__setattr__(self, "_small", content)
        return replace(self.head, body=content)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Exchange):
            return NotImplemented
        return (self.request, self.response) == (other.request, other.response)

    def __hash__(self) -> int:
        return hash((self.request.method, self.request.target, self.blob.sha256))


class Blobs:
    """A folder of bodies, each named by its sha256.

    Args:
        folder: is made when the first body comes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, chunks: Iterable[bytes], *, most: int | None = None) -> Blob | None:
        """Write a body as it arrives, never the whole of it in memory.

        Args:
            chunks: the body in parts.
            most: give up, and return None, when there are more bytes than this.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=".part-")
        try:
            with os.fdopen(handle, "wb") as file:
                for chunk in chunks:
                    size += len(chunk)
                    if most is not None and size > most:
                        return None
                    digest.update(chunk)
                    file.write(chunk)
            final = self.folder / digest.hexdigest()
            Path(name).chmod(0o644)
            Path(name).replace(final)
            return Blob(final, digest.hexdigest(), size)
        finally:
            Path(name).unlink(missing_ok=True)


def head_of(exchange: Exchange) -> Response:
    """The response without reading its body from disk."""
    return exchange.head if isinstance(exchange, StoredExchange) else exchange.response


def condition_of(exchange: Exchange) -> str | None:
    """The Range or the ETag that an exchange's answer is for; None where it is for every request of its route.

    A part of a file, and the word that a file is unchanged, answer no other request (RFC 9110 §13.1.2, §14.2). Where
    nothing was asked for and such an answer came, it is ''.
    """
    name = _CONDITIONS.get(head_of(exchange).status)
    return None if name is None else exchange.request.headers.get(name, "")


def digest_of(exchange: Exchange) -> tuple[str, int]:
    """The sha256 and the size of the body, without reading it from disk."""
    if isinstance(exchange, StoredExchange):
        return exchange.blob.sha256, exchange.blob.size
    body = exchange.response.body
    return hashlib.sha256(body).hexdigest(), len(body)


def is_left_out(response: Response) -> bool:
    """Whether the body was not kept."""
    return response.source.startswith(LEFT_OUT)
