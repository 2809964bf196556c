"""Downloading one file."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from reference_client import errors, settings
from reference_client.cache import RepoCache, is_file, move, temporary
from reference_client.local_dir import LocalFile
from reference_client.locks import lock
from reference_client.metadata import HfFileMetadata, check_commit, hf_hub_url, read_metadata
from reference_client.session import Session, is_transient
from reference_client.transfer import fetch
from reference_client.validate import check_filename, check_revision, has_etag, is_commit_hash, is_digest

PATIENT_TIMEOUT = 60.0
"""Seconds to wait for a file's metadata when there is no file on disk to fall back on."""


@settings.hides_token
def hf_hub_download(
    repo_id: str,
    filename: str,
    *,
    subfolder: str | None = None,
    repo_type: str | None = None,
    revision: str | None = None,
    cache_dir: str | Path | None = None,
    local_dir: str | Path | None = None,
    force_download: bool = False,
    etag_timeout: float | None = None,
    token: settings.Token = None,
    local_files_only: bool = False,
    endpoint: str | None = None,
) -> str:
    """Make sure that a file of the Hub is on disk and up to date, and say where.

    What is on disk is used as far as it can be: a file of a full commit hash without any request, a file of a
    branch after asking what the branch stands for (HEAD), whatever there is when the Hub can't be reached.
    https://huggingface.co/docs/huggingface_hub/package_reference/file_download#huggingface_hub.hf_hub_download

    Args:
        filename: path in the repository, below `subfolder` if that is given.
        repo_type: `model` (also for None), `dataset` or `space`.
        revision: branch, tag, ref (`refs/pr/1`) or commit; None means `main`.
        local_dir: put the file itself here, at its path in the repository, instead of in the cache.
        token: see `settings.Token`.
        etag_timeout: seconds to wait for the file's metadata; None means HF_HUB_ETAG_TIMEOUT.
        cache_dir, endpoint: None means HF_HUB_CACHE and HF_ENDPOINT.

    Raises:
        RepositoryNotFoundError, GatedRepoError, RevisionNotFoundError, RemoteEntryNotFoundError: the Hub says so.
        LocalEntryNotFoundError: the Hub couldn't or shouldn't be asked, and the file isn't on disk.
        HFValidationError, ValueError: an argument is not what it should be.
        OSError: the body couldn't be fetched, or isn't what the Hub says it is.
    """
    revision = check_revision(revision)
    filename = f"{subfolder}/{filename}" if subfolder else filename
    check_filename(filename)
    cache = RepoCache.of(cache_dir, repo_id, repo_type)
    if force_download and local_files_only:
        raise ValueError("force_download=True and local_files_only=True exclude each other.")
    if force_download and settings.offline():
        raise ValueError("force_download=True is impossible while HF_HUB_OFFLINE is set.")
    pinned = local_dir is None and not force_download and is_commit_hash(revision)  # needs neither Hub nor token
    if pinned and (cached := cache.find(revision, filename)):
        return str(cached)
    session = Session.of(endpoint, token)
    wanted = WantedFile(session, cache, revision, filename, local_dir, force_download, etag_timeout, local_files_only)
    return str(obtain(wanted))


@settings.hides_token
def read_file(
    repo_id: str,
    filename: str,
    *,
    repo_type: str | None = None,
    revision: str | None = None,
    token: settings.Token = None,
    endpoint: str | None = None,
) -> bytes:
    """The content of a file of the Hub, verified, past the cache. Arguments and errors are `hf_hub_download`'s."""
    from tempfile import TemporaryDirectory  # takes long to import

    session, revision = Session.of(endpoint, token), check_revision(revision)
    check_filename(filename)
    url = hf_hub_url(repo_id, filename, repo_type=repo_type, revision=revision, endpoint=session.endpoint)
    file = read_metadata(session, url, timeout=None, retry=True)
    check_commit(revision, file.commit_hash, url)
    with TemporaryDirectory() as folder:
        content = Path(folder, "content")
        fetch(session, file, Path(folder, "incomplete"), content)
        return content.read_bytes()


@dataclass(frozen=True, slots=True)
class WantedFile:
    """A file that is to be on disk; the fields are `hf_hub_download`'s arguments."""

    session: Session
    cache: RepoCache
    revision: str
    filename: str
    local_dir: str | Path | None
    force: bool
    etag_timeout: float | None
    local_files_only: bool = False
    metadata: HfFileMetadata | None = None  # what the Hub says of the file, if it has said so already

    size = property(lambda self: self.metadata and self.metadata.size)


def obtain(file: WantedFile) -> Path:
    """`hf_hub_download` with its arguments already checked."""
    if file.local_dir is None:
        return into_cache(file)
    return into_local_dir(file, LocalFile.of(file.local_dir, file.filename))


def into_cache(file: WantedFile) -> Path:
    """Make sure that the cache holds a file, and return its path in the snapshot. Raises as `hf_hub_download` does."""
    cache = file.cache
    cached = None if file.force else cache.find(file.revision, file.filename)
    if cached and is_commit_hash(file.revision) and is_file(cached, file.size):
        return cached
    try:
        found = look_up(file, cached)
    except errors.RemoteEntryNotFoundError as error:
        commit_hash = error.response.headers.get("X-Repo-Commit", "")
        if is_commit_hash(commit_hash) and not (is_commit_hash(file.revision) and commit_hash != file.revision):
            cache.remember_absence(commit_hash, file.filename)
            cache.remember_commit(file.revision, commit_hash)
        raise
    if isinstance(found, Path):
        return found
    pointer = cache.pointer(found.commit_hash, file.filename)
    if file.force or not is_file(pointer, found.size):
        cache.prepare()
        blob = cache.blob(found.etag)
        with cache.lock(found.etag, file.session.require_not_cancelled):
            new = file.force or not is_file(blob, found.size)
            if new:
                fetch(file.session, found, blob.with_name(f"{blob.name}.{os.urandom(4).hex()}.incomplete"), blob)
            cache.link(found.etag, found.commit_hash, file.filename, new=new)
    cache.remember_commit(file.revision, found.commit_hash)
    return pointer


def into_local_dir(file: WantedFile, local: LocalFile) -> Path:
    """Make sure that a local folder holds a file, and return its path. Raises as `hf_hub_download` does."""
    known = local.read_metadata()
    present = local.path if is_file(local.path) and not file.force else None
    if present and known and known.commit_hash == file.revision and is_file(present, file.size):
        return present
    found = look_up(file, present)
    if isinstance(found, Path):
        return found
    local.make_room()
    with lock(local.lock_path, file.session.require_not_cancelled):  # for the file and its note: they change together
        if file.force or not (is_file(local.path, found.size) and local.has(found.etag, local.read_metadata())):
            with temporary(local.metadata_path) as incomplete:
                if _copied(file, found, incomplete):
                    move(incomplete, local.path)
                else:
                    fetch(file.session, found, incomplete, local.path)
        local.write_metadata(found.commit_hash, found.etag)
    return local.path


def _copied(file: WantedFile, found: HfFileMetadata, destination: Path) -> bool:
    """Copy a file out of the cache, if it is there and what the Hub says it is."""
    cached = None if file.force else file.cache.find(found.commit_hash, file.filename)
    if cached is None or not is_file(cached, found.size):
        return False
    shutil.copyfile(cached, destination)
    if not is_digest(found.etag) or has_etag(destination, found.etag):
        return True
    destination.unlink()
    return False


def look_up(file: WantedFile, present: Path | None) -> HfFileMetadata | Path:
    """Ask the Hub what the file is now. If it can't say, answer with the file that is present."""
    if file.metadata is not None:
        return file.metadata
    try:
        if file.local_files_only:
            raise errors.OfflineModeIsEnabled("local_files_only=True forbids to ask the Hub.")
        return _metadata(file, file.etag_timeout, retry=False)
    except (errors.RevisionNotFoundError, errors.RemoteEntryNotFoundError):
        raise
    except OSError as error:
        failure = error
    if present:
        return present
    if is_transient(failure):
        try:
            return _metadata(file, PATIENT_TIMEOUT, retry=True)
        except OSError as error:
            failure = error
    raise unavailable(f"'{file.filename}'", failure)


def _metadata(file: WantedFile, timeout: float | None, *, retry: bool) -> HfFileMetadata:
    cache, session, revision = file.cache, file.session, file.revision
    url = hf_hub_url(
        cache.repo_id, file.filename, repo_type=cache.repo_type, revision=revision, endpoint=session.endpoint
    )
    found = read_metadata(session, url, timeout=timeout, retry=retry)
    check_commit(revision, found.commit_hash, url)
    return found


def unavailable(what: str, failure: OSError) -> OSError:
    """The error to raise for something that is not on disk, and that the Hub failed to describe.

    What the Hub refuses stays what it is. That the Hub couldn't be asked becomes a LocalEntryNotFoundError.
    """
    unauthorized = isinstance(failure, errors.HfHubHTTPError) and failure.response.status_code == 401
    refusals = (errors.RepositoryNotFoundError, errors.RevisionNotFoundError, errors.RemoteEntryNotFoundError)
    if unauthorized or isinstance(failure, refusals):
        return failure
    error = errors.LocalEntryNotFoundError(f"{what} is not on disk, and the Hub could not be asked: {failure}")
    error.__cause__ = failure
    return error
