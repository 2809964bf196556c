"""Answers that a check lets the Hub give in place of the recorded ones.

Where only a file is to have another content, use `ReplayHub.put`: then faults can be planned for it as for any other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import unquote, unquote_plus

from conformance.replay import Each, Fault, Replaced, Rewrite, Truth
from conformance.traffic.body import with_body
from conformance.traffic.compact import to_json
from conformance.traffic.exchange import Request, Response
from conformance.traffic.route import XET_FILE_INFO

__all__ = [
    "AGAIN",
    "UNREADABLE",
    "WEB_PAGE",
    "Each",
    "Edited",
    "Everywhere",
    "FirstHop",
    "Half",
    "LinksOn",
    "OfTheFile",
    "Replaced",
    "Smuggling",
    "one_file",
    "one_file_more",
]


@dataclass(frozen=True, slots=True)
class Edited:
    """The answer with its JSON changed: `change` gets what was recorded and returns the replacement."""

    change: Callable[[Any], Any] = field(repr=False)

    def apply(self, request: Request, response: Response) -> Response | None:
        if response.status != 200 or "json" not in response.headers.get("Content-Type", ""):
            return None
        said = self.change(json.loads(response.body))
        return with_body(response, to_json(said))


@dataclass(frozen=True, slots=True)
class OfTheFile:
    """A fault in the answers about a file, except in those with its Xet information."""

    fault: Fault

    def apply(self, request: Request, response: Response) -> Response | None:
        asked_for_xet = response.headers.get("Content-Type", "").startswith(XET_FILE_INFO)
        return None if asked_for_xet else self.fault.apply(request, response)


AGAIN: Final = "?download=TRUE"
"""A query that the Hub knows, and that changes nothing of a file's content."""


@dataclass(frozen=True, slots=True)
class FirstHop:
    """A fault in the first answer on the way to a file. It leads on to a URL with `AGAIN`, which it leaves alone.

    So it does not matter by which revision a client asks for the file.
    """

    fault: Fault

    def apply(self, request: Request, response: Response) -> Response | None:
        return None if AGAIN.strip("?") in request.target else self.fault.apply(request, response)


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
    """A page whose next one is `url`, `times` times; then it is the last."""

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
    """A Hub that has one file under every name and at every revision, and answers at once, with 200 or a range.

    `headers` are set on top, or left out where the value is None. It is the file of every path that the API is asked
    about, too; whatever else the API is asked, it answers as ever.
    """

    content: bytes = field(repr=False)
    etag: str = field(repr=False)
    commit: str = field(repr=False)
    headers: Mapping[str, str | None] = field(default_factory=dict)

    def apply(self, request: Request, response: Response) -> Response | None:
        if "/paths-info/" in request.path:
            return self._about(request)
        if request.path.startswith("/api/") and "/resolve-cache/" not in request.path:
            return None
        said = {
            "Content-Type": "text/plain; charset=utf-8",
            "ETag": f'"{self.etag}"',
            "X-Repo-Commit": self.commit,
            "X-Request-Id": response.headers.get("X-Request-Id"),
        }
        whole = with_body(Response(200), self.content).with_headers(said)
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range", ""))
        if asked and request.method == "GET" and int(asked[1]) < len(self.content):
            start, end = int(asked[1]), min(int(asked[2] or len(self.content)), len(self.content) - 1)
            part = {"Content-Range": f"bytes {start}-{end}/{len(self.content)}"}
            whole = with_body(replace(whole, status=206), self.content[start : end + 1]).with_headers(part)
        return whole.with_headers(self.headers)

    def _about(self, request: Request) -> Response | None:
        if not request.headers.get("Content-Type", "").startswith("application/json"):
            return None
        paths = json.loads(request.body).get("paths", [])
        commit = {"id": self.commit, "title": "Add the file", "date": "2024-01-01T00:00:00.000Z"}
        file = {"type": "file", "oid": self.etag, "size": len(self.content), "lastCommit": commit}
        body = json.dumps([{**file, "path": path} for path in paths]).encode()
        return with_body(Response(200), body).with_headers({"Content-Type": "application/json; charset=utf-8"})


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
                if "/paths-info/" in request.path and not self._is_asked_for(request):
                    return None
                said.append({**self.entry, "path": self.path})
            elif "siblings" in said:
                known = {"blobId": self.entry["oid"], "size": self.entry["size"]} if "blobs=" in request.target else {}
                said["siblings"].append({"rfilename": self.path, **known})
            return with_body(response, json.dumps(said).encode())
        name = re.split(r"[/\\:]", self.path)[-1]
        return self.file.apply(request, response) if name in unquote(request.path) else None

    def _is_asked_for(self, request: Request) -> bool:
        return self.path in unquote_plus(request.body.decode("utf-8", "replace"))


def one_file(repo: Truth, **headers: str) -> Everywhere:
    """A Hub that answers every request with the repository's README, and with these headers."""
    readme = repo.files()["README.md"]
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    return Everywhere(readme.body, readme.etag, repo.head, said)


def one_file_more(repo: Truth, path: str) -> Smuggling:
    """A Hub on which the repository also has a file of this name, with the README's content."""
    readme = repo.files()["README.md"]
    return Smuggling(path, {"type": "file", "oid": readme.oid, "size": readme.size}, one_file(repo))
