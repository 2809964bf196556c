"""Downloading all files of a commit.

A commit never changes, so its listing is kept on disk and asked for only once. The format is `huggingface_hub`'s:
`{"format_version": 1, "files": {path: {"size", "blob_id", …}}}`.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any

from reference_client.api import HfApi
from reference_client.cache import RepoCache, is_file, read, write
from reference_client.download import WantedFile, obtain, unavailable
from reference_client.errors import IncompleteSnapshotError, OfflineModeIsEnabled, RevisionNotFoundError
from reference_client.limits import KEPT_LISTING_BYTES, LimitError
from reference_client.local_dir import notes_folder
from reference_client.metadata import HfFileMetadata, check_commit_hash, hf_hub_url
from reference_client.models import AnswerError, BlobLfsInfo, RepoFile, answer_of, optional, size, text, typed
from reference_client.session import Session
from reference_client.settings import Token, hides_token, resolved
from reference_client.validate import check_filename, check_revision, is_commit_hash, is_digest

_FORMAT_VERSION = 1


@hides_token
def snapshot_download(
    repo_id: str,
    *,
    repo_type: str | None = None,
    revision: str | None = None,
    cache_dir: str | Path | None = None,
    local_dir: str | Path | None = None,
    etag_timeout: float | None = None,
    force_download: bool = False,
    token: Token = None,
    local_files_only: bool = False,
    allow_patterns: list[str] | str | None = None,
    ignore_patterns: list[str] | str | None = None,
    max_workers: int = 8,
    endpoint: str | None = None,
) -> str:
    """Make sure that all files of a revision are on disk, all of the same commit, and say where.

    The revision is resolved once, and every file is that commit's, even if the branch moves meanwhile. The
    tree says what each file is, so a file costs no request but that for its body; one that is there, none.
    https://huggingface.co/docs/huggingface_hub/package_reference/file_download#huggingface_hub.snapshot_download

    Args:
        allow_patterns: only files whose path matches one of these, as in a shell, but `*` also matches `/`.
        ignore_patterns: no files whose path matches one of these.
        max_workers: how many files are fetched at the same time.

    The other arguments are `hf_hub_download`'s. Returns the path of the snapshot's folder, or of `local_dir`. Raises
    IncompleteSnapshotError if the Hub couldn't or shouldn't be asked and some files are not on disk, and as
    `hf_hub_download` does.
    """
    revision = check_revision(revision)
    cache = RepoCache.of(cache_dir, repo_id, repo_type)
    session = Session.of(endpoint, token)
    patterns = Patterns(None if allow_patterns is None else _globs(allow_patterns), _globs(ignore_patterns or []))
    place = _Place(cache, None if local_dir is None else resolved(local_dir))
    try:
        if local_files_only:
            raise OfflineModeIsEnabled("local_files_only=True forbids to ask the Hub.")
        commit_hash = resolve_revision(session, cache, revision)
        listed = list_files(session, cache, commit_hash, place.tree(commit_hash))
        files = [file for file in listed if patterns.want(file.path)]
        with answer_of(session.endpoint):
            for file in files:
                check_filename(file.path)
    except RevisionNotFoundError:
        raise
    except OSError as failure:
        return str(fall_back(place, revision, patterns, failure))

    url = partial(hf_hub_url, repo_id, repo_type=repo_type, revision=commit_hash, endpoint=session.endpoint)
    wanted = []
    for file in files:
        one = WantedFile(session, cache, commit_hash, file.path, local_dir, force_download, etag_timeout)
        # What a HEAD request would say of the file; its tree may hide that.
        known = HfFileMetadata(commit_hash, file.etag, url(file.path), file.size)
        wanted.append(replace(one, metadata=known) if is_digest(file.etag) else one)
    obtain_all(wanted, max_workers)
    cache.remember_commit(revision, commit_hash)
    return str(place.folder(commit_hash))


@dataclass(frozen=True, slots=True)
class Patterns:
    """Which files are wanted, by globs for their paths."""

    allow: list[str] | None
    ignore: list[str]

    def want(self, path: str) -> bool:
        """Whether a file is wanted. `\\` in its path is a slash, as it is in patterns."""
        path = path.replace("\\", "/")
        allowed = self.allow is None or any(fnmatchcase(path, pattern) for pattern in self.allow)
        return allowed and not any(fnmatchcase(path, pattern) for pattern in self.ignore)


def _globs(patterns: list[str] | str) -> list[str]:
    """The patterns as a list; one for a folder (`data/`) means everything in it, and `\\` is a slash."""
    listed = [pattern.replace("\\", "/") for pattern in ([patterns] if isinstance(patterns, str) else patterns)]
    return [f"{pattern}*" if pattern.endswith("/") else pattern for pattern in listed]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a snapshot and its listing are: in the cache, or in a folder of the user's own."""

    cache: RepoCache
    local_dir: Path | None

    def folder(self, commit_hash: str) -> Path:
        return self.local_dir or self.cache.snapshot(commit_hash)

    def tree(self, commit_hash: str) -> Path:
        notes = notes_folder(self.local_dir) if self.local_dir else self.cache.folder
        return notes / "trees" / f"{commit_hash}.json"

    def resolve(self, revision: str) -> str | None:
        """The commit of what is on disk; a folder of the user's own may know it by its last listing, or by a note."""
        known = self.cache.resolve(revision)
        if self.local_dir is None or is_commit_hash(revision) or (known and self.tree(known).is_file()):
            return known
        kept = [path for path in self.tree("").parent.glob("*.json") if is_commit_hash(path.stem)]
        noted = (read(note).partition("\n")[0] for note in notes_folder(self.local_dir).rglob("*.metadata"))
        found = [max(kept, key=lambda path: path.stat().st_mtime).stem] if kept else filter(is_commit_hash, noted)
        return next(iter(found), known)

    def holds_anything(self, commit_hash: str) -> bool:
        """Whether there is a file of the repository in the folder."""
        folder = self.folder(commit_hash)
        notes = folder / ".cache"
        return any(path.is_file() and notes not in path.parents for path in folder.rglob("*"))


def resolve_revision(session: Session, cache: RepoCache, revision: str) -> str:
    """The commit that a revision stands for now."""
    if is_commit_hash(revision):
        return revision
    info = _api(session).repo_info(cache.repo_id, repo_type=cache.repo_type, revision=revision)
    return check_commit_hash(info.sha, session.endpoint)


def list_files(session: Session, cache: RepoCache, commit_hash: str, kept: Path) -> list[RepoFile]:
    """The files of a commit, as the listing kept on disk says, else as the Hub does."""
    files = read_tree(kept)
    if files is None:
        kind = cache.repo_type
        tree = _api(session).list_repo_tree(cache.repo_id, recursive=True, revision=commit_hash, repo_type=kind)
        with answer_of(session.endpoint):
            files = _by_path(item for item in tree if isinstance(item, RepoFile))
        if all(map(is_told, files)):
            write_tree(kept, files)
    return files


def _api(session: Session) -> HfApi:
    return HfApi(session.endpoint, session.token or False)


def fall_back(place: _Place, revision: str, patterns: Patterns, failure: OSError) -> Path:
    """What is on disk of a snapshot that the Hub couldn't be asked for."""
    commit_hash = place.resolve(revision)
    if commit_hash is None or not place.holds_anything(commit_hash):
        raise unavailable(f"The snapshot of '{place.cache.repo_id}'", failure)
    folder = place.folder(commit_hash)
    files = read_tree(place.tree(commit_hash))
    if files is None and isinstance(failure, (AnswerError, LimitError)):
        raise failure  # nobody knows what the snapshot should have
    sizes = {one.path: None if place.local_dir else one.size for one in files or [] if patterns.want(one.path)}
    missing = [path for path, size in sizes.items() if not is_file(folder / path, size)]  # local ones may be edited
    if missing:
        lack = f"The snapshot of '{place.cache.repo_id}' lacks {len(missing)} files, such as '{missing[0]}'"
        raise IncompleteSnapshotError(f"{lack}, and the Hub could not be asked: {failure}", str(folder)) from failure
    return folder


def obtain_all(files: list[WantedFile], max_workers: int) -> None:
    """Obtain files side by side. The first failure is raised; nothing begins after it, and what runs breaks off."""
    with ThreadPoolExecutor(max_workers) as pool:
        try:
            for obtained in wait([pool.submit(obtain, file) for file in files], return_when=FIRST_EXCEPTION).done:
                obtained.result()
        except BaseException:
            for file in files:
                file.session.cancel()
            pool.shutdown(cancel_futures=True)
            raise


def read_tree(path: Path) -> list[RepoFile] | None:
    """The listing kept at a path, or None if there is none that can be read."""
    try:
        said = typed(dict, json.loads(read(path, KEPT_LISTING_BYTES)))
        if said.get("format_version") != _FORMAT_VERSION:
            return None
        files = _by_path(_file(*item) for item in typed(dict, said.get("files"), "files").items())
    except (OSError, ValueError, RecursionError):
        return None
    return files if all(map(is_told, files)) else None


def is_told(file: RepoFile) -> bool:
    """Whether a listing shows all digests of a file: a gated repository's are masked for some."""
    return is_digest(file.etag) and (file.xet_hash is None or is_digest(file.xet_hash))


def _by_path(files: Iterable[RepoFile]) -> list[RepoFile]:
    """The files, the last one of each path. Raises ValueError if one is a folder, too."""
    paths = {file.path: file for file in files}
    for path in paths:
        for folder in accumulate(path.split("/")[:-1], "{}/{}".format):
            if folder in paths:
                raise ValueError(f"'{folder}' is a file, and the folder of '{path}'")
    return list(paths.values())


def _file(name: str, said: Any) -> RepoFile:
    check_filename(name, to_write=False)
    said = typed(dict, said)
    lfs = BlobLfsInfo.of_sha256(text(said, "lfs_sha256"), size(said, "lfs_size")) if "lfs_sha256" in said else None
    return RepoFile(name, size(said, "size"), text(said, "blob_id"), lfs, optional(said, "xet_hash"))


def write_tree(path: Path, files: Iterable[RepoFile]) -> None:
    """Keep a listing. Failing to is no harm: it will be asked for again."""
    listing: dict[str, dict[str, Any]] = {}
    for file in sorted(files, key=lambda file: file.path):
        lfs = {"lfs_sha256": file.lfs.sha256, "lfs_size": file.lfs.size} if file.lfs else {}
        xet = {"xet_hash": file.xet_hash} if file.xet_hash else {}
        listing[file.path] = {"size": file.size, "blob_id": file.blob_id, **lfs, **xet}
    with contextlib.suppress(OSError):
        write(path, json.dumps({"format_version": _FORMAT_VERSION, "files": listing}, indent=1))
