"""What repo ids, revisions and file names may look like, and whether a content is the one that its digest names.

Sources: `huggingface_hub.utils.validate_repo_id` and its check of file names. File names come from the
server, too: one that leads out of its folder is refused on every platform, with slashes of either kind.
"""

from __future__ import annotations

import hashlib
import ntpath
import re
from pathlib import Path
from typing import BinaryIO

from reference_client.errors import HFValidationError
from reference_client.limits import PATH_BYTES, PATH_FOLDERS
from reference_client.urls import printable

REPO_TYPES = ("model", "dataset", "space")

_REPO_ID = re.compile(r"(\b[\w\-.]{1,96}\b/)?\b[\w\-.]{1,96}\b", re.ASCII)
_COMMIT_HASH = re.compile(r"[0-9a-f]{40}")
_DIGEST = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_NO_NAME = re.compile("[\0\ud800-\udfff]")  # NUL, and halves of characters, which no file system stores
EMPTY = {hashlib.sha256().hexdigest(), hashlib.sha1(b"blob 0\0", usedforsecurity=False).hexdigest()}
"""The digests of an empty file."""


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
    rules = {
        "must be 'repo_name' or 'namespace/repo_name'": repo_id.count("/") <= 1,
        "must consist of letters, digits, '-', '_' and '.', not begin or end with '-' or '.', "
        "and have at most 96 characters on either side": _REPO_ID.fullmatch(repo_id),
        "cannot contain '--' or '..'": "--" not in repo_id and ".." not in repo_id,
        "cannot end with '.git'": not repo_id.endswith(".git"),
    }
    for rule, kept in rules.items():
        if not kept:
            raise HFValidationError(f"Repo id {rule}: '{repo_id}'.")


def check_repo_type(repo_type: str | None) -> str:
    """The repo type, `model` for None. Raises ValueError for a type that there isn't."""
    if repo_type is None:
        return "model"
    if repo_type not in REPO_TYPES:
        raise ValueError(f"Invalid repo type: {repo_type}. Repo types are: {', '.join(REPO_TYPES)}.")
    return repo_type


def check_revision(revision: str | None) -> str:
    """The revision, `main` for None. Raises ValueError for a name that no git ref has: a path out of `refs/`."""
    revision = revision or "main"
    if not _stays_inside(revision):
        raise ValueError(f"Invalid revision '{revision}'.")
    return revision


def check_filename(filename: str, *, to_write: bool = True) -> None:
    """Raise ValueError for a file name that isn't a relative path inside its repository.

    What is written must be one on Windows, too: there `C:` is a drive, and a backslash a slash.
    """
    length, folders = len(filename.encode("utf-8", "surrogatepass")), filename.count("/")
    wrong = None
    if not _stays_inside(filename, to_write):
        wrong = "it must be a path inside the repository, without '.', '..' or empty segments"
    elif length > PATH_BYTES:
        wrong = f"PATH_BYTES = {PATH_BYTES}, and it has {length}"
    elif folders > PATH_FOLDERS:
        wrong = f"PATH_FOLDERS = {PATH_FOLDERS}, it has {folders}"
    if wrong:
        raise ValueError(f"Invalid filename '{printable(filename)}': {wrong}.")


def _stays_inside(path: str, to_write: bool = True) -> bool:
    segments = path.split("/")
    if _NO_NAME.search(path) or (to_write and ":" in path and any(ntpath.splitdrive(one)[0] for one in segments)):
        return False
    return not {"", ".", ".."}.intersection(path.replace("\\", "/").split("/") if to_write else segments)


def is_sha256(etag: str) -> bool:
    """Whether an etag that is a digest is a sha256."""
    return len(etag) == 64  # hex digits; a git blob id, which is a sha1, has 40


def new_digest(etag: str, size: int) -> hashlib._Hash:
    """A digest of the kind that an etag is, for a content of `size` bytes: git hashes the length before it."""
    if is_sha256(etag):
        return hashlib.sha256()
    return hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)


def read_into(digest: hashlib._Hash, file: BinaryIO) -> str:
    """Feed a digest the rest of a file. Returns it in hex."""
    while block := file.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()


def has_etag(path: Path, etag: str) -> bool:
    """Whether a file's content is the one that an etag names."""
    with path.open("rb") as file:
        return read_into(new_digest(etag, path.stat().st_size), file) == etag
