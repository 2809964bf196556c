"""Files whose names look like secrets, addresses or parts of URLs: recorded whole, and each leads to its content."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
import requests

from conformance.hub.repository import Commit, Repository, utc
from conformance.record import session
from conformance.record.client import Patience
from conformance.record.recipe import Recipe, Wanted
from conformance.replay.plain import PlainHub
from conformance.selftest.imitation import Imitation, Manners
from conformance.selftest.imitation.hub import REAL_TOKENS
from conformance.traffic.body import with_body
from conformance.traffic.exchange import Request, Response

LOOKS_LIKE = f"hf_{'Zq7Kp2Xw9L' * 3}"
NAMES = (
    *(
        f"{LOOKS_LIKE}.txt",
        f"{LOOKS_LIKE}/x.bin",
        "sk-learn-pipeline-v2-final-model.txt",
        "sk-learn-pipeline-v2-final.bin",
    ),
    *("AKIAZQ7KP2XW9LM4TN6R.bin", "jane@corp.example.bin", "a?token=abc&sig=def.bin", "token=abc.txt"),
)


def repository(*names: str) -> Repository:
    files = {name: b"\0 in a file of its own: " + name.encode() for name in names}
    rules = b"*.bin filter=lfs diff=lfs merge=lfs -text\n"
    held = {".gitattributes": rules, "README.md": b"---\nlicense: mit\n---\n", **files}
    return Repository("my-org/names", branches={"main": Commit.of(held, title="Init", date=utc("2024-01-01T00:00:00"))})


def test_every_file_is_recorded_and_replayed(tmp_path: Path) -> None:
    said: list[str] = []
    with Imitation([repository(*NAMES)]) as hub:
        recipe = Recipe(hub.url, (Wanted("my-org/names"),))
        session.record(recipe, tmp_path / "x", {}, patience=Patience(lambda _: None, said.append))
    with PlainHub.of(tmp_path / "x") as hub:
        for name in NAMES:
            found = requests.get(f"{hub.endpoint}/datasets/my-org/names/resolve/main/{quote(name)}", timeout=20)
            assert (found.status_code, found.content.rpartition(b": ")[2]) == (200, name.encode())
        assert hub.unrecorded == []
    assert said == ["names of files that look like a secret, kept as the Hub lists them: 4"]
    assert LOOKS_LIKE not in "".join(said)


@pytest.mark.parametrize("where", ["Location", "X-HF-Warning", "body"])
def test_the_same_elsewhere_is_a_secret(where: str, tmp_path: Path) -> None:
    """What a file is named keeps nothing of it in the answer about another one."""

    def plant(request: Request, response: Response) -> Response:
        if where == "body":
            is_info = request.path == "/api/datasets/my-org/names" and response.status == 200
            return with_body(response, response.body[:-1] + f',"x":"{LOOKS_LIKE}"}}'.encode()) if is_info else response
        if where == "Location" and "README" in request.path and response.status == 307:
            return response.with_headers({where: f"{response.headers[where]}&by={LOOKS_LIKE}"})
        return response.with_headers({where: f"use; {LOOKS_LIKE}"}) if where == "X-HF-Warning" else response

    with Imitation([repository("a.txt")], Manners(plant=plant)) as hub:
        session.record(Recipe(hub.url, (Wanted("my-org/names"),)), tmp_path / "x", {})
    assert not any(LOOKS_LIKE.encode() in path.read_bytes() for path in (tmp_path / "x").rglob("*") if path.is_file())


def test_ones_own_token_is_refused_as_a_name(tmp_path: Path) -> None:
    mine = REAL_TOKENS["reader"]
    with Imitation([repository(f"{mine}.bin")]) as hub:
        recipe = Recipe(hub.url, (Wanted("my-org/names"),), callers={"reader": "T"})
        with pytest.raises(session.Refused, match="holds a token of the recorder's own"):
            session.record(recipe, tmp_path / "x", {"T": mine})
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("kind", ["text/plain; charset=utf-8", "text/html"])
def test_a_page_of_a_mirror_with_an_address_and_a_token(kind: str, tmp_path: Path) -> None:
    """An error's text was left as it was, and the recording refused for it."""
    page = f"<p>Not here. Ask it-desk@corp.example, or use {LOOKS_LIKE}.".encode() + b" caf\xe9"

    def plant(request: Request, response: Response) -> Response:
        is_error = response.status == 404 and not request.path.startswith("/api/")
        return with_body(response.with_headers({"Content-Type": kind}), page) if is_error else response

    with Imitation([repository("a.txt")], Manners(plant=plant, html=False)) as hub:
        session.record(Recipe(hub.url, (Wanted("my-org/names"),)), tmp_path / "x", {})
    held = b"".join(path.read_bytes() for path in (tmp_path / "x").rglob("*") if path.is_file())
    assert (b"corp.example" in held, LOOKS_LIKE.encode() in held, b"Not here. Ask" in held) == (False, False, True)
