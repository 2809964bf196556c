"""Files in a folder of the user's own, with notes beside them of what they are.

    <local_dir>/README.md
    <local_dir>/.cache/huggingface/.gitignore
    <local_dir>/.cache/huggingface/download/README.md.metadata      commit, etag, time of writing; a line each
    <local_dir>/.cache/huggingface/download/README.md.lock

A note's name is the file's with a suffix. Where that would be too long for a file system, or a folder would have the
name of a note, a digest stands for it.

https://huggingface.co/docs/huggingface_hub/guides/download#download-files-to-a-local-folder
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from reference_client.cache import CACHEDIR_TAG, read, write
from reference_client.locks import lock
from reference_client.settings import resolved
from reference_client.validate import has_etag, is_sha256

_CLOCK_TOLERANCE = 1.0  # seconds by which a file may seem newer than its note: file systems round times
_SKEW = 60.0  # seconds by which a note may seem to be of the future: the clocks of machines differ
_NAME_BYTES = 255  # of a file's name: what the usual file systems take


def notes_folder(local_dir: Path) -> Path:
    """Where the notes on a folder's files are."""
    return local_dir / ".cache" / "huggingface"


def _name(name: str, *, folder: bool) -> str:
    """A note's name without its suffix; with `folder`, that of the folder for notes on a folder's files."""
    taken = folder and name.casefold().endswith((".metadata", ".lock", ".soft", ".folder"))
    if taken or len(name.encode()) + len("" if folder else ".metadata") > _NAME_BYTES:
        return hashlib.sha256(name.encode()).hexdigest() + (".folder" if folder else ".long")
    return name


@dataclass(frozen=True, slots=True)
class LocalFileMetadata:
    """What a file was when it was downloaded."""

    commit_hash: str
    etag: str


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file in `local_dir` and the places of its notes."""

    root: Path
    path: Path
    metadata_path: Path
    lock_path: Path

    @classmethod
    def of(cls, local_dir: str | Path, filename: str) -> LocalFile:
        """The file of this name in the repository. Nothing is written: the folder may be another's, and complete."""
        if filename.replace("\\", "/").casefold().startswith(".cache/huggingface/"):
            raise OSError(f"'{filename}' cannot be put into a local_dir: the notes on its files are stored there.")
        root = resolved(local_dir)
        notes = notes_folder(root)
        *folders, name = PurePosixPath(filename).parts
        folder = notes.joinpath("download", *(_name(one, folder=True) for one in folders))
        stem = _name(name, folder=False)
        return cls(root, root / filename, folder / f"{stem}.metadata", folder / f"{stem}.lock")

    def make_room(self) -> None:
        """Make the file's folder, and mark the notes'. A file in place of a folder goes if it is known and unchanged.

        Raises OSError if there is a folder in place of the file, or a file of the user's in place of a folder.
        """
        for name, text in ((".gitignore", "*"), ("CACHEDIR.TAG", CACHEDIR_TAG)):
            if not (notes_folder(self.root) / name).exists():
                write(notes_folder(self.root) / name, text)
        advice = "Remove it, or choose another local_dir."
        if self.path.is_dir() and not self.path.is_symlink():
            raise OSError(f"'{self.path}' is a folder, and has to become a file. {advice}")
        if self.path.parent.is_dir():
            return
        for parent in reversed(self.path.relative_to(self.root).parents[:-1]):
            other = LocalFile.of(self.root, parent.as_posix())
            if not other.path.is_file():
                continue
            with lock(other.lock_path):
                if other.read_metadata() is None:
                    what = f"'{other.path}' is a file, and has to become a folder for '{self.path}'."
                    raise OSError(f"{what} It was changed, or not downloaded here. {advice}")
                other.path.unlink()
                other.metadata_path.unlink()
        self.path.parent.mkdir(parents=True, exist_ok=True)

    def read_metadata(self) -> LocalFileMetadata | None:
        """What the file was when it was downloaded; None if it was changed since, or nothing is known."""
        try:
            commit_hash, etag, written = read(self.metadata_path).splitlines()
            unchanged = self.path.stat().st_mtime - _CLOCK_TOLERANCE <= float(written) < time.time() + _SKEW
        except (OSError, ValueError):
            return None
        return LocalFileMetadata(commit_hash, etag) if unchanged else None

    def write_metadata(self, commit_hash: str, etag: str) -> None:
        """Note what the file is now. If that fails, there is no note, and the Hub will be asked again."""
        try:
            write(self.metadata_path, f"{commit_hash}\n{etag}\n{time.time()}\n")
        except OSError:  # such as a folder of this name: huggingface_hub makes one for notes below `a.metadata/`
            with contextlib.suppress(OSError):
                self.metadata_path.unlink()

    def has(self, etag: str, known: LocalFileMetadata | None) -> bool:
        """Whether the file has this etag: by its note, else by its sha256 if that is what the etag is."""
        if known:
            return known.etag == etag
        return is_sha256(etag) and has_etag(self.path, etag)
