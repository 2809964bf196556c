"""Where in the store a repository's files and notes are, and that they are nowhere else."""

from __future__ import annotations

import errno
import hashlib
import logging
import shutil
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from reference_client.datasets.store.errors import StoreError, StoreUsageError
from reference_client.locks import lock
from reference_client.validate import check_repo_id, check_repo_type, check_revision

NOTES = ".hub-reference"
CANNOT_BE_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)
"""Error numbers of the system for a missing file."""

logger = logging.getLogger("reference_client.datasets.store")


@dataclass(frozen=True, slots=True)
class Place:
    """The folders of one revision of a repository. Made by `Place.of`, which checks that they can be.

    Args:
        root: the store's folder, absolute and without links.
        repo: `owner/name`.
        repo_type: `dataset`, `model` or `space`.
        revision: as the caller wrote it.
    """

    root: Path
    repo: str
    repo_type: str
    revision: str

    @classmethod
    def of(cls, root: Path, repo: str, repo_type: str, revision: str) -> Place:
        """The place of a revision. Raises StoreUsageError for a name that no repository or revision can have."""
        try:
            check_repo_id(repo)
            repo_type = check_repo_type(repo_type)
            revision = check_revision(revision)
        except ValueError as error:
            raise StoreUsageError(str(error)) from error
        if "/" not in repo:
            raise StoreUsageError(f"Name a repository as 'owner/name': '{repo}'.")
        if repo_type == "dataset" and repo.casefold().startswith("index.json"):
            raise StoreUsageError(f"'{repo}' can't be in a store, whose own index has this name.")
        return cls(root, repo, repo_type, revision)

    @property
    def name(self) -> str:
        """The path of the folder below the root: `owner/name` for `main` of a dataset.

        No repository's name has an `@` or `--`, so nothing else can come to have this path.
        """
        prefix = "" if self.repo_type == "dataset" else f"{self.repo_type}s--"
        suffix = "" if self.revision == "main" else f"@{quote(self.revision, safe='')}"
        return f"{prefix}{self.repo}{suffix}"

    @property
    def folder(self) -> Path:
        """Stands for the repository's own folder."""
        return self.root / self.name

    @property
    def note(self) -> Path:
        """A copy of this place's index entry, so that the index can be rebuilt."""
        return self._notes / "entry.json"

    @property
    def arriving(self) -> Path:
        """The folder for files on their way."""
        return self._notes / "arriving"

    @property
    def _notes(self) -> Path:
        return self.root / NOTES / "datasets" / self.name

    def file(self, path: str) -> Path:
        """The file with this path in the repository, which must have been checked.

        Raises:
            StoreError: a symbolic link in the store leads elsewhere.
        """
        return _checked(self.folder / path)

    def arrived(self, path: str, etag: str) -> Path:
        """Where a file's body is when it is complete, but not in its place yet."""
        return self.arriving / f"{etag}-{hashlib.sha256(path.encode()).hexdigest()[:8]}"

    def incomplete(self, path: str, etag: str) -> Path:
        """Where a file's body grows."""
        return self.arrived(path, etag).with_suffix(".incomplete")

    def lock(self) -> AbstractContextManager[None]:
        """Hold others off from changing this place at the same time.

        Raises:
            StoreError: a symbolic link in the store leads elsewhere.
        """
        _checked(self.arriving / "any")
        return lock(self._notes / "lock")

    def ignores_case(self) -> bool:
        """Whether `A` and `a` are the same file here. The place must be locked."""
        return (self._notes / "LOCK").exists()

    def remove(self, paths: Iterable[str]) -> None:
        """Remove files of these paths, which must have been checked, and the folders that become empty.

        What isn't there is fine; what is only reached by a symbolic link stays, with a warning.
        """
        for path in paths:
            file = self.folder / path
            if not _is_direct(file):
                logger.warning("%s was not removed: a symbolic link leads there.", file)
                continue
            try:
                file.unlink()
            except OSError as error:
                if error.errno not in CANNOT_BE_THERE:
                    if not file.is_dir():
                        raise
                    logger.warning("%s was not removed: it is a folder.", file)
            self._remove_empty_folders(file)

    def forget(self) -> None:
        """Remove the note, and what was on its way. The lock stays: others may wait for it."""
        discard(self.note)
        self.clear()

    def clear(self) -> None:
        """Remove what was on its way. What can't be removed stays, with a warning: nothing depends on it."""
        try:
            discard(self.arriving)
        except OSError as error:
            logger.warning("%s was not removed: %s.", self.arriving, error)

    def _remove_empty_folders(self, file: Path) -> None:
        for folder in file.parents:
            if folder == self.root:
                return
            try:
                folder.rmdir()
            except FileNotFoundError:
                continue
            except OSError:
                return  # it isn't empty


def discard(path: Path) -> None:
    """Remove a file or folder of the store's own, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _is_direct(file: Path) -> bool:
    """Whether the way to a file goes by no symbolic link. Its root was resolved before."""
    try:
        return file.parent.resolve() == file.parent
    except (OSError, RuntimeError):  # a circle of links
        return False


def _checked(file: Path) -> Path:
    if not _is_direct(file):
        raise StoreError(f"{file.parent} leads elsewhere by a symbolic link, which the store doesn't follow.")
    return file
