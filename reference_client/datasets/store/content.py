"""Whether a file on disk is what it should be."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import replace
from pathlib import Path

from reference_client.datasets.store.entry import Entry, Record
from reference_client.datasets.store.errors import StoreError
from reference_client.datasets.store.place import CANNOT_BE_THERE
from reference_client.validate import has_etag, is_sha256, read_into


def find(file: Path, record: Record, *, verify: bool = False) -> Record | None:
    """The record of a file that is there and has the right content; None if it isn't or hasn't.

    A file with the size and the time that it had when it was last verified is taken to be the same. One with
    another time is hashed.

    Args:
        file: where it should be. A symbolic link does not count as a file.
        record: what it should be.
        verify: hash it in any case.
    """
    try:
        found = file.lstat()
        if not stat.S_ISREG(found.st_mode) or found.st_size != record.size:
            return None
        if record.mtime_ns == found.st_mtime_ns and not verify:
            return record
        if not has_etag(file, record.etag):
            return None
        return replace(verified(file, record), mtime_ns=found.st_mtime_ns)  # it may change while it is hashed
    except OSError as error:
        if error.errno in CANNOT_BE_THERE:
            return None
        raise


def verified(file: Path, record: Record) -> Record:
    """The record of a file whose content has just been found right."""
    sha256 = record.etag if is_sha256(record.etag) else _sha256_of(file)
    return replace(record, sha256=sha256, mtime_ns=file.lstat().st_mtime_ns)


def refreshed(entry: Entry, *, verify: bool = False) -> Entry | None:
    """An entry with the present times of its files; None unless all are on disk and are what they were."""
    files = []
    for file in entry.files:
        try:
            found = find(entry.place.file(file.path), file, verify=verify) if file.sha256 else None
        except StoreError:
            return None
        if found is None:
            return None
        files.append(found)
    return replace(entry, files=tuple(files))


def sync(file: Path) -> None:
    """Wait until a file's content is on the disk itself, so that a power cut after its renaming can't empty it."""
    with file.open("r+b") as opened:
        os.fsync(opened.fileno())


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return read_into(hashlib.sha256(), file)
