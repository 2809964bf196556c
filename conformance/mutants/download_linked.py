"""Clients that take the nearest header for the file's, or a signed URL for a lasting one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conformance.mutants.mutant import mutant, wrap
from reference_client import download, metadata, settings, transfer
from reference_client.metadata import HfFileMetadata
from reference_client.session import Session


def _take(patch: pytest.MonkeyPatch, *, leave: bool) -> None:
    """Let a file have the `ETag` of the last answer on the Hub, or on the way, if that has one."""

    def read(original: Any, session: Session, url: str, **kwargs: Any) -> HfFileMetadata:
        found: HfFileMetadata = original(session, url, **kwargs)
        last = session.request("HEAD", url, leave=leave)
        etag = metadata.normalize_etag(last.headers.get("ETag"))
        return replace(found, etag=etag or found.etag)

    wrap(patch, download, "read_metadata", read)


@mutant
def redirects_etag_is_taken(patch: pytest.MonkeyPatch) -> None:
    """Names a large file by the `ETag` of the redirect to its content, where that has one."""
    _take(patch, leave=False)


@mutant
def content_hosts_etag_is_taken(patch: pytest.MonkeyPatch) -> None:
    """Names a large file by the `ETag` of the host with the content."""
    _take(patch, leave=True)


@mutant
def changed_redirect_is_a_new_file(patch: pytest.MonkeyPatch) -> None:
    """Takes a redirect with an `ETag` for the sign that the file has changed."""

    def obtained(original: Any, file: Any) -> Any:
        url = metadata.hf_hub_url(file.cache.repo_id, file.filename, repo_type=file.cache.repo_type)
        url = url.replace(settings.DEFAULT_ENDPOINT, file.session.endpoint)
        hop = file.session.request("HEAD", url, leave=False)
        return original(replace(file, force=file.force or (hop.is_redirect and "ETag" in hop.headers)))

    wrap(patch, download, "into_cache", obtained)


@mutant
def redirects_etag_is_the_digest(patch: pytest.MonkeyPatch) -> None:
    """Holds a body against the `ETag` of the redirect that led to it, where it has one."""

    def continued(original: Any, session: Session, file: HfFileMetadata, body: Any) -> Any:
        first = session.request("HEAD", file.location, leave=False)
        etag = metadata.normalize_etag(first.headers.get("ETag"))
        body.expected = etag if etag and len(etag) == 64 else None
        return original(session, file, body)

    def verified(original: Any, file: HfFileMetadata, body: Any) -> None:
        original(file if body.expected is None else replace(file, etag=body.expected), body)

    wrap(patch, transfer, "ask_for_rest", continued)
    wrap(patch, transfer, "verify", verified)


@mutant
def first_url_is_kept(patch: pytest.MonkeyPatch) -> None:
    """Keeps using the URL of the content host that it was first redirected to."""
    kept: dict[str, str] = {}

    def requested(original: Any, self: Session, method: str, url: str, **kwargs: Any) -> Any:
        response = original(self, method, kept.get(url, url), **kwargs)
        if kwargs.get("stream") and response.history:
            kept[url] = response.url
        return response

    wrap(patch, Session, "request", requested)
