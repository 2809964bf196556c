"""What repo ids, revisions, file names and etags may look like, checked before anything is sent or written.

Sources: `huggingface_hub.utils.validate_repo_id` and its check of file names. File names come from the
server, too: one that climbs out of its folder is refused on every platform, whichever slash it uses.
"""

from __future__ import annotations

import ntpath
import re

from reference_client.errors import FileMetadataError, HFValidationError
from reference_client.limits import PATH_BYTES, PATH_FOLDERS
from reference_client.urls import printable

REPO_TYPES = ("model", "dataset", "space")

_REPO_ID = re.compile(r"(\b[\w\-.]{1,96}\b/)?\b[\w\-.]{1,96}\b", re.ASCII)
_COMMIT_HASH = re.compile(r"[0-9a-f]{40}")
_DIGEST = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_ETAG = re.compile(r"\w[\w.\-]{0,127}", re.ASCII)


def is_commit_hash(revision: str) -> bool:
    """Whether a revision is a full commit hash, which never comes to mean something else."""
    return _COMMIT_HASH.fullmatch(revision) is not None


def is_digest(etag: str) -> bool:
    """Whether an etag is a git blob id or a sha256, and so tells what the content must be."""
    return _DIGEST.fullmatch(etag) is not None


def check_repo_id(repo_id: str) -> None:
    """Raise HFValidationError unless this can be a repository's id: `name` or `namespace/name`."""
    if not isinstance(repo_id, str):
        raise HFValidationError(f"Repo id must be a string, not {type(repo_id)}: '{repo_id}'.")
    if repo_id.count("/") > 1:
        raise HFValidationError(f"Repo id must be 'repo_name' or 'namespace/repo_name': '{repo_id}'.")
    if not _REPO_ID.fullmatch(repo_id):
        raise HFValidationError(
            "Repo id must consist of letters, digits, '-', '_' and '.', not begin or end with '-' or '.', "
            f"and have at most 96 characters on either side: '{repo_id}'."
        )
    if "--" in repo_id or ".." in repo_id:
        raise HFValidationError(f"Repo id cannot contain '--' or '..': '{repo_id}'.")
    if repo_id.endswith(".git"):
        raise HFValidationError(f"Repo id cannot end with '.git': '{repo_id}'.")


def check_repo_type(repo_type: str | None) -> str:
    """The repo type, `model` for None. Raises ValueError for a type that there isn't."""
    if repo_type is None:
        return "model"
    if repo_type not in REPO_TYPES:
        raise ValueError(f"Invalid repo type: {repo_type}. Repo types are: {', '.join(REPO_TYPES)}.")
    return repo_type


def check_revision(revision: str) -> None:
    """Raise ValueError for a revision that no git ref can be named, which would be a path out of `refs/`."""
    if not _stays_inside(revision):
        raise ValueError(f"Invalid revision '{revision}'.")


def check_filename(filename: str) -> None:
    """Raise ValueError for a file name that isn't a relative path inside its repository."""
    if not _stays_inside(filename):
        raise ValueError(
            f"Invalid filename '{printable(filename)}': it must be a path inside the repository, without '.', '..' or "
            "empty segments."
        )
    length, folders = len(filename.encode("utf-8", "surrogatepass")), filename.count("/")
    if length > PATH_BYTES:
        raise ValueError(f"Invalid filename '{printable(filename)}': PATH_BYTES = {PATH_BYTES}, and it has {length}.")
    if folders > PATH_FOLDERS:
        raise ValueError(f"Invalid filename '{printable(filename)}': PATH_FOLDERS = {PATH_FOLDERS}, it has {folders}.")


def check_commit_hash(commit_hash: str | None, url: str) -> str:
    """The commit hash that a server sent. Raises FileMetadataError if it sent none, or something else."""
    if commit_hash is None or not is_commit_hash(commit_hash):
        raise FileMetadataError(
            f"The answer from {url} has no commit hash, so it doesn't come from a Hub: check HF_ENDPOINT."
        )
    return commit_hash


def check_etag(etag: str | None, url: str) -> str:
    """The etag that a server sent, which will name a file. Raises FileMetadataError if it can't."""
    if etag is None or not _ETAG.fullmatch(etag):
        raise FileMetadataError(f"The answer from {url} has no usable etag, so the file cannot be cached.")
    return etag


def _stays_inside(path: str) -> bool:
    # Windows reads drives and both slashes, so its rules contain those of POSIX.
    segments = path.replace("\\", "/").split("/")
    if any("\ud800" <= one <= "\udfff" for one in path):
        return False  # half a character, which no file system stores
    return not (ntpath.splitdrive(path)[0] or "\0" in path or {"", ".", ".."}.intersection(segments))
