"""Files: `/resolve/{revision}/{path}` and `/api/resolve-cache/{type}s/{repo_id}/{sha}/{path}`."""

from __future__ import annotations

from urllib.parse import quote

from conformance.hub import access, cdn
from conformance.hub.answers import Answer, HubError, redirect
from conformance.hub.call import Call
from conformance.hub.listings import CAS_URL
from conformance.hub.repository import Commit, StoredFile
from conformance.traffic.compact import to_json
from conformance.traffic.ranges import cut

XET_FILE_INFO = "application/vnd.xet-fileinfo+json"
"""The media type by which a client asks for a file's Xet data instead of a redirect."""

_UNAUTHENTICATED = (
    "unauthenticated; Warning: You are sending unauthenticated requests to the HF Hub. "
    "Please set a HF_TOKEN to enable higher rate limits and faster downloads."
)


def resolve(call: Call) -> Answer:
    """A file by revision: 307 to its cached copy, 200 at once, or 302 to the CDN."""
    repository = call.repository
    if call.path not in access.OPEN_BEHIND_THE_GATE:
        access.check_gate(repository, call.caller)
    commit, file = _find(call)
    warning = {} if access.known(call.caller) else {"X-HF-Warning": _UNAUTHENTICATED}
    if file.lfs:
        return _to_cdn(call, commit, file, warning)
    if repository.gated or repository.private or repository.direct_resolve:
        return _content(call, commit, file, warning)
    return _to_cache(call, commit, file, warning)


def resolve_cache(call: Call) -> Answer:
    """A file kept in git, by commit."""
    access.check_gate(call.repository, call.caller)
    commit, file = _find(call)
    return _content(call, commit, file, {})


def _find(call: Call) -> tuple[Commit, StoredFile]:
    commit = call.commit
    file = commit.files.get(call.path)
    if file is None:
        headers = {"X-Repo-Commit": commit.sha, "Accept-Ranges": "bytes", "X-Hub-Cache": "MISS"}
        raise HubError(404, "Entry not found", "EntryNotFound", headers=headers)
    return commit, file


def _common(call: Call, commit: Commit) -> dict[str, str]:
    return {
        "X-Repo-Commit": commit.sha,
        "Accept-Ranges": "bytes",
        "X-Hub-Cache": "MISS",
        "Content-Disposition": cdn.disposition(call.path, download=call.flag("download")),
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }


def _to_cache(call: Call, commit: Commit, file: StoredFile, warning: dict[str, str]) -> Answer:
    repository = call.repository
    path = f"{repository.repo_type}s/{repository.repo_id}/{commit.sha}/{quote(call.path)}"
    query = f"{quote(call.request.path, safe='')}=&etag={quote(_etag(file), safe='')}"
    headers = {**_common(call, commit), "X-Linked-ETag": _etag(file), **warning}
    return redirect(307, f"/api/resolve-cache/{path}?{query}", headers)


def _content(call: Call, commit: Commit, file: StoredFile, warning: dict[str, str]) -> Answer:
    headers = {**_common(call, commit), "ETag": _etag(file), **warning}
    if _matches(call.request.headers.get("if-none-match"), _etag(file)):
        return Answer(status=304, headers=headers)
    status, body, content_range = cut(file.data, call.request.headers.get("range"))
    if content_range:
        headers["Content-Range"] = content_range
    return Answer(body, status, cdn.text_or_binary(file.data), headers)


def _to_cdn(call: Call, commit: Commit, file: StoredFile, warning: dict[str, str]) -> Answer:
    token_url = (
        f"{call.origins['hub']}/api/{call.repository.repo_type}s/{call.repository.repo_id}/xet-read-token/{commit.sha}"
    )
    chunks_url = f"{CAS_URL}/v1/reconstructions/{file.xet_hash}"
    links = f'<{token_url}>; rel="xet-auth", <{chunks_url}>; rel="xet-reconstruction-info"'
    if file.xet_hash and XET_FILE_INFO in call.request.headers.get("accept", ""):
        file_info = {
            "hash": file.xet_hash,
            "refreshUrl": token_url,
            "reconstructionUrl": chunks_url,
            "etag": _etag(file),
            "size": file.size,
        }
        headers = {
            "X-Repo-Commit": commit.sha,
            "X-Linked-Size": str(file.size),
            "X-Linked-ETag": _etag(file),
            "X-Xet-Hash": file.xet_hash,
            "Link": links,
        }
        return Answer(to_json(file_info), content_type=XET_FILE_INFO, headers=headers)
    url = cdn.sign(
        call.origins["cdn"],
        cdn.object_path(call.repository, file),
        cdn.parameters(call.path, call.caller, download=call.flag("download")),
        expires=call.now + cdn.LIFETIME,
        only_range=call.request.headers.get("range"),
    )
    headers = {
        **_common(call, commit),
        "Cache-Control": "no-store",
        "X-Linked-Size": str(file.size),
        "X-Linked-ETag": _etag(file),
        **warning,
    }
    if file.xet_hash:
        headers["X-Xet-Hash"] = file.xet_hash
        headers["Link"] = links
    return redirect(302, url, headers)


def _etag(file: StoredFile) -> str:
    return f'"{file.sha256 or file.oid}"'


def _matches(if_none_match: str | None, etag: str) -> bool:
    """Whether a conditional request already has this version (RFC 9110, 13.1.2: weak comparison)."""
    known = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return etag in known or known == ["*"]
