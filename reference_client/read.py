"""Reading one file without keeping it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from reference_client.metadata import check_commit, hf_hub_url, read_metadata
from reference_client.session import Session
from reference_client.transfer import fetch
from reference_client.validate import check_filename, check_revision


def read_file(
    repo_id: str,
    filename: str,
    *,
    repo_type: str | None = None,
    revision: str | None = None,
    token: bool | str | None = None,
    endpoint: str | None = None,
) -> bytes:
    """The content of a file of the Hub, verified, past the cache. The arguments are `hf_hub_download`'s.

    Raises:
        RepositoryNotFoundError, GatedRepoError, RevisionNotFoundError, RemoteEntryNotFoundError: so says the
            Hub.
        HFValidationError, ValueError: an argument is not what it should be.
        OSError: the body couldn't be fetched, or isn't what the Hub says it is.
    """
    session = Session.of(endpoint, token)
    check_revision(revision or "main")
    check_filename(filename)
    url = hf_hub_url(repo_id, filename, repo_type=repo_type, revision=revision, endpoint=session.endpoint)
    file = read_metadata(session, url, timeout=None, retry=True)
    check_commit(revision or "main", file.commit_hash, url)
    with tempfile.TemporaryDirectory() as folder:
        content = Path(folder, "content")
        fetch(session, file, Path(folder, "incomplete"), content)
        return content.read_bytes()
