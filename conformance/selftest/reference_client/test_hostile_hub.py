"""A Hub that means no good, or is none: no secret leaves, all is bounded, and one error says what is wrong."""

# ruff: noqa: B023, SIM117  (everything runs inside its loop; first which server it is, then what fails)

from __future__ import annotations

import gzip
import hashlib
import itertools
import json
import pickle
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from conformance.selftest.reference_client.raw_server import COMMIT, Bytes, RawServer, answer, head_of_a_file
from reference_client import (
    DatasetInfo,
    HfApi,
    RepoFile,
    errors,
    hf_hub_download,
    limits,
    read_file,
    settings,
    snapshot_download,
    transport,
    try_to_load_from_cache,
)
from reference_client.datasets.cli.main import main
from reference_client.datasets.files import Dataset
from reference_client.models import AnswerError, parse_datetime
from reference_client.session import Session
from reference_client.transfer import ConsistencyError

PACKED = gzip.compress(bytes(1 << 30), 1)
TOKEN = "hf_" + "s" * 30
NOBODY = "http://127.0.0.1:9"
HELLO = b"hello"
HELLO_ID = hashlib.sha1(b"blob 5\0hello").hexdigest()


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HF_TOKEN", "HF_ENDPOINT", "HF_HUB_OFFLINE", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))


def info(server: RawServer, token: str | bool = False) -> Any:
    return HfApi(server.url, token).dataset_info("o/n")


def download(server: RawServer, cache: Path, name: str = "a", **options: Any) -> str:
    return hf_hub_download("o/n", name, cache_dir=cache, endpoint=server.url, token=False, **options)


def files(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and path.parent.name == "blobs"]


# URLs


@pytest.mark.parametrize("where", ["Location: {0}", "Location: {1}", 'Link: <{0}>; rel="next"'])
def test_a_backslash_takes_the_token_nowhere(where: str) -> None:
    """urllib and urllib3 read such a URL in two ways, so nothing is asked of either host."""
    with RawServer(lambda head: answer(b"[]")) as stranger:
        home = ""

        def redirect(head: str) -> Bytes:
            there = f"{stranger.url}\\@{home}/x", f"//{stranger.url[7:]}\\@{home}/x"
            return answer(b"[]", where.format(*there), status="307 X" if "Location" in where else "200 OK")

        with RawServer(redirect) as hub:
            home = hub.url[7:]
            with pytest.raises(OSError, match="not a valid URL"):
                list(HfApi(hub.url, TOKEN).list_repo_tree("o/n"))
        assert stranger.heads == []


@pytest.mark.parametrize(
    "location",
    [
        "http://h:99999/",
        "http://127.0.0.1:-1/",
        "http://127.0.0.1:abc/",
        "http://[::1:9/",
        "http://127.0.0.1:0/",
        "http://user:pw@127.0.0.1/",
        "http://12\t7.0.0.1/",
        "http://ex\xe4mple/",
        "http:x",
        "///x",
        "file:///etc/passwd",
        "http://a b/",
    ],
)
@pytest.mark.parametrize("token", [False, TOKEN])
def test_a_location_that_is_no_url_is_an_oserror(tmp_path: Path, location: str, token: str | bool) -> None:
    """Without the login that may stand in it, and never one for a wrong argument."""
    with RawServer(lambda head: answer(b"", f"Location: {location}", status="302 Found")) as hub:
        for ask in (
            lambda: info(hub, token),
            lambda: snapshot_download("o/n", cache_dir=tmp_path, endpoint=hub.url, token=token),
            lambda: hf_hub_download("o/n", "a", cache_dir=tmp_path, endpoint=hub.url, token=token),
        ):
            with pytest.raises(OSError) as caught:
                ask()
            assert not isinstance(caught.value, ValueError)
            assert "not a valid URL" in str(caught.value)
            assert "user:pw" not in str(caught.value)


def test_the_file_in_the_cache_serves_when_a_location_is_no_url(tmp_path: Path) -> None:
    """As when the Hub doesn't answer."""
    with RawServer(serve_file(HELLO, 5)) as hub:
        path = download(hub, tmp_path)
    with RawServer(lambda head: answer(b"", "Location: http://[::1/x", status="302 Found")) as broken:
        assert download(broken, tmp_path) == path


@pytest.mark.parametrize(
    "endpoint",
    ["http://user:secret@127.0.0.1:9", "http://user:secret", "user:secret", "secret@host", "http://h:9:secret/"],
)
def test_an_endpoint_with_a_login_is_refused_unseen(endpoint: str) -> None:
    """Nothing sends it, and nothing should show it, also where the host is forgotten."""
    with pytest.raises(ValueError, match="endpoint") as caught:
        HfApi(endpoint, False).dataset_info("o/n")
    assert "secret" not in str(caught.value)


def test_no_error_holds_the_token() -> None:
    """Neither shown, nor with its attributes, nor pickled, nor in a traceback with the frames' variables."""
    with (
        RawServer(lambda head: answer(b'{"error":"no"}', status="404 Not Found")) as hub,
        pytest.raises(OSError) as caught,
    ):
        HfApi(hub.url, TOKEN).dataset_info("o/n")
    assert f"Bearer {TOKEN}" in hub.heads[0]
    error: Any = caught.value
    shown = [repr(error), str(error), repr(vars(error)), repr(vars(error.response)), repr(error.request.headers)]
    assert not any(TOKEN in text for text in shown)
    assert TOKEN.encode() not in pickle.dumps(error)


def test_a_dataset_does_not_show_its_token() -> None:
    assert "secret" not in repr(Dataset("o/n", COMMIT, (), None, "hf_secret", None))


def test_no_frame_of_a_failed_request_shows_the_token() -> None:
    """Whether nobody listens, or the answer breaks off."""
    with RawServer(lambda head: [b"HTTP/1.1 200 OK\r\nContent-Length: xyz\r\n\r\n"]) as hub:
        for endpoint in ("http://127.0.0.9:9", hub.url):
            with pytest.raises(OSError) as caught:
                HfApi(endpoint, TOKEN).dataset_info("o/n")
            stack = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
            inside = [frame for frame in stack.stack if "selftest" not in frame.filename]
            assert len(inside) > 3
            assert not any(TOKEN in value for frame in inside for value in (frame.locals or {}).values())
            assert stack.__cause__ is None
            assert stack.__context__ is None


# Sizes


def serve_file(body: bytes, size: int, etag: str = HELLO_ID, *lines: str) -> Callable[[str], Bytes]:
    return lambda head: head_of_a_file(size, etag) if head.startswith("HEAD") else answer(body, *lines)


def endless(piece: bytes, *lines: str, status: str = "200 OK") -> Iterator[bytes]:
    yield "\r\n".join([f"HTTP/1.1 {status}", "Connection: close", *lines, "", ""]).encode()
    yield from itertools.repeat(piece)


@pytest.mark.parametrize("place", ["cache", "local_dir", "read_file"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_body_never_grows_beyond_its_size(
    tmp_path: Path, place: str, packed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first block too many ends it, and nothing stays."""
    written: list[int] = []
    monkeypatch.setattr("reference_client.transfer.Body.write", lambda self, block: written.append(len(block)))

    def serve(head: str) -> Bytes:
        if head.startswith("HEAD"):
            return head_of_a_file(5, HELLO_ID)
        if packed:
            return answer(gzip.compress(bytes(100 << 20)), "Content-Encoding: gzip")
        return endless(b" " * 65536)

    with RawServer(serve) as hub, pytest.raises(ConsistencyError, match="more than 5 bytes"):
        if place == "read_file":
            read_file("o/n", "a", endpoint=hub.url, token=False)
        else:
            download(hub, tmp_path / "cache", local_dir=tmp_path / "here" if place == "local_dir" else None)
    assert written == []
    assert files(tmp_path) == []
    assert not (tmp_path / "here" / "a").exists()


def test_a_body_of_untold_size_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a limit of its own."""
    monkeypatch.setattr("reference_client.transfer.UNTOLD_BYTES", 1 << 20)
    head_lines = (f"X-Repo-Commit: {COMMIT}", f'ETag: "{HELLO_ID}"')

    def serve(head: str) -> Bytes:
        return answer(b"", *head_lines, length=False) if head.startswith("HEAD") else endless(b" " * 65536)

    with RawServer(serve) as hub, pytest.raises(limits.LimitError, match="UNTOLD_BYTES"):
        download(hub, tmp_path)
    assert files(tmp_path) == []


def test_a_size_of_nothing_is_not_believed_against_the_digest(tmp_path: Path) -> None:
    """The etag is that of other content than the empty one."""

    def serve(head: str) -> Bytes:
        lines = (f"X-Repo-Commit: {COMMIT}", f'ETag: "{HELLO_ID}"')
        return answer(b"", *lines) if head.startswith("HEAD") else answer(HELLO)

    with RawServer(serve) as hub:
        assert Path(download(hub, tmp_path)).read_bytes() == HELLO


@pytest.mark.parametrize("status", ["200 OK", "302 Found", "404 Not Found", "400 Bad Request"])
@pytest.mark.parametrize("kind", ["packed", "endless", "lying"])
@pytest.mark.usefixtures("waits")
def test_other_bodies_are_bounded_too(status: str, kind: str) -> None:
    """Of an answer there is a limit, of an error only the beginning is read, of a redirect next to nothing."""

    def serve(head: str) -> Bytes:
        lines = () if "/next" in head or status[0] != "3" else ("Location: /next",)
        now = "404 Not Found" if "/next" in head else status
        if kind == "packed":
            return answer(PACKED, "Content-Encoding: gzip", *lines, status=now)
        if kind == "endless":
            return endless(b" " * 65536, *lines, status=now)
        return answer(b"{}", "Content-Length: 999999999999", *lines, status=now, length=False)

    started = time.monotonic()
    with RawServer(serve) as hub, pytest.raises(OSError) as caught:
        info(hub)
    assert time.monotonic() - started < 60
    if status[0] == "2" and kind != "lying":
        assert "JSON_BYTES" in str(caught.value)


def test_an_answer_of_countless_values_is_refused() -> None:
    """Empty lists take forty times their text."""
    with RawServer(lambda head: answer(b"[" + b"[]," * 3_000_000 + b"[]]")) as hub:
        with pytest.raises(limits.LimitError, match="JSON_VALUES = 2000000"):
            info(hub)


@pytest.mark.parametrize("link", ["<" * 65000, "<>" * 32000, "<" * 8000, "<>" * 4000, '<>"' * 2500, "<a>;" * 2000])
def test_a_link_takes_no_time(link: str) -> None:
    """Read in linear time, and no more than 8 KiB of it."""
    with RawServer(lambda head: answer(b"[]", f"Link: {link}")) as hub:
        started = time.monotonic()
        if len(link) > limits.LINK_BYTES:
            with pytest.raises(limits.LimitError, match="LINK_BYTES = 8192"):
                HfApi(hub.url, False).list_repo_files("o/n")
        else:
            assert HfApi(hub.url, False).list_repo_files("o/n") == []
        assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("limit", "value", "page"),
    [
        ("PAGES", 20, b'[{"type":"directory","path":"a","oid":"b"}]'),
        ("EMPTY_PAGES", 20, b"[]"),
        ("LISTED_ITEMS", 40, None),
        ("LISTING_BYTES", 2000, None),
    ],
)
def test_a_listing_ends(monkeypatch: pytest.MonkeyPatch, limit: str, value: int, page: bytes | None) -> None:
    """Pages, empty pages and items are counted."""
    monkeypatch.setattr(f"reference_client.limits.{limit}", value)
    numbers = itertools.count()
    body = page or json.dumps([{"type": "directory", "path": "a", "oid": "b"}] * 10).encode()
    with RawServer(lambda head: answer(body, f'Link: </x?{next(numbers)}>; rel="next"')) as hub:
        with pytest.raises(limits.LimitError, match=limit):
            HfApi(hub.url, False).list_repo_files("o/n")
    assert len(hub.heads) < 30


# Time


def trickle(before: bytes, piece: bytes, after: bytes = b"") -> Iterator[bytes]:
    yield before
    while True:
        time.sleep(0.05)
        yield piece


@pytest.mark.parametrize(
    "make",
    [
        lambda: trickle(b"HTTP/1.1 200 OK\r\nX: ", b"y"),
        lambda: trickle(b"HTTP/1.1 200 OK\r\n\r\n", b" "),
        lambda: trickle(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        lambda: trickle(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", b"a: b\r\n"),
    ],
)
def test_an_answer_that_only_trickles_is_given_up(monkeypatch: pytest.MonkeyPatch, make: Callable[[], Bytes]) -> None:
    """Its head or its body, once and for all."""
    with RawServer(lambda head: make()) as hub:
        started = time.monotonic()
        with pytest.raises(TimeoutError, match="SILENCES = 6"):
            HfApi(hub.url, False).dataset_info("o/n", timeout=0.1)
        assert time.monotonic() - started < 20
        assert len(hub.heads) == 1


@pytest.mark.parametrize("chunks", [False, True])
def test_a_file_that_only_trickles_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunks: bool) -> None:
    """And not resumed for ever, though each request brings it a little further."""
    monkeypatch.setenv("HF_HUB_DOWNLOAD_TIMEOUT", "0.1")

    def serve(head: str) -> Bytes:
        if head.startswith("HEAD"):
            return head_of_a_file(1 << 20, HELLO_ID)
        if chunks:
            return trickle(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n")
        return trickle(b"HTTP/1.1 200 OK\r\n\r\n", b" ")

    with RawServer(serve) as hub:
        started = time.monotonic()
        with pytest.raises(TimeoutError, match="SILENCES = 6"):
            download(hub, tmp_path)
        assert time.monotonic() - started < 20
    assert files(tmp_path) == []


# Answers of another form

WRONG_INFO = [
    *(b"null", b"[]", b'"x"', b"5", b"", b"<html>hi", b'{"sha":"\xff"}', b"[" * 200_000, b'{"id": NaN}'),
    *(b'{"siblings":"abc"}', b'{"siblings":[null]}', b'{"siblings":5}', b'{"siblings":[{"rfilename":5}]}'),
    *(b'{"createdAt":5}', b'{"createdAt":"yesterday"}', b'{"cardData":[1]}', b'{"cardData":"abc"}'),
    *(b'{"sha":5}', b'{"sha":["a"]}', b'{"sha":NaN}', b'{"id":5}', b'{"usedStorage":' + b"9" * 5000 + b"}"),
]


@pytest.mark.parametrize("body", WRONG_INFO, ids=range(len(WRONG_INFO)))
def test_an_info_of_another_form_is_one_error(tmp_path: Path, body: bytes) -> None:
    """It names what was asked and what is wrong, and isn't one of a wrong argument."""
    with RawServer(lambda head: answer(body)) as hub:
        with pytest.raises(AnswerError, match=f"^The answer of {hub.url}/api/datasets/o/n cannot be right: "):
            info(hub)
        with pytest.raises(errors.LocalEntryNotFoundError, match="cannot be right"):
            snapshot_download("o/n", repo_type="dataset", cache_dir=tmp_path, endpoint=hub.url, token=False)


ITEM = {"type": "file", "path": "a", "oid": "a" * 40, "size": 5}
WRONG_TREES: list[Any] = [
    *(None, "abc", 5, {"a": 1}, [None], [[]], [{"path": "a"}], [{**ITEM, "size": "5"}], [{**ITEM, "size": -1}]),
    *([{**ITEM, "oid": 5}], [{**ITEM, "oid": None}], [{**ITEM, "path": 5}], [{**ITEM, "path": None}]),
    *([{**ITEM, "path": ["a"]}], [{**ITEM, "lfs": "x"}], [{**ITEM, "lfs": {}}], [{**ITEM, "lastCommit": 5}]),
    [{**ITEM, "lfs": {"oid": None, "size": 5, "pointerSize": 1}}],
    [{**ITEM, "lastCommit": {"id": "a", "title": "b", "date": "bad"}}],
    *([{**ITEM, "path": path}] for path in ("../../x", "/x", "C:\\x", "a\0b", "", ".", "a/", "\ud800.parquet")),
    *([{**ITEM, "path": path}] for path in ("d/" * 1500 + "a", "x" * 5000)),
]


@pytest.mark.parametrize("tree", WRONG_TREES, ids=range(len(WRONG_TREES)))
def test_a_tree_of_another_form_is_one_error(tmp_path: Path, tree: Any) -> None:
    """For a listing and for a snapshot, into the cache and elsewhere."""
    with RawServer(lambda head: answer(json.dumps(tree).encode())) as hub:
        with pytest.raises(AnswerError, match="cannot be right"):
            HfApi(hub.url, False).list_repo_files("o/n")
        for place in ({}, {"local_dir": tmp_path / "here"}):
            with pytest.raises(OSError, match="cannot be right") as caught:
                snapshot_download("o/n", revision="c" * 40, cache_dir=tmp_path, endpoint=hub.url, token=False, **place)  # type: ignore[arg-type]
            assert not isinstance(caught.value, ValueError)


def test_other_answers_of_another_form() -> None:
    """Refs, commits, paths and the caller."""
    for body in (b"[]", b'{"branches":5}', b'{"branches":[5],"tags":[],"converts":[]}', b"null", b'{"a":1}'):
        with RawServer(lambda head, body=body: answer(body)) as hub:  # type: ignore[misc]
            api = HfApi(hub.url, False)
            asked: list[Callable[[], object]] = [lambda: api.list_repo_refs("o/n")]
            if body != b"[]":
                asked += [lambda: api.list_repo_commits("o/n"), lambda: api.get_paths_info("o/n", "a")]
            if body in (b"[]", b"null"):
                asked += [lambda: api.whoami(TOKEN)]
            for ask in asked:
                with pytest.raises(AnswerError, match="cannot be right"):
                    ask()


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified", "206 Partial Content", "301 Moved"])
def test_a_status_that_is_no_answer_is_named(tmp_path: Path, status: str) -> None:
    """Instead of a complaint about JSON."""
    with RawServer(lambda head: answer(b"", status=status)) as hub:
        with pytest.raises(AnswerError, match=status[:3]):
            info(hub)
        with pytest.raises(OSError, match=status[:3]):
            download(hub, tmp_path)


@pytest.mark.parametrize("name", ["createdAt", "lastModified"])
def test_an_empty_date_is_none(name: str) -> None:
    """And costs no other field."""
    with RawServer(lambda head: answer(json.dumps({"id": "o/n", name: ""}).encode())) as hub:
        found = info(hub)
    assert (found.id, found.created_at, found.last_modified) == ("o/n", None, None)


@pytest.mark.parametrize(
    ("status", "body", "error", "message"),
    [
        ("400 Bad", b'{"errors": 5}', errors.BadRequestError, None),
        ("404 Not", b"[" * 200_000, errors.HfHubHTTPError, None),
        ("400 Bad", b'{"error": {"a": 1}}', errors.BadRequestError, None),
        ("400 Bad", b'{"error": ["a", {}]}', errors.BadRequestError, "a"),
        ("400 Bad", b'{"errors": [null, {"message": null}, {"message": "m"}]}', errors.BadRequestError, "m"),
        (
            "400 Bad",
            b'{"error": "invalid_grant", "error_description": "why"}',
            errors.BadRequestError,
            "invalid_grant: why",
        ),
    ],
)
def test_no_body_changes_what_an_error_is(
    status: str, body: bytes, error: type[Exception], message: str | None
) -> None:
    """Whatever its JSON is."""
    with RawServer(lambda head: answer(body, "Content-Type: application/json", status=status)) as hub:
        with pytest.raises(errors.HfHubHTTPError) as caught:
            info(hub)
    assert type(caught.value) is error
    assert caught.value.server_message == message


def test_an_error_shows_no_control_characters() -> None:
    """Wherever the Hub writes them."""
    lines = ("x-request-id: a\x1b[31m", "Content-Type: application/json")
    with RawServer(lambda head: answer(b'{"error": "\\u001b[2J"}', *lines, status="400 \x1b[31mBad")) as hub:
        with pytest.raises(errors.BadRequestError) as caught:
            info(hub)
    assert "\x1b" not in str(caught.value)


def test_header_and_body_of_an_error_are_both_told() -> None:
    """Each once."""
    with RawServer(lambda head: answer(b'{"error": "body"}', "X-Error-Message: header", status="400 Bad")) as hub:
        with pytest.raises(errors.BadRequestError) as caught:
            info(hub)
    assert caught.value.server_message == "header\nbody"


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999999999999999999999\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}",
        b"HTTP/1.1 2000000 OK\r\n\r\n{}",
    ],
)
@pytest.mark.usefixtures("waits")
def test_a_number_on_the_wire_is_an_oserror(tmp_path: Path, raw: bytes) -> None:
    """However large, or below zero."""
    with RawServer(lambda head: [raw]) as hub:
        for ask in (lambda: info(hub), lambda: download(hub, tmp_path)):
            with pytest.raises(OSError) as caught:
                ask()
            assert not isinstance(caught.value, ValueError)


# What the Hub says of a file


def test_an_etag_in_capitals_is_the_digest_that_it_is(tmp_path: Path) -> None:
    """So the body is verified."""
    with RawServer(serve_file(b"hallo", 5, HELLO_ID.upper())) as hub, pytest.raises(ConsistencyError):
        download(hub, tmp_path)
    with RawServer(serve_file(HELLO, 5, HELLO_ID.upper())) as hub:
        assert Path(download(hub, tmp_path)).resolve().name == HELLO_ID


def test_an_answer_about_another_commit_is_refused(tmp_path: Path) -> None:
    """It names both, and nothing is written."""
    asked = "c" * 40
    with RawServer(serve_file(HELLO, 5)) as hub:
        for ask in (
            lambda: download(hub, tmp_path, revision=asked),
            lambda: download(hub, tmp_path, revision=asked, local_dir=tmp_path / "here"),
            lambda: read_file("o/n", "a", revision=asked, endpoint=hub.url, token=False),
        ):
            with pytest.raises(OSError, match=f"{asked}.*{COMMIT}"):
                ask()
    assert not list(tmp_path.glob("models--*/*"))
    with RawServer(lambda head: answer(json.dumps({"id": "o/n", "sha": COMMIT}).encode())) as hub:
        with pytest.raises(AnswerError, match=f"{asked}.*{COMMIT}"):
            HfApi(hub.url, False).dataset_info("o/n", revision=asked)


def test_a_date_says_when_to_come_again(waits: list[float]) -> None:
    """As well as a number of seconds; one in the past means now."""
    for offset, expected in ((6, 6), (-60, 0)):
        date = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=offset), usegmt=True)
        refusals = iter([answer(b"", f"Retry-After: {date}", status="503 Busy")])
        with RawServer(lambda head: next(refusals, answer(b'{"id": "o/n"}'))) as hub:
            assert info(hub).id == "o/n"
        assert waits.pop() == pytest.approx(expected, abs=1.5)


def test_a_server_that_went_away_after_a_part_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused connection before the first byte is not."""
    hubs: list[RawServer] = []
    waited: list[float] = []

    def serve(head: str) -> Bytes:
        if head.startswith("HEAD"):
            return head_of_a_file(5, HELLO_ID)
        if "Range: bytes=2-" in head or "range: bytes=2-" in head:
            return answer(HELLO[2:], "Content-Range: bytes 2-4/5", status="206 Partial Content")
        hubs[0].__exit__()
        return [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe"]

    def back(_: object, seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 2:
            hubs.append(RawServer(serve, port).__enter__())

    monkeypatch.setattr("reference_client.session.Session.pause", back)
    with RawServer(serve) as hub:
        port = int(hub.url.rpartition(":")[2])
        hubs.append(hub)
        assert Path(download(hub, tmp_path)).read_bytes() == HELLO
    hubs[1].__exit__()
    assert len(waited) == 2


# What has another type


def test_values_are_read_as_the_official_ones() -> None:
    """By attribute and by key, under old names and new."""
    item = {"type": "file", "path": "a", "oid": "b" * 40, "size": 5}
    item["lfs"] = {"oid": "c" * 64, "size": 5, "pointerSize": 1}
    item["lastCommit"] = {"id": "d" * 40, "title": "t", "date": "2026-03-23T10:18:13.000Z"}
    item["securityFileStatus"] = {"status": "safe", "avScan": {"status": "safe"}}
    with RawServer(lambda head: answer(json.dumps([item]).encode())) as hub:
        (file,) = HfApi(hub.url, False).list_repo_tree("o/n", expand=True)
    assert isinstance(file, RepoFile)
    assert isinstance(file.lfs, dict)
    assert file.lfs["sha256"] == file.lfs.sha256 == "c" * 64
    assert file.last_commit is not None
    assert file.last_commit["oid"] == "d" * 40
    assert file.security is not None
    assert (file.security.safe, file.security.av_scan, file.security.pickle_import_scan) == (
        True,
        {"status": "safe"},
        None,
    )
    made = DatasetInfo(id="o/n", lastModified="2026-03-23T10:18:13Z", cardData={"a": 1})
    assert (made.id, made.lastModified, made.cardData) == ("o/n", made.last_modified, {"a": 1})


@pytest.mark.parametrize("arguments", [["info", "o/n"], ["download", "o/n"], ["download", "o/n", "a"]])
@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"sha":5}'])
def test_the_command_ends_with_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], body: bytes
) -> None:
    """And exit code 1: nothing was asked wrongly."""
    with RawServer(lambda head: answer(body)) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        with pytest.raises(SystemExit) as ended:
            sys.exit(main(["hub", *arguments]))
    assert ended.value.code == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


# Settings


def test_a_folder_of_certificates_is_trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """SSL_CERT_DIR, if no variable names a file."""
    for name in settings.CA_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert settings.ca_bundle() == str(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", "x.pem")
    assert settings.ca_bundle() == "x.pem"


def test_a_token_file_that_is_no_text_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And not shown."""
    (tmp_path / "token").write_bytes(b"\xff\xfesecret")
    monkeypatch.setenv("HF_TOKEN_PATH", str(tmp_path / "token"))
    with pytest.raises(errors.LocalTokenNotFoundError, match=str(tmp_path / "token")) as caught:
        settings.get_token()
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    (tmp_path / "token").write_bytes(b"a" * (limits.TOKEN_BYTES + 1))
    with pytest.raises(limits.LimitError, match="TOKEN_BYTES"):
        settings.get_token()


@pytest.mark.parametrize(
    "proxy",
    [
        *("socks5h://127.0.0.1:9", "http://127.0.0.1:999999", "ftp://x:1", "http://u:pw@[::1"),
        *("http://u:p/pw@127.0.0.1:9", "http://u:p#pw@127.0.0.1:9", "http://u:p?pw@127.0.0.1:9", "u:pw@[::1"),
        *("u:pw", "http://u:pw", "http://u:pw/", "https://127.0.0.1:9:pw", "http://:pw", "//u:pw", "pw pw"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    """By its variable, without its password."""
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(OSError, match="ALL_PROXY names no proxy") as caught:
        transport.send("GET", "http://hub.example/x", {}, timeout=1, stream=False)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("status", ["100 Continue", "102 Processing", "103 Early Hints"])
def test_the_final_answer_comes_after_others(tmp_path: Path, status: str) -> None:
    """RFC 9110, 15.2: a client must take any number of them. As the official client does."""
    early = f"HTTP/1.1 {status}\r\nLink: </x>; rel=preload\r\n\r\n".encode() * 2

    def said(head: str) -> Bytes:
        if head.startswith("GET /api"):
            return [early, *answer(json.dumps({"id": "o/n", "sha": COMMIT}).encode())]
        return [early, *(head_of_a_file(5, HELLO_ID) if head.startswith("HEAD") else answer(HELLO))]

    with RawServer(said) as server:
        assert HfApi(server.url).dataset_info("o/n").sha == COMMIT
        path = hf_hub_download("o/n", "a", endpoint=server.url, cache_dir=tmp_path)
    assert Path(path).read_bytes() == HELLO


def test_a_field_of_any_name_is_a_field() -> None:
    """Also one that is called as something of the client's own."""
    for name in ("FIELDS", "__class__", "last_modified", "repr"):
        said = DatasetInfo({name: 5, "sha": COMMIT, "lastModified": None})
        assert said.sha == COMMIT


@pytest.mark.parametrize("digits", ["5", "500", "500000", "5000001", "500000123"])
def test_fractions_of_a_second(digits: str) -> None:
    """Up to nanoseconds, of which Python keeps microseconds, as the official client does."""
    expected = datetime(2025, 1, 2, 3, 4, 5, 500000, timezone.utc)
    assert parse_datetime(f"2025-01-02T03:04:05.{digits}Z") == expected


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "1e30", "soon"])
def test_a_timeout_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str) -> None:
    monkeypatch.setenv("HF_HUB_DOWNLOAD_TIMEOUT", value)
    monkeypatch.setenv("HF_HUB_ETAG_TIMEOUT", value)
    with pytest.raises(ValueError, match=r"^HF_HUB_DOWNLOAD_TIMEOUT must be a number of seconds, more than 0"):
        HfApi(NOBODY).dataset_info("o/n")
    with pytest.raises(ValueError, match=r"^HF_HUB_ETAG_TIMEOUT must be a number of seconds, more than 0"):
        hf_hub_download("o/n", "a", endpoint=NOBODY, cache_dir=tmp_path)
    if value != "soon":
        with pytest.raises(ValueError, match=r"^A timeout must be a number of seconds, more than 0"):
            HfApi(NOBODY).dataset_info("o/n", timeout=float(value))


@pytest.mark.parametrize("text", ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_certificates_that_cannot_be_read_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    (tmp_path / "ca.pem").write_text(text)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    with pytest.raises(OSError, match=r"ca.pem can't be read .*: check REQUESTS_CA_BUNDLE, "):
        HfApi(NOBODY.replace("http", "https")).dataset_info("o/n")


@pytest.mark.parametrize("revision", ["main", COMMIT])
def test_a_name_that_no_disk_can_have_is_asked_for(tmp_path: Path, revision: str) -> None:
    """The Hub knows whether there is such a file, and so do a snapshot and a local_dir beside it."""
    name = "a" * 300
    folder = tmp_path / "datasets--o--n"
    (folder / "snapshots" / COMMIT).mkdir(parents=True)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text(COMMIT)
    assert try_to_load_from_cache("o/n", name, tmp_path, revision, "dataset") is None
    lines = ("X-Error-Code: EntryNotFound", f"X-Repo-Commit: {COMMIT}")
    with RawServer(lambda head: answer(b"", *lines, status="404 Not Found")) as server:
        options: Any = {"repo_type": "dataset", "revision": revision, "cache_dir": tmp_path, "endpoint": server.url}
        for local_dir in (None, tmp_path / "here"):
            with pytest.raises(errors.RemoteEntryNotFoundError):
                hf_hub_download("o/n", name, local_dir=local_dir, **options)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": "one", "errors": [{"message": "two"}]}, "one\ntwo"),
        ({"error": ["one", "two"], "errors": [{"message": "two"}, {"message": "three"}]}, "one\ntwo\nthree"),
        ({"error_description": "why", "errors": [{"message": "two"}]}, "why\ntwo"),
        ({"error": "code", "error_description": "why", "errors": [{"message": "two"}]}, "code: why\ntwo"),
    ],
)
def test_all_that_a_body_says_is_told(body: Any, said: str) -> None:
    """As the official client tells it."""
    with RawServer(lambda head: answer(json.dumps(body).encode(), status="403 Forbidden")) as server:
        with pytest.raises(errors.HfHubHTTPError) as caught:
            HfApi(server.url).dataset_info("o/n")
    assert caught.value.server_message == said


def test_a_page_is_no_message() -> None:
    """Whatever the letter case of its type."""
    with RawServer(lambda head: answer(b"<html>", "Content-Type: TEXT/HTML", status="500 Oops")) as server:
        with pytest.raises(errors.HfHubHTTPError) as caught:
            Session(server.url).request("GET", f"{server.url}/api/datasets/o/n", retry=False)
    assert caught.value.server_message is None


def test_a_stranger_that_leads_back_does_not_choose_where_the_token_goes(tmp_path: Path) -> None:
    """The body is asked for where the Hub itself led, and after the stranger without the token."""

    def away(head: str) -> Bytes:
        return answer(b"", f"Location: {hub.url}/chosen", status="302 Found")

    def home(head: str) -> Bytes:
        if " /chosen " not in head:
            return answer(b"", f"Location: {stranger.url}/x", status="302 Found")
        return head_of_a_file(5, HELLO_ID) if head.startswith("HEAD") else answer(HELLO)

    with RawServer(away) as stranger, RawServer(home) as hub:
        path = hf_hub_download("o/n", "a", endpoint=hub.url, cache_dir=tmp_path, token=TOKEN)
    assert Path(path).read_bytes() == HELLO
    assert [" /chosen " in head for head in hub.heads if TOKEN in head] == [False, False]
    assert not any(TOKEN in head for head in stranger.heads)


def test_a_page_of_a_stranger_leads_nowhere_with_the_token() -> None:
    """A listing that has left the Hub and comes back to it goes on without the token."""

    def away(head: str) -> Bytes:
        return answer(b"[]", f'Link: <{hub.url}/chosen>; rel="next"')

    def home(head: str) -> Bytes:
        lines = () if " /chosen " in head else (f'Link: <{stranger.url}/x>; rel="next"',)
        return answer(b"[]", *lines)

    with RawServer(away) as stranger, RawServer(home) as hub:
        assert list(HfApi(hub.url, TOKEN).list_repo_tree("o/n")) == []
    assert [(" /chosen " in head, TOKEN in head) for head in hub.heads] == [(False, True), (True, False)]
    assert not any(TOKEN in head for head in stranger.heads)


@pytest.mark.parametrize("blanks", [" ", "\t ", "  "])
def test_blanks_after_a_header_are_none_of_it(tmp_path: Path, blanks: str) -> None:
    """RFC 9110, 5.5, as the official client has it: in what is said of a file, and in what is said of a body."""
    packed = gzip.compress(HELLO)

    def of(head: str) -> Bytes:
        if head.startswith("HEAD"):
            said = (f"X-Repo-Commit: {COMMIT}{blanks}", f'ETag: "{HELLO_ID}"{blanks}', f"X-Linked-Size: 5{blanks}")
            return answer(b"", *said, f"Content-Length: 5{blanks}", length=False)
        if "/moved" not in head:
            return answer(b"", f"Location: /moved{blanks}", status="302 Found")
        lines = (f"Content-Encoding: gzip{blanks}", f"Content-Length: {len(packed)}{blanks}")
        return answer(packed, *lines, length=False)

    with RawServer(of) as hub:
        path = hf_hub_download("o/n", "a", endpoint=hub.url, token=False, cache_dir=tmp_path)
    assert Path(path).read_bytes() == HELLO
    assert path.split("/")[-2] == COMMIT
