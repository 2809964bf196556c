"""Cassettes of format 2: what is written is what is read, whatever the Hub said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.record import folder
from conformance.traffic.cassette import load
from conformance.traffic.etag import weak_etag
from conformance.traffic.exchange import Exchange, Request, Response, headers
from conformance.traffic.recording import COMMON, Recording
from conformance.traffic.stored import LEFT_OUT, Blobs, StoredExchange

JSON = "application/json; charset=utf-8"


def recording_of(*exchanges: Exchange) -> Recording:
    origins = {"hub": "https://hub.test", "cdn": "https://cdn.test"}
    return Recording("a", "0", "https://hub.test", "", False, origins, (), {COMMON: exchanges})  # type: ignore[arg-type]


def written(target: Path, *exchanges: Exchange) -> list[Exchange]:
    folder.save(recording_of(*exchanges), None, target)
    load.__globals__["_load"].cache_clear()
    return list(load(target).exchanges)


def exchange(body: bytes, target: str = "/api/x", kind: str = JSON, **fields: str) -> Exchange:
    told = {name.replace("_", "-"): value for name, value in fields.items()}
    answered = Response(200, headers(sorted({"Content-Type": kind, **told}.items())), body, source="recorded")
    return Exchange(Request("GET", target), answered)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(VALUES, min_size=1, max_size=4), compact=st.booleans(), ascii_only=st.booleans())
def test_any_json_comes_back(values: list[object], compact: bool, ascii_only: bool, tmp_path: Path) -> None:
    """Byte for byte: compact or not, escaped or not, long or short."""
    form = {"separators": (",", ":")} if compact else {}
    bodies = []
    for value in values:
        text = json.dumps([value, "x" * 400], ensure_ascii=ascii_only, **form)  # type: ignore[arg-type]
        bodies.append(text.encode("utf-8", "replace"))
    made = [exchange(body, f"/api/{place}", ETag=weak_etag(body)) for place, body in enumerate(bodies)]
    assert written(tmp_path / "x", *made) == made


@pytest.mark.parametrize("code", [0x7F, 0x85, 0xA0, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0x1F600, 0x9, 0x200B])
def test_any_letter_of_json_comes_back(code: int, tmp_path: Path) -> None:
    """Some of them end a line in YAML, also where they are only in the name of a file."""
    body = json.dumps(
        [{"path": f"{chr(code)}x", "text": "x" * 400}], ensure_ascii=False, separators=(",", ":")
    ).encode()
    made = [exchange(body)]
    assert written(tmp_path / "x", *made) == made


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"plain",
        b"\xff\xfe",
        b"a: b\n- c\n",
        "naïve \U0001f642\u2028\x85\ufeff".encode(),
        b"x" * 9000,
        b"\x00",
        b"'\"\\\r\n\t",
    ],
)
def test_any_body_comes_back(body: bytes, tmp_path: Path) -> None:
    """Text, and what is none."""
    made = [
        exchange(body, kind="text/plain"),
        exchange(body, "/api/y", "application/octet-stream", X_Error_Code="x: y"),
    ]
    assert written(tmp_path / "x", *made) == made


def test_headers_that_follow_are_each_answers_own(tmp_path: Path) -> None:
    """Answers of a kind share an anchor, and none takes the length or the ETag of another."""
    long, short = (json.dumps(list(range(n)), separators=(",", ":")).encode() for n in (400, 200))
    plain = exchange(b"[1,2]", "/api/c")
    made = [
        exchange(long, "/api/a", Content_Length=str(len(long)), ETag=weak_etag(long)),
        exchange(short, "/api/b", Content_Length=str(len(short)), ETag=weak_etag(short)),
        plain,
    ]
    back = written(tmp_path / "x", *made)
    assert back == made
    assert "ETag" not in back[2].response.headers


def test_files_and_what_was_left_out(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    large, small = blobs.put([b"\x00" * 5000]), blobs.put([b"some text\n"])
    assert large is not None
    assert small is not None
    head = Response(200, headers({"Content-Length": "5000"}), source="recorded")
    left_out = Response(200, headers({"Content-Length": "9"}), source=f"{LEFT_OUT}: 9 bytes")
    made: list[Exchange] = [
        StoredExchange(Request("GET", "/a", "cdn"), head, large),
        StoredExchange(Request("GET", "/b", "cdn"), head.with_headers({"Content-Length": "10"}), small),
        Exchange(Request("GET", "/c", "cdn"), left_out),
    ]
    assert written(tmp_path / "x", *made) == made
    assert [path.stat().st_size for path in (tmp_path / "x" / "blobs").iterdir()] == [5000]


def test_requests_of_every_form(tmp_path: Path) -> None:
    sent = headers({"Accept": "a/b", "Authorization": "Bearer <reader>"})
    answered = Response(404, headers({"X-Error-Message": 'say "x": {y}'}), b"no", source="recorded")
    made = [
        Exchange(Request("POST", "/api/p?x=%2F&y={z}", headers=sent, body=b"paths=a b&c=\xc3\xa9"), answered),
        Exchange(Request("GET", "/", headers=headers()), Response(204, headers(), source="recorded")),
        Exchange(Request("GET", "/twice"), Response(200, headers([("Vary", "a"), ("Vary", "b")]), source="recorded")),
    ]
    assert written(tmp_path / "x", *made) == made
