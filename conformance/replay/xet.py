"""Serving a recording to a client that fetches large files from Xet storage instead of over HTTP.

A recording of the stand-in has made-up Xet hashes, and no storage. For a port with a Xet client, a real store on disk
is filled with the recorded bodies (`conformance.ports.xet`); here the Hub's answers are made to speak of that store.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass

from conformance.traffic.body import with_body
from conformance.traffic.exchange import Response
from conformance.traffic.recording import Recording

_TOKEN_LIFE = 3600


def large_bodies(recording: Recording) -> dict[str, bytes]:
    """Recorded Xet hash to content, of each file whose content was recorded."""
    contents: dict[str, bytes] = {}
    sha256: dict[str, str] = {}
    for exchange in recording.exchanges:
        request, response = exchange.request, exchange.response
        if request.origin == "cdn" and response.status == 200:
            contents[hashlib.sha256(response.body).hexdigest()] = response.body
        recorded, linked = response.headers.get("X-Xet-Hash"), response.headers.get("X-Linked-ETag")
        if recorded and linked:
            sha256[recorded] = linked.strip('"')
    return {recorded: contents[digest] for recorded, digest in sha256.items() if digest in contents}


@dataclass(frozen=True, slots=True)
class XetStore:
    """A store that holds a recording's large files.

    `url` is where the store is, as a Xet client takes it. `hashes` are recorded hash to true hash.
    """

    url: str
    hashes: Mapping[str, str]

    def applied(self, response: Response) -> Response:
        """The Hub's answer with true hashes, and with a token for this store. Redirects to the CDN stay as they are."""
        if "X-Xet-Cas-Url" in response.headers:
            return self._token(response)
        recorded = response.headers.get("X-Xet-Hash", "")
        if recorded in self.hashes:
            link = response.headers.get("Link", "").replace(recorded, self.hashes[recorded])
            return response.with_headers({"X-Xet-Hash": self.hashes[recorded], "Link": link})
        is_json = response.headers.get("Content-Type", "").startswith("application/json")
        if not is_json or b'ash":"' not in response.body:
            return response
        body = response.body
        for recorded, true in self.hashes.items():
            body = body.replace(f'"{recorded}"'.encode(), f'"{true}"'.encode())
        return with_body(response, body)

    def _token(self, response: Response) -> Response:
        expires = int(time.time()) + _TOKEN_LIFE
        said = {**json.loads(response.body), "casUrl": self.url, "exp": expires}
        fields = {"X-Xet-Cas-Url": self.url, "X-Xet-Token-Expiration": str(expires)}
        return with_body(response.with_headers(fields), json.dumps(said, separators=(",", ":")).encode())
