"""A file kept in git that has another content than the recorded one, and several such changes in one plan."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from conformance.replay import Fault
from conformance.traffic.body import with_body
from conformance.traffic.card import card_data
from conformance.traffic.exchange import Request, Response
from conformance.traffic.git import object_name


@dataclass(frozen=True, slots=True)
class GitFile:
    """A Hub on which a file kept in git has another content: where it is served, and in every listing."""

    path: str
    content: bytes = field(repr=False)

    def apply(self, request: Request, response: Response) -> Response | None:
        named = unquote(request.path).endswith(f"/{self.path}")
        if named and "/resolve-cache/" in request.path and response.status in (200, 206):
            whole = with_body(replace(response, status=200), self.content)
            return whole.with_headers({"ETag": f'"{self._oid}"', "Content-Range": None})
        if named and "/resolve/" in request.path and "location" in response.headers:
            return response.with_headers({"X-Linked-ETag": f'"{self._oid}"'})
        is_json = "json" in response.headers.get("Content-Type", "")
        return self._listing(response) if is_json and response.status == 200 else None

    @property
    def _oid(self) -> str:
        return object_name("blob", self.content)

    def _card_data(self) -> dict[str, object]:
        """What the Hub's info has of the card; nothing of one that it cannot read. Some clients read it there alone."""
        try:
            data = card_data(self.content)
        except Exception:  # any exception of a parser for invalid YAML
            return {}
        return {} if data is None else {"cardData": data}

    def _listing(self, response: Response) -> Response | None:
        said = json.loads(response.body)
        listed = said if isinstance(said, list) else said.get("siblings", [])
        entries = [entry for entry in listed if self.path in (entry.get("path"), entry.get("rfilename"))]
        changed = False
        for entry in entries:
            for name, value in (("oid", self._oid), ("blobId", self._oid), ("size", len(self.content))):
                if name in entry:
                    entry[name] = value
                    changed = True
        if self.path == "README.md" and isinstance(said, dict) and "siblings" in said:
            said.pop("cardData", None)  # it was that of the recorded card
            said.update(self._card_data())
            changed = True
        return with_body(response, json.dumps(said, default=str).encode()) if changed else None


@dataclass(frozen=True, slots=True)
class Unlisted:
    """A Hub whose listings lack one file. Where it is asked for, it is there."""

    path: str

    def apply(self, request: Request, response: Response) -> Response | None:
        if response.status != 200 or "json" not in response.headers.get("Content-Type", ""):
            return None
        said = json.loads(response.body)
        if isinstance(said, list):
            kept: object = [entry for entry in said if not (isinstance(entry, dict) and entry.get("path") == self.path)]
        elif isinstance(said, dict) and "siblings" in said:
            siblings = [sibling for sibling in said["siblings"] if sibling["rfilename"] != self.path]
            kept = {**said, "siblings": siblings}
        else:
            return None
        return with_body(response, json.dumps(kept).encode()) if kept != said else None


@dataclass(frozen=True, slots=True)
class Each:
    """Changes that do not depend on one another: each of them strikes where it can."""

    changes: Sequence[Fault]

    def apply(self, request: Request, response: Response) -> Response | None:
        changed: Response | None = None
        for change in self.changes:
            changed = change.apply(request, changed or response) or changed
        return changed
