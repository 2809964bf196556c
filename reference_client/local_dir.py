"""Files in a folder of the user's own, with notes beside them of what they are.

    <local_dir>/README.md
    <local_dir>/.cache/huggingface/.gitignore
    <local_dir>/.cache/huggingface/download/README.md.metadata      commit, etag, time of writing; a line each
    <local_dir>/.cache/huggingface/download/README.md.lock

https://huggingface.co/docs/huggingface_hub/guides/download#download-files-to-a-local-folder
"""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from reference_client.cache import CACHEDIR_TAG, write
from reference_client.digest import has_etag, is_sha256
from reference_client.locks import lock
from reference_client.settings import resolved

_CLOCK_TOLERANCE = 1.0
"""Seconds by which a file may seem newer than its note: file systems round times."""


def notes_folder(local_dir: Path) -> Path:
    """Where the notes on a folder's files are."""
    return local_dir / ".cache" / "huggingface"


@dataclass(frozen=True, slots=True)
class LocalFileMetadata:
    """What a file was when it was downloaded."""

    commit_hash: str
    etag: str


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file in `local_dir` and the places of its notes."""

    path: Path
    metadata_path: Path
    lock_path: Path

    @classmethod
    def of(cls, local_dir: str | Path, filename: str) -> LocalFile:
        """The file of this name in the repository. Makes the folder for its notes."""
        if filename.replace("\\", "/").casefold().startswith(".cache/huggingface/"):
            raise OSError(f"'{filename}' cannot be put into a local_dir: notes on its files have their place there.")
        root = resolved(local_dir)
        notes = notes_folder(root)
        for name, text in ((".gitignore", "*"), ("CACHEDIR.TAG", CACHEDIR_TAG)):
            if not (notes / name).exists():
                write(notes / name, text)
        note = notes / "download" / filename
        note.parent.mkdir(parents=True, exist_ok=True)
        return cls(root / filename, note.with_name(f"{note.name}.metadata"), note.with_name(f"{note.name}.lock"))

    def lock(self) -> AbstractContextManager[None]:
        """Hold others off from replacing the file at the same time."""
        return lock(self.lock_path)

    def read_metadata(self) -> LocalFileMetadata | None:
        """What the file was when it was downloaded; None if it was changed since, or nothing is known."""
        try:
            commit_hash, etag, written = self.metadata_path.read_text(encoding="utf-8").splitlines()
            unchanged = self.path.stat().st_mtime - _CLOCK_TOLERANCE <= float(written)
        except (OSError, ValueError):
            return None
        return LocalFileMetadata(commit_hash, etag) if unchanged else None

    def write_metadata(self, commit_hash: str, etag: str) -> None:
        """Note what the file is now."""
        write(self.metadata_path, f"{commit_hash}\n{etag}\n{time.time()}\n")

    def has(self, etag: str, known: LocalFileMetadata | None) -> bool:
        """Whether the file has this etag: by its note, else by its sha256 if that is what the etag is."""
        if known:
            return known.etag == etag
        return is_sha256(etag) and has_etag(self.path, etag)
