"""An upstream that answers almost as a Hub does: refused in words, or recorded whole; never half, never a traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import ConformanceError
from conformance.offered import roles_in
from conformance.record import session
from conformance.record.client import Patience
from conformance.record.recipe import Recipe, Wanted
from conformance.selftest.imitation import Imitation, Manners, typical
from conformance.traffic.body import with_body
from conformance.traffic.exchange import Request, Response
from conformance.traffic.recording import Recording
from conformance.traffic.route import route_of

Change = Callable[[Any], Any]


def recorded(folder: Path, plant: Callable[[Request, Response], Response], **settings: Any) -> Recording:
    with Imitation([typical()], Manners(plant=plant)) as hub:
        recipe = Recipe(hub.url, (Wanted("my-org/typical"),), **settings)
        return session.record(recipe, folder / "x", {}, patience=Patience(lambda _: None), roles=roles_in)


def told(kind: str, change: Change) -> Callable[[Request, Response], Response]:
    """A plant that changes the JSON of good answers of a kind."""

    def plant(request: Request, response: Response) -> Response:
        if route_of(request).kind != kind or response.status != 200:
            return response
        return with_body(response, json.dumps(change(json.loads(response.body)), separators=(",", ":")).encode())

    return plant


def with_first(**fields: Any) -> Change:
    return lambda said: [{**said[0], **fields}, *said[1:]]


def with_branch(**fields: Any) -> Change:
    return lambda said: {**said, "branches": [{**said["branches"][0], **fields}]}


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("tree", with_first(oid=None)),
        ("tree", with_first(path=5)),
        ("tree", with_first(path="\ud800")),
        ("tree", with_first(size=-1)),
        ("tree", with_first(size="12")),
        ("tree", with_first(lfs="x")),
        ("tree", lambda said: [None, *said]),
        ("commits", with_first(id="x")),
        ("commits", with_first(id=None)),
        ("refs", with_branch(name=None)),
        ("refs", with_branch(targetCommit="main")),
        ("refs", lambda said: {**said, "tags": 5}),
        ("refs", lambda said: {**said, "tags": None}),
        ("info", lambda said: {**said, "cardData": "x"}),
        ("info", lambda said: {**said, "tags": 5}),
        ("info", lambda said: {**said, "siblings": ["README.md"]}),
        ("info", lambda said: {**said, "sha": "main"}),
    ],
)
def test_a_form_that_no_hub_has(kind: str, change: Change, tmp_path: Path) -> None:
    """One line or two, nothing is written, and nothing is left to go on from."""
    with pytest.raises(ConformanceError, match="form that no Hub has"):
        recorded(tmp_path, told(kind, change))
    assert list(tmp_path.iterdir()) == []


def test_half_a_surrogate_pair_in_an_information(tmp_path: Path) -> None:
    """A card can hold one, and JSON says it in ASCII."""
    recording = recorded(tmp_path, told("info", lambda said: {**said, "citation": "\ud83d"}))
    (info,) = {one.response.body for one in recording.exchanges if one.request.target == "/api/datasets/my-org/typical"}
    assert json.loads(info)["citation"] == "\ud83d"
    assert b'"citation":"\\ud83d"' in info
