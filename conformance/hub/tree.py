"""Listings of files: `/tree/{revision}[/{path}]` and `/paths-info/{revision}`."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote

from conformance.hub.answers import Answer, HubError, json_answer
from conformance.hub.call import Call, truth
from conformance.hub.info import MASK, iso
from conformance.hub.repository import Commit, StoredFile
from conformance.traffic import git

_PAGE = 1000
_EXPANDED_PAGE = 50
_MOST_PATHS = 2000
_OTHER_SCANS = ("jFrogScan", "protectAiScan")
_UNSCANNED = "unscanned"


def tree(call: Call) -> Answer:
    """One page of the items of a folder, or of everything below it with `?recursive=true`."""
    commit, path = call.commit, call.path.strip("/")
    if path not in commit.folders:
        raise HubError(404, "Entry not found", "EntryNotFound", headers={"X-Repo-Commit": commit.sha})
    expand = call.flag("expand")
    page = _EXPANDED_PAGE if expand else _PAGE
    limit = call.number("limit", page, page)
    paths = _listed(commit, path, recursive=call.flag("recursive"))
    start = _after(call, paths)
    shown = paths[start : start + limit]
    headers = {}
    if start + limit < len(paths):
        headers["Link"] = link(call, {"cursor": cursor(shown[-1], commit.folders[path].oid, limit)})
    items = [item(call, commit, path, expand=expand) for path in shown]
    return json_answer(items, headers)


def paths_info(call: Call) -> Answer:
    """The items of the paths in the body, a form or JSON; paths that are not there are left out."""
    commit = call.commit
    paths, expand = _asked_paths(call)
    if len(paths) > _MOST_PATHS:
        raise HubError(400, f"Too many paths: {len(paths)}, at most {_MOST_PATHS} in one request")
    found = [path for path in paths if path and commit.oid(path)]
    return json_answer([item(call, commit, path, expand=expand) for path in found])


def item(call: Call, commit: Commit, path: str, *, expand: bool) -> dict[str, Any]:
    """A file or folder as listings show it; `expand` adds the last commit and a file's security status."""
    file = commit.files.get(path)
    if file is None:
        fields: dict[str, Any] = {
            "type": "directory",
            "oid": commit.folders[path].oid,
            "size": 0,
            "path": path,
        }
    else:
        fields = {
            "type": "file",
            "oid": file.oid,
            "size": file.size,
            **_lfs(file, masked=call.masked),
            "path": path,
        }
    if expand:
        last = commit.last_changed(path)
        fields["lastCommit"] = {"id": last.sha, "title": last.title, "date": iso(last.date)}
        if file is not None:
            fields["securityFileStatus"] = _scanned(call.repository.scans.get(path, _UNSCANNED))
    return fields


def _scanned(status: str) -> dict[str, Any]:
    """What the scanners say of a file in all, and each of them: an issue is one of the imports in a pickle."""
    virus = "safe" if status in ("unsafe", "suspicious") else status
    scans = {"avScan": virus, "pickleImportScan": status, **dict.fromkeys(_OTHER_SCANS, _UNSCANNED)}
    return {"status": status, **{scan: {"status": said} for scan, said in scans.items()}}


def link(call: Call, changes: dict[str, str]) -> str:
    """A `Link` to the next page: our own origin, the query that was sent, with these parameters replaced."""
    sent = call.request.target.partition("?")[2].split("&")
    kept = [pair for pair in sent if pair and pair.partition("=")[0] not in changes]
    added = [f"{name}={quote(value, safe='')}" for name, value in changes.items()]
    return f'<{call.origins["hub"]}{call.request.path}?{"&".join(kept + added)}>; rel="next"'


def _lfs(file: StoredFile, *, masked: bool) -> dict[str, Any]:
    if file.sha256 is None:
        return {}
    pointer_size = len(git.pointer(file.sha256, file.size))
    return {
        "lfs": {"oid": MASK if masked else file.sha256, "size": file.size, "pointerSize": pointer_size},
        **({"xetHash": MASK if masked else file.xet_hash} if file.xet_hash else {}),
    }


def _listed(commit: Commit, root: str, *, recursive: bool) -> list[str]:
    """Folders before files on each level, level by level."""

    def levels() -> Iterator[str]:
        level = [root]
        while level:
            inner = [path for folder in level for path in commit.folders[folder].folders]
            yield from inner
            yield from (path for folder in level for path in commit.folders[folder].files)
            level = inner if recursive else []

    return list(levels())


def cursor(last: str, folder_oid: str, limit: int) -> str:
    """Where a page ended, for the next one: its last item and the listed folder. Opaque to clients."""
    inner = json.dumps({"file_name": last, "tree_oid": folder_oid}, separators=(",", ":"))
    return _base64(f"{_base64(inner)}:{limit}")


def _after(call: Call, paths: list[str]) -> int:
    """Where the page after the request's cursor starts; 0 without a cursor."""
    sent = dict(call.request.query).get("cursor")
    if sent is None:
        return 0
    try:
        inner = base64.b64decode(sent, validate=True).partition(b":")[0]
        return paths.index(json.loads(base64.b64decode(inner, validate=True))["file_name"]) + 1
    except (binascii.Error, ValueError, KeyError, TypeError, RecursionError):
        raise HubError(400, "Invalid cursor") from None


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _asked_paths(call: Call) -> tuple[list[str], bool]:
    request = call.request
    try:
        if "json" in request.headers.get("content-type", ""):
            asked = json.loads(request.body)
            return [str(path) for path in asked["paths"]], bool(asked.get("expand", False))
        form = parse_qs(request.body.decode(), keep_blank_values=True)
        return form["paths"], truth(form.get("expand", [""])[0])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise HubError(400, "Invalid body: send a form or JSON with paths") from None
