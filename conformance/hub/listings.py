"""The smaller endpoints of a repository: refs, commits, auth-check, raw, converted files, the Xet token."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from conformance.hub import access
from conformance.hub.answers import Answer, HubError, json_answer, redirect
from conformance.hub.call import Call, whole_number
from conformance.hub.info import iso
from conformance.hub.repository import Commit
from conformance.hub.tree import link

CAS_URL = "https://cas.stand-in.test"
"""Where a Xet client would fetch chunks. Nothing is there: the stand-in has no content-addressed store."""

_COMMITS_PAGE = 50
_MOST_COMMITS = 1000
_XET_TOKEN_LIFE = 3600
_CONVERTED_FILE = re.compile(r"(?P<config>[^/]+)/(?P<split>[^/]+)/(?P<number>\d+)\.parquet")


def refs(call: Call) -> Answer:
    """Tags, branches and converted branches; pull requests with `?include_prs=1`."""
    repository = call.repository
    body = {
        "tags": _refs("refs/tags/", repository.tags),
        "branches": _refs("refs/heads/", repository.branches),
        "converts": _refs("refs/convert/", repository.converts),
    }
    if call.flag("include_prs"):
        body["pullRequests"] = _refs("refs/pr/", repository.pull_requests)
    return json_answer(body)


def _refs(prefix: str, named: Mapping[str, Commit]) -> list[dict[str, str]]:
    return [{"name": name, "ref": prefix + name, "targetCommit": commit.sha} for name, commit in named.items()]


def commits(call: Call) -> Answer:
    """One page of the history, newest first; `p` counts pages from 0."""
    history = list(call.commit.history())
    limit = call.number("limit", _COMMITS_PAGE, _MOST_COMMITS)
    sent = dict(call.request.query)
    page = whole_number(sent.get("p", "")) or 0
    formatted = any(name.startswith("expand") and value == "formatted" for name, value in call.request.query)
    shown = history[page * limit : (page + 1) * limit]
    headers = {"X-Total-Count": str(len(history))}
    if (page + 1) * limit < len(history):
        headers["Link"] = link(call, {"p": str(page + 1), "limit": str(limit)})
    return json_answer([_commit(commit, formatted=formatted) for commit in shown], headers)


def _commit(commit: Commit, *, formatted: bool) -> dict[str, Any]:
    title = {"title": commit.title, "message": ""}
    return {
        "id": commit.sha,
        **title,
        "authors": [{"user": author, "avatar": f"/avatars/{author}.svg"} for author in commit.authors],
        "date": iso(commit.date),
        **({"formatted": title} if formatted else {}),
    }


def auth_check(call: Call) -> Answer:
    return Answer(b"OK")


def raw(call: Call) -> Answer:
    """What git keeps of a file: its content, or the pointer of an LFS file."""
    file = call.commit.files.get(call.path)
    if file is None:
        raise HubError(404, "Entry not found")
    return Answer(file.in_git)


def parquet(call: Call) -> Answer:
    """The URLs of the converted files: by config and split, or the part of that which the path asks for."""
    wanted = [part for part in (call.parts.get("config"), call.parts.get("split")) if part]
    urls: Any = _converted(call)
    for part in wanted:
        if part not in urls:
            raise HubError(404, "Entry not found", "EntryNotFound")
        urls = urls[part]
    return json_answer(urls)


def parquet_file(call: Call) -> Answer:
    """One converted file: a redirect to its path on `refs/convert/parquet`."""
    revision = quote("refs/convert/parquet", safe="")
    path = f"{call.parts['config']}/{call.parts['split']}/{whole_number(call.parts['number']) or 0:04d}.parquet"
    if path not in access.commit_at(call.repository, "refs/convert/parquet").files:
        raise HubError(404, "Entry not found", "EntryNotFound")
    page = access.page_path(call.repository)
    return redirect(302, f"{call.origins['hub']}/{page}/resolve/{revision}/{quote(path)}")


def _converted(call: Call) -> dict[str, dict[str, list[str]]]:
    base = f"{call.origins['hub']}/api/datasets/{call.repository.repo_id}/parquet"
    urls: dict[str, dict[str, list[str]]] = {}
    for path in access.commit_at(call.repository, "refs/convert/parquet").files:
        if match := _CONVERTED_FILE.fullmatch(path):
            split = urls.setdefault(match["config"], {}).setdefault(match["split"], [])
            split.append(f"{base}/{match['config']}/{match['split']}/{int(match['number'])}.parquet")
    return urls


def xet_read_token(call: Call) -> Answer:
    """A token in the right form, in the headers and in the body, that opens nothing."""
    expires = call.now + _XET_TOKEN_LIFE
    token = f"xet_{hashlib.sha256(f'{call.commit.sha} {call.caller}'.encode()).hexdigest()}"
    headers = {
        "X-Xet-Cas-Url": CAS_URL,
        "X-Xet-Access-Token": token,
        "X-Xet-Token-Expiration": str(expires),
    }
    return json_answer({"casUrl": CAS_URL, "exp": expires, "accessToken": token}, headers)
