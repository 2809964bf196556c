"""The cache on disk, as `huggingface_hub` lays it out, so that both can use the same one.

    datasets--openai--gsm8k/
        blobs/<etag>                       a file's content
        refs/main                          the commit that a branch or tag stood for when last looked at
        snapshots/<commit>/README.md       a relative link to ../../blobs/<etag>
        .no_exist/<commit>/missing.txt     empty: this commit has no such file
        trees/<commit>.json                what this commit consists of
    .locks/datasets--openai--gsm8k/<etag>.lock

Nothing gets its final name before it is complete: contents are written beside it and renamed.
https://huggingface.co/docs/huggingface_hub/guides/manage-cache
"""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from reference_client import settings
from reference_client.limits import NOTE_BYTES
from reference_client.locks import lock
from reference_client.validate import check_filename, check_repo_id, check_repo_type, check_revision, is_commit_hash

_CACHED_NO_EXIST: Final[Any] = object()
"""What `try_to_load_from_cache` returns for a file that is known not to exist."""

CACHEDIR_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# A cache of files of the Hugging Face Hub.\n"
"""Tells backup programs to pass this folder by: https://bford.info/cachedir/."""


@dataclass(frozen=True)
class RepoCache:
    """The cache of one repository."""

    root: Path  # the folder that holds every repository's cache, HF_HUB_CACHE
    repo_id: str  # as the caller wrote it: the Hub may know the repository by another name by now
    repo_type: str  # `model`, `dataset` or `space`

    @classmethod
    def of(cls, cache_dir: str | Path | None, repo_id: str, repo_type: str | None) -> RepoCache:
        """The cache that public functions' arguments ask for.

        Raises HFValidationError or ValueError if no repository can have this id or type.
        """
        check_repo_id(repo_id)
        root = settings.hub_cache() if cache_dir is None else settings.expanded(cache_dir)
        return cls(root.absolute(), repo_id, check_repo_type(repo_type))

    @functools.cached_property
    def folder(self) -> Path:
        return self.root / f"{self.repo_type}s--{self.repo_id.replace('/', '--')}"

    def blob(self, etag: str) -> Path:
        return self.folder.joinpath("blobs", etag)

    def snapshot(self, commit_hash: str) -> Path:
        return self.folder.joinpath("snapshots", commit_hash)

    def pointer(self, commit_hash: str, filename: str) -> Path:
        return self.folder.joinpath("snapshots", commit_hash, filename)

    def no_exist(self, commit_hash: str, filename: str) -> Path:
        return self.folder.joinpath(".no_exist", commit_hash, filename)

    def resolve(self, revision: str) -> str | None:
        """The commit that a revision stood for when the Hub was last asked; None if it never was."""
        if is_commit_hash(revision):
            return revision
        commit_hash = self._read_ref(revision).strip()  # others may end it with a newline
        return commit_hash if is_commit_hash(commit_hash) else None

    def find(self, revision: str, filename: str) -> Path | None:
        """The file as the cache has it, or None."""
        commit_hash = self.resolve(revision)
        pointer = self.pointer(commit_hash, filename) if commit_hash else None
        return pointer if pointer and is_file(pointer) else None

    def remember_commit(self, revision: str, commit_hash: str) -> None:
        """Note the commit that a branch or tag stands for now, unless the cache is read-only."""
        with contextlib.suppress(OSError):
            if revision != commit_hash and self._read_ref(revision) != commit_hash:
                write(self.folder / "refs" / revision, commit_hash)

    def _read_ref(self, revision: str) -> str:
        return read(self.folder / "refs" / revision)

    def remember_absence(self, commit_hash: str, filename: str) -> None:
        """Note that a commit has no such file, unless the cache is read-only."""
        marker = self.no_exist(commit_hash, filename)
        with contextlib.suppress(OSError):
            marker.parent.mkdir(parents=True, exist_ok=True)
            marker.touch()

    def link(self, etag: str, commit_hash: str, filename: str, *, new: bool) -> None:
        """Make a blob appear in a snapshot, by a relative link.

        Where there can be no links, a new blob is moved there, and one that others may use is copied.
        """
        pointer = self.pointer(commit_hash, filename)
        target = "../" * (filename.count("/") + 2) + f"blobs/{etag}"
        if _symlink(target, pointer):
            return
        pointer.parent.mkdir(parents=True, exist_ok=True)
        with temporary(pointer) as beside:
            if not _symlink(target, beside):
                blob = self.blob(etag)
                shutil.move(blob, beside) if new else shutil.copyfile(blob, beside)
            beside.replace(pointer)

    def lock(self, etag: str, check: Callable[[], None]) -> AbstractContextManager[None]:
        """Hold others off, in this process and in others, from fetching the same blob at the same time."""
        return lock(self.root.joinpath(".locks", self.folder.name, f"{etag}.lock"), check)

    def prepare(self) -> None:
        """Make the folder that a blob needs, and mark the cache as one."""
        tag = self.root / "CACHEDIR.TAG"
        self.folder.joinpath("blobs").mkdir(parents=True, exist_ok=True)
        if not tag.exists():
            write(tag, CACHEDIR_TAG)


def is_file(path: Path, size: int | None = None) -> bool:
    """Whether there is a file that can be looked at, of this size in bytes if one is given: nobody has cut it."""
    try:
        found = path.stat()
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and size in (None, found.st_size)


@contextlib.contextmanager
def temporary(path: Path) -> Iterator[Path]:
    """A name beside a path that nobody else uses, for a file that is then renamed. If that fails, it is removed."""
    beside = path.with_name(f".{os.urandom(8).hex()}.tmp")  # short, however long the path's own name is
    try:
        yield beside
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def move(source: Path, destination: Path) -> None:
    """Rename a file. Across file systems it is copied beside its new place first, so nobody sees half of it."""
    try:
        source.replace(destination)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        with temporary(destination) as beside:
            shutil.copyfile(source, beside)
            beside.replace(destination)
        source.unlink()


def read(path: Path, limit: int = NOTE_BYTES) -> str:
    """What `write` wrote; nothing for what it can't have written, such as a pipe, which would be waited for."""
    try:
        found = path.stat()
        return path.read_text("utf-8") if stat.S_ISREG(found.st_mode) and found.st_size <= limit else ""
    except (OSError, ValueError):
        return ""


def write(path: Path, text: str) -> None:
    """Write a small file at once: a reader sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with temporary(path) as beside:
        beside.write_text(text, encoding="utf-8", newline="\n")
        beside.replace(path)


def _symlink(target: str, link: Path) -> bool:
    if settings.flag("HF_HUB_DISABLE_SYMLINKS"):
        return False
    try:
        link.symlink_to(target)
    except OSError:  # the name is taken, there is no folder, no links, or on Windows no privilege
        return False
    return True


def try_to_load_from_cache(
    repo_id: str,
    filename: str,
    cache_dir: str | Path | None = None,
    revision: str | None = None,
    repo_type: str | None = None,
) -> str | Any | None:
    """Look a file up in the cache, without asking the Hub.

    https://huggingface.co/docs/huggingface_hub/package_reference/cache#huggingface_hub.try_to_load_from_cache

    The arguments are `hf_hub_download`'s. Returns the path; `_CACHED_NO_EXIST` if the commit is known to have no such
    file; None if nothing is known. Raises ValueError if an argument is not what it should be.
    """
    revision = check_revision(revision)
    check_filename(filename)
    cache = RepoCache.of(cache_dir, repo_id, repo_type)
    commit_hash = cache.resolve(revision)
    if commit_hash and is_file(cache.no_exist(commit_hash, filename)):
        return _CACHED_NO_EXIST
    found = cache.find(revision, filename)
    return str(found) if found else None
