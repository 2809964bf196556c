"""What a recording in progress has so far, on disk: a recording that was interrupted continues from there."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conformance.record.recipe import Recipe, text_of
from conformance.traffic.exchange import Exchange, OriginName, Request, Response, headers
from conformance.traffic.identity import caller
from conformance.traffic.route import route_of
from conformance.traffic.stored import Blob, Blobs, StoredExchange, head_of


class Journal:
    """A folder beside the recording to be, with every exchange so far, scrubbed, and the bodies of files.

    Args:
        folder: the recording's own folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.parent / f".{folder.name}.partial"
        self.blobs = Blobs(self.folder / "blobs")
        self._lines = self.folder / "journal.jsonl"

    @property
    def recipe(self) -> Path:
        """The recipe that this recording follows."""
        return self.folder / "recipe.toml"

    def begin(self, recipe: Recipe) -> None:
        """Go on with what is there if it was begun by the same recipe, else begin again."""
        if not self.recipe.is_file() or self.recipe.read_text("utf-8") != text_of(recipe):
            self.end()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)  # it still tells who records
        (self.folder / ".gitignore").write_text("*\n", "utf-8")
        self.recipe.write_text(text_of(recipe), "utf-8")

    def end(self) -> None:
        """Remove the folder, and all that is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def add(self, exchanges: list[Exchange], origins: Mapping[OriginName, str]) -> None:
        """Note what has passed."""
        with self._lines.open("a", encoding="utf-8") as file:
            for exchange in exchanges:
                file.write(json.dumps(_entry(exchange, origins)) + "\n")

    def read(self) -> tuple[list[Exchange], dict[OriginName, str]]:
        """What has passed before, and how the upstream spells its origins.

        A redirect to a content host is left out unless the content is there: its signature was not kept. A last line
        that was cut off is left out as well.
        """
        found: list[Exchange] = []
        origins: dict[OriginName, str] = {}
        try:
            lines = self._lines.read_text("utf-8").splitlines()
        except OSError:
            return [], {}
        for line in lines:
            try:
                entry = json.loads(line)
                found.append(self._exchange(entry))
                origins.update(entry["origins"])
            except (ValueError, KeyError, TypeError, OSError):
                continue
        cdn = origins.get("cdn", "\0")
        there = {route_of(one.request) for one in found if one.request.origin == "cdn"}
        kept = [one for one in found if _is_whole(one, cdn, there)]
        if kept != found or lines:
            self._lines.write_text("".join(json.dumps(_entry(one, origins)) + "\n" for one in kept), "utf-8")
        return kept, origins

    def forget(self) -> None:
        """Keep the bodies of files, and ask for all else again."""
        self._lines.unlink(missing_ok=True)

    def _exchange(self, entry: dict[str, Any]) -> Exchange:
        method, target, origin, sent, body = entry["request"]
        request = Request(method, target, origin, headers(map(tuple, sent)), base64.b64decode(body))
        status, fields, source = entry["response"]
        head = Response(status, headers(map(tuple, fields)), source=source)
        if "blob" not in entry:
            return Exchange(request, Response(status, head.headers, base64.b64decode(entry["body"]), source=source))
        path = self.blobs.folder / entry["blob"]
        if path.stat().st_size != entry["size"]:
            raise ValueError(f"{path}: not whole")
        return StoredExchange(request, head, Blob(path, entry["blob"], entry["size"]))


def answers(exchanges: list[Exchange]) -> list[tuple[Request, Response]]:
    """The answers that a client starts with; of contents only the head."""
    return [(one.request, head_of(one)) for one in exchanges]


def is_about_refs(exchange: Exchange) -> bool:
    """Whether an exchange tells if the repository has changed since."""
    route = route_of(exchange.request)
    return route.kind == "refs" or (route.kind == "info" and route.revision in (None, "main"))


def key_of(exchange: Exchange) -> tuple[str, Any, str]:
    """What makes two exchanges the same."""
    return exchange.request.method, route_of(exchange.request), caller(exchange.request.token)


def _is_whole(exchange: Exchange, cdn: str, there: set[Any]) -> bool:
    location = head_of(exchange).headers.get("Location", "")
    if not location.startswith(f"{cdn}/"):
        return True
    return route_of(Request("GET", location.removeprefix(cdn), "cdn")) in there


def _entry(exchange: Exchange, origins: Mapping[OriginName, str]) -> dict[str, Any]:
    request, head = exchange.request, head_of(exchange)
    sent, body = list(request.headers.items()), base64.b64encode(request.body).decode()
    entry: dict[str, Any] = {
        "request": [request.method, request.target, request.origin, sent, body],
        "response": [head.status, list(head.headers.items()), head.source],
        "origins": dict(origins),
    }
    if isinstance(exchange, StoredExchange):
        return {**entry, "blob": exchange.blob.sha256, "size": exchange.blob.size}
    return {**entry, "body": base64.b64encode(head.body).decode()}
