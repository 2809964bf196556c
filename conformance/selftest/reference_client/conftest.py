"""A stand-in Hub on loopback, and a place on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import pytest

from conformance.hub import StandInHub
from conformance.hub.repositories import AREAS
from conformance.hub.repository import Repository, StoredFile
from conformance.traffic.exchange import Request, Response
from conformance.traffic.log import Entry
from conformance.traffic.origins import Origins
from reference_client import HfApi
from reference_client.datasets.store import Store

GSM8K = "openai/gsm8k"
TRAIN = "main/train-00000-of-00001.parquet"

Meddling: TypeAlias = Callable[[Request, Response], Response]


class Hub:
    """The stand-in on loopback, with hands in what it answers.

    `meddle` may be set to a function that changes answers on their way out.
    """

    def __init__(self, repositories: list[Repository]) -> None:
        self._stand_in = StandInHub(repositories)
        self._repositories = {repository.repo_id: repository for repository in repositories}
        self.origins = Origins(self._answer)
        self.meddle: Meddling = lambda _, response: response

    def __enter__(self) -> Hub:
        self.origins.__enter__()
        self._stand_in.origins.update(self.origins.urls)
        return self

    def __exit__(self, *details: object) -> None:
        self.origins.__exit__(None, None, None)

    def _answer(self, request: Request) -> Response:
        return self.meddle(request, self._stand_in(request))

    @property
    def endpoint(self) -> str:
        return self.origins.url("hub")

    def api(self, token: str | bool = False) -> HfApi:
        return HfApi(self.endpoint, token)

    def files(self, repo_id: str) -> dict[str, StoredFile]:
        """Path to file, of the head of `main`."""
        return dict(self._repositories[repo_id].branches["main"].files)

    def commits(self, repo_id: str) -> list[str]:
        """Shas of `main`, newest first."""
        return [commit.sha for commit in self._repositories[repo_id].branches["main"].history()]

    def move(self, repo_id: str, sha: str) -> None:
        """Let `main` point to another of its commits. Newer ones stay reachable, by another branch."""
        repository = self._repositories[repo_id]
        head = repository.branches["main"]
        commit = next(commit for commit in head.history() if commit.sha == sha)
        moved = replace(repository, branches={"main": commit, "newest": head})
        self._stand_in = StandInHub(
            [*(other for other in self._repositories.values() if other.repo_id != repo_id), moved],
            origins=self.origins.urls,
        )

    def requests(self) -> list[Entry]:
        """What was asked since the last time this was called."""
        asked = list(self.origins.log)
        self.origins.log.clear()
        return asked


@pytest.fixture(scope="session")
def repositories() -> list[Repository]:
    return [repository for make in AREAS.values() for repository in make()]


@pytest.fixture
def hub(repositories: list[Repository], monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    for name in ("HF_TOKEN", "HF_HUB_OFFLINE", "HF_ENDPOINT", "HF_HUB_DISABLE_SYMLINKS"):
        monkeypatch.delenv(name, raising=False)
    with Hub(repositories) as hub:
        yield hub


@pytest.fixture
def store(hub: Hub, tmp_path: Path) -> Store:
    return Store(tmp_path / "store", endpoint=hub.endpoint)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits between attempts, in seconds; nobody really waits."""
    waited: list[float] = []
    monkeypatch.setattr("reference_client.session.Session.pause", lambda _, seconds: waited.append(seconds))
    return waited
