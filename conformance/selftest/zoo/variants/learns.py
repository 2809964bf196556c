"""How a client learns of a file."""

from __future__ import annotations

import contextlib
import re
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest

from conformance.mutants.mutant import wrap
from conformance.selftest.zoo.variants.variant import (
    FILES,
    ONE_QUESTION,
    ONE_QUESTION_CHECKS,
    fails,
    sending,
    variant,
)
from reference_client import download, session, settings
from reference_client.errors import HfHubHTTPError
from reference_client.metadata import HfFileMetadata
from reference_client.session import Session


def _asked(url: str) -> tuple[str, str, str, str]:
    """Type, id, revision and name of the file at a URL of `hf_hub_url`."""
    place, _, rest = urlsplit(url).path.partition("/resolve/")
    parts = place.strip("/").split("/")
    kind = {"datasets": "dataset", "spaces": "space"}.get(parts[0], "model")
    revision, _, name = rest.partition("/")
    return kind, "/".join(parts if kind == "model" else parts[1:]), unquote(revision), unquote(name)


@variant(*FILES)
@fails(ONE_QUESTION, *ONE_QUESTION_CHECKS)
def asks_twice_about_a_file(patch: pytest.MonkeyPatch) -> None:
    """Sends two HEADs for a file."""

    def twice(original: Any, *args: Any, **options: Any) -> Any:
        original(*args, **options)
        return original(*args, **options)

    wrap(patch, download, "read_metadata", twice)


@variant(*FILES, "environment")
def learns_by_the_first_byte(patch: pytest.MonkeyPatch) -> None:
    """Asks for a file's first byte where others send HEAD."""
    _ask_for_the_first_byte(patch)


@variant(*FILES, "wire", "auth", "snapshot")
@fails(ONE_QUESTION, "cache/large-file-asks-one-question[gsm8k]")
def first_byte_at_the_content_host(patch: pytest.MonkeyPatch) -> None:
    """Asks for a file's first byte wherever that is, as downloaders do that fetch parts side by side."""
    asking = _ask_for_the_first_byte(patch)

    def request(original: Any, self: Session, method: str, url: str, **options: Any) -> Any:
        if getattr(asking, "metadata", False):
            options["leave"] = True
        return original(self, method, url, **options)

    def body_from_the_hub(original: Any, caller: Session, url: str, **options: Any) -> HfFileMetadata:
        found: HfFileMetadata = original(caller, url, **options)
        return replace(found, location=url)  # which leads to a fresh signed URL

    wrap(patch, Session, "request", request)
    wrap(patch, download, "read_metadata", body_from_the_hub)


def _ask_for_the_first_byte(patch: pytest.MonkeyPatch) -> threading.local:
    """Let GET with a range take the place of HEAD; what is returned has `metadata` while a thread asks so."""
    asking = threading.local()  # a snapshot asks for several files at once

    def by_get(send: Any, method: str, target: str, headers: Any, *rest: Any) -> Any:
        if method != "HEAD" or not getattr(asking, "metadata", False):
            return send(method, target, headers, *rest)
        answer = send("GET", target, {**headers, "Range": "bytes=0-0"}, *rest)
        whole = re.search(r"/(\d+)$", answer.headers.get("Content-Range", ""))
        if answer.status_code == 206 and whole:
            answer.status_code = 200
            answer.headers = answer.headers.copy()
            answer.headers["Content-Length"] = whole[1]
        elif answer.status_code == 416:  # an empty file
            answer.status_code = 200
            answer.headers = answer.headers.copy()
            answer.headers["Content-Length"] = "0"
        return answer

    def first_byte(original: Any, caller: Session, url: str, *, timeout: float | None, retry: bool) -> HfFileMetadata:
        asking.metadata = True
        try:
            found: HfFileMetadata = original(caller, url, timeout=timeout, retry=retry)
            return found
        finally:
            asking.metadata = False

    wrap(patch, session, "send", by_get)
    wrap(patch, download, "read_metadata", first_byte)
    return asking


@variant(*FILES, "environment")
@fails(ONE_QUESTION, *ONE_QUESTION_CHECKS)
def learns_by_the_api(patch: pytest.MonkeyPatch) -> None:
    """Takes commit, etag and size of a file from the info and from paths-info."""

    def by_api(original: Any, caller: Session, url: str, *, timeout: float | None, retry: bool) -> HfFileMetadata:
        kind, repo_id, revision, name = _asked(url)
        base = f"{caller.endpoint}/api/{kind}s/{repo_id}"
        seconds = timeout or settings.etag_timeout()
        try:
            info = caller.request("GET", f"{base}/revision/{session_quote(revision)}", timeout=seconds, retry=retry)
            commit = info.json()["sha"]
            form = [("paths", name), ("expand", "False")]
            found = caller.request("POST", f"{base}/paths-info/{commit}", form=form, timeout=seconds, retry=retry)
            entries = [entry for entry in found.json() if entry["path"] == name and entry["type"] == "file"]
        except HfHubHTTPError:
            entries = []
        if not entries:  # the error about a file is the one of the file's own URL
            answer: HfFileMetadata = original(caller, url, timeout=timeout, retry=retry)
            return answer
        entry = entries[0]
        etag = entry["lfs"]["oid"] if entry.get("lfs") else entry["oid"]
        at = url.replace(f"/resolve/{session_quote(revision)}/", f"/resolve/{commit}/")
        return HfFileMetadata(commit, etag, at, entry["size"])

    wrap(patch, download, "read_metadata", by_api)


def session_quote(revision: str) -> str:
    """A revision as one segment of a path."""
    return quote(revision, safe="")


@variant("cache", "offline")
def asks_whether_it_has_changed(patch: pytest.MonkeyPatch) -> None:
    """Sends `If-None-Match` for a file in the cache, and takes 304 for an answer."""
    known = threading.local()

    def look_up(original: Any, file: Any, present: Path | None) -> Any:
        known.etag = present.resolve().name if present and present.is_symlink() else None
        try:
            return original(file, present)
        finally:
            known.etag = None

    def change(method: str, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        etag = getattr(known, "etag", None)
        return url, {**headers, "If-None-Match": f'"{etag}"'} if method == "HEAD" and etag else headers

    wrap(patch, download, "look_up", look_up)
    sending(patch, change)


@variant(*FILES, "environment")
@fails(ONE_QUESTION, *ONE_QUESTION_CHECKS)
def asks_for_the_commit_first(patch: pytest.MonkeyPatch) -> None:
    """Asks which commit a branch stands for, and then for the file of that commit."""

    def by_commit(original: Any, caller: Session, url: str, *, timeout: float | None, retry: bool) -> HfFileMetadata:
        kind, repo_id, revision, _ = _asked(url)
        at = f"{caller.endpoint}/api/{kind}s/{repo_id}/revision/{session_quote(revision)}"
        with contextlib.suppress(HfHubHTTPError):
            info = caller.request("GET", at, timeout=timeout or settings.etag_timeout(), retry=retry)
            url = url.replace(f"/resolve/{session_quote(revision)}/", f"/resolve/{info.json()['sha']}/")
        found: HfFileMetadata = original(caller, url, timeout=timeout, retry=retry)
        return found

    wrap(patch, download, "read_metadata", by_commit)


@variant("redirects")
def default_branch_by_its_alias(patch: pytest.MonkeyPatch) -> None:
    """Asks for files of the default branch at `HEAD`."""
    sending(patch, lambda method, url, headers: (url.replace("/resolve/main/", "/resolve/HEAD/"), headers))


@variant("redirects", "wire", "environment")
@fails(ONE_QUESTION, *ONE_QUESTION_CHECKS)
@fails("it asks for the commit that the refs name", "download/revision-that-is-gone[gsm8k]")
def commit_by_the_refs(patch: pytest.MonkeyPatch) -> None:
    """Looks the commit of a branch, a tag or a pull request up among the refs, and asks for the file of that commit."""

    def by_refs(original: Any, caller: Session, url: str, *, timeout: float | None, retry: bool) -> HfFileMetadata:
        kind, repo_id, revision, _ = _asked(url)
        at = f"{caller.endpoint}/api/{kind}s/{repo_id}/refs?include_prs=1"
        with contextlib.suppress(HfHubHTTPError):
            said = caller.request("GET", at, timeout=timeout or settings.etag_timeout(), retry=retry).json()
            refs = [ref for kind in ("branches", "tags", "converts", "pullRequests") for ref in said.get(kind) or []]
            for commit in [ref["targetCommit"] for ref in refs if revision in (ref["name"], ref["ref"])]:
                url = url.replace(f"/resolve/{session_quote(revision)}/", f"/resolve/{commit}/")
        found: HfFileMetadata = original(caller, url, timeout=timeout, retry=retry)
        return found

    wrap(patch, download, "read_metadata", by_refs)
