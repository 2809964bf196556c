"""What to download, and what has been."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reference_client.datasets.store.errors import StoreUsageError
from reference_client.limits import PATTERN_BYTES, LimitError


@dataclass(frozen=True, slots=True)
class DatasetConfig:
    """What to download.

    Attributes:
        repo: `owner/name`.
        revision: branch, tag, ref (`refs/pr/1`) or commit.
        access_token: sent to the Hub; None means HF_TOKEN, if there is one.
        file_pattern: a glob, or several, of paths in the repository; see `datasets.globs.matches`. A folder
            with a slash (`data/`) means all that is in it, and an exact path means that file alone.
        repo_type: `dataset`, `model` or `space`.
    """

    repo: str
    revision: str = "main"
    access_token: str | None = field(default=None, repr=False)
    file_pattern: str | Sequence[str] = "**/*.parquet"
    repo_type: str = "dataset"

    def patterns(self) -> tuple[str, ...]:
        """The globs, each once. Raises StoreUsageError if the list is empty, or a glob is empty or too long."""
        listed = [self.file_pattern] if isinstance(self.file_pattern, str) else list(self.file_pattern)
        if not listed or not all(listed):
            raise StoreUsageError("There must be a file pattern, such as '**/*.parquet', and none may be empty.")
        if any(len(glob.encode("utf-8", "surrogatepass")) > PATTERN_BYTES for glob in listed):
            raise StoreUsageError(str(LimitError("A file pattern", "PATTERN_BYTES")))
        return tuple(dict.fromkeys(f"{glob}**" if glob.endswith("/") else glob for glob in listed))


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file on disk: its path in the repository, its size in bytes, its sha256 in hex."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class DownloadedDataset:
    """What is on disk of one revision of a repository.

    Attributes:
        repo: `owner/name`.
        repo_type: `dataset`, `model` or `space`.
        revision: as it was asked for.
        commit_hash: its commit at that time, 40 hex digits. Every file is this commit's.
        local_path: absolute path of the folder that mirrors the repository's root.
        files: sorted by path.
        total_bytes: the sum of their sizes.
        patterns: the globs that chose them.
        downloaded_at: when that was completed: ISO 8601, UTC, ending in `Z`.
        complete: whether all files are on disk, and are what they were. False after a download that was broken off,
            and when files vanished or changed: `Store.download` brings what is missing.
    """

    repo: str
    repo_type: str
    revision: str
    commit_hash: str
    local_path: Path
    files: tuple[StoredFile, ...]
    total_bytes: int
    patterns: tuple[str, ...]
    downloaded_at: str
    complete: bool
