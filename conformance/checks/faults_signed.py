"""A content host that takes signed URLs for so long only."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from conformance.replay import Cut, Status
from conformance.traffic.body import with_body
from conformance.traffic.exchange import Request, Response, headers
from conformance.traffic.ranges import cut

_SIGNATURE = re.compile(r"[?&]signed=(\d+)")


@dataclass(slots=True)
class Expiring:
    """Each redirect to the content host has another signature; the first that is used for a body expires on the way.

    The body breaks off after `after` bytes, and later requests for that URL get 403. `asked` are the signatures
    with which the content host was asked for a body.
    """

    content: bytes = field(repr=False)
    after: int
    asked: list[str] = field(default_factory=list, init=False, repr=False)
    _issued: int = field(default=0, init=False, repr=False)

    def apply(self, request: Request, response: Response) -> Response | None:
        if request.origin == "cdn":
            return self._body(request)
        location = response.headers.get("Location", "")
        if response.status != 302 or not location:
            return None
        self._issued += 1
        mark = "&" if "?" in location else "?"
        return response.with_headers({"Location": f"{location}{mark}signed={self._issued}"})

    def _body(self, request: Request) -> Response | None:
        found = _SIGNATURE.search(request.target)
        if found is None:
            return None
        first = not self.asked
        if request.method == "GET":
            self.asked.append(found[1])
        if not first and found[1] == self.asked[0]:
            return Status(403, body=b"Request has expired").apply(request, Response(403, headers({}), b""))
        status, body, part = cut(self.content, request.headers.get("Range"))
        said = {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes", "Content-Range": part}
        whole = replace(with_body(Response(status), body).with_headers(said), source="fault")
        return (Cut(self.after).apply(request, whole) or whole) if first else whole
