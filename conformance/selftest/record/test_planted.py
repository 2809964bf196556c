"""Secrets of every kind, planted where a Hub could say them: none is left in a recording."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import random
import re
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from conformance.record import session
from conformance.record.lint import lint
from conformance.record.recipe import Recipe, Wanted
from conformance.selftest.imitation import Imitation, Manners, typical
from conformance.selftest.imitation.hub import REAL_TOKENS
from conformance.traffic.body import with_body
from conformance.traffic.exchange import Request, Response, headers
from conformance.traffic.packed import unpacked
from conformance.traffic.recording import COMMON, Recording
from conformance.traffic.secrets import FORMS, forms_in
from conformance.traffic.stored import Blobs, StoredExchange

MINE = REAL_TOKENS["reader"]
WORD = "Zq7Kp2Xw9Lm4Tn6Rb8"
HEX = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"

IN_TEXT = {
    "hf": f"hf_{WORD}{WORD}",
    "hf_oauth": f"hf_oauth_{WORD}{WORD}",
    "hf_jwt": f"hf_jwt_{WORD}{WORD}",
    "api_org": f"api_org_{WORD}{WORD}",
    "jwt": f"eyJ{WORD}.eyJ{WORD}.{WORD}",
    "pem": f"-----BEGIN RSA PRIVATE KEY-----\n{WORD}\n-----END RSA PRIVATE KEY-----",
    "aws": "AKIAZQ7KP2XW9LM4TN6R",
    "github": f"ghp_{WORD}{WORD}",
    "github fine": f"github_pat_{WORD}{WORD}",
    "gitlab": f"glpat-{WORD}",
    "slack": f"xoxb-{WORD}",
    "slack hook": f"https://hooks.slack.com/services/T0/B0/{WORD}{WORD}",
    "google": f"AIza{WORD}{WORD}",
    "google oauth": f"ya29.{WORD}{WORD}",
    "openai": f"sk-proj-{WORD}",
    "stripe": f"sk_live_{WORD}",
    "npm": f"npm_{WORD}{WORD}",
    "pypi": f"pypi-{WORD}{WORD}",
    "sendgrid": f"SG.{WORD}.{WORD}",
    "mailgun": f"key-{HEX}",
    "twilio": f"SK{HEX}",
    "telegram": f"1234567890:AA{WORD}{WORD}",
    "discord": f"https://discord.com/api/webhooks/1/{WORD}{WORD}",
    "digitalocean": f"dop_v1_{HEX}{HEX}",
    "databricks": f"dapi{HEX}",
    "vault": f"hvs.{WORD}{WORD}",
    "azure account": f"AccountKey={WORD}{WORD}{WORD}==",
    "shopify": f"shpat_{HEX}",
    "replicate": f"r8_{WORD}{WORD}",
    "groq": f"gsk_{WORD}{WORD}",
    "mail": "jane.doe@corp.example",
    "database": f"postgres://jane:{WORD}@db.host.example/x",
    "sas": f"https://x.blob.core.windows.net/a?sv=1&sig={WORD}",
    "gcs": f"https://storage.googleapis.com/a?GoogleAccessId={WORD}&X-Goog-Signature={WORD}",
    "oss": f"https://x.aliyuncs.com/a?OSSAccessKeyId={WORD}&x-oss-security-token={WORD}",
    "sign": f"https://hf.co/a?__sign={WORD}",
    "query token": f"https://hf.co/a?token={WORD}",
    "client": "We had to rate limit your IP (203.0.113.77).",
}
IN_KEYS = {
    "password": WORD,
    "client_secret": WORD,
    "refreshToken": WORD,
    "sessionId": WORD,
    "billingEmail": "billing",
    "clientIp": "2001:db8::77",
}
PERSON = {
    "type": "user",
    "id": "5f3e2d1c0b9a88776655aabb",
    "name": "jane-the-recorder",
    "fullname": "Jane Q. Recorder",
    "email": "jane.doe@corp.example",
    "emailVerified": True,
    "plan": "pro",
    "canPay": True,
    "billingMode": "postpaid",
    "periodEnd": 1798761600,
    "isPro": True,
    "avatarUrl": "https://cdn-avatars.huggingface.co/v1/production/uploads/jane.png",
    "orgs": [{"type": "org", "id": "0123456789abcdef01234567", "name": "secret-lab", "roleInOrg": "admin"}],
    "auth": {"type": "access_token", "accessToken": {"displayName": "laptop-of-jane", "role": "write"}},
}
FORBIDDEN = (
    *(
        WORD,
        HEX,
        "AKIAZQ",
        "jane",
        "Jane",
        "JANE",
        "corp.example",
        "203.0.113.77",
        "203.0.113.7",
        "2001:db8::77",
        "c00kie",
    ),
    *("secret-lab", "5f3e2d1c0b9a88776655aabb", "0123456789abcdef01234567", "laptop-of-jane", "postpaid", "1798761600"),
)


def planted(request: Request, response: Response) -> Response:
    """An answer with all of them in its headers and in its JSON."""
    told = {"X-Client-Ip": "203.0.113.77", "X-Real-Ip": "203.0.113.77", "X-Unknown": WORD, "X-HF-Warning": f"x; {WORD}"}
    response = response.with_headers(
        {**told, "X-HF-Warning": f"use; jane-the-recorder, {IN_TEXT['mail']}, {IN_TEXT['hf']}"}
    )
    if request.path == "/api/whoami-v2" and response.status == 200:
        return with_body(response, json.dumps(PERSON, separators=(",", ":")).encode())
    is_info = request.path == "/api/datasets/my-org/typical" and response.status == 200
    if not is_info:
        return response
    said = {**json.loads(response.body), **IN_KEYS, "notes": IN_TEXT, "list": [*IN_TEXT.values()]}
    said["by"] = {"id": PERSON["id"], "fullname": PERSON["fullname"]}
    said["spelled"] = ["Jane-The-Recorder", "JANE-THE-RECORDER", quote("Jane Q. Recorder"), "/?q=jane+q.+recorder"]
    return with_body(response, json.dumps(said, separators=(",", ":")).encode())


def test_none_is_left(tmp_path: Path) -> None:
    assert len(IN_TEXT) + len(IN_KEYS) >= 25
    with Imitation([typical()], Manners(plant=planted)) as hub:
        recipe = Recipe(hub.url, (Wanted("my-org/typical"),), callers={"reader": "MY_TOKEN"})
        recording = session.record(recipe, tmp_path / "x", {"MY_TOKEN": MINE})
    held = {path.name: path.read_bytes() for path in (tmp_path / "x").rglob("*") if path.is_file()}
    left = {(word, name) for word in (*FORBIDDEN, MINE) for name, body in held.items() if word.encode() in body}
    assert not left
    assert not lint(recording, [MINE])
    whoami = next(
        one.response.body
        for one in recording.cassettes[COMMON]
        if one.request.path == "/api/whoami-v2" and "reader" in str(one.request.headers)
    )
    assert json.loads(whoami).keys() == PERSON.keys()
    assert json.loads(whoami)["name"] == "reader"


@pytest.mark.parametrize(
    "spelling",
    [MINE, quote(MINE, safe=""), base64.b64encode(f"user:{MINE}".encode()).decode(), f"x{MINE}y"],
    ids=["plain", "quoted", "base64", "inside"],
)
def test_ones_own_token_in_an_answer(spelling: str, tmp_path: Path) -> None:
    """It is taken out, or the recording is refused, with the place and without the token."""

    def plant(request: Request, response: Response) -> Response:
        if request.path == "/api/datasets/my-org/typical" and response.status == 200:
            said = {**json.loads(response.body), "shape": spelling}
            return with_body(response, json.dumps(said, separators=(",", ":")).encode())
        return response

    said = ""
    with Imitation([typical()], Manners(plant=plant)) as hub:
        recipe = Recipe(hub.url, (Wanted("my-org/typical"),), callers={"reader": "MY_TOKEN"})
        try:
            session.record(recipe, tmp_path / "x", {"MY_TOKEN": MINE})
        except session.Refused as error:
            said = str(error)
    held = b"".join(path.read_bytes() for path in (tmp_path / "x").rglob("*") if path.is_file())
    assert MINE.encode() not in held + said.encode()
    assert spelling.encode() not in held
    assert bool(held) != ("my-org--typical.yaml: GET /api/datasets/my-org/typical: holds a token" in said)


def file_of(content: bytes, folder: Path) -> Recording:
    blob = Blobs(folder).put([content])
    assert blob is not None
    head = Response(200, headers({"Content-Length": str(len(content))}), source="recorded")
    exchange = StoredExchange(Request("GET", "/x", "cdn"), head, blob)
    origins: Any = {"hub": "https://hub.test", "cdn": "https://cdn.test"}
    return Recording("a", "0", "x", "", False, origins, (), {COMMON: (exchange,)})


def test_lint_names_what_stands_in_a_text_file(tmp_path: Path) -> None:
    (problem,) = lint(file_of(f"export TOKEN={IN_TEXT['github']}\n".encode(), tmp_path))
    assert problem == "common.yaml: GET /x: holds a token of GitHub"


def test_ones_own_token_across_the_parts_of_a_large_file(tmp_path: Path) -> None:
    content = b"\0" * ((1 << 22) - 10) + MINE.encode() + b"\0" * (1 << 20)
    assert lint(file_of(content, tmp_path), [MINE]) == ["common.yaml: GET /x: holds a token of the recorder's own"]


def zipped(content: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a/.env", content)
    return held.getvalue()


@pytest.mark.parametrize(
    "pack",
    [gzip.compress, bz2.compress, lzma.compress, zipped, lambda held: zipped(gzip.compress(held)),
     lambda held: held.decode().encode("utf-16"), lambda held: gzip.compress(b"x" * (1 << 21) + held)],
    ids=["gzip", "bzip2", "xz", "zip", "gzip in zip", "utf-16", "behind megabytes"],
)  # fmt: skip
def test_a_token_in_a_packed_file(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    """One's own, and one of a known form."""
    packed = pack(f"TOKEN={MINE}\n".encode())
    assert "common.yaml: GET /x: holds a token of the recorder's own" in lint(file_of(packed, tmp_path), [MINE])
    if len(packed) < 1000:
        assert "common.yaml: GET /x: holds an access token of Hugging Face" in lint(file_of(packed, tmp_path))


@pytest.mark.parametrize("encode", [bytes.hex, lambda held: held.decode().encode("utf-16-be")], ids=["hex", "utf-16"])
def test_ones_own_token_in_other_spellings(encode: Callable[[bytes], Any], tmp_path: Path) -> None:
    content = encode(MINE.encode())
    content = content.encode() if isinstance(content, str) else content
    assert lint(file_of(b"\1" + content, tmp_path), [MINE]) == [
        "common.yaml: GET /x: holds a token of the recorder's own"
    ]


@pytest.mark.parametrize("content", [b"\x1f\x8bbroken", b"BZhbroken", b"PK\x03\x04broken", b"\xfd7zXZ\0", b"\xff\xfea"])
def test_a_file_that_only_begins_like_a_packed_one(content: bytes, tmp_path: Path) -> None:
    assert lint(file_of(content, tmp_path), [MINE]) == []


def test_a_file_that_is_packed_small() -> None:
    """No more is unpacked than there is room for."""
    packed = gzip.compress(gzip.compress(bytes(1 << 24)))
    assert sum(map(len, unpacked(packed, room=1 << 20))) <= 2 << 20


KINDS = """
hf_{20} api_org_{20} hf_oauth_{20} hf_jwt_{20} hf_app_{20} AKIA{16A} ASIA{16A} AROA{16A} AIDA{16A} gho_{16}
ghp_{16} ghs_{16} ghu_{16} ghr_{16} github_pat_{20} glpat-{16} gloas-{16} gldt-{16} glrt-{16} glptt-{16}
glsoat-{16} xoxb-{8} hooks.slack.com/services/{20} AIza{30} ya29.{20} GOCSPX-{20} sk-{20} sk_live_{16}
rk_test_{16} sq0atp-{20} npm_{30} pypi-{30} SG.{16}.{16} key-{32h} AC{32h} SK{32h} 12345678:AA{30}
discord.com/api/webhooks/{20} discordapp.com/api/webhooks/{20} doo_v1_{40h} dop_v1_{40h} dor_v1_{40h}
dapi{32h} dckr_pat_{20} dckr_oat_{20} hvs.{20} hvb.{20} AGE-SECRET-KEY-1{50A} AccountKey={40} r8_{30} gsk_{30}
lin_api_{30} ntn_{40} secret_{40} shpat_{32h} shpca_{32h} shppa_{32h} shpss_{32h} ATATT3{20} PMAK-{20h}
figd_{20} NRAK-{20A} glsa_{20} glc_{20} sntrys_{20} sbp_{30h} eyJ{5}.eyJ{5}.
"""
"""The shortest secret of each kind: what stands in braces is so many letters, in capitals (A) or hexadecimal (h)."""


def shortest(kind: str) -> str:
    def letters(found: re.Match[str]) -> str:
        alphabet = {"A": "AB2C", "h": "0a1f", "": "aB3d"}[found[2]]
        return (alphabet * 20)[: int(found[1])]

    return re.sub(r"\{(\d+)(\w?)\}", letters, kind)


@pytest.mark.parametrize("kind", KINDS.split())
def test_the_shortest_of_each_kind_is_found_in_a_file(kind: str) -> None:
    """Wherever a word can begin; one letter less is no secret, and neither is one in the middle of a word."""
    secret = shortest(kind)
    by_itself = {what for what, form in FORMS.items() if form.search(secret)}
    assert len(by_itself) == 1
    for before in ("", "a=", '"', "x-", "\u00e9", "\n", "(", "/", "+"):
        content = f"words {before}{secret} words\n".encode()
        assert set(forms_in(content)) == by_itself, content
    assert not list(forms_in(f"words {shortest(kind)[:-1]} words".encode()))
    assert not list(forms_in(f"words a{secret} words".encode())) or kind[0].isdigit()


def test_two_secrets_in_one_file() -> None:
    """Each kind is named once, however many there are of one."""
    many = f"{shortest('hf_{20}')}\n" * 5000
    assert list(forms_in(many.encode())) == ["an access token of Hugging Face"]
    few = f"{many[:99]}\n{shortest('sbp_{30h}')} Basic {WORD}\n"
    assert set(forms_in(few.encode())) == {"an access token of Hugging Face", "a token of a service", "a login"}


NOISE = random.Random(12).randbytes(3 << 18)
FILES = {
    "prose": b"The quick brown fox has 42 reasons, key-words and hf_ names.\n" * 17500,
    "base64": base64.b64encode(NOISE),
    "base64 of URLs": base64.urlsafe_b64encode(NOISE),
    "base64 in lines": base64.encodebytes(NOISE)[: 1 << 20],
    "hexadecimal": NOISE[: 1 << 19].hex().encode(),
    "numbers": b"".join(b"%d.%03d, -%d, " % (one, one, one) for one in NOISE[:60000]),
    "paths": b"/usr/lib/python3/dist-packages/a_b-c/d.py:12\n" * 23000,
    "beginnings": b"eyJaaaaaa-hf_aaa sk-aaa AKIA " * 36000,
}


@pytest.mark.parametrize("kind", FILES)
def test_a_text_of_any_kind_is_read_fast(kind: str, tmp_path: Path) -> None:
    """Measured at 9 to 20 ms of processor time a megabyte; five times that is too much."""
    text = FILES[kind][: 1 << 20]
    recording = file_of(text, tmp_path)
    taken = []
    for _ in range(3):
        started = time.process_time()
        assert lint(recording, [MINE]) == []
        taken.append(time.process_time() - started)
    assert min(taken) / (len(text) / 1e6) < 0.1, f"{1000 * min(taken) / (len(text) / 1e6):.1f} ms a megabyte"


@pytest.mark.parametrize("size", [1 << 20, 8 << 20])
def test_lint_is_fast(size: int, tmp_path: Path) -> None:
    """Measured at 18 ms of processor time a megabyte of prose, and 2 of a large file; five times that is too much."""
    text = (b"The quick brown fox has 42 reasons, key-words and hf_ names.\n" * (size // 60))[:size]
    recording = file_of(text, tmp_path)
    started = time.process_time()
    assert lint(recording, [MINE]) == []
    taken = time.process_time() - started
    assert taken / (size / 1e6) < 0.1, f"{1000 * taken / (size / 1e6):.1f} ms a megabyte"
