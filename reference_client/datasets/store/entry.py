"""What the store knows of one revision of a repository, and how that is written down."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from reference_client.datasets.store.models import DownloadedDataset, StoredFile
from reference_client.datasets.store.place import Place
from reference_client.validate import check_filename, is_commit_hash, is_digest

_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


@dataclass(frozen=True, slots=True)
class Record:
    """A file that belongs to a dataset.

    Attributes:
        path: in the repository.
        size: in bytes.
        etag: the Hub's digest of it: the sha256 of an LFS file, the git blob id of any other.
        sha256: of its content; None as long as it hasn't arrived.
        mtime_ns: when the file on disk was last changed, in ns since 1970, as of its last verification; None as
            long as it hasn't arrived.
    """

    path: str
    size: int
    etag: str
    sha256: str | None = None
    mtime_ns: int | None = None

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Record:
        """From JSON. Raises ValueError, KeyError or TypeError for anything that the store doesn't write."""
        record = cls(**{name: said[name] for name in cls.__slots__})
        check_filename(_text(record.path))
        numbers = [record.size, 0 if record.mtime_ns is None else record.mtime_ns]
        if not all(type(number) is int and number >= 0 for number in numbers):
            raise ValueError(f"'{record.path}' has no size and time.")
        if not is_digest(record.etag) or not (record.sha256 is None or is_digest(record.sha256)):
            raise ValueError(f"'{record.path}' has no digest.")
        return record

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Entry:
    """What belongs to a place, whether it has arrived or not.

    Attributes:
        place: the place of the dataset in the store.
        commit_hash: the commit that every file is of.
        patterns: the globs that chose the files.
        downloaded_at: when the last file arrived, or the download began, in UTC.
        files: sorted by path.
        obsolete: paths of files of an earlier commit, which are to be removed.
    """

    place: Place
    commit_hash: str
    patterns: tuple[str, ...]
    downloaded_at: str
    files: tuple[Record, ...]
    obsolete: tuple[str, ...] = ()

    @classmethod
    def of(cls, root: Path, said: Mapping[str, Any]) -> Entry:
        """From JSON. Raises ValueError, KeyError or TypeError for anything that the store doesn't write."""
        place = Place.of(root, *(_text(said[name]) for name in ("repo", "repo_type", "revision")))
        if said["local_path"] != place.name:
            raise ValueError(f"'{place.repo}' is in '{place.name}', not in '{said['local_path']}'.")
        if not is_commit_hash(said["commit_hash"]) or not _UTC.fullmatch(said["downloaded_at"]):
            raise ValueError(f"'{place.repo}' has no commit and time.")
        patterns, files, obsolete = (_list(said[name]) for name in ("patterns", "files", "obsolete"))
        for path in map(_text, obsolete):
            check_filename(path)
        return cls(
            place,
            said["commit_hash"],
            tuple(map(_text, patterns)),
            said["downloaded_at"],
            tuple(map(Record.of, files)),
            tuple(obsolete),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "repo": self.place.repo,
            "repo_type": self.place.repo_type,
            "revision": self.place.revision,
            "commit_hash": self.commit_hash,
            "local_path": self.place.name,
            "patterns": list(self.patterns),
            "downloaded_at": self.downloaded_at,
            "total_bytes": sum(file.size for file in self.files),
            "files": [file.to_json() for file in self.files],
            "obsolete": list(self.obsolete),
        }

    def to_dataset(self, *, complete: bool) -> DownloadedDataset:
        """For the public. Files that haven't arrived are left out."""
        arrived = tuple(StoredFile(file.path, file.size, file.sha256) for file in self.files if file.sha256)
        return DownloadedDataset(
            repo=self.place.repo,
            repo_type=self.place.repo_type,
            revision=self.place.revision,
            commit_hash=self.commit_hash,
            local_path=self.place.folder,
            files=arrived,
            total_bytes=sum(file.size for file in arrived),
            patterns=self.patterns,
            downloaded_at=self.downloaded_at,
            complete=complete,
        )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a {type(value).__name__} is in the place of a text")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"a {type(value).__name__} is in the place of a list")
    return value


def now() -> str:
    """The time in UTC, ISO 8601, as entries have it."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
