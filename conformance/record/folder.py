"""Write a recording of format 2: files that people review, equal for equal content."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from conformance.errors import ConformanceError
from conformance.record import recipe
from conformance.record.place import keep_others
from conformance.traffic import layout
from conformance.traffic.cassette import LARGEST_INLINE, read_again, replace_folder
from conformance.traffic.exchange import Exchange
from conformance.traffic.manifest import MANIFEST, RECIPE_FORMAT, CassetteError
from conformance.traffic.recording import Recording
from conformance.traffic.stored import Blobs, StoredExchange, digest_of, head_of, is_left_out

_REPORT: Final = "what was there is kept; report this with the name of the Hub"


class Unreadable(ConformanceError):
    """What was recorded would be another thing when it is read."""


def save(recording: Recording, wanted: recipe.Recipe | None, folder: Path) -> None:
    """Write a recording into a folder. What it held before stays until the new files are complete, and can be read.

    Raises:
        Unreadable: an exchange holds what a cassette cannot, and would be lost or changed.
    """

    def write(fresh: Path) -> None:
        _write(recording, wanted, fresh, folder)
        for name, held in recording.cassettes.items():
            _read_back(name, held, fresh)

    replace_folder(folder, write)


def _read_back(name: str, held: Sequence[Exchange], fresh: Path) -> None:
    try:
        found = read_again(fresh).cassettes[name]
    except CassetteError as error:
        what = error.message.partition(": ")[2][:300]
        raise Unreadable(f"not written, because {name}.yaml could not be read again ({what})", _REPORT) from None
    for one, again in zip(held, found, strict=True):
        if _seen(one) != _seen(again):
            what = f"{one.request.method} {one.request.target[:200]}"
            raise Unreadable(f"not written, because {what} would not be read again as it was answered", _REPORT)


def _seen(exchange: Exchange) -> tuple[Any, ...]:
    request, head = exchange.request, head_of(exchange)
    asked = (request.method, request.target, request.origin, request.body, sorted(request.headers.items()))
    body = None if is_left_out(head) else digest_of(exchange)
    return (*asked, head.status, sorted(head.headers.items()), body)


def _write(recording: Recording, wanted: recipe.Recipe | None, fresh: Path, old: Path) -> None:
    (fresh / "blobs").mkdir(parents=True)
    files: dict[str, str] = {}
    blobs: dict[str, str] = {}
    spilled = Blobs(fresh / ".spilled")
    for name, held in recording.cassettes.items():
        exchanges = [_on_disk(exchange, spilled) for exchange in held]
        content = layout.text_of(exchanges, recording.origins).encode("utf-8")
        (fresh / f"{name}.yaml").write_bytes(content)
        files[f"{name}.yaml"] = hashlib.sha256(content).hexdigest()
        for exchange in exchanges:
            is_file = isinstance(exchange, StoredExchange) and layout.inline(exchange) is None
            if isinstance(exchange, StoredExchange) and is_file and exchange.blob.sha256 not in blobs:
                _link(exchange.blob.path, fresh / "blobs" / exchange.blob.sha256)
                blobs[exchange.blob.sha256] = exchange.blob.sha256
    shutil.rmtree(spilled.folder, ignore_errors=True)
    files |= {f"blobs/{digest}": digest for digest in sorted(blobs)}
    manifest = _manifest(recording, files)
    before = _manifest_in(old)
    if {**before, "recorded": None} == {**manifest, "recorded": None}:
        manifest["recorded"] = before["recorded"]  # nothing has changed since, so nothing changes here
    (fresh / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    keep_others(old, fresh)
    if wanted is not None:
        (fresh / recipe.FILE).write_text(recipe.text_of(wanted), encoding="utf-8")


def _on_disk(exchange: Exchange, blobs: Blobs) -> Exchange:
    """The exchange, its body on disk where it is large, or is not text."""
    if isinstance(exchange, StoredExchange):
        return exchange
    head, body = replace(exchange.response, body=b""), exchange.response.body
    is_json = "json" in head.headers.get("Content-Type", "")
    try:
        body.decode("utf-8")
        if len(body) <= LARGEST_INLINE or is_json:
            return exchange
    except UnicodeDecodeError:
        pass
    blob = blobs.put([body])
    return exchange if blob is None else StoredExchange(exchange.request, head, blob)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _manifest(recording: Recording, files: Mapping[str, str]) -> dict[str, Any]:
    return {
        "format": RECIPE_FORMAT,
        "area": recording.area,
        "suite": recording.suite,
        "upstream": recording.upstream,
        "provenance": recording.provenance,
        "synthetic": recording.synthetic,
        "recorded": recording.recorded,
        "callers": list(recording.callers),
        "private": recording.private,
        "origins": dict(recording.origins),
        "repositories": [asdict(repository) for repository in recording.repositories],
        "left_out": [_plain(asdict(entry)) for entry in recording.left_out],
        "thinned": [asdict(entry) for entry in recording.thinned],
        "roles": {name: list(offered) for name, offered in recording.roles.items()},
        "files": dict(files),
    }


def _plain(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if value is not None}


def _manifest_in(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and "recorded" in found else {}
