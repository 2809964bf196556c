"""A repository that changes while it is recorded: its answers are of one state, or nothing is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from conformance.errors import ConformanceError
from conformance.hub import StandInHub
from conformance.record import session
from conformance.record.client import Patience
from conformance.record.recipe import Recipe, Wanted
from conformance.replay.plain import PlainHub
from conformance.selftest.imitation import Imitation, Manners, typical
from conformance.selftest.imitation.repositories import with_another_commit
from conformance.traffic.body import with_body
from conformance.traffic.exchange import Request, Response

API = "/api/datasets/my-org/typical"


def changing(when: Callable[[int], bool]) -> Imitation:
    """A Hub whose repository gets a commit before the answers of these numbers."""
    states = [typical()]

    def plant(request: Request, response: Response) -> Response:
        if not when(len(hub.asked)):
            return response
        states.append(with_another_commit(states[-1]))
        hub.stand_in = StandInHub([states[-1]], origins=hub.stand_in.origins)
        return response

    hub = Imitation([states[0]], Manners(plant=plant))
    return hub


@pytest.mark.parametrize("number", [1, 2, 20, 46])
def test_all_answers_are_of_one_state(number: int, tmp_path: Path) -> None:
    said: list[str] = []
    with changing(lambda asked: asked == number) as hub:
        recipe = Recipe(hub.url, (Wanted("my-org/typical"),))
        session.record(recipe, tmp_path / "x", {}, patience=Patience(lambda _: None, said.append))
    assert said == ["my-org/typical: it changed while it was recorded: recording it from the beginning"]
    with PlainHub.of(tmp_path / "x") as replayed:

        def asked(path: str) -> requests.Response:
            return requests.get(replayed.endpoint + path, timeout=20)

        commits = {
            asked(API).json()["sha"],
            asked(f"{API}/revision/main?blobs=true").json()["sha"],
            next(one["targetCommit"] for one in asked(f"{API}/refs").json()["branches"] if one["name"] == "main"),
            asked(f"{API}/commits/main").json()[0]["id"],
            asked("/datasets/my-org/typical/resolve/main/README.md").headers["X-Repo-Commit"],
        }
        plain, expanded = (asked(f"{API}/tree/main?recursive=true{more}").json() for more in ("", "&expand=true"))
        assert [one["oid"] for one in plain] == [one["oid"] for one in expanded]
        assert len(commits) == 1
        assert replayed.unrecorded == []


def test_one_that_never_stays_is_not_written(tmp_path: Path) -> None:
    with changing(lambda asked: asked % 10 == 0) as hub:
        recipe = Recipe(hub.url, (Wanted("my-org/typical"),))
        with pytest.raises(
            ConformanceError, match="typical: it changed while it was recorded: record again when nobody"
        ):
            session.record(recipe, tmp_path / "x", {}, patience=Patience(lambda _: None))
    assert list(tmp_path.iterdir()) == []


def test_a_repository_that_is_named_twice_is_recorded_once(tmp_path: Path) -> None:
    repository = replace(typical("new-org/typical"), former_names=("old-org/typical",))
    for number, names in enumerate((("old-org/typical", "new-org/typical"), ("new-org/typical", "old-org/typical"))):
        with Imitation([repository]) as hub:
            recipe = Recipe(hub.url, tuple(map(Wanted, names)))
            session.record(recipe, tmp_path / str(number), {})
        (held,) = json.loads((tmp_path / str(number) / "manifest.json").read_bytes())["repositories"]
        assert (held["repo_id"], held["former_name"]) == ("new-org/typical", "old-org/typical")


def test_an_information_of_another_state_is_no_change(tmp_path: Path) -> None:
    """A mirror with an old copy of the information: it is not walked three times."""

    def plant(request: Request, response: Response) -> Response:
        if request.path != API or response.status != 200:
            return response
        return with_body(response, json.dumps({**json.loads(response.body), "sha": "0" * 40}).encode())

    with Imitation([typical()], Manners(plant=plant)) as hub:
        with pytest.raises(ConformanceError, match="its information names another commit than its refs"):
            session.record(Recipe(hub.url, (Wanted("my-org/typical"),)), tmp_path / "x", {})
        assert len(hub.asked) < 80
    assert list(tmp_path.iterdir()) == []
