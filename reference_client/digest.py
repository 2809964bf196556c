"""The digests by which the Hub names contents: the sha256 of an LFS file, the git blob id of any other."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import BinaryIO

_BLOCK = 1 << 20
_SHA256_LENGTH = 64
"""Hex digits. A git blob id, which is a sha1, has 40."""
EMPTY = {hashlib.sha256().hexdigest(), hashlib.sha1(b"blob 0\0", usedforsecurity=False).hexdigest()}
"""The digests of an empty file."""


def is_sha256(etag: str) -> bool:
    """Whether an etag that is a digest is a sha256."""
    return len(etag) == _SHA256_LENGTH


def new_digest(etag: str, size: int) -> hashlib._Hash:
    """A digest of the kind that an etag is, for a content of `size` bytes: git hashes the length before it."""
    if is_sha256(etag):
        return hashlib.sha256()
    return hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)


def read_into(digest: hashlib._Hash, file: BinaryIO) -> str:
    """Feed a digest the rest of a file. Returns it in hex."""
    while block := file.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()


def sha256_of(path: Path) -> str:
    """The sha256 of a file, in hex."""
    with path.open("rb") as file:
        return read_into(hashlib.sha256(), file)


def has_etag(path: Path, etag: str) -> bool:
    """Whether a file's content is the one that an etag names."""
    with path.open("rb") as file:
        return read_into(new_digest(etag, path.stat().st_size), file) == etag
