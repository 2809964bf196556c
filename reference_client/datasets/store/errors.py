"""What can go wrong in the store, in words for the person who asked."""

from __future__ import annotations

import errno

from reference_client.errors import (
    DisabledRepoError,
    GatedRepoError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)


class StoreError(OSError):
    """A dataset could not be downloaded, read or deleted. The message has the cause, and what to do."""


class StoreUsageError(StoreError, ValueError):
    """What was asked for can't be: no such name, revision or pattern."""


class StoreMissingError(StoreUsageError):
    """The Hub has the repository, but no such revision or no such files in it."""


def explained(error: OSError, repo: str, revision: str, endpoint: str) -> StoreError:
    """What made a download fail, as a StoreError."""
    if isinstance(error, StoreError):
        return error
    if isinstance(error, GatedRepoError):
        return StoreError(
            f"'{repo}' is gated: ask for access on its page at {endpoint}, and set HF_TOKEN to a token that has it."
        )
    if isinstance(error, RepositoryNotFoundError):
        return StoreError(
            f"{endpoint} has no repository '{repo}' of this type that you may see. Check its name; if it is private, "
            "set HF_TOKEN to a token that may read it."
        )
    if isinstance(error, DisabledRepoError):
        return StoreError(f"'{repo}' has been disabled by the Hub.")
    if isinstance(error, RevisionNotFoundError):
        return StoreMissingError(f"'{repo}' has no revision '{revision}'.")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreError(
            f"The disk is full ({error.filename or repo}). Make room and run this again: what has arrived is kept."
        )
    if isinstance(error, (FileExistsError, IsADirectoryError, NotADirectoryError)):
        return StoreError(
            f"'{repo}' could not be downloaded: something else is at {error.filename2 or error.filename} "
            f"({error.strerror}). Remove or rename it, and run this again."
        )
    return StoreError(f"'{repo}' could not be downloaded: {error}")
