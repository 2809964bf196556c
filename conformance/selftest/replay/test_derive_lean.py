"""A recording by a recipe holds less than the suite's own areas; what follows from it is what the Hub says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from conformance.record import session
from conformance.record.recipe import Recipe, Wanted
from conformance.record.stable import stable
from conformance.replay import Replay
from conformance.selftest.imitation import Imitation, grown
from conformance.selftest.replay.conftest import ask, derived_by
from conformance.traffic.exchange import Exchange, Request, Response
from conformance.traffic.route import XET_FILE_INFO
from conformance.traffic.scrub import scrub

API = "/api/datasets/my-org/grown"
FILES = "/datasets/my-org/grown/resolve"
TEST = "data/test-00000-of-00001.parquet"
TOLD = ("content-type", "etag", "location", "link", "x-repo-commit", "x-linked-size", "x-linked-etag", "x-xet-hash")


class Both:
    """A replay, and the Hub that it was recorded from."""

    def __init__(self, replay: Replay, hub: Imitation) -> None:
        self.replay, self.hub = replay, hub

    def agree_on(self, request: Request) -> Response:
        """The replayed answer, having made sure that the Hub gives the same."""
        answer, real = self.replay(request), self.hub.stand_in(request)
        assert telling(request, answer) == telling(request, real), answer.source
        return answer

    @property
    def commits(self) -> list[str]:
        return [commit["id"] for commit in json.loads(self.replay(ask(f"{API}/commits/main")).body)]


def telling(request: Request, response: Response) -> tuple[int, dict[str, str], Any]:
    cdn = response.headers.get("Location", "").partition("/xet")[0]
    fixed = stable(scrub(Exchange(request, response)), cdn if "://" in cdn else None).response
    named = {name.lower(): value for name, value in fixed.headers.items()}
    return fixed.status, {name: named[name] for name in TOLD if name in named}, fixed.body


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    with Imitation([grown(former_names=("my-org/old",))]) as hub:
        recipe = Recipe(hub.url, (Wanted("my-org/grown", former_name="my-org/old"),))
        recording = session.record(recipe, tmp_path_factory.mktemp("recordings") / "grown", {})
        yield Both(Replay(recording), hub)


def test_history_of_an_ancestor(both: Both) -> None:
    for sha in both.commits[1:4]:
        answer = both.agree_on(ask(f"{API}/commits/{sha}"))
        assert derived_by(answer)[-1] == "history_of_an_ancestor"
    assert len(json.loads(both.agree_on(ask(f"{API}/commits/{both.commits[-1]}")).body)) == 1


def test_the_head_is_asked_for_by_its_names(both: Both) -> None:
    head = both.commits[0]
    for revision in ("main", head, "HEAD", "refs%2Fheads%2Fmain"):
        for target in (f"{API}/revision/{revision}", f"{API}/tree/{revision}?recursive=true&expand=true"):
            assert both.agree_on(ask(target)).status == 200
        both.agree_on(ask(f"{FILES}/{revision}/README.md"))
        both.agree_on(ask(f"{FILES}/{revision}/{TEST}"))


def test_same_xet_token(both: Both) -> None:
    for sha in (both.commits[0], both.commits[-1]):
        answer = both.replay(ask(f"{API}/xet-read-token/{sha}"))
        assert (answer.status, json.loads(answer.body)["casUrl"]) == (200, "https://cas.stand-in.test")


def test_xet_file_info(both: Both) -> None:
    for revision in ("main", both.commits[0]):
        answer = both.agree_on(ask(f"{FILES}/{revision}/{TEST}", Accept=XET_FILE_INFO))
        assert "xet_file_info" in derived_by(answer)
    plain = both.agree_on(ask(f"{FILES}/main/README.md", Accept=XET_FILE_INFO))
    assert plain.status == 307


@pytest.mark.parametrize("fields", [["sha", "siblings"], ["lastModified"], ["cardData", "tags", "private"]])
def test_some_fields_of_an_older_commit(both: Both, fields: list[str]) -> None:
    query = "&".join(f"expand={name}" for name in fields)
    assert both.agree_on(ask(f"{API}/revision/{both.commits[-1]}?{query}")).status == 200


@pytest.mark.parametrize(
    "target",
    [
        f"{API}/refs",
        f"{API}/tree/main",
        f"{API}/tree/main/data",
        f"{API}/tree/main/nowhere",
        f"{API}/tree/nowhere",
        f"{FILES}/main/nowhere.txt",
        f"{FILES}/nowhere/README.md",
        "/api/datasets/my-org/other",
        "/api/datasets/my-org/old",
        f"{API.replace('grown', 'old')}/tree/main",
        "/datasets/my-org/grown/raw/main/README.md",
        f"/datasets/my-org/grown/raw/main/{TEST}",
        f"{API}/auth-check",
        f"{API}/revision/main?blobs=true",
        f"{API}/commits/main?expand=formatted",
        f"{API}/commits/refs%2Fpr%2F1",
        f"{API}/revision/refs%2Fpr%2F2",
        f"{API}/tree/refs%2Fconvert%2Fparquet?recursive=true",
    ],
)
def test_what_clients_ask_for(both: Both, target: str) -> None:
    """Recorded or derived, it is what the Hub says."""
    both.agree_on(ask(target))
