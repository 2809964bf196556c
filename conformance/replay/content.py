"""A Hub on which a file has another content: where it is served, and in every answer with its size and hashes."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from conformance.replay.truth import FileTruth
from conformance.traffic import card, git
from conformance.traffic.body import with_body
from conformance.traffic.compact import to_json
from conformance.traffic.exchange import Request, Response, headers
from conformance.traffic.ranges import cut
from conformance.traffic.route import XET_FILE_INFO, Route, route_of

_FILES: Final = ("resolve", "resolve-cache", "xet-file-info")
_OF_A_PART: Final = ("range", "if-range", "if-none-match")


@dataclass(frozen=True, slots=True)
class Replaced:
    """Another content of a file, kept in git or by LFS as the recorded one is. A fault, and what `ReplayHub.put` makes.

    Ranges and conditions are answered for the new content. An LFS file is in no Xet storage any more. Only the version
    that was recorded is replaced: another one at another commit stays.

    Args:
        path: of the file in its repository.
        recorded: its record in the recording.
        content: the bytes to serve instead.
        repo: the repository's id; None is any that has such a file.
    """

    path: str
    recorded: FileTruth = field(repr=False)
    content: bytes = field(repr=False)
    repo: str | None = None

    def apply(self, request: Request, response: Response) -> Response | None:
        return self.applied(request, response, [route_of(request)])

    def is_asked(self, routes: list[Route]) -> bool:
        """Whether a request about one of these routes is for the file itself."""
        return any(route.kind in (*_FILES, "raw") and self._is_named(route) for route in routes)

    def applied(self, request: Request, response: Response, routes: list[Route]) -> Response | None:
        """The answer with the new content, or None where it does not concern the file."""
        own = routes[0]
        if request.origin == "cdn":
            is_asked = self.is_asked(routes[1:]) or len(routes) == 1
            return self._content(request, response, own) if is_asked and self._is_recorded(response) else None
        if own.kind in _FILES and self._is_named(own):
            return self._of_the_file(request, response, own)
        if own.kind == "raw" and self._is_named(own) and response.status == 200:
            return with_body(response, self.content if self.recorded.sha256 is None else self._pointer)
        is_json = "json" in response.headers.get("Content-Type", "")
        is_about = own.repo_id is not None and self.repo in (None, own.repo_id)
        return self._listing(response) if is_json and is_about and response.status == 200 else None

    @property
    def etag(self) -> str:
        """What a client keeps the new content under."""
        return _sha256(self.content) if self.recorded.sha256 else self.oid

    @property
    def oid(self) -> str:
        """The git blob id: of the pointer, for an LFS file."""
        return git.object_name("blob", self._pointer if self.recorded.sha256 else self.content)

    @property
    def _pointer(self) -> bytes:
        return git.pointer(_sha256(self.content), len(self.content))

    def _is_named(self, route: Route) -> bool:
        return route.path == self.path and self.repo in (None, route.repo_id)

    def _is_recorded(self, response: Response) -> bool:
        """Whether a body, whole or in part, is of the recorded content."""
        body, said = self.recorded.body, response.headers.get("Content-Range")
        if said is None:
            return response.status == 304 or response.body == body
        part, _, size = said.removeprefix("bytes ").partition("/")
        if size != str(len(body)):
            return False
        start = part.partition("-")[0]
        return response.status == 416 or body[int(start) :].startswith(response.body)

    def _of_the_file(self, request: Request, response: Response, route: Route) -> Response | None:
        said = response.headers
        if said.get("Content-Type", "").startswith(XET_FILE_INFO):
            file_info = {**json.loads(response.body), "etag": f'"{self.etag}"', "size": len(self.content)}
            response = with_body(response, json.dumps(file_info, separators=(",", ":")).encode())
            linked = {"X-Linked-Size": str(len(self.content)), "X-Linked-ETag": f'"{self.etag}"'}
            return response.with_headers(linked)
        if response.status in (200, 206, 304, 416):
            return self._content(request, response, route) if self._is_recorded(response) else None
        if not 300 <= response.status < 400 or said.get("X-Linked-ETag", "").strip('"') != self.recorded.etag:
            return None
        changes: dict[str, str | None] = {"X-Linked-ETag": f'"{self.etag}"', "X-Xet-Hash": None, "Link": None}
        if "X-Linked-Size" in said:
            changes["X-Linked-Size"] = str(len(self.content))
        location = said.get("Location", "")
        changes["Location"] = location.replace(f"%22{self.recorded.oid}%22", f"%22{self.oid}%22")
        body = response.body.replace(location.encode(), str(changes["Location"]).encode())
        return with_body(response.with_headers(changes), body)

    def _content(self, request: Request, response: Response, route: Route) -> Response:
        etag = _sha256(self.oid.encode()) if route.origin == "cdn" else self.etag
        kind = response.headers.get("Content-Type", "text/plain; charset=utf-8")
        said = response.with_headers({"ETag": f'"{etag}"', "Content-Range": None, "Content-Type": kind})
        known = [tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")]
        if f'"{etag}"' in known or known == ["*"]:
            nothing = said.with_headers({"Content-Type": None, "Content-Length": None})
            return replace(nothing, status=304, body=b"")
        status, body, content_range = cut(self.content, request.headers.get("Range"))
        return with_body(replace(said, status=status), body).with_headers({"Content-Range": content_range})

    def _listing(self, response: Response) -> Response | None:
        said = json.loads(response.body)
        changed = [self._described(entry) for entry in self._entries(said)]
        if isinstance(said, dict) and self.path == "README.md" and "siblings" in said:
            said.pop("cardData", None)
            data = _card_data(self.content)
            said.update({"cardData": data} if data is not None else {})
            changed.append(True)
        if not any(changed):
            return None
        return with_body(response, to_json(said))

    def _entries(self, said: Any) -> Iterator[dict[str, Any]]:
        listed = said if isinstance(said, list) else said.get("siblings", ())
        for entry in listed:
            if isinstance(entry, dict) and self.path in (entry.get("path"), entry.get("rfilename")):
                yield entry

    def _described(self, entry: dict[str, Any]) -> bool:
        name = "oid" if "oid" in entry else "blobId"
        if entry.get(name) != self.recorded.oid:
            return False
        entry.update({name: self.oid, "size": len(self.content)})
        if "lfs" in entry:
            entry.pop("xetHash", None)
            digest = "oid" if "oid" in entry["lfs"] else "sha256"  # siblings have it as sha256
            shown = entry["lfs"][digest] if entry["lfs"][digest].startswith("*") else self.etag
            sizes = {"size": len(self.content), "pointerSize": len(self._pointer)}
            entry["lfs"] = {**entry["lfs"], digest: shown, **sizes}
        return True


@functools.lru_cache(maxsize=16)
def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def plainly(request: Request) -> Request:
    """The same request for the whole file, in the plain form: no range, no condition, no Xet information."""
    kept = [
        (name, value)
        for name, value in request.headers.items()
        if name.lower() not in _OF_A_PART and XET_FILE_INFO not in value
    ]
    return replace(request, headers=headers(kept))


def _card_data(readme: bytes) -> Mapping[str, Any] | None:
    """The Hub's data about a card; nothing of one that it cannot read."""
    try:
        return card.card_data(readme)
    except Exception:  # any exception of a parser for invalid YAML
        return None
