"""What the cache holds: repositories, their revisions and files, and the disk space they take.

Nothing is asked of the Hub and nothing changed. What doesn't look like a repository's cache becomes a warning:
others may keep their own things in the same folder.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from reference_client import settings

_TYPES = {"models": "model", "datasets": "dataset", "spaces": "space"}
_OURS = {".locks", "CACHEDIR.TAG"}
_HELPERS = {".DS_Store", "Thumbs.db", "desktop.ini"}  # made by an operating system


class CacheNotFound(Exception):
    """There is no cache folder."""


class CorruptedCacheException(Exception):
    """A folder in the cache is not a repository's, or is damaged."""


class _Sized:
    """Something with a `size_on_disk`, in bytes."""

    __slots__ = ()
    size_on_disk_str = property(lambda self: format_size(self.size_on_disk))


@dataclass(frozen=True, slots=True)
class CachedFileInfo(_Sized):
    """A file of a snapshot, and the blob that holds its content."""

    file_path: Path
    blob_path: Path
    size_on_disk: int
    blob_last_accessed: float = 0
    blob_last_modified: float = 0
    file_name = property(lambda self: self.file_path.name)


@dataclass(frozen=True, slots=True)
class CachedRevisionInfo(_Sized):
    """The files of a commit that are in the cache, and the branches and tags that stood for it.

    `last_modified` is when its newest file came, in seconds since 1970; of a snapshot without files, its own time.
    """

    commit_hash: str
    snapshot_path: Path
    files: frozenset[CachedFileInfo]
    refs: frozenset[str]
    nb_files = property(lambda self: len(self.files))
    size_on_disk = property(lambda self: _size(self.files))
    last_modified = property(lambda self: _newest(self.files, "modified") or self.snapshot_path.stat().st_mtime)


@dataclass(frozen=True, slots=True)
class CachedRepoInfo(_Sized):
    """A repository's cache. `nb_files` is how many blobs there are; `refs` maps branches and tags to revisions."""

    repo_id: str
    repo_type: str
    repo_path: Path
    revisions: frozenset[CachedRevisionInfo]
    cache_id = property(lambda self: f"{self.repo_type}/{self.repo_id}")
    refs = property(lambda self: {name: revision for revision in self.revisions for name in revision.refs})
    size_on_disk = property(lambda self: _size(self._files))
    last_accessed = property(lambda self: _newest(self._files, "accessed") or self.repo_path.stat().st_atime)
    last_modified = property(lambda self: _newest(self._files, "modified") or self.repo_path.stat().st_mtime)
    nb_files = property(lambda self: len({file.blob_path for file in self._files}))
    _files = property(lambda self: [file for revision in self.revisions for file in revision.files])


@dataclass(frozen=True, slots=True)
class HFCacheInfo(_Sized):
    """The whole cache, and what in it is not as it should be."""

    repos: frozenset[CachedRepoInfo]
    warnings: list[CorruptedCacheException]
    cache_dir: Path | None = None
    size_on_disk = property(lambda self: sum(repo.size_on_disk for repo in self.repos))


def scan_cache_dir(cache_dir: str | Path | None = None) -> HFCacheInfo:
    """Look through the cache.

    https://huggingface.co/docs/huggingface_hub/package_reference/cache#huggingface_hub.scan_cache_dir

    `cache_dir` None means HF_HUB_CACHE. Raises CacheNotFound if there is no such folder, ValueError if it is a file.
    """
    root = settings.resolved(settings.hub_cache() if cache_dir is None else cache_dir)
    if not root.exists():
        raise CacheNotFound(f"There is no cache at {root}: nothing was downloaded yet, or HF_HUB_CACHE is another.")
    if root.is_file():
        raise ValueError(f"The cache must be a folder, not a file: {root}.")
    repos, warnings = set(), []
    for path in root.iterdir():
        if path.name not in _OURS | _HELPERS:
            try:
                repos.add(_repo(path))
            except (CorruptedCacheException, OSError) as damage:  # of one repository, perhaps another user's
                warnings.append(CorruptedCacheException(str(damage)))
    return HFCacheInfo(frozenset(repos), warnings, root)


def format_size(size: float) -> str:
    """Bytes for people, such as `42.2K`."""
    for unit in ("", "K", "M", "G", "T", "P", "E", "Z"):
        if size < 1000:
            return f"{size:3.1f}{unit}"
        size /= 1000
    return f"{size:.1f}Y"


def _repo(path: Path) -> CachedRepoInfo:
    kind, _, name = path.name.partition("--")
    if kind not in _TYPES or not name or not (path / "snapshots").is_dir():
        raise CorruptedCacheException(f"This is not a repository's cache: {path}")
    if (path / "refs").is_file():
        raise CorruptedCacheException(f"This is not a folder of refs: {path / 'refs'}")
    refs = _refs(path / "refs")
    revisions = set()
    for snapshot in (path / "snapshots").iterdir():
        if snapshot.name not in _HELPERS:
            if not snapshot.is_dir():
                raise CorruptedCacheException(f"This is not a snapshot: {snapshot}")
            files = frozenset(map(_file, _below(snapshot)))
            revisions.add(CachedRevisionInfo(snapshot.name, snapshot, files, frozenset(refs.pop(snapshot.name, ()))))
    if refs:
        names = ", ".join(sorted(name for stood in refs.values() for name in stood))
        raise CorruptedCacheException(f"These refs stand for no snapshot: {names} in {path}")
    return CachedRepoInfo(name.replace("--", "/"), _TYPES[kind], path, frozenset(revisions))


def _refs(folder: Path) -> defaultdict[str, set[str]]:
    """The names of refs by the commit that they stand for."""
    found = defaultdict(set)
    for path in _below(folder):
        commit_hash = path.read_text("utf-8", "replace").strip() if path.is_file() else ""
        found[commit_hash].add(path.relative_to(folder).as_posix())
    return found


def _file(path: Path) -> CachedFileInfo:
    try:
        about = path.stat()
        return CachedFileInfo(path, path.resolve(strict=True), about.st_size, about.st_atime, about.st_mtime)
    except OSError:
        raise CorruptedCacheException(f"The blob is missing: {path}") from None


def _below(folder: Path) -> Iterator[Path]:
    """All files below a folder, and links that lead nowhere."""
    return (path for path in folder.rglob("*") if not path.is_dir() and path.name not in _HELPERS)


def _size(files: Iterable[CachedFileInfo]) -> int:
    """Bytes on disk: what several files have in common counts once."""
    return sum({file.blob_path: file.size_on_disk for file in files}.values())


def _newest(files: Iterable[CachedFileInfo], what: str) -> float:
    """The latest time of a kind, in seconds since 1970; 0 without files."""
    return max((getattr(file, f"blob_last_{what}") for file in files), default=0)
