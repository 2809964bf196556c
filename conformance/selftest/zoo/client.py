"""A small Hub client in plain urllib, unlike the official one. The clients of the zoo are made of it."""

from __future__ import annotations

import json
import os
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any, Final, NoReturn
from urllib.parse import quote, urljoin, urlsplit

__version__ = "1.0.0"

TIMEOUT: Final = 4.0
"""Seconds to wait for an answer: short, so that a whole run ends soon, and enough for a busy machine."""


class HubError(Exception):
    """The Hub answered with this status. `code` is its `X-Error-Code`, if there is one."""

    def __init__(self, message: str, status: int | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class Offline(Exception):
    """A request was needed while the client is offline."""


class Corrupt(Exception):
    """The body is not as long as was announced."""


class _Unfollowed(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Redirects are followed by `Client.get`, since urllib would take the token along."""


@dataclass
class Answer:
    """The last answer to a request. `first` holds the headers of the first one, before any redirect."""

    body: bytes
    headers: Message
    first: Message


@dataclass
class Client:
    """A client of one Hub. Where it keeps files is said by its subclasses."""

    endpoint: str
    root: Path
    token: str | None = None
    offline: bool = False
    ca_file: str | None = None
    token_for_all_hosts: bool = False
    opener: urllib.request.OpenerDirector = field(init=False)

    def __post_init__(self) -> None:
        secure = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=self.ca_file))
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), secure, _Unfollowed)

    # What it can do.

    def info(self, repo_type: str, repo_id: str, revision: str | None) -> Any:
        below = f"/revision/{quote(revision, safe='')}" if revision else ""
        return self.json(f"{self.api(repo_type, repo_id)}{below}")[0]

    def tree(self, repo_type: str, repo_id: str, revision: str | None, path: str, recursive: bool) -> Iterator[Any]:
        below = f"/{quote(path)}" if path else ""
        url = f"{self.api(repo_type, repo_id)}/tree/{quote(revision or 'main', safe='')}{below}"
        url += "?recursive=true" if recursive else ""
        while url:
            page, headers = self.json(url)
            yield from page
            url = _next_page(", ".join(headers.get_all("Link", [])), url)

    def download(self, repo_type: str, repo_id: str, filename: str, revision: str | None) -> Path:
        raise NotImplementedError

    def folder(self, repo_type: str, repo_id: str, commit: str) -> Path:
        """Where the files of a commit are kept."""
        raise NotImplementedError

    # How it asks.

    def api(self, repo_type: str, repo_id: str) -> str:
        return f"{self.endpoint}/api/{repo_type}s/{_named(repo_id)}"

    def file_url(self, repo_type: str, repo_id: str, filename: str, revision: str | None) -> str:
        if any(part in ("", ".", "..") for part in filename.split("/")) or "\\" in filename or "\0" in filename:
            raise ValueError(f"{filename!r} is not a path in a repository")
        kind = "" if repo_type == "model" else f"{repo_type}s/"
        below = f"resolve/{quote(revision or 'main', safe='')}/{quote(filename)}"
        return f"{self.endpoint}/{kind}{_named(repo_id)}/{below}"

    def json(self, url: str) -> tuple[Any, Message]:
        answer = self.get(url)
        return json.loads(answer.body), answer.headers

    def get(self, url: str, method: str = "GET") -> Answer:
        """Follow redirects, at most five; the token goes to the endpoint alone."""
        if self.offline:
            raise Offline("the client is offline")
        first = None
        for _ in range(6):
            request = urllib.request.Request(url, method=method, headers={"User-Agent": f"zoo/{__version__}"})
            request.add_header("Accept-Encoding", "identity")
            if self.token and (self.token_for_all_hosts or _origin(url) == _origin(self.endpoint)):
                request.add_header("Authorization", f"Bearer {self.token}")
            try:
                with self.opener.open(request, timeout=TIMEOUT) as response:
                    body = response.read()
                    _require_whole(body, response.headers, method)
                    return Answer(body, response.headers, first or response.headers)
            except urllib.error.HTTPError as error:
                with error:
                    if not 300 <= error.code < 400 or "Location" not in error.headers:
                        _fail(error)
                    first = first or error.headers
                    url = urljoin(url, error.headers["Location"])
            except urllib.error.URLError as error:
                raise ConnectionError(str(error.reason)) from error
        raise HubError("too many redirects")


def write(path: Path, content: bytes) -> Path:
    """Write a file in one step: it is there as a whole, or not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.urandom(4).hex()}.part")
    part.write_bytes(content)
    return part.replace(path)


def _named(repo_id: str) -> str:
    parts = repo_id.split("/")
    if len(parts) > 2 or any(not part or part.strip(".") == "" or not _plain(part) for part in parts):
        raise ValueError(f"{repo_id!r} is not the id of a repository")
    return repo_id


def _plain(part: str) -> bool:
    return part.isascii() and part.replace("-", "").replace("_", "").replace(".", "").isalnum()


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _next_page(link: str | None, url: str) -> str:
    for one in (link or "").split(","):
        target, _, rest = one.partition(";")
        if 'rel="next"' in rest:
            return urljoin(url, target.strip(" <>"))
    return ""


def _require_whole(body: bytes, headers: Message, method: str) -> None:
    length = headers.get("Content-Length")
    if method != "HEAD" and length is not None and int(length) != len(body):
        raise Corrupt(f"{len(body)} bytes came, {length} were announced")


def _fail(error: urllib.error.HTTPError) -> NoReturn:
    text = error.headers["X-Error-Message"] or f"the Hub answered {error.code}"
    raise HubError(text, error.code, error.headers["X-Error-Code"]) from None
