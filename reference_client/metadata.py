"""Where a file is on the Hub, and what the Hub says of it before it is fetched."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile
from urllib.parse import quote

from reference_client import settings
from reference_client.errors import FileMetadataError
from reference_client.session import Session
from reference_client.urls import without_query
from reference_client.validate import EMPTY, check_repo_id, check_repo_type, is_commit_hash, is_digest

_ETAG = re.compile(r"\w[\w.\-]{0,127}", re.ASCII)
_PREFIXES = {"model": "", "dataset": "datasets/", "space": "spaces/"}


@dataclass(frozen=True, slots=True)
class HfFileMetadata:
    """What the Hub says of a file."""

    commit_hash: str  # the commit that the revision stands for now, 40 hex digits
    etag: str  # names the content: the git blob id (40 hex digits), or the sha256 of an LFS file (64)
    location: str  # URL of the body: the last one, or the last before a stranger led back to the endpoint
    size: int | None  # of the body in bytes, or None if the Hub didn't say


def hf_hub_url(
    repo_id: str,
    filename: str,
    *,
    subfolder: str | None = None,
    repo_type: str | None = None,
    revision: str | None = None,
    endpoint: str | None = None,
) -> str:
    """The URL of a file. The revision is one segment of it (`refs%2Fpr%2F1`); file names keep their slashes.

    Raises HFValidationError or ValueError if no repository can have this id or type.
    """
    check_repo_id(repo_id)
    prefix = _PREFIXES[check_repo_type(repo_type)]
    path = quote(f"{subfolder}/{filename}" if subfolder else filename)
    base = (endpoint or settings.endpoint()).rstrip("/")
    return f"{base}/{prefix}{repo_id}/resolve/{quote(revision or 'main', safe='')}/{path}"


@settings.hides_token
def get_hf_file_metadata(
    url: str,
    token: settings.Token = None,
    timeout: float | None = None,
    *,
    endpoint: str | None = None,
    retry_on_errors: bool = False,
) -> HfFileMetadata:
    """Ask for a file's commit, etag and size, without its body (HEAD).

    Redirects are followed as long as they stay on the Hub. An LFS file's redirect leaves it, and says all
    there is to know, in X-Linked-Etag and X-Linked-Size; its Content-Length is that of its own body.
    https://huggingface.co/docs/huggingface_hub/package_reference/file_download#huggingface_hub.get_hf_file_metadata

    `url` is as `hf_hub_url` makes it, `timeout` in seconds (None: HF_HUB_ETAG_TIMEOUT), and `retry_on_errors` tries
    again what may pass. Raises HfHubHTTPError for an error of the Hub, FileMetadataError if the answer lacks a commit
    or an etag.
    """
    return read_metadata(Session.of(endpoint, token), url, timeout=timeout, retry=retry_on_errors)


def read_metadata(session: Session, url: str, *, timeout: float | None, retry: bool) -> HfFileMetadata:
    """`get_hf_file_metadata` within a session."""
    headers = {"Accept-Encoding": "identity"}  # or Content-Length is that of the compressed body
    seconds, shown = timeout or settings.etag_timeout(), without_query(url)
    last = session.request("HEAD", url, headers=headers, timeout=seconds, retry=retry, leave=False)
    if not (last.status_code == 200 or last.is_redirect):
        raise FileMetadataError(f"The answer from {shown} cannot be right: its status is {last.status_code}.")
    hops = [*last.history, last]
    said = {name.lower(): value for hop in reversed(hops) for name, value in hop.headers.items()}
    size = said.get("x-linked-size") or (None if last.is_redirect else last.headers.get("Content-Length"))
    etag = check_etag(normalize_etag(said.get("x-linked-etag") or last.headers.get("ETag")), shown)
    etag = etag.lower() if is_digest(etag.lower()) else etag
    at_home = [hop.url for hop in takewhile(lambda hop: session.is_home(hop.url), hops)]
    # With the token, only what the endpoint itself led to is requested: not what a stranger led back to.
    url = at_home[-1] if at_home and session.is_home(last.url) else last.url
    return HfFileMetadata(check_commit_hash(said.get("x-repo-commit"), shown), etag, url, _size(size, etag))


def check_commit_hash(commit_hash: str | None, url: str) -> str:
    """The commit hash that a server sent. Raises FileMetadataError if it sent none, or something else."""
    if commit_hash is None or not is_commit_hash(commit_hash):
        what = "has no commit hash, so it doesn't come from a Hub: check HF_ENDPOINT."
        raise FileMetadataError(f"The answer from {url} {what}")
    return commit_hash


def check_etag(etag: str | None, url: str) -> str:
    """The etag that a server sent, which will name a file. Raises FileMetadataError if it can't."""
    if etag is None or not _ETAG.fullmatch(etag):
        raise FileMetadataError(f"The answer from {url} has no usable etag, so the file cannot be cached.")
    return etag


def check_commit(asked: str, found: str, url: str) -> None:
    """Raise FileMetadataError if the answer about a commit is one about another."""
    if is_commit_hash(asked) and found != asked:
        raise FileMetadataError(f"{without_query(url)} was asked for commit {asked}, and answers with {found}.")


def _size(said: str | None, etag: str) -> int | None:
    """The size in bytes if it can be right: an empty file has a digest of its own."""
    if said is None or not re.fullmatch("[0-9]{1,18}", said) or (said == "0" and is_digest(etag) and etag not in EMPTY):
        return None
    return int(said)


def normalize_etag(etag: str | None) -> str | None:
    """The bare etag of `"etag"` or `W/"etag"` (RFC 9110, 8.8.3)."""
    return etag if etag is None else etag.removeprefix("W/").strip('"')
