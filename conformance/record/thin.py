"""Keep the beginning of a large file instead of all of it, with sizes and digests that fit, and say so.

What the Hub said of the file is rewritten wherever it stands, so that checks of digests keep their sense. It is no
longer what the Hub said: the manifest has the true values, and every report says that the recording is thinned.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from conformance.record.beginning import Beginning, beginning_of
from conformance.record.proxy import RecordError, RecordingProxy
from conformance.record.recipe import NOT_WANTED
from conformance.traffic import git
from conformance.traffic.body import with_body
from conformance.traffic.compact import to_json
from conformance.traffic.exchange import Exchange, Request, Response, headers
from conformance.traffic.identity import ANONYMOUS, TOKENS, caller
from conformance.traffic.recording import LeftOut, Thinned
from conformance.traffic.route import Route, route_of
from conformance.traffic.scrub import is_own_words
from conformance.traffic.stored import Blobs, StoredExchange, head_of, is_left_out

_HEX: Final = re.compile(rb"[0-9a-f]{64}|[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class _Kept:
    """What stands for a file from now on."""

    content: bytes
    size: int
    digest: str
    oid: str


def thinned(
    exchanges: list[Exchange], left_out: tuple[LeftOut, ...], proxy: RecordingProxy, blobs: Blobs, most: int
) -> tuple[list[Exchange], tuple[LeftOut, ...], tuple[Thinned, ...]]:
    """The exchanges with thinned files; what is still left out; what was thinned.

    Args:
        exchanges: all of a recording, scrubbed.
        left_out: what their bodies lack.
        proxy: where parts of files are asked for.
        blobs: where the beginnings go.
        most: bytes that are kept of a file.

    Raises:
        RecordError: a part of a file cannot be had.
    """
    found = _Files(exchanges)
    kept: dict[str, _Kept] = {}
    notes, rest = [], []
    words: dict[bytes, bytes] = {}
    for note in left_out:
        is_wanted = note.size and note.why != NOT_WANTED
        asked = found.resolves.get(note.digest or "") if is_wanted else None
        if asked is None or note.digest is None or note.size is None:
            rest.append(note)
            continue
        if note.digest not in kept:
            part = beginning_of(note.what, note.size, _reader(proxy, asked), most=most)
            is_lfs = len(note.digest) == 64
            kept[note.digest] = _kept(part, is_lfs=is_lfs)
            words |= found.renamed(note, kept[note.digest])
            new = kept[note.digest]
            notes.append(
                Thinned(note.repo_id, note.what, note.digest, note.size, new.digest, new.size, part.units, part.unit)
            )
    by_digest = {one.digest: one for one in kept.values()}
    sizes = {one.oid: one for one in kept.values()}
    changed = [_rewritten(one, found, kept, words, sizes, by_digest, blobs) for one in exchanges]
    return changed, tuple(rest), tuple(notes)


class _Files:
    """Where large files stand in a recording: by digest, and by the URL that their content is at."""

    def __init__(self, exchanges: list[Exchange]) -> None:
        self.resolves: dict[str, Request] = {}
        self.digests: dict[Route, str] = {}
        self._xet: dict[str, str] = {}
        for exchange in exchanges:
            head, request = head_of(exchange), exchange.request
            if route_of(request).kind not in ("resolve", "resolve-cache"):
                continue
            digest = head.headers.get("X-Linked-ETag" if head.status != 200 else "ETag", "").strip('"')
            if not digest or head.status not in (200, 302, 307):
                continue
            self.resolves.setdefault(digest, request)
            if "X-Xet-Hash" in head.headers:
                self._xet[digest] = head.headers["X-Xet-Hash"]
            location = head.headers.get("Location", "")
            if "://" in location:
                target = location[location.index("/", location.index("://") + 3) :]
                self.digests[route_of(Request("GET", target, "cdn"))] = digest
            elif head.status == 200:
                self.digests[route_of(request)] = digest

    def renamed(self, note: LeftOut, kept: _Kept) -> dict[bytes, bytes]:
        """Old names of a file to new ones: digests, the name of its pointer, and its Xet hash."""
        old = note.digest or ""
        names = {old: kept.digest}
        if len(old) == 64:
            names[git.object_name("blob", git.pointer(old, note.size or 0))] = kept.oid
        if old in self._xet:
            names[self._xet[old]] = hashlib.sha256(b"xet\0" + kept.content).hexdigest()
        return {was.encode(): now.encode() for was, now in names.items()}


def _kept(part: Beginning, *, is_lfs: bool) -> _Kept:
    content = part.content
    if not is_lfs:
        oid = git.object_name("blob", content)
        return _Kept(content, len(content), oid, oid)
    digest = hashlib.sha256(content).hexdigest()
    return _Kept(content, len(content), digest, git.object_name("blob", git.pointer(digest, len(content))))


def _reader(proxy: RecordingProxy, asked: Request) -> Any:
    """Reads parts of the file that a request leads to, by a URL that is signed for today."""
    name = caller(asked.token)
    sent = {} if name == ANONYMOUS else {"Authorization": f"Bearer {TOKENS[name]}"}
    request = replace(asked, headers=headers(sent))
    for _ in range(5):
        answer = proxy.part(request, 0, 0) if request.origin == "cdn" else proxy.head(request)
        location = answer.headers.get("Location", "")
        if not 300 <= answer.status < 400 or not location:
            break
        if location.startswith("/"):
            request = replace(request, target=location)
        elif "://" not in location or "/" not in location.partition("://")[2]:
            break
        else:
            request = Request("GET", location[location.index("/", location.index("://") + 3) :], "cdn")

    def read(first: int, last: int) -> bytes:
        answer = proxy.part(request, first, last)
        content_range = answer.headers.get("Content-Range", f"bytes {first}-{last}/")
        # A cache may answer with another part (RFC 9110 §15.3.7).
        is_it = content_range.startswith(f"bytes {first}-{last}/")
        if answer.status != 206 or not is_it or len(answer.body) != last - first + 1:
            raise RecordError(f"the upstream did not answer with a part of {asked.path}", "record with --large drop")
        return answer.body

    return read


def _rewritten(
    exchange: Exchange,
    found: _Files,
    kept: Mapping[str, _Kept],
    words: Mapping[bytes, bytes],
    sizes: Mapping[str, _Kept],
    by_digest: Mapping[str, _Kept],
    blobs: Blobs,
) -> Exchange:
    head, request = head_of(exchange), exchange.request
    digest = found.digests.get(route_of(request), "")
    target = _replaced(request.target.encode(), words).decode()
    request = replace(request, target=target) if target != request.target else request
    fields = [(name, _replaced(value.encode(), words).decode()) for name, value in head.headers.items()]
    fresh = replace(head, headers=headers(fields))
    if digest in kept and is_left_out(head):
        new = kept[digest]
        blob = blobs.put([new.content])
        if blob is not None:
            whole = replace(fresh.with_headers({"Content-Length": str(new.size)}), source="recorded")
            return StoredExchange(request, whole, blob)
    linked = by_digest.get(fresh.headers.get("X-Linked-ETag", "").strip('"'))
    if linked is not None and "X-Linked-Size" in fresh.headers:
        fresh = fresh.with_headers({"X-Linked-Size": str(linked.size)})
    if isinstance(exchange, StoredExchange):
        return StoredExchange(request, _in_order(fresh), exchange.blob)
    body = _replaced(head.body, words)
    if is_own_words(fresh, request):
        body = _with_sizes(body, sizes, by_digest)
    changed = with_body(fresh, body) if body != head.body else fresh
    return replace(exchange, request=request, response=_in_order(changed))


def _in_order(response: Response) -> Response:
    return replace(response, headers=headers(sorted(response.headers.items())))


def _replaced(content: bytes, words: Mapping[bytes, bytes]) -> bytes:
    return _HEX.sub(lambda match: words.get(match[0], match[0]), content) if words else content


def _with_sizes(body: bytes, sizes: Mapping[str, _Kept], by_digest: Mapping[str, _Kept]) -> bytes:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return body
    changed = [_resized(entry, sizes, by_digest) for entry in _entries(said)]
    if not any(changed):
        return body
    return to_json(said)


def _entries(said: Any) -> list[dict[str, Any]]:
    listed = said if isinstance(said, list) else said.get("siblings") or [said] if isinstance(said, dict) else []
    return [entry for entry in listed if isinstance(entry, dict)]


def _resized(entry: dict[str, Any], sizes: Mapping[str, _Kept], by_digest: Mapping[str, _Kept]) -> bool:
    new = sizes.get(str(entry.get("oid", entry.get("blobId", ""))))
    if new is None and isinstance(entry.get("etag"), str):  # what is told of a file in Xet storage
        new = by_digest.get(entry["etag"].strip('"'))
    if new is None or "size" not in entry:
        return False
    entry["size"] = new.size
    if isinstance(entry.get("lfs"), dict):
        pointer = len(git.pointer(new.digest, new.size))
        entry["lfs"] = {**entry["lfs"], "size": new.size, "pointerSize": pointer}
    return True
