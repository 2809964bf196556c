"""The index: what there is in the store.

`index.json` has everything, and each place a note with its own part. Files are written beside and renamed, under
a lock. An index that can't be read, or that the store can't have written, is renamed and rebuilt from the notes; files
without a note are recognized by their digests when they are next requested.
"""

from __future__ import annotations

import json
import logging
import os
import stat
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from reference_client.datasets.store.entry import Entry
from reference_client.datasets.store.errors import StoreError
from reference_client.datasets.store.place import NOTES, Place, discard
from reference_client.limits import KEPT_LISTING_BYTES, LimitError
from reference_client.locks import lock

_FORMAT_VERSION = 1
_UNUSABLE = (ValueError, KeyError, TypeError, RecursionError)
"""What reading an index raises that the store hasn't written."""

logger = logging.getLogger("reference_client.datasets.store")


class Index:
    """The index of a store.

    Args:
        root: the store's folder, absolute and without links.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._path = root / "index.json"

    def entries(self) -> list[Entry]:
        """All there is, sorted by place."""
        return [entry for _, entry in sorted(self._read().items())]

    def get(self, place: Place) -> Entry | None:
        """What is known of a place."""
        return self._read().get(place.name)

    def put(self, entry: Entry) -> None:
        """Write down what there is in a place now."""
        with self._lock():
            entries = self._read_locked()
            _write(entry.place.note, entry.to_json())
            self._write(entries | {entry.place.name: entry})

    def remove(self, place: Place) -> None:
        """Forget a place."""
        with self._lock():
            entries = self._read_locked()
            place.forget()
            self._write({name: entry for name, entry in entries.items() if name != place.name})

    def _lock(self) -> AbstractContextManager[None]:
        return lock(self._root / NOTES / "index.lock")

    def _read(self) -> dict[str, Entry]:
        """Entries by the names of their places."""
        try:
            return self._parse()
        except FileNotFoundError:
            return self._from_notes()
        except _UNUSABLE:
            with self._lock():  # another process may be repairing it now
                return self._read_locked()

    def _read_locked(self) -> dict[str, Entry]:
        try:
            return self._parse()
        except FileNotFoundError:
            return self._from_notes()
        except _UNUSABLE as error:
            aside = self._set_aside()
            logger.warning("%s is invalid (%s); renamed to %s and rebuilt.", self._path, error, aside.name)
            entries = self._from_notes()
            self._write(entries)
            return entries

    def _parse(self) -> dict[str, Entry]:
        for folder in (self._root, *self._root.parents):
            if folder.is_file():
                raise StoreError(f"{folder} is no folder. Choose another for datasets, or remove or rename it.")
        said = _read(self._path)
        version = said["format_version"]
        if type(version) is int and version > _FORMAT_VERSION:
            raise StoreError(f"{self._path} was written by a newer version. Update this one to use it.")
        if type(version) is not int or version < _FORMAT_VERSION or not isinstance(said["datasets"], list):
            raise ValueError("it has no version and no list")  # true and 1.0 equal 1, and {} is as empty as []
        entries = [Entry.of(self._root, entry) for entry in said["datasets"]]
        return {entry.place.name: entry for entry in entries}

    def _from_notes(self) -> dict[str, Entry]:
        entries = {}
        for note in sorted((self._root / NOTES / "datasets").glob("*/*/entry.json")):
            try:
                entry = Entry.of(self._root, _read(note))
                if entry.place.note != note:
                    raise ValueError(f"it is of {entry.place.name}")
            except (OSError, *_UNUSABLE) as error:
                logger.warning("%s is ignored: %s.", note, error)
            else:
                entries[entry.place.name] = entry
        return entries

    def _set_aside(self) -> Path:
        number = 1
        while (aside := self._path.with_name(f"index.json.corrupt-{number}")).exists():
            number += 1
        return self._path.rename(aside)

    def _write(self, entries: dict[str, Entry]) -> None:
        listed = [entry.to_json() for _, entry in sorted(entries.items())]
        _write(self._path, {"format_version": _FORMAT_VERSION, "datasets": listed})


def _read(path: Path) -> Any:
    """JSON from a file.

    Raises FileNotFoundError, and ValueError for what is not JSON, too large, or not a file: a pipe would be waited for.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        raise
    except OSError as error:  # a circle of links
        raise ValueError(error.strerror) from None
    if not stat.S_ISREG(found.st_mode):
        raise ValueError("it is not a file")
    if found.st_size > KEPT_LISTING_BYTES:
        raise ValueError(str(LimitError(str(path), "KEPT_LISTING_BYTES")))
    return json.loads(path.read_bytes())


def _write(path: Path, content: Any) -> None:
    """Write JSON at once: a reader sees the old file or the new one, also after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.new")  # the lock keeps others from using this name
    discard(beside)
    if path.is_dir():
        discard(path)
    with beside.open("x", encoding="utf-8", newline="\n") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
