"""An upstream that answers almost as a Hub does: refused in words, or recorded whole; never half, never a traceback."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from conformance.cli.main import main
from conformance.errors import ConformanceError
from conformance.record import session
from conformance.record.client import Patience
from conformance.record.recipe import Recipe, Wanted
from conformance.replay.plain import PlainHub
from conformance.roles import roles_in
from conformance.selftest.imitation import Imitation, Manners, typical
from conformance.traffic.body import with_body
from conformance.traffic.exchange import Request, Response, headers
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


def answer(status: int, body: bytes = b"<html>", **fields: str) -> Response:
    told = {"Content-Type": "text/html", **{name.replace("_", "-"): value for name, value in fields.items()}}
    return Response(status, headers(told), body)


def instead(ends: str, given: Response, times: int = 1000) -> Callable[[Request, Response], Response]:
    """A plant that answers requests whose path ends so with something else, the first few times."""
    left = [times]

    def plant(request: Request, response: Response) -> Response:
        if left[0] and request.path.endswith(ends):
            left[0] -= 1
            return given
        return response

    return plant


@pytest.mark.parametrize("path", ["README.md", "data/test-00000-of-00001.parquet"])
@pytest.mark.parametrize(
    ("given", "status"),
    [
        (answer(403), 403),
        (answer(401), 401),
        (answer(404), 404),
        (answer(302, Location="/login"), 404),
        (answer(302, Location="https://sso.invalid/login"), 302),
        (answer(302), 302),
        (answer(206, b"PAR1"), 206),
    ],
)
def test_a_listed_file_that_cannot_be_had(path: str, given: Response, status: int, tmp_path: Path) -> None:
    """A firewall or a sign-in page in place of one file: the recording would be hollow, and is not written."""
    with pytest.raises(session.Refused, match=f"{path} at [0-9a-f]{{40}} is listed, but was answered with {status}"):
        recorded(tmp_path, instead(f"/{path}", given))
    assert list(tmp_path.iterdir()) == []


def test_a_listed_file_that_the_hub_itself_lacks(tmp_path: Path) -> None:
    """An LFS file that was never uploaded: the rest is recorded, and the recording says what it lacks."""
    path = "data/test-00000-of-00001.parquet"
    recording = recorded(tmp_path, instead(f"/{path}", answer(404, X_Error_Code="EntryNotFound")))
    assert {note.what for note in recording.left_out} == {path}


def test_a_refusal_of_many_files_is_short(tmp_path: Path) -> None:
    with pytest.raises(session.Refused) as refused:
        recorded(tmp_path, lambda request, response: answer(403) if "/resolve/" in request.path else response)
    assert len(str(refused.value).splitlines()) == 12


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_a_status_that_passes_is_not_recorded(status: int, tmp_path: Path) -> None:
    recording = recorded(tmp_path, instead("/README.md", answer(status), 1))
    assert status not in {one.response.status for one in recording.exchanges}


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [("7", 7, 7), ("Fri, 31 Dec 1999 23:59:59 GMT", 0.5, 0.5), ("soon", 60, 60), ("-5", 60, 60), ("{date}", 85, 90)],
)
def test_how_long_to_wait(said: str, least: float, most: float, tmp_path: Path) -> None:
    """A number of seconds, or a date (RFC 9110 §10.2.3)."""
    waits: list[float] = []
    given = answer(429, Retry_After=said.format(date=formatdate(time.time() + 90, usegmt=True)))
    with Imitation([typical()], Manners(plant=instead("/refs", given, 1))) as hub:
        recipe = Recipe(hub.url, (Wanted("my-org/typical"),))
        session.record(recipe, tmp_path / "x", {}, patience=Patience(waits.append))
    assert least <= waits[0] <= most


class Below(Imitation):
    """A mirror that has its Hub below a path, as the proxies of companies do."""

    PREFIX = "/api/hf"

    def __enter__(self) -> Below:
        super().__enter__()
        self.stand_in.origins["hub"] = f"{super().url}{self.PREFIX}"
        return self

    @property
    def url(self) -> str:
        return super().url + self.PREFIX

    def answer(self, request: Request) -> Response | None:
        if request.origin != "hub":
            return super().answer(request)
        if not request.target.startswith(f"{self.PREFIX}/"):
            return Response(404, headers({"Content-Type": "text/html"}), b"nothing here")
        response = super().answer(replace(request, target=request.target.removeprefix(self.PREFIX)))
        location = response.headers.get("Location", "") if response is not None else ""
        if response is None or not location.startswith("/"):
            return response
        body = response.body.replace(location.encode(), f"{self.PREFIX}{location}".encode())
        return replace(response.with_headers({"Location": f"{self.PREFIX}{location}"}), body=body)


def test_a_mirror_below_a_path(tmp_path: Path) -> None:
    """It is recorded as if it were at the root, so that a replay of it is a Hub; drift and mirror find no change."""
    with Below([typical()]) as hub:
        recipe = Recipe(hub.url, (Wanted("my-org/typical"),))
        recording = session.record(recipe, tmp_path / "x", {}, roles=roles_in)
        for words in (["drift", str(tmp_path / "x")], ["mirror", hub.url, "--of", str(tmp_path / "x")]):
            result = CliRunner().invoke(main, words)
            assert result.exit_code == 0, result.output
    said = b"".join(path.read_bytes() for path in (tmp_path / "x").glob("my-org*.yaml"))
    assert (recording.upstream, Below.PREFIX.encode() in said) == (hub.url, False)
    with PlainHub.of(str(tmp_path / "x")) as replayed:
        assert requests.get(f"{replayed.endpoint}/datasets/my-org/typical/resolve/main/README.md").status_code == 200


def test_what_no_cassette_can_hold_replaces_nothing(tmp_path: Path) -> None:
    """A NUL in a header was written, and the recording that was there lost, before it was read again."""
    recorded(tmp_path, lambda _, response: response)
    before = {path: path.read_bytes() for path in (tmp_path / "x").rglob("*") if path.is_file()}
    with pytest.raises(ConformanceError, match=r"not written, because .*yaml could not be read again \(not a cassette"):
        recorded(tmp_path, lambda _, response: response.with_headers({"X-HF-Warning": "a\0b"}))
    assert {path: path.read_bytes() for path in (tmp_path / "x").rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("status", [500, 501, 503])
def test_a_mirror_without_whoami(status: int, tmp_path: Path) -> None:
    """Who asks is no part of a repository: it does not end the recording of one."""
    broken = Response(status, headers({"Content-Length": "0"}))
    recording = recorded(tmp_path, lambda request, response: broken if "whoami" in request.path else response)
    assert not any("whoami" in one.request.path for one in recording.exchanges)
