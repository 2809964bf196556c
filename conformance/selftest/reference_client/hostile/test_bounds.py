"""All that a server drives is bounded: bodies, listings, headers and time."""

# ruff: noqa: SIM117  (everything runs inside its loop; first which server it is, then what fails)

from __future__ import annotations

import gzip
import itertools
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.selftest.reference_client.hostile.asking import (
    HELLO,
    HELLO_ID,
    PACKED,
    download,
    files,
    info,
)
from conformance.selftest.reference_client.raw_server import COMMIT, Bytes, RawServer, answer, head_of_a_file
from reference_client import (
    HfApi,
    limits,
    read_file,
)
from reference_client.transfer import ConsistencyError


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
            HfApi(hub.url, False).dataset_info("o/n", timeout=0.3)
        assert time.monotonic() - started < 20
        assert len(hub.heads) == 1


@pytest.mark.parametrize("chunks", [False, True])
def test_a_file_that_only_trickles_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunks: bool) -> None:
    """And not resumed for ever, though each request brings it a little further."""
    monkeypatch.setenv("HF_HUB_DOWNLOAD_TIMEOUT", "0.3")

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
