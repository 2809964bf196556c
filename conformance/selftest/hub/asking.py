"""Asking the stand-in Hub in a test, without a socket."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from conformance.hub import CANONICAL_ORIGINS, StandInHub
from conformance.hub.access import page_path
from conformance.hub.repositories import AREAS
from conformance.hub.repository import Repository
from conformance.traffic.exchange import OriginName, Request, Response, headers
from conformance.traffic.identity import ANONYMOUS, TOKENS

REPOSITORIES = {repository.repo_id: repository for area in AREAS.values() for repository in area()}
"""The repositories of all areas; they are immutable, so all tests share them."""


@dataclass(frozen=True)
class Asking:
    """A client of the stand-in that follows no redirect by itself."""

    hub: StandInHub

    def __call__(
        self,
        target: str,
        caller: str = ANONYMOUS,
        *,
        method: str = "GET",
        origin: OriginName = "hub",
        sent: dict[str, str] | None = None,
        body: bytes = b"",
    ) -> Response:
        lines = dict(sent or {})
        if caller != ANONYMOUS:
            lines["authorization"] = f"Bearer {TOKENS[caller]}"
        return self.hub(Request(method, target, origin, headers(lines), body))

    def json(self, target: str, caller: str = ANONYMOUS) -> Any:
        response = self(target, caller)
        assert response.status == 200, response.body
        return json.loads(response.body)

    def follow(self, response: Response, caller: str = ANONYMOUS, *, sent: dict[str, str] | None = None) -> Response:
        """Go where a redirect points; the token stays at home when that is another origin."""
        location = response.headers["location"]
        for origin, url in CANONICAL_ORIGINS.items():
            if location.startswith(f"{url}/"):
                who = caller if origin == "hub" else ANONYMOUS
                return self(location.removeprefix(url), who, origin=origin, sent=sent)
        assert location.startswith("/"), location
        return self(location, caller, sent=sent)

    def pages(self, target: str) -> list[list[Any]]:
        """All pages of a listing, by its `Link` headers."""
        pages = []
        while target:
            response = self(target)
            pages.append(json.loads(response.body))
            link = response.headers.get("link", "")
            target = link.partition(">")[0].removeprefix(f"<{CANONICAL_ORIGINS['hub']}")
        return pages

    def items(self, target: str) -> list[Any]:
        """What is on all pages of a listing."""
        return [item for page in self.pages(target) for item in page]


def api(repository: Repository) -> str:
    return f"/api/{repository.repo_type}s/{repository.repo_id}"


def page(repository: Repository) -> str:
    return f"/{page_path(repository)}"


def error(response: Response) -> tuple[int, str | None, str | None]:
    """Status, code and message of a refusal."""
    return response.status, response.headers.get("x-error-code"), response.headers.get("x-error-message")


def git_files(repository: Repository) -> list[str]:
    """Paths of files kept in git, the first forty."""
    return [path for path, file in repository.head.files.items() if not file.lfs][:40]


def lfs_files(repository: Repository) -> list[str]:
    """Paths of files kept in LFS."""
    return [path for path, file in repository.head.files.items() if file.lfs]


def resolve(repository: Repository, path: str, revision: str = "main") -> str:
    """Where a file is, in the page's address space; the path is percent-encoded here."""
    return f"{page(repository)}/resolve/{revision}/{quote(path)}"
