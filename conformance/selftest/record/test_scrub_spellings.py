"""Secrets and persons in spellings, types and places that a Hub, a mirror or a proxy may choose."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.record import session
from conformance.record.lint import lint
from conformance.record.recipe import Recipe, Wanted
from conformance.selftest.imitation import Imitation, Manners, typical
from conformance.selftest.imitation.hub import REAL_TOKENS
from conformance.selftest.record.test_planted import PERSON, WORD
from conformance.selftest.record.test_scrub import exchange, recording_of
from conformance.traffic.body import with_body
from conformance.traffic.exchange import Exchange, Request, Response, headers
from conformance.traffic.scrub import scrub

TARGET = "/api/datasets/my-org/typical"
TEXTS = [
    "https://x.test/login?login_hint=jane%40corp.example",
    "jan\u00e9@corp.example",
    "jane@corp.\u043f\u0440\u0438\u043c\u0435\u0440",
    "We had to rate limit your IP (2001:db8::77).",
    f"https://a.blob.core.windows.net/x?sv=1&skoid={WORD}&sktid={WORD}",
    f"https://cdn.test/a?auth_key={WORD}",
    f"https://cdn.test/a?hdnea=st=1~hmac={WORD}",
    f"https://cdn.test/a?X-Tos-Credential={WORD}&X-Tos-Signature={WORD}",
    f"https://cdn.test/a?AccessKeyId={WORD}&security-token={WORD}",
    f"https://cdn.test/a?md5={WORD}&expires=1",
    f"https://x.test/back?code={WORD}&state={WORD}",
    f"https://x.test/back?SAMLResponse={WORD}",
    f"https://x.test/back;jsessionid={WORD}",
    f"https://x.test/back#access_token={WORD}",
    f"https://x.test/back?a=1&amp;token={WORD}",
    f"https://x.test/back?private_token={WORD}",
    f"https://x.test/go?to=https%3A%2F%2Fy.test%2Fa%3Fsig%3D{WORD}%26b%3D1",
    f"Authorization: Bearer {WORD}",
    f"Cookie: session={WORD}",
]
PAIRS = [
    {"hf_token": WORD}, {"githubToken": WORD}, {"tokens": [WORD]}, {"secrets": {"A": WORD}}, {"db_password": "abc"},
    {"aws_secret_access_key": "abc"}, {"token": {"value": WORD}},
    {"password": 918273645546}, {"lastLoginIp": "1.2.3.4"},
    {"jane@corp.example": 1},
]  # fmt: skip
FORBIDDEN = (WORD, "jane", "corp", "77", "abc", "918273645546", "1.2.3.4")


def of_json(said: object, kind: str = "application/json", *, ascii_only: bool = False) -> Exchange:
    body = json.dumps(said, ensure_ascii=ascii_only).encode()
    return exchange(body, target=TARGET, Content_Type=kind, Content_Length=str(len(body)))


@pytest.mark.parametrize("said", [*({"shape": text} for text in TEXTS), *PAIRS], ids=str)
@pytest.mark.parametrize("ascii_only", [False, True])
def test_a_secret_in_json(said: dict[str, object], ascii_only: bool) -> None:
    """It is found however JSON spells it, and what is left is JSON."""
    leak = of_json({"id": "a/b", **said}, ascii_only=ascii_only)
    assert lint(recording_of(leak))
    clean = scrub(leak)
    assert json.loads(clean.response.body)["id"] == "a/b"
    assert not [word for word in FORBIDDEN if word.encode() in clean.response.body]
    assert lint(recording_of(clean)) == []
    assert scrub(clean) == clean


@pytest.mark.parametrize(
    "kind", ["Application/JSON", "application/problem+json", "application/octet-stream", "application/javascript", ""]
)
def test_json_of_any_type(kind: str) -> None:
    """What was asked for tells the Hub's own words from a file: mirrors send JSON as whatever they please."""
    leak = of_json({"contact": "jane@corp.example", "password": "abc"}, kind)
    assert lint(recording_of(leak))
    assert json.loads(scrub(leak).response.body) == {"contact": "caller@example.invalid", "password": "scrubbed"}


def test_a_key_that_comes_twice() -> None:
    body = b'{"password":"abc","password":""}'
    leak = exchange(body, target=TARGET, Content_Type="application/json")
    assert scrub(leak).response.body == b'{"password":""}'


@pytest.mark.parametrize(
    "said",
    [
        {"path": "img/icon@2x.png"}, {"path": "jane@corp.example"}, {"rfilename": "a?token=b"},
        {"eos_token": "<|end|>"},
        {"pad_token": "[PAD]"}, {"next_token": "abc12345678"}, {"thumbnail": "icon@2x.png"}, {"is_secret": False},
        {"text": "from 10:30:00 to 11"}, {"text": "version 1.2.3.4"},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_secret_stays(said: dict[str, object]) -> None:
    """Names of files are a repository's own, whatever they look like."""
    kept = scrub(of_json(said))
    assert json.loads(kept.response.body) == said
    assert lint(recording_of(kept)) == []


def test_a_url_leads_where_it_led() -> None:
    location = "/api/resolve-cache/models/a/b/1/img/icon@2x.png?%2Fa%2Fb%2Ficon%402x.png=&etag=%221%22"
    kept = scrub(exchange(b"x", 307, target="/a/b/resolve/main/img/icon%402x.png", Location=location))
    assert (kept.request.target, kept.response.headers["Location"]) == ("/a/b/resolve/main/img/icon%402x.png", location)
    assert lint(recording_of(kept)) == []


def test_many_words_are_read_fast() -> None:
    """A text of a megabyte that has nothing of an address but the `@`."""
    text = "a." * (1 << 18) + "@"
    assert json.loads(scrub(of_json({"x": text})).response.body) == {"x": text}


def told(status: int, said: object, path: str = "/api/whoami-v2") -> Callable[[Request, Response], Response]:
    def plant(request: Request, response: Response) -> Response:
        if request.path == "/api/whoami-v2" and response.status == 200 and path != request.path:
            return Response(307, headers({"Location": path, "Content-Type": "text/plain"}), b"x")
        if request.path == path and response.status in (200, 404):
            fields = headers({"Content-Type": "application/json"})
            return with_body(Response(status, fields), json.dumps(said).encode())
        if request.path == TARGET and response.status == 200:
            by = {"about": PERSON.get("location"), "user": "jane", "uid": PERSON["id"]}
            changed = with_body(response, json.dumps({**json.loads(response.body), "by": by}).encode())
            return replace(changed.with_headers({"X-HF-Warning": "x; write to jane-the-recorder"}))
        return response

    return plant


@pytest.mark.parametrize(
    "plant",
    [
        told(203, PERSON),
        told(200, PERSON, "/api/whoami-v3"),
        told(403, {"error": "blocked", "user": "jane-the-recorder", "orgs": PERSON["orgs"], "id": PERSON["id"]}),
        told(200, {**PERSON, "name": "jane", "nickname": "jane-the-recorder", "location": "Hiddensee Island"}),
    ],
    ids=["another status", "a redirect", "a refusal", "a short name"],
)
def test_the_person_who_records(plant: Callable[[Request, Response], Response], tmp_path: Path) -> None:
    """However a Hub says who a caller is, nobody learns it of the recording."""
    with Imitation([typical()], Manners(plant=plant)) as hub:
        recipe = Recipe(hub.url, (Wanted("my-org/typical"),), callers={"reader": "MY_TOKEN"})
        session.record(recipe, tmp_path / "x", {"MY_TOKEN": REAL_TOKENS["reader"]})
    held = b"".join(path.read_bytes() for path in (tmp_path / "x").rglob("*") if path.is_file())
    words = ("jane-the", "Jane", "secret-lab", "laptop-of", "Hiddensee", str(PERSON["id"]))
    assert not [word for word in words if word.encode() in held]


def test_a_person_named_like_what_is_looked_for(tmp_path: Path) -> None:
    """The names that the recorder asks for to see how the Hub says `missing` stay: replay looks for them."""
    namesakes = told(200, {**PERSON, "name": "conformance", "fullname": "Missing"})
    with Imitation([typical()], Manners(plant=namesakes)) as hub:
        recipe = Recipe(hub.url, (Wanted("my-org/typical"),), callers={"reader": "MY_TOKEN"})
        session.record(recipe, tmp_path / "x", {"MY_TOKEN": REAL_TOKENS["reader"]})
    assert b"/api/datasets/conformance/missing" in (tmp_path / "x" / "common.yaml").read_bytes()
