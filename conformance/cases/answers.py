"""Answers that a case lets the Hub give in place of the recorded ones."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from conformance.record.body import with_body
from conformance.replay import Fault, Rewrite
from conformance.wire.exchange import Request, Response


@dataclass(frozen=True, slots=True)
class Edited:
    """The answer with its JSON changed: `change` gets what was recorded and returns what is said instead."""

    change: Callable[[Any], Any] = field(repr=False)

    def apply(self, request: Request, response: Response) -> Response | None:
        said = self.change(json.loads(response.body))
        return with_body(response, json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode())


@dataclass(frozen=True, slots=True)
class Half:
    """The first half of the body, as if that were all of it."""

    def apply(self, request: Request, response: Response) -> Response | None:
        return with_body(response, response.body[: len(response.body) // 2])


WEB_PAGE: Final = b"<!doctype html>\n<html><body><h1>Log in to the network of this hotel</h1></body></html>\n"

UNREADABLE: Final[Mapping[str, Fault]] = {
    "a-web-page": Rewrite(headers={"Content-Type": "text/html; charset=utf-8"}, body=WEB_PAGE),
    "broken-json": Half(),
    "nothing": Rewrite(body=b""),
}
"""Answers with status 200 that a client of an API cannot read."""


@dataclass(slots=True)
class LinksOn:
    """A page that names `url` as the next one, so many times; then it is the last."""

    url: str
    times: int
    _left: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._left = self.times

    def apply(self, request: Request, response: Response) -> Response | None:
        self._left -= 1
        return response.with_headers({"Link": f'<{self.url}>; rel="next"'} if self._left >= 0 else {"Link": None})


@dataclass(frozen=True, slots=True)
class Everywhere:
    """A Hub that has one file under every name and at every revision, and answers at once with 200.

    `headers` are set on top, or left out where the value is None.
    """

    content: bytes = field(repr=False)
    etag: str = field(repr=False)
    commit: str = field(repr=False)
    headers: Mapping[str, str | None] = field(default_factory=dict)

    def apply(self, request: Request, response: Response) -> Response | None:
        said = {
            "Content-Type": "text/plain; charset=utf-8",
            "ETag": f'"{self.etag}"',
            "X-Repo-Commit": self.commit,
            "X-Request-Id": response.headers.get("X-Request-Id"),
        }
        whole = with_body(Response(200), self.content).with_headers(said)
        return whole.with_headers(self.headers)


@dataclass(frozen=True, slots=True)
class Smuggling:
    """A Hub whose info and listing name one file more, `path`; what is asked for under that name is `file`."""

    path: str
    entry: Mapping[str, Any] = field(repr=False)
    file: Everywhere = field(repr=False)

    def apply(self, request: Request, response: Response) -> Response | None:
        if response.status == 200 and "json" in response.headers.get("Content-Type", ""):
            said = json.loads(response.body)
            if isinstance(said, list):
                said.append({**self.entry, "path": self.path})
            elif "siblings" in said:
                said["siblings"].append({"rfilename": self.path})
            return with_body(response, json.dumps(said).encode())
        name = re.split(r"[/\\:]", self.path)[-1]
        return self.file.apply(request, response) if name in request.path else None
